"""Findings on what missing outcomes leave open: on the random arm, and by the labels alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.bounds import difference_bounds, manski_bounds
from ind_risk.core.bias.difference_sentences import ROUNDED, judgement
from ind_risk.core.bias.disclosure import hidden
from ind_risk.core.bias.error_rates import CHECK, Arm
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.outcome_cells import (
    MISSING,
    PRECISION,
    as_known,
    completed_rates,
    constant,
    outcome_cells,
)
from ind_risk.core.bias.wording import points
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.bounds import DifferenceBounds
    from ind_risk.core.bias.outcome_cells import Measure
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy

    Floats = NDArray[np.float64]

CLAIM = "error_rate_bounds"
METHOD = "Manski's bounds; Imbens-Manski intervals with Miettinen-Nurminen limits"


@dataclass(frozen=True, eq=False)
class Open:
    """What is left open of each judged group of an arm.

    Args:
        arm: the groups and their cells.
        at: numbers of the groups that are judged.
        bounds: of the differences, in that order.
        narrow, wide: intervals of `outer` and `imbens_manski`, shape (k, 2).
        estimate: difference among those with an outcome; NaN where it is not defined.
        precision: bounds of the differences in precision.
        tells: whether exact numbers may be told.
    """

    arm: Arm
    at: NDArray[np.int64]
    bounds: DifferenceBounds
    narrow: Floats
    wide: Floats
    estimate: Floats
    precision: DifferenceBounds
    tells: NDArray[np.bool_]


def bounds_findings(people: Population, arms: list[Arm], policy: Policy) -> list[Finding]:
    """What is known of each difference whatever the missing outcomes are.

    - On the random arm: one finding for each judged group, where any outcome is missing.
    - By the labels alone, whatever the route of the inspection: one finding for each error rate,
      on the group that is bounded least of those that may be told of; the others stand in its
      details. This is all that could be said without a random arm.

    Judged on the interval that also holds against sampling error: equivalent if `outer` lies
    inside the margin, a disparity if the Imbens–Manski interval excludes 0. A risk is signalled
    only where every possible outcome puts the difference at the margin or beyond.

    Args:
        people: the scored sponsors.
        arms: one for each error rate.
        policy: level, margins, minimum sizes, smallest count to be shown.
    """
    made = []
    for arm in arms:
        if arm.judged.any() and _missing(arm)[0].any():
            left = _open(arm, policy)
            made += [_on_arm(left, k, policy) for k in range(len(left.at))]
    return [*made, *(f for arm in arms for f in _labels_alone(people, arm, policy))]


def _missing(arm: Arm) -> Floats:
    """Sponsors of each comparison without an outcome, by selected: shape (groups, 2)."""
    return np.asarray((arm.own.count + arm.others.count)[..., MISSING], dtype=float)


def _difference(arm: Arm, measure: Measure, level: float) -> DifferenceBounds:
    own, others = arm.own.of(arm.judged), arm.others.of(arm.judged)
    whole = own.plus(others)
    return difference_bounds(
        *(manski_bounds(c, measure, arm=whole, level=level / 2) for c in (own, others))
    )


def _open(arm: Arm, policy: Policy) -> Open:
    level, minimum = policy.bias.level, policy.disclosure.minimum_count
    bounds = _difference(arm, arm.rate.measure, level)
    cells = [c.of(arm.judged) for c in (arm.own, arm.others)]
    whole = cells[0].plus(cells[1])
    first, second = (
        completed_rates(
            as_known(c), arm.rate.measure, filled=constant(np.zeros(2), c), arm=whole, level=level
        )
        for c in cells
    )
    defined = (first.count > 0) & (second.count > 0)
    return Open(
        arm=arm, at=np.flatnonzero(arm.judged), bounds=bounds,
        narrow=np.column_stack(bounds.outer(alpha=level)),
        wide=np.column_stack(bounds.imbens_manski(alpha=level)),
        estimate=np.where(defined, first.value - second.value, np.nan),
        precision=_difference(arm, PRECISION, level),
        tells=_tells(arm, minimum)[arm.judged],
    )  # fmt: skip


def _tells(arm: Arm, minimum: int) -> NDArray[np.bool_]:
    """Whether no cell that the bounds are made of is small, nor given back by the others."""
    own, whole = arm.own.count, (arm.own.count + arm.others.count)[0]
    sides = (arm.rate.measure.part, arm.rate.measure.rest, (0, MISSING), (1, MISSING))
    hide = [hidden(own[:, s, y], total=whole[s, y], minimum=minimum) for s, y in sides]
    return np.array(~np.any(np.array(hide), axis=0), dtype=bool)


def _on_arm(left: Open, k: int, policy: Policy) -> Finding:
    arm = left.arm
    label = arm.members.label(int(left.at[k]))
    missing = _missing(arm)[left.at[k]].sum()
    few = policy.disclosure.minimum_count
    many = f"{missing:,.0f}" if missing >= few else f"Fewer than {few}"
    start = (
        f"{many} random inspections of sponsors with migrants have no known outcome. Whatever they "
        f"would have found, the {arm.rate.name} of sponsors {label} differs from that of others by"
    )
    return _finding(left, k, policy, start=start, place="random arm")


def _labels_alone(people: Population, arm: Arm, policy: Policy) -> list[Finding]:
    """One finding on the group that is bounded least; none where no group is large enough."""
    members = membership(
        people, share=policy.bias.majority_share, minimum=policy.bias.minimum_group_sponsors
    )
    outcome = arm.audit.by_any_route
    own, others = outcome_cells(
        members, selected=people.selected, outcome=outcome, weight=np.ones(len(outcome))
    )
    few = max(policy.disclosure.minimum_count, 1)
    judged = members.grouping.assessable & (others.count.sum(axis=(-2, -1)) >= few)
    if not judged.any():
        return []
    left = _open(Arm(arm.rate, arm.audit, members, own, others, judged, None), policy)
    width = left.bounds.high - left.bounds.low
    k = int(np.argmax(np.where(left.tells, width + 2, width)))  # rather one that may be told of
    there = people.with_migrants
    found, total = int((there & (outcome != MISSING)).sum()), int(there.sum())
    seen = f"{found:,}" if found >= few else f"fewer than {few}"
    start = (
        f"By the labels alone, whatever the route of the inspection ({seen} of {total:,} sponsors "
        f"with migrants have one), the {arm.rate.name} of sponsors "
        f"{members.label(int(left.at[k]))} could differ from that of others by"
    )
    made = _finding(left, k, policy, start=start, place="labels alone")
    made.details["groups"] = {
        members.grouping.names[g]: _set(left.bounds, j) for j, g in enumerate(left.at)
        if left.tells[j]
    }  # fmt: skip
    return [made]


def _finding(left: Open, k: int, policy: Policy, *, start: str, place: str) -> Finding:
    arm, g, level = left.arm, int(left.at[k]), policy.bias.level
    margin, tells = arm.rate.margin(policy.bias), bool(left.tells[k])
    narrow, wide = left.narrow[k], left.wide[k]
    estimate = float(left.estimate[k])
    verdict = judge_difference(
        estimate=_nearest_to_zero(left.bounds, k), tost_low=float(narrow[0]),
        tost_high=float(narrow[1]), low=float(wide[0]), high=float(wide[1]), margin=margin,
    )  # fmt: skip
    n = int(arm.own.count[g].sum())
    if not tells:
        width = policy.disclosure.minimum_count / max(n, 1)
        narrow, wide = _outwards(narrow, width), _outwards(wide, width)
        estimate = float(narrow.mean())
    ends = [float(v) for v in narrow], [float(v) for v in wide]
    return Finding(
        check=CHECK, claim=CLAIM, verdict=verdict, margin=margin,
        subject=f"{arm.members.grouping.names[g]}, {arm.rate.name}, {place}",
        estimate=estimate if np.isfinite(estimate) else None, low=ends[0][0], high=ends[0][1],
        n=n if n >= policy.disclosure.minimum_count and tells else None,
        required=policy.bias.asks_for(CLAIM),
        sentence=_sentence(start, left.bounds, k, ends, level, margin, verdict, tells=tells),
        details={
            "members": list(arm.members.grouping.members[g]),
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level, "wide_interval": ends[1],
            "rounded": not tells, "difference": _set(left.bounds, k) if tells else None,
            "difference_in_precision": _set(left.precision, k) if tells else None,
            "method": METHOD,
        },
    )  # fmt: skip


def _sentence(
    start: str,
    bounds: DifferenceBounds,
    k: int,
    ends: tuple[list[float], list[float]],
    level: float,
    margin: float,
    verdict: Any,
    *,
    tells: bool,
) -> str:
    end = judgement(narrow=ends[0], wide=ends[1], level=level, margin=margin, verdict=verdict)
    if not tells:
        return f"{start} an amount with a {end} {ROUNDED}"
    low, high = (points(float(v[k]), margin=margin) for v in (bounds.low, bounds.high))
    return f"{start} {low} to {high} points; with sampling error, {end}"


def _nearest_to_zero(bounds: DifferenceBounds, k: int) -> float:
    return float(np.clip(0.0, bounds.low[k], bounds.high[k]))


def _set(bounds: DifferenceBounds, k: int) -> dict[str, float]:
    return {"low": float(bounds.low[k]), "high": float(bounds.high[k])}


def _outwards(ends: Floats, width: float) -> Floats:
    """An interval's ends moved outwards to multiples of a width, within [-1, 1]."""
    low, high = np.floor(ends[0] / width) * width, np.ceil(ends[1] / width) * width
    return np.array([max(low, -1.0), min(high, 1.0)])
