"""Score test, interval and equivalence test for the ratio of two proportions.

The counterpart of `score_test` for p1 / p2; compared with brute-force maximisation in its tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.score_test import checked_tables, corrected, empty_tables, far_end, rate
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ind_risk.core.bias.score_test import Tables

    Floats = NDArray[np.float64]

_FARTHEST = 25.0  # |log ratio|; beyond it an end is 0 or infinite


def ratio_statistic(
    *,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    ratio: ArrayLike = 1.0,
    skewness: bool = False,
) -> Floats:
    """Score statistic of H0: p1 = ratio * p2; standard normal under H0 in large samples.

    Miettinen and Nurminen (1985), Statistics in Medicine 4:213, equations 10 to 12.

    Args:
        x1, n1: successes and trials of the group, 0 <= x1 <= n1; they broadcast.
        x2, n2: of the others.
        ratio: of H0, above 0.
        skewness: correct for skewness: Gart and Nam (1988), Biometrics 44:323; Laud (2017),
            Pharmaceutical Statistics 16:334.

    Returns:
        Positive where p1 / p2 looks larger; 0 where a group is empty or nobody has a success;
        infinite where H0 is impossible with what was seen; never NaN.

    Raises:
        IndRiskError: where not 0 <= x <= n, or the ratio is not above 0.
    """
    tables = checked_tables(x1, n1, x2, n2)
    theta = np.asarray(ratio, dtype=float)
    if not np.all((theta > 0) & np.isfinite(theta)):
        raise IndRiskError("A ratio of two proportions is a number above 0; correct it.")
    a, b, c, d, theta = np.broadcast_arrays(*tables, theta)
    return _statistic((a, b, c, d), theta, skewness=skewness)


def ratio_interval(
    *,
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    confidence: float,
    skewness: bool = False,
) -> tuple[Floats, Floats]:
    """Score interval of p1 / p2: all ratios that the two-sided score test does not reject.

    Returns:
        (low, high) within [0, inf]; [0, inf] where a group is empty or nobody has a success.

    Raises:
        IndRiskError: where not 0 <= x <= n, or the confidence is not between 0 and 1.
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        raise IndRiskError(f"The confidence is {confidence}; expected a number between 0 and 1.")
    tables = checked_tables(x1, n1, x2, n2)
    limit = float(ndtri((1 + confidence) / 2))
    low, high = _boundaries(tables, limit=limit, skewness=skewness)
    void = empty_tables(tables) | (tables[0] + tables[2] == 0)
    return np.where(void, 0.0, low), np.where(void, np.inf, high)


def ratio_equivalence_interval(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, alpha: float
) -> tuple[Floats, Floats]:
    """The (1 - 2 alpha) interval on which "equivalent" rests: the wider end of two intervals.

    As for the difference, the plain and the skewness-corrected one err on different sides.
    """
    given: dict[str, Any] = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    low, high = ratio_interval(**given, confidence=1 - 2 * alpha)
    low_s, high_s = ratio_interval(**given, confidence=1 - 2 * alpha, skewness=True)
    return np.minimum(low, low_s), np.maximum(high, high_s)


def ratio_tost_p_value(
    *, x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, margin: float
) -> Floats:
    """p-value of "the ratio is outside (1 / margin, margin)": below alpha means equivalent.

    It is below alpha exactly where `ratio_equivalence_interval` lies inside.

    Args:
        x1, n1, x2, n2: as in `ratio_statistic`.
        margin: above 1.
    """
    from scipy.special import ndtr

    tables = checked_tables(x1, n1, x2, n2)
    sides = [
        sign * _statistic(tables, np.full_like(tables[0], theta), skewness=skewness)
        for sign, theta in ((-1.0, 1 / margin), (1.0, margin))
        for skewness in (False, True)
    ]
    worst = np.max(ndtr(np.array(sides)), axis=0)
    void = empty_tables(tables) | (tables[0] + tables[2] == 0)
    return np.where(void, 1.0, worst)


def _statistic(tables: Tables, theta: Floats, *, skewness: bool) -> Floats:
    x1, n1, x2, n2 = tables
    some1, some2, total = np.maximum(n1, 1.0), np.maximum(n2, 1.0), np.maximum(n1 + n2, 2.0)
    p1, p2 = _constrained(tables, theta)
    v1, v2 = p1 * (1 - p1) / some1, theta**2 * p2 * (1 - p2) / some2
    variance = (v1 + v2) * total / (total - 1)
    third = v1 * (1 - 2 * p1) / some1 - theta * v2 * (1 - 2 * p2) / some2
    distance = rate(x1, n1) - theta * rate(x2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(np.abs(distance) < 1e-15, 0.0, distance / np.sqrt(variance))
        skew = np.where(variance > 0, third / (6 * variance**1.5), 0.0)
    z = np.where(empty_tables(tables), 0.0, z)
    return corrected(z, skew) if skewness else z


def _constrained(tables: Tables, theta: Floats) -> tuple[Floats, Floats]:
    """The (p1, p2) with p1 = theta * p2 that make the table most likely: root of a quadratic."""
    x1, n1, x2, n2 = tables
    a = (n1 + n2) * theta
    b = n1 * theta + x1 + n2 + x2 * theta
    c = x1 + x2
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0.0))
    # The smaller root, without the loss of digits of b - root.
    p2 = np.where(b + root > 0, 2 * c / np.maximum(b + root, 1e-300), 0.0)
    p2 = np.clip(p2, 0.0, np.minimum(1.0, 1 / theta))
    return np.clip(theta * p2, 0.0, 1.0), p2


def _boundaries(tables: Tables, *, limit: float, skewness: bool) -> Floats:
    """Where |statistic| passes `limit` below and above the estimate, shape (2, …).

    On the logarithm; the last ratio known to be rejected, so that rounding widens.
    """
    r1, r2 = rate(tables[0], tables[1]), rate(tables[2], tables[3])
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.where(r1 == r2, 0.0, np.log(r1) - np.log(r2))
    estimate = np.clip(estimate, -_FARTHEST, _FARTHEST)
    inside = np.stack([estimate, estimate])
    outside = np.stack([np.full_like(estimate, -_FARTHEST), np.full_like(estimate, _FARTHEST)])
    x1, n1, x2, n2 = (np.broadcast_to(v, inside.shape) for v in tables)

    def excess(log_ratio: Floats) -> Floats:
        z = _statistic((x1, n1, x2, n2), np.exp(log_ratio), skewness=skewness)
        return np.abs(z) - limit

    outside = far_end(excess, outside=outside, inside=inside, at_inside=-limit)
    low = np.where(outside[0] <= -_FARTHEST + 1e-6, 0.0, np.exp(outside[0]))
    high = np.where(outside[1] >= _FARTHEST - 1e-6, np.inf, np.exp(outside[1]))
    return np.stack([low, high])
