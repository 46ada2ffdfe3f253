"""Every measure a feature can be, by name: an Ibis aggregate over what was known at a date.

A fact counts from the day it was known: an application from `applied_on`, its decision and validity
from `decided_on`, its end from `ended_on`, an inspection's outcome from `closed_on`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from ind_risk.core.dates import months_before

if TYPE_CHECKING:
    import ibis

DAYS_A_MONTH = 365.25 / 12
NEAR = 1.05  # a salary below this multiple of its criterion is near it



@dataclass(frozen=True)
class Moment:
    """An as-of date with the beginning of a window, exclusive; None for facts of now."""

    as_of: date
    months: int | None

    @property
    def start(self) -> date:
        """The day before the window."""
        return months_before(self.as_of, self.months or 0)

    def saw(self, day: Any) -> Any:
        """Whether a day lies in (start, as_of]; false where it is unknown."""
        return day.notnull() & (day > self.start) & (day <= self.as_of)

    def known(self, day: Any) -> Any:
        """Whether a day is on or before the as-of date; false where it is unknown."""
        return day.notnull() & (day <= self.as_of)


@dataclass(frozen=True)
class Measure:
    """How a feature is computed.

    Args:
        source: landing table whose rows of one sponsor it aggregates.
        of: (table, moment) → Ibis value.
        windowed: whether it needs a window.
        empty: value where a sponsor has no row at all: 0 for counts, None for shares.
        kind: number or category.
    """

    source: str
    of: Callable[[ibis.Table, Moment], Any]
    windowed: bool = True
    empty: float | None = 0.0
    kind: Literal["number", "category"] = "number"


def _count(condition: Callable[[Any, Moment], Any]) -> Callable[[ibis.Table, Moment], Any]:
    return lambda t, m: t.count(where=condition(t, m)).cast("float64")


def _share(
    part: Callable[[Any, Moment], Any], whole: Callable[[Any, Moment], Any]
) -> Callable[[ibis.Table, Moment], Any]:
    def share(t: ibis.Table, m: Moment) -> Any:
        everything = whole(t, m)
        return t.count(where=everything & part(t, m)) / t.count(where=everything).nullif(0)

    return share


def _months_since(
    day: Callable[[Any], Any], condition: Callable[[Any, Moment], Any]
) -> Callable[[ibis.Table, Moment], Any]:
    def months(t: ibis.Table, m: Moment) -> Any:
        import ibis

        last = day(t).max(where=m.saw(day(t)) & condition(t, m))
        return ibis.literal(m.as_of).delta(last, unit="day") / DAYS_A_MONTH

    return months


def _growth(t: ibis.Table, m: Moment) -> Any:
    """(now - before) / (now + before): between -1 and 1, null without applications."""
    before = Moment(m.start, m.months)
    now_n, before_n = t.count(where=m.saw(t.applied_on)), t.count(where=before.saw(t.applied_on))
    return (now_n - before_n) / (now_n + before_n).nullif(0)


def _granted(t: Any, m: Moment) -> Any:
    return m.saw(t.decided_on) & (t.decision == "granted")


def _priced(t: Any, m: Moment) -> Any:
    return (
        _granted(t, m)
        & t.gross_monthly_salary.notnull()
        & t.salary_criterion.notnull()
        & (t.salary_criterion > 0)
    )


def _active(t: Any, m: Moment) -> Any:
    running = t.valid_until.isnull() | (t.valid_until >= m.as_of)
    ended = m.known(t.ended_on)
    return m.known(t.decided_on) & (t.decision == "granted") & running & ~ended


def _ended(t: Any, m: Moment) -> Any:
    return m.saw(t.ended_on) & m.known(t.decided_on) & t.valid_from.notnull()


def _stay_days(t: Any) -> Any:
    return t.ended_on.delta(t.valid_from, unit="day")


PERMITS: Mapping[str, Measure] = {
    "permits_applied": Measure("permits", _count(lambda t, m: m.saw(t.applied_on))),
    "permits_growth": Measure("permits", _growth, empty=None),
    "permits_refused": Measure(
        "permits", _count(lambda t, m: m.saw(t.decided_on) & (t.decision == "refused"))
    ),
    "refused_share": Measure(
        "permits",
        _share(
            lambda t, m: t.decision == "refused",
            lambda t, m: m.saw(t.decided_on) & t.decision.isin(("granted", "refused")),
        ),
        empty=None,
    ),
    "withdrawn_share": Measure(
        "permits",
        _share(lambda t, m: t.decision == "withdrawn", lambda t, m: m.saw(t.decided_on)),
        empty=None,
    ),
    "near_criterion_share": Measure(
        "permits",
        _share(lambda t, m: t.gross_monthly_salary < NEAR * t.salary_criterion, _priced),
        empty=None,
    ),
    "below_criterion_share": Measure(
        "permits",
        _share(lambda t, m: t.gross_monthly_salary < t.salary_criterion, _priced),
        empty=None,
    ),
    "salary_ratio": Measure(
        "permits",
        lambda t, m: (t.gross_monthly_salary / t.salary_criterion.nullif(0)).mean(
            where=_priced(t, m)
        ),
        empty=None,
    ),
    "short_stays": Measure("permits", _count(lambda t, m: _ended(t, m) & (_stay_days(t) < 365))),
    "short_stay_share": Measure(
        "permits", _share(lambda t, m: _stay_days(t) < 365, _ended), empty=None
    ),
    "late_endings": Measure(
        "permits", _count(lambda t, m: _ended(t, m) & (t.ended_on > t.valid_until))
    ),
    "late_ending_share": Measure(
        "permits",
        _share(
            lambda t, m: t.ended_on > t.valid_until,
            lambda t, m: _ended(t, m) & t.valid_until.notnull(),
        ),
        empty=None,
    ),
    "permits_pending": Measure(
        "permits",
        _count(lambda t, m: m.saw(t.applied_on) & ~m.known(t.decided_on)),
    ),
    "active_migrants": Measure("permits", _count(_active), windowed=False),
    "months_since_permit": Measure(
        "permits", _months_since(lambda t: t.applied_on, lambda t, m: m.known(t.applied_on)),
        empty=None,
    ),
}  # fmt: skip


def _closed(t: Any, m: Moment) -> Any:
    return m.saw(t.closed_on) & t.outcome.isin(("compliant", "non_compliant"))


def _failed(t: Any, m: Moment) -> Any:
    return m.saw(t.closed_on) & (t.outcome == "non_compliant")


INSPECTIONS: Mapping[str, Measure] = {
    "inspections": Measure("inspections", _count(_closed)),
    "inspections_non_compliant": Measure("inspections", _count(_failed)),
    "non_compliant_share": Measure(
        "inspections", _share(lambda t, m: t.outcome == "non_compliant", _closed), empty=None
    ),
    "breaches": Measure(
        "inspections",
        lambda t, m: t.breaches.sum(where=m.saw(t.closed_on)).coalesce(0).cast("float64"),
    ),
    "breaches_per_inspection": Measure(
        "inspections",
        lambda t, m: t.breaches.cast("float64").mean(where=_closed(t, m)),
        empty=None,
    ),
    "inspections_open": Measure(
        "inspections", _count(lambda t, m: m.saw(t.opened_on) & ~m.known(t.closed_on))
    ),
    "months_since_inspection": Measure(
        "inspections", _months_since(lambda t: t.closed_on, _closed), empty=None
    ),
    "months_since_non_compliant": Measure(
        "inspections", _months_since(lambda t: t.closed_on, _failed), empty=None
    ),
}


def _imposed(kind: str | None = None) -> Callable[[Any, Moment], Any]:
    def condition(t: Any, m: Moment) -> Any:
        saw = m.saw(t.imposed_on)
        return saw if kind is None else saw & (t.kind == kind)

    return condition


INTERVENTIONS: Mapping[str, Measure] = {
    "interventions": Measure("interventions", _count(_imposed())),
    "warnings": Measure("interventions", _count(_imposed("warning"))),
    "fines": Measure("interventions", _count(_imposed("fine"))),
    "suspensions": Measure("interventions", _count(_imposed("suspension"))),
    "months_since_intervention": Measure(
        "interventions", _months_since(lambda t: t.imposed_on, _imposed()), empty=None
    ),
}

SIGNAL_SOURCES = (
    "labour_inspectorate", "tax_service", "employee_insurance_agency", "population_register",
    "company_register", "tip",
)  # fmt: skip


def _signal(source: str | None = None) -> Callable[[Any, Moment], Any]:
    def condition(t: Any, m: Moment) -> Any:
        saw = m.saw(t.received_on)
        return saw if source is None else saw & (t.source == source)

    return condition


SIGNALS: Mapping[str, Measure] = {
    "signals": Measure("signals", _count(_signal())),
    **{f"signals_{s}": Measure("signals", _count(_signal(s))) for s in SIGNAL_SOURCES},
    "months_since_signal": Measure(
        "signals", _months_since(lambda t: t.received_on, _signal()), empty=None
    ),
}


def _years_since(column: str) -> Callable[[ibis.Table, Moment], Any]:
    def years(t: ibis.Table, m: Moment) -> Any:
        import ibis

        return ibis.literal(m.as_of).delta(t[column], unit="day") / 365.25

    return years


# Of the sponsor's own row: plain values, not aggregates.
SPONSORS: Mapping[str, Measure] = {
    "sector": Measure("sponsors", lambda t, m: t.sector, False, None, "category"),
    "legal_form": Measure("sponsors", lambda t, m: t.legal_form, False, None, "category"),
    "employees": Measure("sponsors", lambda t, m: t.employees.cast("float64"), False, None),
    "age_years": Measure("sponsors", _years_since("founded_on"), False, None),
    "recognised_years": Measure("sponsors", _years_since("recognised_on"), False, None),
}

MEASURES: Mapping[str, Measure] = {
    **SPONSORS, **PERMITS, **INSPECTIONS, **INTERVENTIONS, **SIGNALS,
}  # fmt: skip
