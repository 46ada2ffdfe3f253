"""Interval of a difference from the exact limits of each proportion: what sparse tables need.

Score intervals are approximations: with a handful of expected successes they miss more often than
they say. Clopper–Pearson limits never do, and joined by MOVER they guard the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def exact_limits(x: Floats, n: Floats, alpha: float | Floats) -> tuple[Floats, Floats]:
    """Clopper and Pearson (1934), Biometrika 26:404: each limit errs in at most alpha.

    Args:
        x, n: successes and trials of one shape; they need not be whole.
        alpha: of each side.

    >>> low, high = exact_limits(np.array([0.0]), np.array([5.0]), 0.025)
    >>> float(low[0]), round(float(high[0]), 4)
    (0.0, 0.5218)
    """
    from scipy.special import betaincinv

    safe_low, safe_high = np.maximum(x, 1e-9), np.maximum(n - x, 1e-9)
    low = np.where(x > 0, betaincinv(safe_low, n - x + 1, alpha), 0.0)
    high = np.where(x < n, betaincinv(x + 1, safe_high, 1 - alpha), 1.0)
    return low, high


def recovered_interval(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, alpha: float | Floats
) -> tuple[Floats, Floats]:
    """Interval of p1 - p2 by MOVER on exact limits: Zou and Donner (2008), Stat. Med. 27:1693.

    Where one proportion is all but certain it is the exact interval of the other.

    Args:
        x1, n1, x2, n2: counts of one shape, n above 0.
        alpha: of each side.
    """
    p1, p2 = x1 / np.maximum(n1, 1.0), x2 / np.maximum(n2, 1.0)
    (l1, u1), (l2, u2) = exact_limits(x1, n1, alpha), exact_limits(x2, n2, alpha)
    gap = p1 - p2
    return gap - np.hypot(p1 - l1, u2 - p2), gap + np.hypot(u1 - p1, p2 - l2)
