"""Rates of weighted inspections and their difference, with intervals that hold at 0 and at n.

A bootstrap or Wald interval says [0, 0] after no finding in five inspections; these do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Interval:
    """An estimate between two finite limits."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Rate:
    """A weighted share of n inspections that is worth as much as `effective` equal ones."""

    value: float
    n: int
    effective: float


def kish_size(weight: NDArray[np.float64]) -> float:
    """(Σw)² / Σw²: how many equal weights carry as much (Kish, 1965, section 11.7).

    >>> import numpy as np
    >>> kish_size(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    return float(weight.sum() ** 2 / (weight**2).sum())


def weighted_rate(outcome: NDArray[np.float64], weight: NDArray[np.float64]) -> Rate | None:
    """Hájek's share Σwy / Σw with its effective size; None without rows.

    The effective size is Kish's, or p(1 − p) over the linearised variance Σw²(y − p)² / (Σw)²
    (Korn and Graubard, 1998) where that is smaller: it is if the heavy weights are those of the
    rare outcome. Both equal n for equal weights. There is no finite-population correction: the
    claim is about how sponsors behave, not only about those of one day.

    Args:
        outcome: 0 or 1, shape (n,).
        weight: above 0, shape (n,).
    """
    if len(outcome) == 0:
        return None
    value = float((weight * outcome).sum() / weight.sum())
    variance = float((weight**2 * (outcome - value) ** 2).sum() / weight.sum() ** 2)
    effective = kish_size(weight)
    if 0 < value < 1 and variance > 0:
        effective = min(effective, value * (1 - value) / variance)
    return Rate(min(value, 1.0), len(outcome), effective)


def quantile(alpha: float, *sizes: float) -> float:
    """Student's 1 − alpha quantile at the smallest effective size less one, at least 1, degrees.

    Few or uneven weights make the variance itself uncertain; for many it is the normal's.
    """
    from scipy.special import stdtrit

    return float(stdtrit(max(min(sizes) - 1, 1.0), 1 - alpha))


def wilson(rate: Rate, *, z: float) -> Interval:
    """Wilson's (1927) score interval at the effective size.

    >>> round(wilson(Rate(0.0, 5, 5.0), z=1.959964).high, 4)
    0.4345
    """
    p, n = rate.value, rate.effective
    centre, share = p + z * z / (2 * n), 1 + z * z / n
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if p == 0 else max((centre - half) / share, 0.0)
    high = 1.0 if p == 1 else min((centre + half) / share, 1.0)
    return Interval(p, min(low, p), max(high, p))


def newcombe_difference(first: Rate, second: Rate, *, z: float) -> Interval:
    """First minus second: hybrid score interval (Newcombe, 1998, Stat. Med. 17, 873, method 10)."""
    a, b = wilson(first, z=z), wilson(second, z=z)
    gap = first.value - second.value
    return Interval(
        gap,
        gap - hypot(a.estimate - a.low, b.high - b.estimate),
        gap + hypot(a.high - a.estimate, b.estimate - b.low),
    )
