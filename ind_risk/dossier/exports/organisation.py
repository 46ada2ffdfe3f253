"""What only people know: the fields of `organisation.toml`, and what is asked of each."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping

from ind_risk.core.errors import IndRiskError

# Key → what it is asked for; in the order of the template.
FIELDS: Mapping[str, str] = {
    "organization": "Volledige naam van de organisatie",
    "contact_email": "Adres voor vragen over de registratie",
    "website": "Link naar een pagina voor het publiek",
    "publication_category": "Hoog-risico AI-systeem, Impactvolle algoritmes of Overige algoritmes",
    "lawful_basis": "Wet en artikel waarop het toezicht rust",
    "proportionality": "Waarom de voordelen opwegen tegen de nadelen",
    "impact_assessments": "Welke impacttoetsen zijn gedaan, en waar ze staan",
    "process_index_url": "Link naar het verwerkingsregister",
    "begin_date": "Maand waarin het in gebruik kwam, JJJJ-MM",
    "end_date": "Maand waarin het buiten gebruik ging, JJJJ-MM",
    "model_license": "Licentie van het model",
    "owner_name": "Naam van wie aanspreekbaar is",
    "source_id": "Kenmerk in het eigen register",
}


def read_organisation(text: str, *, source: str) -> dict[str, str]:
    """The fields that were filled in.

    Args:
        text: TOML with texts.
        source: file, for messages.

    Raises:
        IndRiskError: for what is no TOML, a key that is not known (with the nearest that is), or a
            value that is no text.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise IndRiskError(f"{source} is no TOML: {error}.") from error
    for key, value in raw.items():
        if key not in FIELDS:
            near = difflib.get_close_matches(key, FIELDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise IndRiskError(
                f"{source} has a key {key!r} that is not known.{hint} `ind-risk export "
                "organisation-template` shows all."
            )
        if not isinstance(value, str):
            raise IndRiskError(f"{source}: {key} is {value!r}; expected a text.")
    return {k: v.strip() for k, v in raw.items() if v.strip()}


def template() -> str:
    """A file to fill in: every key with what it is asked for."""
    lines = ["# Wat alleen mensen weten. Wat leeg blijft, wordt genoemd en nooit verzonnen."]
    lines += [f'\n# {why}\n{key} = ""' for key, why in FIELDS.items()]
    return "\n".join(lines) + "\n"
