"""Score test, interval and equivalence test for the difference of two proportions.

Wald and bootstrap intervals break at 0 of n, and the score test of a well-known library is wrong
for unequal groups; this one is compared with brute-force maximisation in its tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.constrained import constrained_proportions
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Tables = tuple[Floats, Floats, Floats, Floats]

_HALVINGS = 36  # of an interval of length 2: below 1e-10


def score_statistic(
    *,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    delta: ArrayLike = 0.0,
    skewness: bool = False,
) -> Floats:
    """Score statistic of H0: p1 - p2 = delta; standard normal under H0 in large samples.

    The variance is that of the proportions most likely under H0, times N / (N - 1): Miettinen and
    Nurminen (1985), Statistics in Medicine 4:213, equations 8 and 9. At delta = 0 it is exactly
    the variance under random relabelling of the N units with their total fixed.

    Args:
        x1, n1: successes and trials of the group, 0 <= x1 <= n1; they broadcast.
        x2, n2: of the others.
        delta: difference of H0, in [-1, 1].
        skewness: correct for skewness as Laud (2017), Pharmaceutical Statistics 16:334, after
            Gart and Nam (1990), Biometrics 46:637.

    Returns:
        Positive where p1 - p2 looks larger than delta; 0 where n1 or n2 is 0; infinite where H0
        is impossible with what was seen; never NaN.

    Raises:
        IndRiskError: where not 0 <= x <= n, or delta is outside [-1, 1].
    """
    tables, d = _checked(x1, n1, x2, n2, delta)
    return statistic(tables, d, skewness=skewness)


def score_p_value(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, delta: ArrayLike = 0.0
) -> Floats:
    """Two-sided p-value of H0: p1 - p2 = delta; arguments as in `score_statistic`."""
    from scipy.special import ndtr

    z = score_statistic(x1=x1, n1=n1, x2=x2, n2=n2, delta=delta)
    return np.asarray(2 * ndtr(-np.abs(z)), dtype=float)


def score_interval(
    *,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    confidence: float,
    skewness: bool = False,
) -> tuple[Floats, Floats]:
    """Score interval of p1 - p2: all delta that the two-sided score test does not reject.

    Bisection to 1e-10, all tables at once; arguments as in `score_statistic`.

    Returns:
        (low, high) within [-1, 1]; [-1, 1] where a group is empty.

    Raises:
        IndRiskError: where not 0 <= x <= n, or the confidence is not between 0 and 1.
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        raise IndRiskError(f"The confidence is {confidence}; expected a number between 0 and 1.")
    tables, _ = _checked(x1, n1, x2, n2, 0.0)
    limit = float(ndtri((1 + confidence) / 2))
    low, high = _boundaries(tables, limit=limit, skewness=skewness)
    empty = _empty(tables)
    return np.where(empty, -1.0, low), np.where(empty, 1.0, high)


def equivalence_interval(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, alpha: float
) -> tuple[Floats, Floats]:
    """The (1 - 2 alpha) interval on which "equivalent" rests: the wider end of two score intervals.

    With few successes in unequal groups the Miettinen–Nurminen interval alone calls a difference
    exactly at the margin equivalent in up to 5.9 % of worlds at alpha = 5 %, and the
    skewness-corrected one alone in up to 6.1 %; never both (exact sums, see the tests: 5.04 %).
    """
    given: dict[str, Any] = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    low, high = score_interval(**given, confidence=1 - 2 * alpha)
    low_s, high_s = score_interval(**given, confidence=1 - 2 * alpha, skewness=True)
    return np.minimum(low, low_s), np.maximum(high, high_s)


def tost_p_value(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, margin: float
) -> Floats:
    """p-value of "the difference is at least the margin": below alpha means equivalent.

    Two one-sided tests, Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics
    15:657, each by both statistics, the larger p-value counting: it is below alpha exactly where
    `equivalence_interval` lies inside (-margin, margin). 1 where a group is empty.
    """
    from scipy.special import ndtr

    tables, zero = _checked(x1, n1, x2, n2, 0.0)
    sides = [
        side * statistic(tables, zero + side * margin, skewness=skewness)
        for side in (-1.0, 1.0)
        for skewness in (False, True)
    ]
    worst = np.max(ndtr(np.array(sides)), axis=0)
    return np.where(_empty(tables), 1.0, worst)


def statistic(tables: Tables, delta: Floats, *, skewness: bool = False) -> Floats:
    """`score_statistic` of float arrays of one shape, without checks."""
    z, skew = score_and_skewness(tables, delta)
    if not skewness:
        return z
    # Root of z = corrected + skew * (corrected^2 - 1); beyond its vertex it stays there.
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.sqrt(np.maximum(1 + 4 * skew * (z + skew), 0.0))
        corrected = (inside - 1) / (2 * skew)
    return np.where((np.abs(skew) < 1e-9) | np.isinf(z), z, corrected)


def score_and_skewness(tables: Tables, delta: Floats) -> tuple[Floats, Floats]:
    """The Miettinen–Nurminen statistic and a sixth of its skewness under H0 (0 if degenerate)."""
    x1, n1, x2, n2 = tables
    p1, p2 = constrained_proportions(x1=x1, n1=n1, x2=x2, n2=n2, delta=delta)
    some1, some2, total = np.maximum(n1, 1.0), np.maximum(n2, 1.0), np.maximum(n1 + n2, 2.0)
    v1, v2 = p1 * (1 - p1) / some1, p2 * (1 - p2) / some2
    variance = (v1 + v2) * total / (total - 1)
    third = v1 * (1 - 2 * p1) / some1 - v2 * (1 - 2 * p2) / some2
    distance = _rate(x1, n1) - _rate(x2, n2) - delta
    # A variance of 0 leaves H0 one possible outcome: seen (0) or not seen (infinite).
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(np.abs(distance) < 1e-15, 0.0, distance / np.sqrt(variance))
        skew = np.where(variance > 0, third / (6 * variance**1.5), 0.0)
    return np.where(_empty(tables), 0.0, z), skew


def _boundaries(tables: Tables, *, limit: float, skewness: bool) -> Floats:
    """Where |statistic| passes `limit` below and above the estimate, shape (2, …).

    Returns the last delta known to be rejected, so that rounding only widens the interval.
    """
    estimate = _rate(tables[0], tables[1]) - _rate(tables[2], tables[3])
    both = np.stack([estimate, estimate])
    outside, inside = both * 0.0, both
    outside[0], outside[1] = -1.0, 1.0
    x1, n1, x2, n2 = (np.broadcast_to(v, both.shape) for v in tables)
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        z = statistic((x1, n1, x2, n2), middle, skewness=skewness)
        rejected = np.abs(z) > limit
        outside = np.where(rejected, middle, outside)
        inside = np.where(rejected, inside, middle)
    return outside


def _rate(x: Floats, n: Floats) -> Floats:
    return x / np.maximum(n, 1.0)


def _empty(tables: Tables) -> NDArray[np.bool_]:
    return np.asarray((tables[1] == 0) | (tables[3] == 0))


def _checked(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, delta: ArrayLike
) -> tuple[Tables, Floats]:
    a, b, c, d, e = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (x1, n1, x2, n2, delta))
    )
    for x, n in ((a, b), (c, d)):
        good = (x >= 0) & (x <= n) & np.isfinite(n)
        if not np.all(good):
            at = int(np.argmin(good.ravel()))
            raise IndRiskError(
                f"{x.ravel()[at]:g} of {n.ravel()[at]:g} is no count of successes among trials; "
                "correct the table."
            )
    if not np.all(np.abs(e) <= 1):
        raise IndRiskError("A difference of two proportions lies in [-1, 1]; correct delta.")
    return (a, b, c, d), e
