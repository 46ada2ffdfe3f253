"""The most likely pair of proportions with a given difference: what the score test stands on.

Closed form, so that thousands of tables take one pass; compared with brute force in the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def constrained_proportions(
    *, x1: Floats, n1: Floats, x2: Floats, n2: Floats, delta: Floats
) -> tuple[Floats, Floats]:
    """The (p1, p2) with p1 - p2 = delta that make x1 of n1 and x2 of n2 most likely.

    Miettinen and Nurminen (1985), Statistics in Medicine 4:213, appendix; Farrington and Manning
    (1990), Statistics in Medicine 9:1447, appendix. Where the likelihood is highest at an end of
    the possible range, that end is taken: the cubic has a double root near it and loses digits.

    Args:
        x1, n1, x2, n2: counts of one shape, 0 <= x <= n; they need not be whole.
        delta: in [-1, 1], of the same shape.
    """
    lowest, highest = np.maximum(0.0, -delta), np.minimum(1.0, 1 - delta)
    p2 = _inner_root(x1, n1, x2, n2, delta)
    d, e = np.abs(delta), 1 - np.abs(delta)
    # Slope of the log-likelihood at each end, times d * e, where no term of it is infinite.
    low_up = (x2 == 0) & ((x1 - n2 * d) * e <= (n1 - x1) * d)
    low_down = (x1 == 0) & ((x2 - n1 * d) * e <= (n2 - x2) * d)
    high_up = (x1 == n1) & ((n1 * d - n2 + x2) * e >= -x2 * d)
    high_down = (x2 == n2) & ((n2 * d - n1 + x1) * e >= -x1 * d)
    p2 = np.where(np.where(delta > 0, low_up, low_down), lowest, p2)
    p2 = np.where(np.where(delta > 0, high_up, high_down), highest, p2)
    p2 = np.where(delta == 0, (x1 + x2) / np.maximum(n1 + n2, 1.0), p2)
    p2 = np.clip(p2, lowest, highest)
    return np.clip(p2 + delta, 0.0, 1.0), p2


def _inner_root(x1: Floats, n1: Floats, x2: Floats, n2: Floats, delta: Floats) -> Floats:
    """The root of p^3 + 3 a p^2 + 3 b p + c by the cosine formula, with one step of Newton."""
    total = np.maximum(n1 + n2, 1.0)
    seen = x1 + x2
    a = ((n1 + 2 * n2) * delta - total - seen) / (3 * total)
    b = ((n2 * delta - total - 2 * x2) * delta + seen) / (3 * total)
    c = x2 * delta * (1 - delta) / total
    q = a**3 - 1.5 * a * b + c / 2
    size = np.sqrt(np.maximum(a * a - b, 0.0))
    signed = np.where(q < 0, -size, size)
    ratio = np.clip(q / np.where(size == 0, 1.0, signed**3), -1.0, 1.0)
    p = 2 * signed * np.cos((np.pi + np.arccos(ratio)) / 3) - a
    error = ((p + 3 * a) * p + 3 * b) * p + c
    slope = 3 * (p * (p + 2 * a) + b)
    better = p - error / np.where(slope == 0, 1.0, slope)
    nearer = np.abs(((better + 3 * a) * better + 3 * b) * better + c) < np.abs(error)
    return np.asarray(np.where(nearer, better, p), dtype=float)
