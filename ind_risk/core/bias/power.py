"""How likely the equivalence test is to succeed, and how many sponsors a group would need.

Normal approximation around the exact rejection bounds of the score test; its tests compare it
with the real test in simulated worlds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.score_test import score_and_skewness

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

TARGET = 0.80
_STEPS = 4  # of the fixed point; each gains about one decimal
_HALVINGS = 20
_MOST = 10**8  # sponsors; beyond this no number is of use


def equivalence_power(
    *,
    n1: ArrayLike,
    n2: ArrayLike,
    base: ArrayLike,
    margin: ArrayLike,
    alpha: float,
    difference: ArrayLike = 0.0,
) -> Floats:
    """Probability that `equivalence_interval` lies inside (-margin, margin).

    The group's rate beyond which the test no longer rejects is found with the constrained
    variances of Farrington and Manning (1990), equation 11, and the skewness correction; the
    observed difference is taken as normal about the true one.

    Args:
        n1: sponsors in the group; all arguments broadcast.
        n2: sponsors among the others.
        base: rate of the others, in [0, 1].
        margin: in (0, 1).
        alpha: level of each one-sided test, in (0, 0.5).
        difference: true difference, group minus others.

    Returns:
        In [0, 1]; 0 where a group is empty.
    """
    from scipy.special import ndtr

    a, b, p2, m, d = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (n1, n2, base, margin, difference))
    )
    p1 = np.clip(p2 + d, 0.0, 1.0)
    some1, some2 = np.maximum(a, 1.0), np.maximum(b, 1.0)
    spread = np.sqrt(p1 * (1 - p1) / some1 + p2 * (1 - p2) / some2)
    upper, lower = _bounds(a, b, p2, m, alpha=alpha)
    spread = np.maximum(spread, 1e-12)
    chance = ndtr((upper - (p1 - p2)) / spread) - ndtr((lower - (p1 - p2)) / spread)
    return np.where((a == 0) | (b == 0), 0.0, np.maximum(chance, 0.0))


def minimal_margin(*, n1: ArrayLike, n2: ArrayLike, base: ArrayLike, alpha: float) -> Floats:
    """Smallest margin at which equivalence has 80 % power if there is no difference; at most 1."""
    a, b, p2 = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (n1, n2, base)))
    low, high = np.zeros_like(p2), np.ones_like(p2)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = equivalence_power(n1=a, n2=b, base=p2, margin=middle, alpha=alpha) >= TARGET
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def required_sponsors(
    *, n2: ArrayLike, base: ArrayLike, margin: float, alpha: float, difference: ArrayLike = 0.0
) -> Floats:
    """Sponsors the group needs for 80 % power, the others staying as many as they are.

    Args:
        n2, base, margin, alpha, difference: as in `equivalence_power`.

    Returns:
        Whole numbers, rounded up; infinite where no number is enough.
    """
    others, p2, d = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (n2, base, difference))
    )

    def enough(n1: Floats) -> NDArray[np.bool_]:
        chance = equivalence_power(
            n1=n1, n2=others, base=p2, margin=margin, alpha=alpha, difference=d
        )
        return np.asarray(chance >= TARGET)

    low, high = np.zeros_like(p2), np.full_like(p2, np.log(_MOST))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        good = enough(np.exp(middle))
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return np.where(enough(np.exp(high)), np.ceil(np.exp(high)), np.inf)


def _bounds(n1: Floats, n2: Floats, p2: Floats, margin: Floats, *, alpha: float) -> Floats:
    """Largest observed difference that rejects p1 - p2 = margin, smallest that rejects -margin."""
    from scipy.special import ndtri

    z = float(ndtri(1 - alpha))
    side = np.array([1.0, -1.0]).reshape(2, *([1] * margin.ndim))
    edge = side * margin
    bound = np.zeros_like(edge)
    a, b, rate = (np.broadcast_to(v, edge.shape) for v in (n1, n2, p2))
    for _ in range(_STEPS):
        p1 = np.clip(rate + bound, 0.0, 1.0)
        score, skew = score_and_skewness((a * p1, a, b * rate, b), edge)
        usable = np.isfinite(score) & (np.abs(score) > 1e-12)
        spread = np.where(usable, np.abs((p1 - rate - edge) / np.where(usable, score, 1.0)), 0.0)
        # Rejected at -z (or z), and by the skewness-corrected test too: Laud (2017), appendix S1.
        needed = z + np.maximum(0.0, -side * skew) * (z * z - 1)
        bound = edge - side * needed * spread
    return bound


def association_power(*, n: int, margin: float, alpha: float, rho: float = 0.0) -> float:
    """Probability that the interval of a rank correlation lies inside (-margin, margin).

    Normal approximation on Fisher's z, standard error 1 / sqrt(n - 1): exact under independence,
    whatever the ties.

    Args:
        n: sponsors.
        margin: in (0, 1).
        alpha: level of each one-sided test.
        rho: true correlation.
    """
    from scipy.special import ndtr, ndtri

    if n < 2:
        return 0.0
    edge, true, root = np.arctanh(margin), np.arctanh(rho), np.sqrt(n - 1)
    z = ndtri(1 - alpha)
    return float(max(ndtr((edge - true) * root - z) - ndtr((-edge - true) * root + z), 0.0))


def minimal_association(*, n: int, alpha: float) -> float:
    """Smallest margin at which equivalence has 80 % power if there is no association."""
    from scipy.special import ndtri

    if n < 2:
        return 1.0
    z = ndtri(1 - alpha) + ndtri((1 + TARGET) / 2)
    return float(np.tanh(z / np.sqrt(n - 1)))


def sponsors_for_association(*, margin: float, alpha: float, rho: float = 0.0) -> float:
    """Sponsors needed for 80 % power at this true correlation; infinite if no number is enough."""
    if abs(rho) >= margin:
        return float("inf")
    low, high = 2, 4
    while association_power(n=high, margin=margin, alpha=alpha, rho=rho) < TARGET:
        high *= 2
        if high > _MOST:
            return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        enough = association_power(n=middle, margin=margin, alpha=alpha, rho=rho) >= TARGET
        low, high = (low, middle) if enough else (middle, high)
    return float(high)
