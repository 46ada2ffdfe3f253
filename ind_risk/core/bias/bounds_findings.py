"""Findings on what missing outcomes leave open: on the random arm, and by the labels alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.bounds import difference_bounds, manski_bounds
from ind_risk.core.bias.bounds_coarse import bounds_cases, equal, possible, union, weight_ranges
from ind_risk.core.bias.difference_sentences import ROUNDED, judgement
from ind_risk.core.bias.disclosure import hidden, only_verdict, part_of, to_steps
from ind_risk.core.bias.error_rates import CHECK, Arm
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.outcome_cells import (
    MISSING,
    PRECISION,
    Cells,
    as_known,
    completed_rates,
    constant,
    outcome_cells,
)
from ind_risk.core.bias.wording import VERDICT_WORDS, margin_points, points
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.bounds import DifferenceBounds
    from ind_risk.core.bias.outcome_cells import Measure
    from ind_risk.core.bias.population import Population
    from ind_risk.core.findings import Verdict
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
        ranges: of the weights, as `weight_ranges` gives them.
    """

    arm: Arm
    at: NDArray[np.int64]
    bounds: DifferenceBounds
    narrow: Floats
    wide: Floats
    estimate: Floats
    precision: DifferenceBounds
    tells: NDArray[np.bool_]
    ranges: Floats


@dataclass(frozen=True)
class Told:
    """What is told of one group: the intervals, coarse or not, and the verdict that follows."""

    narrow: list[float]
    wide: list[float]
    estimate: float
    verdict: Verdict


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
            left = _open(arm, policy, weight_ranges(people, arm.audit))
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


def _open(arm: Arm, policy: Policy, ranges: Floats) -> Open:
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
        tells=_tells(arm, minimum)[arm.judged], ranges=ranges,
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
    missing = int(_missing(arm)[left.at[k]].sum())
    few = policy.disclosure.minimum_count
    many = part_of(missing, whole=arm.audit.non_response, minimum=few).capitalize()
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
    as_labelled = Arm(arm.rate, arm.audit, members, own, others, judged, None)
    left = _open(as_labelled, policy, np.ones((2, 2)))
    width = left.bounds.high - left.bounds.low
    k = int(np.argmax(np.where(left.tells, width + 2, width)))  # rather one that may be told of
    there = people.with_migrants
    found, total = int((there & (outcome != MISSING)).sum()), int(there.sum())
    seen = part_of(found, whole=int((outcome != MISSING).sum()), minimum=few)
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
    told = _plain(left, k, margin) if tells else _coarse(left, k, policy)
    n = int(arm.own.count[g].sum())
    return Finding(
        check=CHECK, claim=CLAIM, verdict=told.verdict, margin=margin,
        subject=f"{arm.members.grouping.names[g]}, {arm.rate.name}, {place}",
        estimate=told.estimate if np.isfinite(told.estimate) else None,
        low=told.narrow[0], high=told.narrow[1],
        n=n if n >= policy.disclosure.minimum_count and tells else None,
        required=policy.bias.asks_for(CLAIM),
        sentence=_sentence(left, k, told, start, level, margin),
        details={
            "members": list(arm.members.grouping.members[g]),
            "confidence": 1 - 2 * level, "wide_confidence": 1 - level,
            "wide_interval": told.wide,
            "rounded": not tells, "difference": _set(left.bounds, k) if tells else None,
            "difference_in_precision": _set(left.precision, k) if tells else None,
            "method": METHOD,
        },
    )  # fmt: skip


def _judged(
    set_: Sequence[float], narrow: Sequence[float], wide: Sequence[float], margin: float
) -> Verdict:
    """By the figures as they are told: else the verdict would tell more than they do."""
    return judge_difference(
        estimate=float(np.clip(0.0, set_[0], set_[1])), tost_low=narrow[0], tost_high=narrow[1],
        low=wide[0], high=wide[1], margin=margin,
    )  # fmt: skip


def _plain(left: Open, k: int, margin: float) -> Told:
    set_ = (float(left.bounds.low[k]), float(left.bounds.high[k]))
    narrow, wide = ([float(v) for v in ends[k]] for ends in (left.narrow, left.wide))
    return Told(narrow, wide, float(left.estimate[k]), _judged(set_, narrow, wide, margin))


def _coarse(left: Open, k: int, policy: Policy) -> Told:
    """The same whatever the group's cells are within their blocks, in half points.

    With unequal weights the ends say no more than the verdict: any other would depend on what the
    group's sponsors weigh.
    """
    level, minimum = policy.bias.level, policy.disclosure.minimum_count
    measure, at = left.arm.rate.measure, np.arange(len(left.arm.members)) == left.at[k]
    both = (left.arm.own.of(at), left.arm.own.plus(left.arm.others).of(at))
    own, whole = (Cells(*(v[0] for v in c.parts)) for c in both)
    cases = bounds_cases(own, whole, measure, minimum)
    could = possible(own, whole, cases, left.ranges, minimum)
    bounds = difference_bounds(
        *(
            manski_bounds(c, measure, arm=both[1], level=level / 2)
            for c in (could.own, could.others)
        )
    )
    narrow, wide, ends = (
        to_steps(*union(pair))
        for pair in (
            bounds.outer(alpha=level), bounds.imbens_manski(alpha=level), (bounds.low, bounds.high)
        )
    )  # fmt: skip
    margin = left.arm.rate.margin(policy.bias)
    verdict = _judged(ends, narrow, wide, margin)
    estimate = sum(narrow) / 2
    if not equal(left.ranges):
        estimate, narrow = only_verdict(verdict, estimate, margin)
        wide = narrow
    return Told(list(narrow), list(wide), estimate, verdict)


def _sentence(left: Open, k: int, told: Told, start: str, level: float, margin: float) -> str:
    if not left.tells[k] and not equal(left.ranges):
        return (
            f"{start} an amount that, against the margin of {margin_points(margin)}, is "
            f"{VERDICT_WORDS[told.verdict]}. Figures are not shown, because few sponsors are "
            "behind them."
        )
    end = judgement(
        narrow=told.narrow, wide=told.wide, level=level, margin=margin, verdict=told.verdict
    )
    if not left.tells[k]:
        return f"{start} an amount with a {end} {ROUNDED}"
    low, high = (points(float(v[k]), margin=margin) for v in (left.bounds.low, left.bounds.high))
    return f"{start} {low} to {high} points; with sampling error, {end}"


def _set(bounds: DifferenceBounds, k: int) -> dict[str, float]:
    return {"low": float(bounds.low[k]), "high": float(bounds.high[k])}
