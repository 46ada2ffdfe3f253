"""`ind-risk export`: what others read by machine, valid or not written at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ind_risk.adapters.home import Home, write_text
from ind_risk.cli.application import HomeOption, QuietOption, app, usage
from ind_risk.core.errors import UnusableFile

KINDS = ("algorithm-register", "system-card", "model-card", "assessment-card", "annex-iv",
         "evidence", "all", "organisation-template")  # fmt: skip


@app.command(
    epilog="Examples: `ind-risk export algorithm-register --organisation organisation.toml` · "
    "`ind-risk export all --out published/`"
)
def export(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    out: Annotated[
        Path | None, typer.Option(help="File, or for `all` a folder; else it is printed.")
    ] = None,
    organisation: Annotated[
        Path | None, typer.Option(help="What only people know, as TOML.", dir_okay=False)
    ] = None,
    home: HomeOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write the register entry, the cards, the Annex IV outline, or all evidence as JSON."""
    from ind_risk.dossier.exports.organisation import read_organisation, template

    if kind not in KINDS:
        usage(f"{kind!r} cannot be exported; there are {', '.join(KINDS)}.")
    if kind == "all" and out is None:
        usage("--out must name a folder for all exports.")
    if kind == "organisation-template":
        _put(template(), out)
        return
    known: dict[str, str] = {}
    if organisation is not None:
        try:
            text = organisation.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise UnusableFile(
                f"{organisation} cannot be read: {why}. `ind-risk export organisation-template "
                f"--out {organisation}` writes one to fill in."
            ) from error
        known = read_organisation(text, source=str(organisation))
    from ind_risk.actions import dossier_facts_now
    from ind_risk.dossier.terminal import waiting

    with waiting(quiet=quiet):
        makers = _makers(dossier_facts_now(Home.resolve(home)), known)
    wanted = list(makers) if kind == "all" else [kind]
    made = {name: makers[name]() for name in wanted}  # all of it, before any is written
    for name, text in made.items():
        end = "md" if name == "annex-iv" else "json"
        _put(text, out / f"{name}.{end}" if kind == "all" and out is not None else out)


def _makers(facts: Any, known: dict[str, str]) -> dict[str, Callable[[], str]]:
    from ind_risk.dossier.exports.annex_iv import annex_iv
    from ind_risk.dossier.exports.cards import assessment_card, model_card, system_card
    from ind_risk.dossier.exports.evidence import evidence
    from ind_risk.dossier.exports.register import entry
    from ind_risk.dossier.exports.valid import refuse_invalid

    def valid(document: dict[str, Any], schema: str) -> str:
        refuse_invalid(document, schema)
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def register() -> str:
        made, missing = entry(facts, known)
        for key in missing:
            typer.echo(f"To be filled in by people: {key} (organisation.toml).", err=True)
        return json.dumps(made, indent=2, ensure_ascii=False) + "\n"

    return {
        "algorithm-register": register,
        "system-card": lambda: valid(system_card(facts, known), "systemcard-0.1a13"),
        "model-card": lambda: valid(model_card(facts, known), "modelcard-0.1a13"),
        "assessment-card": lambda: valid(assessment_card(facts), "assessmentcard-0.1a13"),
        "annex-iv": lambda: annex_iv(facts, known),
        "evidence": lambda: valid(evidence(facts), "evidence-1"),
    }


def _put(text: str, file: Path | None) -> None:
    if file is None:
        typer.echo(text, nl=False)
        return
    write_text(file.resolve(), text)
    typer.echo(f"Written: {file}", err=True)
