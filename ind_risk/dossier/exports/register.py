"""The entry in the Dutch Algorithm Register (publication standard 1.0), in plain Dutch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ind_risk.core.errors import IndRiskError
from ind_risk.dossier.page.conditions import conditions
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import Words

TO_FILL_IN = "Nog in te vullen"
_OWN = {
    "organization": "organization", "contact_email": "contact_email", "website": "website",
    "publication_category": "publication_category", "lawful_basis": "lawful_basis",
    "proportionality": "proportionality", "impacttoetsen": "impact_assessments",
    "process_index_url": "process_index_url", "begin_date": "begin_date", "end_date": "end_date",
    "source_id": "source_id",
}  # fmt: skip
_TRIAL = "PROEF MET VERZONNEN GEGEVENS. "


@cache
def fields() -> dict[str, dict[str, Any]]:
    """The register's own configuration of its fields."""
    text = (files(__package__) / "schemas" / "algoritmeregister-1.0.json").read_text("utf-8")
    return dict(json.loads(text)["properties"])


def entry(facts: Facts, organisation: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The entry, and the fields that people must still fill in.

    Args:
        facts: of a home.
        organisation: what people filled in.

    Returns:
        Fields by name, valid by the register's configuration but for what is still to be filled
        in: a required text says so itself, anything else is left out.

    Raises:
        IndRiskError: naming a field that is too long or has a value that is not permitted.
    """
    made = _known(facts)
    missing = []
    for name, key in _OWN.items():
        if key in organisation:
            made[name] = organisation[key]
        else:
            missing.append(key)
            if fields()[name].get("required") is True and name != "publication_category":
                made[name] = TO_FILL_IN
    _refuse(made, skip={"publication_category"} if "publication_category" in missing else set())
    return made, missing


def _known(facts: Facts) -> dict[str, Any]:
    words = Words("nl")
    told = conditions(facts)
    lacking = [words(c.said) for c in told if c.status in ("few", "risk", "red")]
    used = facts.in_use == facts.version
    trial = _TRIAL if facts.synthetic else ""
    state = (
        "Het model is in gebruik. Alle voorwaarden zijn aangetoond."
        if used and facts.is_open
        else "Het model is niet in gebruik. " + " ".join(lacking)
        if lacking
        else "Het model is niet in gebruik."
    )
    return {
        "name": "Risicomodel erkende referenten",
        "description_short": f"{trial}Het model schat bij welke bedrijven een controle nodig is. "
        "Het gaat om bedrijven die kennismigranten naar Nederland halen. Een mens beslist altijd "
        "zelf.",
        "category": ["Migratie en integratie"],
        "status": "In gebruik" if used else "In ontwikkeling",
        "goal": f"{trial}Er zijn te weinig inspecteurs om elk bedrijf te bezoeken. Het model helpt "
        "kiezen. Het verdeelt de bedrijven in drie groepen: hoog, midden en laag. Een bedrijf dat "
        f"hoog staat, krijgt eerder bezoek. Meer gevolgen heeft het niet. {state}",
        "human_intervention": "Een inspecteur krijgt een lijst met bedrijven. Op de lijst staat "
        "waarom een bedrijf erop staat. Een deel van de lijst is geloot. De inspecteur weet niet "
        "welk deel. De inspecteur kijkt en oordeelt zelf. Het model beslist niets.",
        "risks": "Het model mag pas worden gebruikt als alles is aangetoond. Dat geldt voor "
        "precies dit model. Er wordt nagegaan of het groepen gelijk behandelt. In "
        "gebruik gebeurt dat elke maand opnieuw. Blijkt er iets mis, dan gaat het model meteen "
        "uit. Dan wordt er weer geloot.",
        "source_data": "Gegevens over het bedrijf, zoals sector en grootte. Gegevens over "
        "vergunningen, signalen, controles en straffen. De nationaliteit van mensen is bij het "
        f"model onbekend. De gegevens lopen tot {words.day(facts.as_of)}.",
        "methods_and_models": f"Het model is van de soort {words.term(facts.kind)}. Het "
        f"gebruikt {sum(v > 0 for v in facts.importance.values())} kenmerken. Elk kenmerk staat in "
        "een register, met de reden waarom het meedoet. De uitkomsten worden gemeten bij bedrijven "
        f"die door loting zijn gekozen. Vingerafdruk van de gegevens: {facts.data_digest[:16]}. "
        f"Vingerafdruk van het logboek: {facts.head[:16]}.",
        "lang": "nld",
        "standard_version": "1.0",
        "tags": "toezicht, kennismigranten, erkende referenten, risicomodel",
    }  # fmt: skip


def _refuse(made: Mapping[str, Any], *, skip: set[str]) -> None:
    """Hold the entry to the register's configuration."""
    for name, rule in fields().items():
        if name in skip:
            continue
        value = made.get(name)
        if value is None:
            if rule.get("required") is True:
                raise IndRiskError(f"The register asks for {name}, and nothing was given.")
            continue
        most = rule.get("max_length")
        if most is not None and len(value) > most:
            raise IndRiskError(f"{name} has {len(value):,} characters; at most {most:,} fit.")
        allowed = rule.get("permitted_values")
        for one in value if isinstance(value, list) else [value]:
            if allowed and one not in allowed:
                raise IndRiskError(f"{name} is {one!r}; permitted are {', '.join(allowed)}.")
    if alien := sorted(set(made) - set(fields())):
        raise IndRiskError(f"The register knows no field {alien[0]}.")
