"""Spearman's rank correlation of score and nationality share, with an interval that is honest.

Shares are mostly 0 and heavily tied, so the usual standard errors do not hold. This one is the
spread of the influence function, which is right for any ties and any association.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.ranks import ScoreRanks, ShareRanks

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Associations:
    """One value for each group; NaN where scores or shares do not vary.

    Args:
        rho: Spearman's rank correlation by midranks.
        standard_error: of rho, from the influence function.
        skewness: a sixth of the skewness of the mean of the influence values.
        freedom: degrees of freedom of the standard error.
        attainable: largest rho that any score could have with these shares.
        n: sponsors.
    """

    rho: Floats
    standard_error: Floats
    skewness: Floats
    freedom: Floats
    attainable: Floats
    n: int

    def interval(self, confidence: float, *, widened: bool = False) -> tuple[Floats, Floats]:
        """Interval by Fisher's z and Student's t; NaN where rho is.

        Args:
            confidence: for example 0.95.
            widened: move an end outwards where the influence values are skewed, never inwards:
                Hall (1992), Journal of the Royal Statistical Society B 54:221, equation 1.2. With
                few sponsors in few distinct scores the plain interval misses on one side.
        """
        from scipy.special import stdtrit

        quantile = stdtrit(self.freedom, (1 + confidence) / 2)
        z, spread = self._fisher()
        shift = self.skewness * (2 * quantile**2 + 1) * float(widened)
        low = z - (quantile + np.maximum(0.0, -shift)) * spread
        high = z + (quantile + np.maximum(0.0, shift)) * spread
        return np.tanh(low), np.tanh(high)

    def p_value(self) -> Floats:
        """Two-sided, of rho = 0; below alpha exactly where the (1 - alpha) interval excludes 0."""
        from scipy.special import stdtr

        z, spread = self._fisher()
        return np.asarray(2 * stdtr(self.freedom, -np.abs(z) / spread), dtype=float)

    def _fisher(self) -> tuple[Floats, Floats]:
        """Fisher's z and its standard error, never below that of no association.

        With few sponsors a group may by chance have none among the high scores; its influence
        values then hardly differ, and the plain standard error would be far too small.
        """
        rho = np.clip(self.rho, -1 + 1e-12, 1 - 1e-12)
        floor = 1 / np.sqrt(max(self.n - 1, 1))
        return np.arctanh(rho), np.maximum(self.standard_error / (1 - rho**2), floor)


def associations(scores: ScoreRanks, shares: ShareRanks) -> Associations:
    """Rank correlation of the scores with each group's shares.

    The influence function of Spearman's rho, with mid-distribution functions so that ties count
    as they do in the coefficient: projection as in Hoeffding (1948), Annals of Mathematical
    Statistics 19:293, section 9. Its mean square over the sponsors, divided by n - 1, is the
    variance. The degrees of freedom are Satterthwaite's, from the kurtosis of the influence
    values: where a hundred of 10,000 sponsors carry all the information, it says so.

    Cost: one pass over the score cells for each group, no resampling.
    """
    columns = [_one(scores, shares, g) for g in range(shares.groups)]
    table = np.array(columns, dtype=float).reshape(shares.groups, 5)
    names = ("rho", "standard_error", "skewness", "freedom", "attainable")
    return Associations(**dict(zip(names, table.T, strict=True)), n=shares.n)


def _one(scores: ScoreRanks, shares: ShareRanks, group: int) -> tuple[float, ...]:
    """(rho, standard error, skewness, degrees of freedom, attainable rho) of one group."""
    n = max(shares.n, 1)
    part = slice(int(shares.start[group]), int(shares.start[group + 1]))
    zero, g = float(shares.zero[group]), shares.value[part]
    cell = scores.cell[shares.sponsor[part]]
    u = scores.value[cell]
    var_u = float(scores.count @ scores.value**2) / n
    var_g = (zero**2 * (n - len(g)) + float(g @ g)) / n
    attainable = float(np.sqrt(12 * max(var_g, 0.0)))
    if n < 2 or var_u < 1e-15 or var_g < 1e-15:
        return np.nan, np.nan, np.nan, np.nan, attainable
    scale = float(np.sqrt(var_u * var_g))
    rho = float(np.clip(u @ (g - zero) / n / scale, -1.0, 1.0))
    g_of_x, u_of_x = _score_side(scores, cell, g - zero, zero, n)
    u_of_y, u_of_zero = _share_side(shares, part, u, n)
    g_of_y, g_of_zero = _share_side(shares, part, g, n)

    def influence(u: Floats, g: Any, of_x: tuple[Floats, Floats], of_y: tuple[Any, Any]) -> Floats:
        covariance = u * g + of_x[0] + of_y[0] - 3 * rho * scale
        own_u = (u**2 + 2 * of_x[1]) / var_u - 3
        own_g = (g**2 + 2 * of_y[1]) / var_g - 3
        return np.asarray(covariance / scale - rho / 2 * (own_u + own_g), dtype=float)

    at_zero = influence(scores.value, zero, (g_of_x, u_of_x), (u_of_zero, g_of_zero))
    above = influence(u, g, (g_of_x[cell], u_of_x[cell]), (u_of_y, g_of_y))
    zeros = scores.count - np.bincount(cell, minlength=len(scores.count))
    return rho, *_shape(at_zero, zeros, above, n), attainable


def _shape(
    at_zero: Floats, zeros: NDArray[np.int64], above: Floats, n: int
) -> tuple[float, float, float]:
    """Standard error, a sixth of the skewness, and degrees of freedom of a mean of n values.

    The values are `at_zero`, each so many times as `zeros` says, and `above`.
    """
    square, square_above = at_zero * at_zero, above * above
    second = float(zeros @ square + square_above.sum())
    third = float((zeros * at_zero) @ square + above @ square_above)
    fourth = float((zeros * square) @ square + square_above @ square_above)
    if second < 1e-20:
        return 0.0, 0.0, 1.0
    kurtosis = n * fourth / second**2
    freedom = min(n - 1.0, 2 * n / max(kurtosis - 1, 1e-9))
    return float(np.sqrt(second / (n * (n - 1)))), third / second**1.5 / 6, max(freedom, 1.0)


def _score_side(
    scores: ScoreRanks, cell: NDArray[np.int64], excess: Floats, zero: float, n: int
) -> tuple[Floats, Floats]:
    """Mean over j of s(x, x_j) g_j and of s(x, x_j) u_j for every score cell x.

    s(x, x_j) is 1 where x_j > x, 1/2 where they are equal, else 0; g_j is `zero`, plus `excess`
    for the sponsors in `cell`.
    """
    weight: Floats = np.bincount(cell, excess, len(scores.count)).astype(float)
    g_of_x = zero * (0.5 - scores.value) + _above(weight) / n
    return g_of_x, _above(scores.count * scores.value) / n


def _share_side(shares: ShareRanks, part: slice, values: Floats, n: int) -> tuple[Floats, float]:
    """Mean over j of s(y, y_j) v_j for the shares above 0, and for share 0.

    `values` are the v of the shares above 0; those of all n sponsors add up to 0.
    """
    total = np.concatenate(([0.0], np.cumsum(values)))
    first, past = shares.first[part] - part.start, shares.past[part] - part.start
    above = total[-1] - total[past] + (total[past] - total[first]) / 2
    return above / n, float(total[-1]) / (2 * n)


def _above(weight: Floats) -> Floats:
    """For every cell the weight of the cells above it plus half its own."""
    return np.asarray(np.cumsum(weight[::-1])[::-1] - weight / 2, dtype=float)
