"""Measures over inspections and interventions.

That an inspection is under way is known from `opened_on`; its outcome and breaches only from
`closed_on`. An intervention is known from `imposed_on`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ind_risk.core.features.measure import Condition, Measure, count, mean, months_since, share

if TYPE_CHECKING:
    from ind_risk.core.features.moment import Moment


def _judged(t: Any, m: Moment) -> Any:
    return m.saw(t.closed_on) & t.judged


def _failed(t: Any, m: Moment) -> Any:
    return m.saw(t.closed_on) & t.failed


INSPECTIONS: Mapping[str, Measure] = {
    "inspections": count("inspections", _judged),
    "inspections_non_compliant": count("inspections", _failed),
    "non_compliant_share": share("inspections", _failed, among=_judged),
    "breaches": Measure(
        "inspections", lambda t, m: t.breaches.sum(where=m.saw(t.closed_on)).coalesce(0)
    ),
    "breaches_per_inspection": mean(
        "inspections", "breaches", among=lambda t, m: _judged(t, m) & t.breaches.notnull()
    ),
    "inspections_open": count(
        "inspections", lambda t, m: m.saw(t.opened_on) & m.unknown(t.closed_on)
    ),
    "months_since_inspection": months_since("inspections", "closed_on", _judged),
    "months_since_non_compliant": months_since("inspections", "closed_on", _failed),
}


def _imposed(kind: str | None = None) -> Condition:
    def condition(t: Any, m: Moment) -> Any:
        saw = m.saw(t.imposed_on)
        return saw if kind is None else saw & (t.kind == kind)

    return condition


INTERVENTIONS: Mapping[str, Measure] = {
    "interventions": count("interventions", _imposed()),
    "warnings": count("interventions", _imposed("warning")),
    "fines": count("interventions", _imposed("fine")),
    "suspensions": count("interventions", _imposed("suspension")),
    "months_since_intervention": months_since("interventions", "imposed_on", _imposed()),
}
