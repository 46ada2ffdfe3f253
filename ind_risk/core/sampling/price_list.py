"""What each number of inspections would decide: the plan's sample in smaller and larger sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ind_risk.core.sampling.claims import Claim
    from ind_risk.core.sampling.plan import SamplePlan

_BEYOND = 1.25  # times the plan


@dataclass(frozen=True, kw_only=True)
class Price:
    """One line of the price list.

    Args:
        drawn: sponsors drawn.
        outcomes: known outcomes to be expected of them, those already there included.
        power: of each claim.
        decided: claims with at least the power that the policy asks for.
        below_minimum: so few that not every stratum has the policy's minimum; nobody should draw
            such a sample.
        planned: this is the plan.
    """

    drawn: int
    outcomes: float
    power: Mapping[Claim, float]
    decided: tuple[Claim, ...]
    below_minimum: bool
    planned: bool


def price_list(plan: SamplePlan) -> tuple[Price, ...]:
    """Lines for every `price_step` inspections up to a quarter beyond the plan, and for the plan.

    Every line is a point on the plan's path: the same shape, so that a larger sample contains a
    smaller one. A sample for one claim alone could have another shape and be smaller.
    """
    step = max(round(plan.policy.sampling.price_step), 1)
    last = min(ceil(_BEYOND * plan.total / step) * step, plan.path.most)
    totals = sorted({*range(step, last + 1, step), plan.total, last})
    return tuple(_line(plan, total) for total in totals)


def _line(plan: SamplePlan, total: int) -> Price:
    power = plan.power(total)
    return Price(
        drawn=total,
        outcomes=float(plan.outcomes(total).sum()),
        power=power,
        decided=tuple(c for c, p in power.items() if p >= plan.policy.sampling.power),
        below_minimum=total < plan.path.least,
        planned=total == plan.total,
    )


def decided_from(prices: tuple[Price, ...]) -> dict[Claim, int | None]:
    """For each claim the first line from which on it stays decided; None where no line does."""
    made: dict[Claim, int | None] = {}
    for claim in prices[-1].power if prices else ():
        made[claim] = None
        for line in reversed(prices):
            if claim not in line.decided:
                break
            made[claim] = line.drawn
    return made
