"""Measures over permits.

An application and its salary are known from `applied_on`; the decision and the validity from
`decided_on`; an end from `ended_on`, of a permit decided by then. The table has no history of its
own: a validity that was restated later is known as it stands, from `decided_on`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ind_risk.core.features.facts import MILLION
from ind_risk.core.features.measure import Condition, Measure, count, mean, months_since, share

if TYPE_CHECKING:
    import ibis

    from ind_risk.core.features.moment import Moment

SOURCE = "permits"


def _applied(t: Any, m: Moment) -> Any:
    return m.saw(t.applied_on)


def _decided(flag: str) -> Condition:
    return lambda t, m: m.saw(t.decided_on) & t[flag]


def _ended(flag: str) -> Condition:
    return lambda t, m: m.saw(t.ended_on) & m.known(t.decided_on) & t[flag]


def _active(t: Any, m: Moment) -> Any:
    running = t.valid_until.isnull() | (t.valid_until >= m.as_of)
    return m.known(t.decided_on) & t.granted & running & m.unknown(t.ended_on)


def _growth(t: ibis.Table, m: Moment) -> Any:
    """(now - before) / (now + before): between -1 and 1, null without applications."""
    now, before = t.count(where=_applied(t, m)), t.count(where=_applied(t, m.previous))
    return (now - before) / (now + before).nullif(0)


# What the flags (near, short, late …) say of a permit stands in facts.py.
PERMITS: Mapping[str, Measure] = {
    "permits_applied": count(SOURCE, _applied),
    "permits_growth": Measure(SOURCE, _growth, empty=None),
    "permits_refused": count(SOURCE, _decided("refused")),
    "refused_share": share(SOURCE, _decided("refused"), among=_decided("granted_or_refused")),
    "withdrawn_share": share(SOURCE, _decided("withdrawn"), among=_decided("decided")),
    "near_criterion_share": share(SOURCE, _decided("near"), among=_decided("priced")),
    "below_criterion_share": share(SOURCE, _decided("below"), among=_decided("priced")),
    "salary_ratio": mean(SOURCE, "ratio_millionths", among=_decided("priced"), unit=MILLION),
    "short_stays": count(SOURCE, _ended("short")),
    "short_stay_share": share(SOURCE, _ended("short"), among=_ended("stay")),
    "late_endings": count(SOURCE, _ended("late")),
    "late_ending_share": share(SOURCE, _ended("late"), among=_ended("limited_stay")),
    "permits_pending": count(SOURCE, lambda t, m: _applied(t, m) & m.unknown(t.decided_on)),
    "active_migrants": count(SOURCE, _active, windowed=False),
    "months_since_permit": months_since(SOURCE, "applied_on", _applied),
}
