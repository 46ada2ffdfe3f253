"""What each asset is, in plain English for people who do not know the code; the texts are data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


def described(asset: str) -> str:
    """The description of an asset, Markdown; KeyError if there is none."""
    return _texts()[asset].strip()


@cache
def _texts() -> dict[str, str]:
    return tomllib.loads((files(__package__) / "descriptions.toml").read_text(encoding="utf-8"))
