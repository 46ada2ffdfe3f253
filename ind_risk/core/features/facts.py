"""What is true of each landing row, whatever the date: computed once, so that dates cost little.

Nothing here knows of time. When a fact counts is the measures' business: every flag of a decision
(`granted` … `late`) stands beside the day it was known, and is used only together with that day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis

NEAR = 1.05  # a salary below this multiple of its criterion is near it
SHORT_DAYS = 365  # a stay of fewer days is short
# Ratios are summed as whole millionths: integers give the same sum in any order, on any number of
# cores, floats do not. The cap only keeps a mistyped salary from overflowing 64 bits.
MILLION = 1_000_000
NUMBER = "sponsor_no"


def facts_of(tables: Mapping[str, ibis.Table]) -> dict[str, ibis.Table]:
    """The landing tables as facts by sponsor number.

    Numbers instead of texts make grouping and joining a million sponsors cheap.

    Args:
        tables: sponsors, permits, inspections, interventions, signals.

    Returns:
        The same names. `sponsors` keeps all columns and gains sponsor_no (0, 1, … in order of
        sponsor_id); the others have sponsor_no, days and flags; flags are never null. Rows of
        sponsors that do not exist are left out.
    """
    import ibis

    sponsors = tables["sponsors"]
    place = ibis.row_number().over(order_by=sponsors.sponsor_id)
    numbered = sponsors.mutate(place.cast("int32").name(NUMBER))
    numbers = numbered.select("sponsor_id", NUMBER)
    events = {n: make(tables[n].inner_join(numbers, "sponsor_id")) for n, make in EVENTS.items()}
    return {"sponsors": numbered, **events}


def _permits(t: ibis.Table) -> ibis.Table:
    granted = t.decision == "granted"
    priced = granted & t.gross_monthly_salary.notnull() & (t.salary_criterion > 0)
    ratio = t.gross_monthly_salary / t.salary_criterion.nullif(0)
    stay = granted & t.valid_from.notnull() & t.ended_on.notnull()
    flags = {
        "decided": t.decision.notnull(),
        "granted": granted,
        "refused": t.decision == "refused",
        "granted_or_refused": t.decision.isin(("granted", "refused")),
        "withdrawn": t.decision == "withdrawn",
        "priced": priced,
        "near": priced & (t.gross_monthly_salary < NEAR * t.salary_criterion),
        "below": priced & (t.gross_monthly_salary < t.salary_criterion),
        "stay": stay,
        "limited_stay": stay & t.valid_until.notnull(),
        "short": stay & (t.ended_on.delta(t.valid_from, unit="day") < SHORT_DAYS),
        "late": stay & (t.ended_on > t.valid_until),
    }
    return t.select(
        NUMBER, "applied_on", "decided_on", "ended_on", "valid_until",
        ratio_millionths=(ratio.clip(upper=MILLION) * MILLION).round().cast("int64"),
        **_never_null(flags),
    )  # fmt: skip


def _inspections(t: ibis.Table) -> ibis.Table:
    flags = {
        "judged": t.outcome.isin(("compliant", "non_compliant")),
        "failed": t.outcome == "non_compliant",
    }
    return t.select(NUMBER, "opened_on", "closed_on", "breaches", **_never_null(flags))


def _interventions(t: ibis.Table) -> ibis.Table:
    return t.select(NUMBER, "imposed_on", "kind")


def _signals(t: ibis.Table) -> ibis.Table:
    return t.select(NUMBER, "received_on", "source")


def _never_null(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: flag.fill_null(False) for name, flag in flags.items()}


# Facts of each table of events, from its rows with the sponsor's number.
EVENTS: Mapping[str, Callable[[ibis.Table], ibis.Table]] = {
    "permits": _permits, "inspections": _inspections,
    "interventions": _interventions, "signals": _signals,
}  # fmt: skip
