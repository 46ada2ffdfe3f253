"""The measures once more, slowly and by hand: plain loops over plain rows, no engine.

Nothing is shared with the code under test; months are counted by pandas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from ind_risk_tests.core.features.landing import Row, World

A_MONTH, A_YEAR = 365.25 / 12, 365.25


@cache
def months_back(day: date, months: int) -> date:
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


@dataclass(frozen=True)
class Look:
    """One sponsor as it was known on one day, with one window."""

    world: World
    sponsor: str
    as_of: date
    months: int

    def rows(self, table: str) -> list[Row]:
        return [r for r in self.world[table] if r["sponsor_id"] == self.sponsor]

    def within(self, day: date | None, *, windows_back: int = 0) -> bool:
        end = self.as_of
        for _ in range(windows_back):
            end = months_back(end, self.months)
        return day is not None and months_back(end, self.months) < day <= end

    def come(self, day: date | None) -> bool:
        return day is not None and day <= self.as_of

    def applied(self, *, windows_back: int = 0) -> list[Row]:
        return [
            p
            for p in self.rows("permits")
            if self.within(p["applied_on"], windows_back=windows_back)
        ]

    def decided(self, *decisions: str) -> list[Row]:
        return [
            p
            for p in self.rows("permits")
            if self.within(p["decided_on"]) and p["decision"] in decisions
        ]

    def priced(self) -> list[tuple[float, float]]:
        found = []
        for p in self.decided("granted"):
            salary, criterion = p["gross_monthly_salary"], p["salary_criterion"]
            if salary is not None and criterion is not None and criterion > 0:
                found.append((salary, criterion))
        return found

    def ended(self) -> list[Row]:
        return [
            p
            for p in self.rows("permits")
            if self.within(p["ended_on"])
            and self.come(p["decided_on"])
            and p["decision"] == "granted"
            and p["valid_from"] is not None
        ]

    def short(self) -> list[Row]:
        return [p for p in self.ended() if (p["ended_on"] - p["valid_from"]).days < 365]

    def limited(self) -> list[Row]:
        return [p for p in self.ended() if p["valid_until"] is not None]

    def late(self) -> list[Row]:
        return [p for p in self.limited() if p["ended_on"] > p["valid_until"]]

    def active(self) -> list[Row]:
        found = []
        for p in self.rows("permits"):
            if not self.come(p["decided_on"]) or p["decision"] != "granted":
                continue
            if p["valid_until"] is not None and p["valid_until"] < self.as_of:
                continue
            if not self.come(p["ended_on"]):
                found.append(p)
        return found

    def closed(self, *outcomes: str) -> list[Row]:
        return [
            i
            for i in self.rows("inspections")
            if self.within(i["closed_on"]) and i["outcome"] in outcomes
        ]

    def imposed(self, *kinds: str) -> list[Row]:
        return [
            v
            for v in self.rows("interventions")
            if self.within(v["imposed_on"]) and (not kinds or v["kind"] in kinds)
        ]

    def received(self, *sources: str) -> list[Row]:
        return [
            s
            for s in self.rows("signals")
            if self.within(s["received_on"]) and (not sources or s["source"] in sources)
        ]

    def since(self, rows: list[Row], column: str) -> float | None:
        return (self.as_of - max(r[column] for r in rows)).days / A_MONTH if rows else None

    def own(self, column: str) -> float | str | None:
        (row,) = self.rows("sponsors")
        value: float | str | None = row[column]
        return value

    def years(self, column: str) -> float | None:
        (row,) = self.rows("sponsors")
        return None if row[column] is None else (self.as_of - row[column]).days / A_YEAR


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def growth(k: Look) -> float | None:
    now, before = len(k.applied()), len(k.applied(windows_back=1))
    return share(now - before, now + before)


BOTH = ("compliant", "non_compliant")
ALL = ("granted", "refused", "withdrawn")
ORACLE: dict[str, Callable[[Look], float | str | None]] = {
    "sector": lambda k: k.own("sector"),
    "legal_form": lambda k: k.own("legal_form"),
    "employees": lambda k: k.own("employees"),
    "age_years": lambda k: k.years("founded_on"),
    "recognised_years": lambda k: k.years("recognised_on"),
    "permits_applied": lambda k: len(k.applied()),
    "permits_growth": growth,
    "permits_refused": lambda k: len(k.decided("refused")),
    "refused_share": lambda k: share(len(k.decided("refused")), len(k.decided(*ALL[:2]))),
    "withdrawn_share": lambda k: share(len(k.decided("withdrawn")), len(k.decided(*ALL))),
    "near_criterion_share": lambda k: mean([float(s < 1.05 * c) for s, c in k.priced()]),
    "below_criterion_share": lambda k: mean([float(s < c) for s, c in k.priced()]),
    "salary_ratio": lambda k: mean([s / c for s, c in k.priced()]),
    "short_stays": lambda k: len(k.short()),
    "short_stay_share": lambda k: share(len(k.short()), len(k.ended())),
    "late_endings": lambda k: len(k.late()),
    "late_ending_share": lambda k: share(len(k.late()), len(k.limited())),
    "permits_pending": lambda k: sum(not k.come(p["decided_on"]) for p in k.applied()),
    "active_migrants": lambda k: len(k.active()),
    "months_since_permit": lambda k: k.since(k.applied(), "applied_on"),
    "inspections": lambda k: len(k.closed(*BOTH)),
    "inspections_non_compliant": lambda k: len(k.closed("non_compliant")),
    "non_compliant_share": lambda k: share(len(k.closed("non_compliant")), len(k.closed(*BOTH))),
    "breaches": lambda k: sum(
        i["breaches"] or 0 for i in k.rows("inspections") if k.within(i["closed_on"])
    ),
    "breaches_per_inspection": lambda k: mean(
        [i["breaches"] for i in k.closed(*BOTH) if i["breaches"] is not None]
    ),
    "inspections_open": lambda k: sum(
        k.within(i["opened_on"]) and not k.come(i["closed_on"]) for i in k.rows("inspections")
    ),
    "months_since_inspection": lambda k: k.since(k.closed(*BOTH), "closed_on"),
    "months_since_non_compliant": lambda k: k.since(k.closed("non_compliant"), "closed_on"),
    "interventions": lambda k: len(k.imposed()),
    "warnings": lambda k: len(k.imposed("warning")),
    "fines": lambda k: len(k.imposed("fine")),
    "suspensions": lambda k: len(k.imposed("suspension")),
    "months_since_intervention": lambda k: k.since(k.imposed(), "imposed_on"),
    "signals": lambda k: len(k.received()),
    "signals_labour_inspectorate": lambda k: len(k.received("labour_inspectorate")),
    "signals_tax_service": lambda k: len(k.received("tax_service")),
    "signals_employee_insurance_agency": lambda k: len(k.received("employee_insurance_agency")),
    "signals_population_register": lambda k: len(k.received("population_register")),
    "signals_company_register": lambda k: len(k.received("company_register")),
    "signals_tip": lambda k: len(k.received("tip")),
    "months_since_signal": lambda k: k.since(k.received(), "received_on"),
}


def recognised(world: World, as_of: date) -> list[str]:
    """Keys of the sponsors recognised on that day, in order."""
    found = []
    for s in world["sponsors"]:
        ended = s["recognition_ended_on"]
        if s["recognised_on"] <= as_of and (ended is None or ended > as_of):
            found.append(s["sponsor_id"])
    return sorted(found)
