"""How many random inspections a claim needs: what to say where there are not enough of them.

Approximate, under an assumption that every sentence names: prevalence and AUC as below.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, sqrt
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.auc import edge, standard_error
from ind_risk.core.accuracy.lift import restricted_rate
from ind_risk.core.accuracy.rates import Rate
from ind_risk.core.bands import BANDS

if TYPE_CHECKING:
    from ind_risk.core.policy import Capacity, Policy

PREVALENCE, AUC, POWER = 0.10, 0.68, 0.80
MOST = 10_000_000
ASSUMPTION = (
    f"if {PREVALENCE:.0%} of sponsors were non-compliant and the AUC were {AUC:.2f}".replace(
        "%", " %"
    )
)


def auc_power(
    auc: float, *, bound: float, positives: float, negatives: float, alpha: float
) -> float:
    """Chance that the lower limit reaches the bound (normal, Hanley and McNeil's variance)."""
    from scipy.special import ndtr, ndtri

    if not bound < auc < 1:
        return float(auc >= 1)
    reach = -ndtri(alpha) * standard_error(bound, positives, negatives)
    return float(ndtr((auc - bound - reach) / standard_error(auc, positives, negatives)))


def contrast_power(parts: tuple[tuple[float, float, float, float], ...], *, alpha: float) -> float:
    """Chance that Σ c·p above 0 is shown (normal).

    Args:
        parts: per part c, p, p as the test supposes it where Σ c·p is 0, and inspections.
        alpha: one-sided level.
    """
    from scipy.special import ndtr, ndtri

    gap = sum(c * p for c, p, _, _ in parts)
    true = sum(c * c * p * (1 - p) / n for c, p, _, n in parts)
    supposed = sum(c * c * p * (1 - p) / n for c, _, p, n in parts)
    return float(ndtr((gap + ndtri(alpha) * sqrt(supposed)) / sqrt(true)))


def band_rates(capacity: Capacity) -> dict[str, float]:
    """Non-compliance rates of the bands under the assumption, scores normal in both classes."""
    from scipy.special import ndtr, ndtri

    distance, high = sqrt(2) * float(ndtri(AUC)), capacity.high_share
    caught, share = [0.0], [0.0, high, high + capacity.middle_share, 1.0]
    for cut in share[1:3]:
        caught.append(float(ndtr(distance - _threshold(cut, distance))))
    caught.append(1.0)
    return {
        band: PREVALENCE * (caught[i + 1] - caught[i]) / (share[i + 1] - share[i])
        for i, band in enumerate(BANDS)
    }


def _threshold(share: float, distance: float) -> float:
    """The score that a share of all sponsors exceeds."""
    return edge(lambda score: _share_above(score, distance) > share, -20.0, 20.0)


def _share_above(threshold: float, distance: float) -> float:
    from scipy.special import ndtr

    return float(PREVALENCE * ndtr(distance - threshold) + (1 - PREVALENCE) * ndtr(-threshold))


def inspections_for_auc(policy: Policy) -> int | None:
    """Random inspections for the AUC claim; None if no number would do."""
    rule = policy.accuracy
    return _smallest(
        lambda n: auc_power(
            AUC,
            bound=rule.auc_at_least,
            positives=n * PREVALENCE,
            negatives=n * (1 - PREVALENCE),
            alpha=policy.accuracy_level,
        )
    )


def inspections_for_lift(policy: Policy) -> int | None:
    """Random inspections for the precision claim; None if no number would do."""
    h, bound = policy.capacity.high_share, policy.accuracy.precision_lift_at_least
    high = band_rates(policy.capacity)["high"]
    rest = (PREVALENCE - h * high) / (1 - h)
    first, second = 1 - bound * h, -bound * (1 - h)
    if first <= 0:  # not even every finding in band high would be so many times the rate
        return None
    ratio = -second / first
    null = restricted_rate(ratio, Rate(high, 1, h), Rate(rest, 1, 1 - h))
    return _smallest(
        lambda n: contrast_power(
            (
                (first, high, min(ratio * null, 1.0), n * h),
                (second, rest, null, n * (1 - h)),
            ),
            alpha=policy.accuracy_level,
        )
    )


def inspections_for_bands(policy: Policy, above: str, below: str) -> int | None:
    """Random inspections that show one band above the next; None if no number would do."""
    capacity, rates = policy.capacity, band_rates(policy.capacity)
    shares = {"high": capacity.high_share, "middle": capacity.middle_share}
    shares["low"] = 1 - sum(shares.values())
    return _smallest(
        lambda n: contrast_power(
            (
                (1, rates[above], rates[above], n * shares[above]),
                (-1, rates[below], rates[below], n * shares[below]),
            ),
            alpha=policy.band_order_level,
        )
    )


def needed(n: int | None, what: str) -> str:
    """The number as a sentence."""
    if n is None:
        return f" No number of random inspections would show {what} {ASSUMPTION}."
    return (
        f" About {n:,} random inspections with a known outcome would show {what} "
        f"in {POWER * 100:.0f} % of cases {ASSUMPTION}."
    )


def _smallest(power: Callable[[float], float]) -> int | None:
    if power(MOST) < POWER:
        return None
    return ceil(edge(lambda n: power(n) >= POWER, MOST, 1.0))
