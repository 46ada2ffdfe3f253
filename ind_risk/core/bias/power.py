"""How likely the equivalence test is to succeed, and how many sponsors a group would need.

Normal approximation around the exact rejection bounds of the score test; its tests compare it
with the real test in simulated worlds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.score_test import called_equivalent, score_and_skewness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

TARGET = 0.80
SPARSE = 45.0  # expected selected or passed over in a group; below it all tables are summed
SMALL = 300  # sponsors in either group; up to that all tables are summed, whatever the rates
_MOST_COUNTS, _NODES = 160, 41
_STEPS = 4  # of the fixed point; each gains about one decimal
_SCALINGS, _HALVINGS = 8, 24
_NEAR, _LONGEST = 0.003, 2.0  # of the target power; step on a logarithm
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
    observed difference is taken as normal about the true one. Where fewer than `SPARSE` are
    expected to be selected, or not to be, or groups are `SMALL`, it is a sum over tables instead.

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
    a, b, p2, m, d = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (n1, n2, base, margin, difference))
    )
    p1 = np.clip(p2 + d, 0.0, 1.0)
    made = np.array(approximate_power(a, b, p1, p2, m, alpha=alpha))
    fewest = np.minimum(np.minimum(a * p1, a * (1 - p1)), np.minimum(b * p2, b * (1 - p2)))
    summed = (fewest < SPARSE) | (np.maximum(a, b) <= SMALL)
    for place in np.argwhere(summed & (a > 0) & (b > 0)):
        at = tuple(place)
        made[at] = _summed(a[at], b[at], p1[at], p2[at], margin=float(m[at]), alpha=alpha)
    return made


def approximate_power(
    n1: Floats, n2: Floats, p1: Floats, p2: Floats, margin: Floats, *, alpha: float
) -> Floats:
    """The same without sums over tables, for searches: the observed difference as normal.

    Args:
        n1, n2, p1, p2, margin: arrays of one shape; p1 and p2 are the true rates.
        alpha: level of each one-sided test.
    """
    from scipy.special import ndtr

    spread = np.sqrt(p1 * (1 - p1) / np.maximum(n1, 1.0) + p2 * (1 - p2) / np.maximum(n2, 1.0))
    spread = np.maximum(spread, 1e-12)
    upper, lower = _bounds(n1, n2, p2, margin, alpha=alpha)
    chance = ndtr((upper - (p1 - p2)) / spread) - ndtr((lower - (p1 - p2)) / spread)
    return np.where((n1 == 0) | (n2 == 0), 0.0, np.maximum(chance, 0.0))


def _summed(n1: float, n2: float, p1: float, p2: float, *, margin: float, alpha: float) -> float:
    """Sum over all tables: where few are selected, a normal approximation is far off.

    Effective sizes need not be whole; the nearest whole ones are taken.
    """
    n1, n2 = max(round(n1), 1), max(round(n2), 1)
    (x1, first), (x2, second) = _counts(n1, p1), _counts(n2, p2)
    called = called_equivalent(
        x1=x1[:, None], n1=n1, x2=x2, n2=n2, margin=margin, alpha=alpha
    ) & _tells(x1[:, None] + x2, n1 + n2)
    return float(first @ called @ second)


def _tells(selected: Floats, n: float) -> NDArray[np.bool_]:
    """Somebody is selected, and not everybody: else parity says nothing."""
    return np.asarray((selected > 0) & (selected < n))


def _counts(n: float, p: float) -> tuple[Floats, Floats]:
    """Counts and their binomial probabilities; many of them as equally likely quantiles."""
    from scipy.special import ndtri
    from scipy.stats import binom

    spread = np.sqrt(n * p * (1 - p))
    if spread * 10 > _MOST_COUNTS:
        middle = n * p + spread * ndtri((np.arange(_NODES) + 0.5) / _NODES)
        return np.clip(middle, 0.0, n), np.full(_NODES, 1 / _NODES)
    low, high = binom.ppf([1e-7, 1 - 1e-7], n, p)
    x = np.arange(max(low, 0.0), min(high, n) + 1)
    return x, np.asarray(binom.pmf(x, n, p), dtype=float)


def minimal_margin(*, n1: ArrayLike, n2: ArrayLike, base: ArrayLike, alpha: float) -> Floats:
    """Smallest margin at which equivalence has 80 % power if there is no difference; at most 1."""
    a, b, p2 = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (n1, n2, base)))

    def power(margin: Floats) -> Floats:
        return approximate_power(a, b, p2, p2, np.minimum(margin, 1.0), alpha=alpha)

    return scaled_to_target(power, shape=p2.shape, exponent=1.0, highest=1.0, alpha=alpha)


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
    p1 = np.clip(p2 + d, 0.0, 1.0)

    def power(n1: Floats) -> Floats:
        return approximate_power(n1, others, p1, p2, np.full_like(p2, margin), alpha=alpha)

    most = np.full(p2.shape, float(_MOST))
    found = scaled_to_target(power, shape=p2.shape, exponent=2.0, highest=float(_MOST), alpha=alpha)
    return np.where(power(most) >= TARGET, np.ceil(found), np.inf)


def scaled_to_target(
    power: Callable[[Floats], Floats],
    *,
    shape: tuple[int, ...],
    exponent: float,
    highest: float,
    alpha: float,
) -> Floats:
    """Where a rising power reaches 80 %, at most `highest`.

    A quantile of power grows as the root of sizes (exponent 2) and as margins (exponent 1), which
    gives steps that arrive after a few; where they do not, bisection on the logarithm does.

    Args:
        power: of an array of this shape.
        shape: of the answer.
        exponent: 1 / the power of the argument with which quantiles grow.
        highest: largest answer.
        alpha: level of the test.
    """
    from scipy.special import ndtri

    # Quantile of a test that must reject on both sides: half of the failures are on either.
    z, aim = float(ndtri(1 - alpha)), float(ndtri((1 + TARGET) / 2))
    at_most = power(np.full(shape, highest))
    here = np.full(shape, np.log(highest) * 0.3 if exponent > 1 else np.log(0.1 * highest))
    before, quantile_before = here, np.full(shape, np.nan)
    for _ in range(_SCALINGS):
        chance = power(np.exp(here))
        if np.all((np.abs(chance - TARGET) < _NEAR) | (at_most < TARGET)):
            return np.where(at_most < TARGET, highest, np.exp(here))
        quantile = ndtri((1 + np.clip(chance, 1e-3, 1 - 1e-6)) / 2)
        scaled = exponent * np.log((aim + z) / (quantile + z))
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = (aim - quantile) * (here - before) / (quantile - quantile_before)
        # Quantiles of margins are all but straight already; those of sizes often are not.
        good = np.isfinite(secant) & (secant * (aim - quantile) > 0) & (exponent > 1)
        step = np.clip(np.where(good, secant, scaled), -_LONGEST, _LONGEST)
        before, quantile_before = here, quantile
        here = np.minimum(here + step, np.log(highest))
    low, high = np.full(shape, np.log(1e-9)), np.full(shape, np.log(highest))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = power(np.exp(middle)) >= TARGET
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(np.exp(high), dtype=float)


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
        # Rejected at -z (or z); by the skewness-corrected test too: Laud (2017), appendix S1;
        # and by the exact limits, which are skewed alike and reach half a sponsor farther.
        skewed = -side * skew * (z * z - 1) * spread + _exactness(a, b, rate + bound, rate)
        bound = edge - side * (z * spread + np.maximum(0.0, skewed))
    return bound


def _exactness(n1: Floats, n2: Floats, p1: Floats, p2: Floats) -> Floats:
    """How much farther exact limits reach than score limits: half a sponsor on either side.

    Joined as MOVER joins them: to first order each counts by its part of the standard error.
    """
    some1, some2 = np.maximum(n1, 1.0), np.maximum(n2, 1.0)
    p1 = np.clip(p1, 0.0, 1.0)
    s1, s2 = np.sqrt(p1 * (1 - p1) / some1), np.sqrt(p2 * (1 - p2) / some2)
    both = np.maximum(np.hypot(s1, s2), 1e-12)
    return np.asarray((s1 / some1 + s2 / some2) / (2 * both), dtype=float)


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
