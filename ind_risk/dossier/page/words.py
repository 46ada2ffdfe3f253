"""Texts and numbers in Dutch or English, from one source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from ind_risk.core.errors import IndRiskError

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")
DASH = "–"


def language_of(name: str) -> Language:
    """The language of a name.

    Raises:
        IndRiskError: if texts are in no such language.
    """
    for language in LANGUAGES:
        if language == name:
            return language
    raise IndRiskError(f"{name!r} is no language here; there are {' and '.join(LANGUAGES)}.")


@cache
def catalogue(name: str, package: str = __package__) -> dict[str, dict[str, Any]]:
    """A table of texts in a package: of this one "messages", "claims", "checks" or "places"."""
    return tomllib.loads((files(package) / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Words:
    """Everything that is said, in one language.

    Args:
        language: "nl" or "en".
        used: keys of messages that were asked for, for the test that none is idle.
        package: whose messages these are.
    """

    language: Language
    used: set[str] = field(default_factory=set)
    package: str = __package__

    def __call__(self, key: str, /, **values: object) -> str:
        """A message with its values filled in.

        Raises:
            KeyError: if there is none of that name; a page never shows a key.
        """
        self.used.add(key)
        return str(catalogue("messages", self.package)[key][self.language]).format(**values)

    def claim(self, name: str) -> str:
        """What a claim is called; a claim without a name of its own keeps its technical one."""
        known = catalogue("claims").get(name)
        return name.replace("_", " ") if known is None else str(known[self.language])

    def check(self, name: str) -> str:
        """A check as a heading; one without a heading of its own keeps its technical name."""
        known = catalogue("checks").get(name)
        return name.replace("_", " ") if known is None else str(known[self.language])

    def place(self, subject: str) -> str:
        """A group as people read it: "IND" is India; what is not known stays as it is."""
        parts = subject.split(" × ")
        known = catalogue("places").get(parts[0])
        first = parts[0].removeprefix("region:") if known is None else known[self.language]
        return " × ".join([str(first), *(p.replace("_", " ") for p in parts[1:])])

    def integer(self, value: float) -> str:
        """With thousands apart: 9.354 or 9,354."""
        text = f"{value:,.0f}"
        return text.replace(",", ".") if self.language == "nl" else text

    def decimal(self, value: float, digits: int) -> str:
        """With the language's decimal sign."""
        text = f"{value:,.{digits}f}".replace("-", "−")
        if self.language == "en":
            return text
        return text.replace(",", " ").replace(".", ",")

    def figure(self, value: float | None, unit: str) -> str:
        """A number of a claim in its unit; a dash where there is none.

        Args:
            value: as the finding has it.
            unit: of the claim: points, share, ratio, number, count or flag.
        """
        if value is None or unit == "flag":
            return DASH
        if unit == "points":
            sign = "+" if value > 0 else ""
            return f"{sign}{self.decimal(100 * value, 1)} {'pp' if self.language == 'en' else 'pt'}"
        if unit == "share":
            return f"{self.decimal(100 * value, 1)} %"
        if unit == "ratio":
            return f"{self.decimal(value, 2)} ×"
        return self.integer(value) if unit == "count" else self.decimal(value, 3)


def unit_of(claim: str) -> str:
    """In which unit a claim's numbers are read."""
    return str(catalogue("claims").get(claim, {}).get("unit", "number"))


def two_sided(claim: str) -> bool:
    """Whether the margin of a claim holds to both sides."""
    return bool(catalogue("claims").get(claim, {}).get("two_sided", False))
