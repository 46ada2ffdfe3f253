"""What `stability` claims, and whether so many refits decide it.

Refits cost only time, so more are made while a claim is undecided. The interval allows for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.findings import Verdict, judge_bound
from ind_risk.core.robustness.stability_interval import mean_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.accuracy.rates import Interval
    from ind_risk.core.policy import Policy

OVERLAP, FLIPS = "band_high_overlap", "band_flips"
# The bound of each claim, and 1 for "at least" or -1 for "at most".
_BOUNDS = {
    OVERLAP: ("stability_overlap_at_least", 1),
    FLIPS: ("stability_flips_at_most", -1),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """One claim about the mean over all possible refits.

    Args:
        name: of the claim.
        shares: one a refit, shape (refits,).
        found: their mean and its interval.
        bound: that the mean is held against.
        at_least: whether it may not be below the bound; otherwise it may not be above it.
        verdict: "established", "refuted" or "insufficient_data".
    """

    name: str
    shares: NDArray[np.float64]
    found: Interval
    bound: float
    at_least: bool
    verdict: Verdict


def claims(
    candidate: NDArray[np.int8], refits: NDArray[np.int8], policy: Policy
) -> tuple[Claim, Claim]:
    """The overlap of band high and the share of flips, judged.

    Args:
        candidate: place of each sponsor's band in `BANDS`, shape (n,).
        refits: the same by each refit, at least one, shape (refits, n).
        policy: bounds and level.
    """
    high = candidate == 0
    overlap = (refits[:, high] == 0).mean(axis=1)
    flips = (refits != candidate).mean(axis=1)
    return _claim(OVERLAP, overlap, policy), _claim(FLIPS, flips, policy)


def decided(candidate: NDArray[np.int8], refits: NDArray[np.int8], policy: Policy) -> bool:
    """Whether so many refits decide each claim.

    Args:
        candidate, refits, policy: as for `claims`.
    """
    return all(c.verdict != "insufficient_data" for c in claims(candidate, refits, policy))


def bound_of(claim: str, policy: Policy) -> float:
    """What the policy asks of a claim."""
    return float(getattr(policy.robustness, _BOUNDS[claim][0]))


def _claim(name: str, shares: NDArray[np.float64], policy: Policy) -> Claim:
    alpha = policy.robustness.alpha
    sign, bound = _BOUNDS[name][1], bound_of(name, policy)
    found = mean_interval(shares, alpha=alpha)
    low, high = sorted((sign * found.low, sign * found.high))
    verdict = judge_bound(low=low, high=high, at_least=sign * bound)
    return Claim(
        name=name, shares=shares, found=found, bound=bound, at_least=sign > 0,
        verdict=verdict,
    )  # fmt: skip
