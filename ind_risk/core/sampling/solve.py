"""The shape and the size of a sample, for claims whose powers are known functions of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.sampling.allocation import Path, neyman, neyman_total, optimal, pulls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.claims import Question, Truth

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def best_path(
    truth: Truth,
    policy: Policy,
    questions: tuple[Question, ...],
    wanted: list[NDArray[np.bool_]],
    *,
    existing: Ints,
    most: Ints,
) -> Path:
    """Allocations in the shape that is best for all claims; in numbers to be drawn."""
    rule, response = policy.sampling, truth.response
    minimum = np.minimum(np.maximum(rule.minimum_per_stratum - existing, 0), most)
    low, high = existing + response * minimum, existing + response * most
    spread = np.sqrt(truth.by_stratum * (1 - truth.by_stratum))
    half = neyman(size=truth.strata.size, spread=spread, total=truth.strata.size.sum() / 2)
    start = np.maximum(half * response, 1e-3)
    if any(kept.any() for kept in wanted):
        shape = optimal(questions, wanted, start=start, low=low, high=high, target=rule.power)
        rough, _ = pulls(questions, wanted, shape, target=rule.power)
        power = [q.power(shape) for q in questions]
        exact, _ = pulls(questions, wanted, shape, target=rule.power, power=power)
        start = optimal(
            questions, wanted, start=shape, low=low, high=high, target=rule.power,
            correction=exact / np.maximum(rough, 1e-12),
        )  # fmt: skip
    return Path(target=start / response, minimum=minimum, most=most, already=existing / response)


def smallest_total(
    path: Path,
    questions: tuple[Question, ...],
    wanted: list[NDArray[np.bool_]],
    existing: Ints,
    response: float,
    target: float,
) -> int:
    """Smallest total on the path at which every wanted claim has its power, by bisection."""

    def enough(total: int) -> bool:
        n = existing + response * path.at(total)
        return all(
            bool((q.power(n)[kept] >= target).all())
            for q, kept in zip(questions, wanted, strict=True) if kept.any()
        )  # fmt: skip

    low, high = path.least, path.most
    if enough(low):
        return low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def total_for_overall_rate(truth: Truth, policy: Policy, existing: Ints) -> int:
    """Sponsors by which the share of non-compliance among all is known as well as drift asks."""
    rate = truth.by_stratum
    needed = neyman_total(
        size=truth.strata.size, spread=np.sqrt(rate * (1 - rate)),
        half_width=policy.drift.outcome_gap_margin, alpha=0.05,
    )  # fmt: skip
    return max(int(np.ceil((needed - existing.sum()) / truth.response)), 0)
