"""Texts and numbers in Dutch or English, from one source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from ind_risk.core.errors import IndRiskError

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")
DASH = "–"
_FEATURES = "ind_risk.dossier.handouts"  # whose catalogue has every feature's name
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WINDOW = re.compile(r",? (?:in|of|over|van) (?:de|the) (?:laatste|last) \d+ (?:maanden|months)")
_MOST_DIGITS = 4  # added so that a number is not read as its bound


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
        definitions: of features in English, by name, as the register has them.
    """

    language: Language
    used: set[str] = field(default_factory=set)
    package: str = __package__
    definitions: Mapping[str, str] = field(default_factory=dict)

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
        """What a finding is about as people read it: "IND" is India, "2022-06-30" is a day.

        Parts of an intersection and of an alternative are named one by one; what is not known
        stays as it is.
        """
        return " × ".join(map(self._part, subject.split(" × ")))

    def _part(self, text: str) -> str:
        known = self._known(text)
        if known is not None:
            return known
        if _DAY.fullmatch(text):
            return self.day(text)
        kind, without, left_out = text.partition(" without ")
        if without:
            word = "zonder" if self.language == "nl" else "without"
            return f"{self._part(kind)} {word}: {self.feature(left_out)}"
        name, equals, value = text.partition("=")
        if equals:
            return f"{self._part(name)} {self._part(value)}"
        if ", " in text:
            return ", ".join(map(self._part, text.split(", ")))
        feature = self.feature(text)
        return feature if feature != text else text.removeprefix("region:").replace("_", " ")

    def _known(self, text: str) -> str | None:
        for name in ("terms", "places", "countries"):
            found = catalogue(name).get(text)
            if found is not None:
                return str(found[self.language])
        return None

    def silent(self, subject: str) -> bool:
        """Whether a subject says nothing beside the name of its claim."""
        return bool(catalogue("terms").get(subject, {}).get("silent", False))

    def term(self, name: str) -> str:
        """A name that the core writes in English: a kind of model, a table, a policy."""
        known = catalogue("terms").get(name)
        return name.replace("_", " ") if known is None else str(known[self.language])

    def feature(self, name: str) -> str:
        """A feature by its meaning; one that nobody named keeps its technical name."""
        stem, several, _ = name.partition(" of any window")
        if several:
            last = f"{stem}_36m" if self._meaning(f"{stem}_36m") else f"{stem}_12m"
            meaning = _WINDOW.sub("", self._meaning(last))
            every = "elke periode" if self.language == "nl" else "any period"
            return f"{meaning or stem.replace('_', ' ')} ({every})"
        return self._meaning(name) or name

    def _meaning(self, name: str) -> str:
        if self.language == "en":
            return self.definitions.get(name, "")
        return str(catalogue("features", _FEATURES).get(name, {}).get("nl", ""))

    def day(self, iso: str) -> str:
        """A day as it is written: 31 december 2025; what is no day stays as it is."""
        try:
            day = date.fromisoformat(iso[:10])
        except ValueError:
            return iso
        return f"{day.day} {_MONTHS[self.language].split()[day.month - 1]} {day.year}"

    def moment(self, iso: str) -> str:
        """The same with the time of day."""
        return f"{self.day(iso)}, {iso[11:16]}" if len(iso) >= 16 else self.day(iso)

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

    def figure(self, value: float | None, unit: str, beside: float | None = None) -> str:
        """A number of a claim in its unit; a dash where there is none.

        Args:
            value: as the finding has it.
            unit: of the claim: points, share, ratio, number, count or flag.
            beside: its bound; as many digits as it takes are added for the two to read apart.
        """
        if value is None or unit == "flag":
            return DASH
        digits = {"points": 1, "share": 1, "ratio": 2, "count": 0}.get(unit, 3)
        told = self._figure(value, unit, digits)
        if beside is None or value == beside:
            return told
        for more in range(digits, digits + _MOST_DIGITS + 1):
            told = self._figure(value, unit, more)
            if told != self._figure(beside, unit, more):
                return told
        return self._figure(value, unit, digits)

    def _figure(self, value: float, unit: str, digits: int) -> str:
        if unit == "points":
            sign = "+" if value > 0 else ""
            name = "pp" if self.language == "en" else "pt"
            return f"{sign}{self.decimal(100 * value, digits)} {name}"
        if unit == "share":
            return f"{self.decimal(100 * value, digits)} %"
        if unit == "ratio":
            return f"{self.decimal(value, digits)} ×"
        return self.integer(value) if digits == 0 else self.decimal(value, digits)


def unit_of(claim: str) -> str:
    """In which unit a claim's numbers are read."""
    return str(catalogue("claims").get(claim, {}).get("unit", "number"))


def bound_unit_of(claim: str) -> str:
    """In which unit the bound is read; another than that of the numbers in a few claims."""
    return str(catalogue("claims").get(claim, {}).get("bound_unit", unit_of(claim)))


def good_side(claim: str) -> str:
    """Where an interval must lie: "within" the margin, at "least" or at "most" the bound.

    Empty where the verdict does not follow from the interval and one bound.
    """
    known = catalogue("claims").get(claim, {})
    return "within" if known.get("two_sided") else str(known.get("good", ""))


def withheld(claim: str) -> bool:
    """Whether only the verdict of a claim is told, and its numbers stand in for it."""
    return bool(catalogue("claims").get(claim, {}).get("withheld", False))


def two_sided(claim: str) -> bool:
    """Whether the margin of a claim holds to both sides."""
    return good_side(claim) == "within"
