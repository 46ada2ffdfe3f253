"""Every measure a feature can be, by name; here those of sponsors and signals, which are short.

Of sponsors the table has no history: sector, legal form and employees count as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ind_risk.core.features.measure import Condition, Measure, count, months_since
from ind_risk.core.features.permits import PERMITS
from ind_risk.core.features.supervision import INSPECTIONS, INTERVENTIONS

if TYPE_CHECKING:
    import ibis

    from ind_risk.core.features.moment import Moment

DAYS_A_YEAR = 365.25
SIGNAL_SOURCES = (
    "labour_inspectorate", "tax_service", "employee_insurance_agency", "population_register",
    "company_register", "tip",
)  # fmt: skip


def _signal(source: str | None = None) -> Condition:
    def condition(t: Any, m: Moment) -> Any:
        saw = m.saw(t.received_on)
        return saw if source is None else saw & (t.source == source)

    return condition


SIGNALS: Mapping[str, Measure] = {
    "signals": count("signals", _signal()),
    **{f"signals_{s}": count("signals", _signal(s)) for s in SIGNAL_SOURCES},
    "months_since_signal": months_since("signals", "received_on", _signal()),
}


def _category(column: str) -> Measure:
    return Measure("sponsors", lambda t, m: t[column], False, None, "category")


def _number(of: Callable[[ibis.Table, Moment], Any]) -> Measure:
    return Measure("sponsors", of, False, None)


def _years_since(column: str) -> Measure:
    return _number(lambda t, m: m.as_of.delta(t[column], unit="day") / DAYS_A_YEAR)


# Of the sponsor's own row: plain values, not aggregates.
SPONSORS: Mapping[str, Measure] = {
    "sector": _category("sector"),
    "legal_form": _category("legal_form"),
    "employees": _number(lambda t, m: t.employees),
    "age_years": _years_since("founded_on"),
    "recognised_years": _years_since("recognised_on"),
}

MEASURES: Mapping[str, Measure] = {
    **SPONSORS, **PERMITS, **INSPECTIONS, **INTERVENTIONS, **SIGNALS,
}  # fmt: skip
