"""Broken landings, each made from the small valid one by a single mutation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ind_risk.core.contracts import TABLES
from ind_risk_tests.adapters.small_tables import Tables, small_tables, write_folder

BOTH = ("csv", "parquet")


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One broken landing, and what its refusal must say.

    Args:
        name: of the case.
        table, column: that the refusal must name.
        says: part of the rule it must state.
        row: key of the row that is changed, as it was.
        keys: example keys it must give; `count` rows in all.
        damage: done to the tables before they are written.
        afterwards: done to the folder, with the format, after that.
        forms: formats in which the case makes sense.
    """

    name: str
    table: str
    column: str | None
    says: str
    keys: tuple[str, ...] = ()
    count: int = 1
    damage: Callable[[Tables], None] | None = None
    afterwards: Callable[[Path, str], None] | None = None
    forms: tuple[str, ...] = BOTH
    row: str = ""

    def write(self, folder: Path, form: str) -> Path:
        """Write the broken landing to a folder."""
        tables = small_tables()
        if self.damage is not None:
            self.damage(tables)
        write_folder(tables, folder, form)
        if self.afterwards is not None:
            self.afterwards(folder, form)
        return folder


def write_together(load: Sequence[Broken], folder: Path) -> Path:
    """Write one landing, as CSV, that is broken in all these ways; keys are broken last."""
    tables = small_tables()
    for case in sorted(load, key=lambda case: not case.row):
        assert case.damage is not None
        case.damage(tables)
    return write_folder(tables, folder, "csv")


def loads(
    cases: Sequence[Broken], place: Callable[[Broken], tuple[str | None, ...]]
) -> list[list[Broken]]:
    """Cases in as few landings as there are cases of one place, since a landing costs a second.

    Landings of several are written as CSV; a case that needs Parquet has one for itself.
    """
    alone = [[case] for case in cases if "csv" not in case.forms]
    made: list[dict[tuple[str | None, ...], Broken]] = []
    for case in cases:
        if "csv" in case.forms:
            load = next((x for x in made if place(case) not in x), None)
            if load is None:
                made.append(load := {})
            load[place(case)] = case
    return [list(load.values()) for load in made] + alone


def cell(
    place: str, key: str, value: Any, says: str, *, forms: tuple[str, ...] = BOTH, name: str = ""
) -> Broken:
    """One cell replaced: `place` is table.column, `key` that of the row."""
    table, column = place.split(".")

    def damage(tables: Tables) -> None:
        keys = tables[table][TABLES[table].key]
        tables[table][column][keys.index(key)] = value

    label = name or f"{place}[{key}]={str(value)[:24]!r}"
    return Broken(name=label, table=table, column=column, says=says, keys=(key,), row=key,
                  damage=damage, forms=forms)  # fmt: skip


def unkeyed(place: str, key: str, value: Any, says: str, shown: str, name: str = "") -> Broken:
    """The key itself replaced; `shown` is how the refusal names the row."""
    made = cell(place, key, value, says, name=name)
    return Broken(**{**vars(made), "keys": (shown,)})


_DATES = [
    cell("permits.applied_on", "P2", text, "is not a date")
    for text in ("yesterday", "31-12-2020", "2021-02-30", "2021-13-01", "2021-1-5", "2021/01/05",
                 "20210105", "12021-01-01", "2021-01-05T00:00:00", " 2021-01-05",
                 "-2021-01-05", "44201", "NaT")
] + [
    cell("permits.applied_on", "P2", date(1899, 12, 31), "outside 1900-01-01"),
    cell("sponsors.recognition_ended_on", "S2", date(2101, 1, 1), "outside 1900-01-01"),
    cell("permits.applied_on", "P2", "0000-01-01", "outside 1900-01-01"),
    cell("permits.valid_until", "P1", "9999-12-31", "outside 1900-01-01"),
]  # fmt: skip

_NUMBERS = [
    cell("permits.gross_monthly_salary", "P3", text, "is not a number")
    for text in ("nan", "inf", "-Infinity", "3108,50", "3.108,50", "€ 3108", "1_000", "0x1F",
                 "much", " 3108", "1 000", "true", "--3")
] + [
    cell("permits.gross_monthly_salary", "P3", "1e999", "is not finite"),
    cell("sponsors.employees", "S2", "12.5", "is not a whole number"),
    cell("sponsors.employees", "S2", "many", "is not a whole number"),
    cell("sponsors.employees", "S2", "99999999999999999999", "is not a whole number"),
    cell("protected_attributes.birth_year", "P2", "MCMXC", "is not a whole number"),
]  # fmt: skip

_TEXT = [
    unkeyed("sponsors.sponsor_id", "S3", " S3", "has spaces around it", "' S3'"),
    unkeyed("sponsors.sponsor_id", "S3", "S3\u00a0", "has spaces around it", "'S3\\xa0'"),
    unkeyed("sponsors.sponsor_id", "S3", "S3\u200b", "control or invisible", "'S3\\u200b'"),
    unkeyed("sponsors.sponsor_id", "S3", "S\n3", "control or invisible", "'S\\n3'"),
    cell("permits.decision", "P1", "granted ", "has spaces around it"),
    cell("permits.occupation", "P1", "engi\x07neer", "control or invisible"),
    cell("signals.source", "G1", "tax\tservice", "control or invisible"),
    cell("sponsors.legal_name", "S1", "x\x1by", "control or invisible"),
    cell("sponsors.province", "S1", "x" * 10_000, "longer than 1,000 characters"),
    cell("sponsors.legal_name", "S1", "é" * 10_000, "longer than 1,000 characters"),
    cell("sponsors.sector", "S1", "", "is empty text", forms=("parquet",), name="empty text"),
]

# Decided by the suites: the format does not matter any more, so one is enough.
_ONE = ("csv",)


def rule(place: str, key: str, value: Any, says: str, name: str = "") -> Broken:
    """A cell whose type is right and whose value breaks a rule of the contract."""
    return cell(place, key, value, says, forms=_ONE, name=name)


_RULES = [
    *(rule(f"{t}.{c}", k, None, "is null", name=f"{t}.{c} null")
      for t, c, k in (("permits", "sponsor_id", "P2"), ("permits", "applied_on", "P4"),
                      ("inspections", "selection", "I2"), ("inspections", "opened_on", "I2"),
                      ("interventions", "kind", "V1"), ("signals", "source", "G2"),
                      ("sponsors", "recognised_on", "S3"))),
    *(rule(place, key, "X9", "refers to no row of", name=f"{place} dangling")
      for place, key in (("permits.sponsor_id", "P1"), ("inspections.sponsor_id", "I3"),
                         ("interventions.inspection_id", "V1"), ("interventions.sponsor_id", "V2"),
                         ("signals.sponsor_id", "G1"))),
    rule("permits.decision", "P1", "toegekend", "is not one of granted"),
    rule("permits.decision", "P1", "Granted", "is not one of granted"),
    rule("inspections.selection", "I2", "hunch", "is not one of random"),
    rule("inspections.outcome", "I2", "guilty", "is not one of compliant"),
    rule("interventions.kind", "V1", "prison", "is not one of warning"),
    *(rule("inspections.inclusion_probability", "I1", p, "is not above 0 and at most 1")
      for p in (0.0, 1.5, -0.1)),
    rule("inspections.inclusion_probability", "I1", None, "is null where selection is random"),
    rule("inspections.inclusion_probability", "I2", 0.5, "is given where selection is not random"),
    rule("sponsors.employees", "S1", -1, "is not at least 0"),
    rule("permits.gross_monthly_salary", "P1", -0.01, "is not at least 0"),
    rule("permits.salary_criterion", "P1", -5.0, "is not at least 0"),
    rule("interventions.amount", "V1", -3000.0, "is not at least 0"),
    rule("inspections.breaches", "I2", -2, "is not at least 0"),
    rule("protected_attributes.birth_year", "P1", 1850, "is not at least 1900 and at most 2100"),
    *(rule("protected_attributes.nationality", "P1", code, "does not look like")
      for code in ("ind", "IN", "INDIA", "I1D")),
    rule("permits.decided_on", "P1", date(2020, 1, 4), "is before applied_on"),
    rule("permits.valid_until", "P1", date(2020, 1, 31), "is before valid_from"),
    rule("permits.ended_on", "P1", date(2020, 1, 31), "is before valid_from"),
    rule("inspections.closed_on", "I1", date(2021, 1, 4), "is before opened_on"),
    rule("sponsors.recognised_on", "S1", date(1990, 4, 30), "is before founded_on"),
    rule("sponsors.recognition_ended_on", "S2", date(2015, 5, 31), "is before recognised_on"),
    rule("inspections.closed_on", "I1", None, "is null where outcome is compliant"),
    rule("inspections.closed_on", "I2", None, "is null where outcome is non_compliant"),
    rule("permits.decided_on", "P2", None, "is null where decision is refused"),
    Broken(**{**vars(unkeyed("permits.permit_id", "P4", None, "is null", "row 4")), "forms": _ONE}),
    Broken(**{**vars(unkeyed("permits.permit_id", "P4", "P1", "occurs more than once", "P1")),
              "count": 2, "forms": _ONE}),
    Broken(**{**vars(unkeyed("protected_attributes.permit_id", "P3", "P9", "refers to no row of",
                             "P9")), "forms": _ONE}),
]  # fmt: skip

CELLS = (*_DATES, *_NUMBERS, *_TEXT)
RULES = tuple(_RULES)
