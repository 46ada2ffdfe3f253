"""The page of a handout: to be read and printed, without a script and without a network."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ind_risk.dossier.handouts.facts import Case
from ind_risk.dossier.handouts.telling import Telling


def page(telling: Telling) -> str:
    """The whole HTML document, in the dossier's dress."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(_beside("page.html.jinja"))
    style = (files("ind_risk.dossier.page") / "page.css").read_text(encoding="utf-8")
    h = telling.handout
    return template.render(
        t=telling, w=telling.words, h=h, lang=telling.words.language,
        style=Markup(style + _beside("page.css")),  # noqa: S704 - ours
        cases=(_case(telling, c) for c in h.cases) if telling.with_reasons else (),
    )  # fmt: skip


def _case(telling: Telling, case: Case) -> dict[str, Any]:
    return {"case": case, "reasons": [telling.reason(r) for r in case.reasons]}


def _beside(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
