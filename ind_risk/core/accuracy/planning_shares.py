"""How many random inspections decide whether a share keeps its bound, by the exact interval."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.planning import MOST, POWER, PREVALENCE, band_rates

if TYPE_CHECKING:
    from ind_risk.core.policy import Policy


def trials_for_bound(share: float, *, bound: float, alpha: float, power: float) -> int | None:
    """Trials after which Clopper and Pearson's limit lies on that side of the bound that share is.

    Args:
        share: true share, in [0, 1]; below the bound it is to be shown to be below, else above.
        bound: in (0, 1).
        alpha: one-sided level.
        power: probability with which it is to be shown.

    Returns:
        A number that has this power and is next to one that has not; power rises in saw teeth, so
        that some smaller numbers may have it too. None if 10 million do not.

    >>> trials_for_bound(0.0, bound=0.15, alpha=0.05, power=0.8)
    19
    >>> trials_for_bound(0.15, bound=0.15, alpha=0.05, power=0.8) is None
    True
    """
    if share > bound:
        share, bound = 1 - share, 1 - bound
    few, enough = 0, MOST
    if share == bound or bound_power(share, n=MOST, bound=bound, alpha=alpha) < power:
        return None
    while enough - few > 1:
        middle = (few + enough) // 2
        if bound_power(share, n=middle, bound=bound, alpha=alpha) >= power:
            enough = middle
        else:
            few = middle
    return enough


def bound_power(share: float, *, n: int, bound: float, alpha: float) -> float:
    """Chance that the upper limit of X of n, X binomial with this share, is at most the bound.

    It is where P(X ≤ x) at the bound is at most alpha.
    """
    from scipy.stats import binom

    most = int(binom.ppf(alpha, n, bound))
    if binom.cdf(most, n, bound) > alpha:
        most -= 1
    return float(binom.cdf(most, n, share)) if most >= 0 else 0.0


def inspections_for_recall(policy: Policy) -> int | None:
    """Random inspections for the recall claim, under the assumption of `planning`."""
    recall = policy.capacity.high_share * band_rates(policy.capacity)["high"] / PREVALENCE
    return _inspections(recall, policy.accuracy.recall_at_least, PREVALENCE, policy, above=True)


def inspections_for_low_band(policy: Policy) -> int | None:
    """Random inspections for the claim on band low, under the assumption of `planning`."""
    capacity = policy.capacity
    rate, inside = band_rates(capacity)["low"], 1 - capacity.high_share - capacity.middle_share
    return _inspections(rate, policy.accuracy.low_band_rate_at_most, inside, policy, above=False)


def _inspections(
    share: float, bound: float, inside: float, policy: Policy, *, above: bool
) -> int | None:
    if (share > bound) != above:
        return None
    trials = trials_for_bound(share, bound=bound, alpha=policy.accuracy_level, power=POWER)
    return None if trials is None else ceil(trials / inside)
