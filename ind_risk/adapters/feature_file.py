"""The feature register that comes with the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ind_risk.core.features.register import FeatureRegister

FILE = "features.toml"


def register_text() -> str:
    """The register as it stands in the package."""
    return (files("ind_risk") / FILE).read_text(encoding="utf-8")


@cache
def shipped_register() -> FeatureRegister:
    """The register, checked; PolicyError if it contradicts itself."""
    from ind_risk.core.features.register import load_register

    return load_register(register_text(), source=FILE)
