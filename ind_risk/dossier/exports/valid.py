"""Hold a document to its JSON schema before anybody gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ind_risk.core.errors import IndRiskError

_CARDS = {
    "modelcard_schema.json": "modelcard-0.1a13",
    "assessmentcard_schema.json": "assessmentcard-0.1a13",
}


def schema(name: str) -> dict[str, Any]:
    """A schema that comes with the package."""
    text = (files(__package__) / "schemas" / f"{name}.json").read_text("utf-8")
    return dict(json.loads(text))


def refuse_invalid(document: Mapping[str, Any], name: str) -> None:
    """Refuse a document that its schema does not allow.

    Args:
        document: to be handed out.
        name: of its schema.

    Raises:
        IndRiskError: naming the field and what is wrong with it.
    """
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    def beside(uri: str) -> Resource[Any]:
        """One that refers to another does so by its file's name, whatever stands before it."""
        card = _CARDS[uri.rpartition("/")[2]]
        return Resource.from_contents(schema(card), default_specification=DRAFT202012)

    registry: Registry[Any] = Registry(retrieve=beside)  # type: ignore[call-arg]
    faults = sorted(
        Draft202012Validator(schema(name), registry=registry).iter_errors(dict(document)),
        key=lambda e: list(map(str, e.absolute_path)),
    )
    if faults:
        where = "/".join(map(str, faults[0].absolute_path)) or "the whole"
        raise IndRiskError(
            f"The {name} would not be valid at {where}: {faults[0].message[:300]}. This is a fault "
            "of the platform; nothing was written."
        )
