"""Precision in band high as a multiple of the overall rate, numerator inside the denominator."""

from __future__ import annotations

from math import hypot, inf, sqrt

from ind_risk.core.accuracy.auc import edge
from ind_risk.core.accuracy.rates import Interval, Rate

ALMOST = 1e-12


def lift_interval(*, high: Rate, rest: Rate, share: Rate, z: float) -> Interval:
    """Lift = p_high / (h·p_high + (1 − h)·p_rest), with h the weighted share in band high.

    For a given h the lift rises with the ratio of the two rates, which are of different sponsors:
    that takes care of the overlap. Its limits are those of the score interval for a ratio (Koopman,
    1984; Miettinen and Nurminen, 1985, eq. 6–8, with N/(N − 1)) at the effective sizes, which hold
    without any finding in either part. The uncertainty of h, by the lift's slope in h, is then
    added as squares of distances (MOVER; Zou and Donner, 2008).

    Args:
        high: rate in band high.
        rest: rate outside it; not both are 0.
        share: weighted share of inspections in band high, above 0 and below 1.
        z: quantile of each limit.

    Returns:
        Estimate and finite limits, at least 0.
    """
    h, top = share.value, 1 / share.value
    estimate = high.value / (h * high.value + (1 - h) * rest.value)

    def within(lift: float) -> bool:
        return _distance(lift * (1 - h) / (1 - lift * h), high, rest) <= z * z

    low = 0.0 if high.value == 0 else edge(within, estimate * (1 - ALMOST), ALMOST)
    above = top if rest.value == 0 else edge(within, estimate, top * (1 - ALMOST))
    # |d lift / dh| = lift² · |1 − p_rest / p_high|; as p_high goes to 0 it goes to 0.
    slope = estimate**2 * abs(1 - rest.value / high.value) if high.value > 0 else 0.0
    wobble = z * slope * sqrt(h * (1 - h) / share.effective)
    return Interval(
        estimate,
        max(0.0, estimate - hypot(estimate - low, wobble)),
        estimate + hypot(above - estimate, wobble),
    )


def _distance(ratio: float, first: Rate, second: Rate) -> float:
    """Squared score statistic of p_first = ratio · p_second."""
    restricted = restricted_rate(ratio, first, second)
    p1, p2 = min(ratio * restricted, 1.0), restricted
    total = first.effective + second.effective
    variance = p1 * (1 - p1) / first.effective + ratio**2 * p2 * (1 - p2) / second.effective
    if total > 1:
        variance *= total / (total - 1)
    gap = (first.value - ratio * second.value) ** 2
    if variance <= 0:
        return 0.0 if gap == 0 else inf
    return gap / variance


def restricted_rate(ratio: float, first: Rate, second: Rate) -> float:
    """Most likely p_second given p_first = ratio · p_second (Miettinen and Nurminen, 1985)."""
    n1, n2 = first.effective, second.effective
    x1, x2 = n1 * first.value, n2 * second.value
    a, b, c = (n1 + n2) * ratio, -(ratio * (n1 + x2) + x1 + n2), x1 + x2
    # The smaller root, written so that it does not cancel.
    return min(2 * c / (-b + sqrt(max(b * b - 4 * a * c, 0.0))), 1.0)
