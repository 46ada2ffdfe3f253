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

    from ind_risk.core.bias.cross_counts import CrossCounts
    from ind_risk.core.bias.residuals import ScoreResiduals

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Associations:
    """One value for each group; NaN where scores or shares do not vary within any stratum.

    Args:
        rho: rank correlation by midranks: Spearman's, or with strata the partial one.
        standard_error: of rho, from the influence function.
        skewness: a sixth of the skewness of the mean of the influence values.
        freedom: degrees of freedom of the standard error.
        floor: standard error of rho if scores were dealt out at random within strata.
        within: part of Spearman's rho that stems from pairs in one stratum, over rho; 1 without
            strata.
        attainable: largest rho that any score could have with these shares, without strata.
    """

    rho: Floats
    standard_error: Floats
    skewness: Floats
    freedom: Floats
    floor: Floats
    within: Floats
    attainable: Floats

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
        return np.arctanh(rho), np.maximum(self.standard_error / (1 - rho**2), self.floor)


@dataclass(frozen=True, eq=False)
class _Scores:
    """What every group needs to know of the scores.

    Args:
        residuals: of the score ranks.
        variance: mean squared residual.
        own: shape (cells,), influence on the variance, over the variance.
        root: shape (strata,), see `associations`.
    """

    residuals: ScoreResiduals
    variance: float
    own: Floats
    root: Floats


def associations(counts: CrossCounts) -> Associations:
    """Rank correlation of the scores with each group's shares, given the strata of the scores.

    With strata, of the residuals of both ranks from their means in the stratum: the partial rank
    correlation given the factors that the strata cross.

    The influence function of the coefficient, with mid-distribution functions so that ties count
    as they do in it: projection as in Hoeffding (1948), Annals of Mathematical Statistics 19:293,
    section 9. Means of strata need no term, being orthogonal to residuals. Its mean square over
    the sponsors, divided by n, is the variance; a stratum of m sponsors counts m / (m - 1) times,
    which makes it exact on average if scores and shares are independent within strata. Residuals
    of different spread in different strata do no harm. The degrees of freedom are Satterthwaite's,
    from the kurtosis of the influence values: where a hundred of 10,000 sponsors carry all the
    information, it says so.

    Cost: for each group a few passes over its counts and over the cells, no resampling.
    """
    common, groups = _common(counts.scores), counts.shares.groups
    columns = [_one(common, counts, g) for g in range(groups)]
    table = np.array(columns, dtype=float).reshape(groups, 7)
    return Associations(*table.T)


def _common(scores: ScoreResiduals) -> _Scores:
    n = max(scores.n, 1)
    variance = max(float(scores.spread.sum()) / n, 1e-300)
    of_bin = np.bincount(scores.cell_bin, scores.cell_count * scores.cell_value, scores.bins)
    later = 2 * _above(of_bin)[scores.cell_bin] / n
    root = np.sqrt(scores.size / np.maximum(scores.size - 1, 1))
    return _Scores(scores, variance, (scores.cell_value**2 + later) / variance - 3, root)


def _one(scores: _Scores, counts: CrossCounts, group: int) -> tuple[float, ...]:
    """The values of one group, in the order of `Associations`."""
    of, (e, stratum, count) = scores.residuals, counts.pairs(group)
    n, zero = max(of.n, 1), float(counts.shares.zero[group])
    g, with_any, whole_of_e = e + zero, int(count.sum()), float(count @ (e * e))
    total = np.bincount(stratum, count * e, of.strata)
    mean = total / of.size
    squares = np.maximum(np.bincount(stratum, count * e * e, of.strata) - mean * total, 0.0)
    whole = max(zero**2 * (n - with_any) + float(count @ (g * g)), 0.0) / n
    attainable, variance = float(np.sqrt(12 * whole)), float(squares.sum()) / n
    if n < 2 or scores.variance < 1e-15 or variance < 1e-15 + 1e-9 * whole_of_e / n:
        return *([np.nan] * 6), attainable
    scale = float(np.sqrt(scores.variance * variance))
    rho = float(np.clip(counts.product[group] / n / scale, -1.0, 1.0))
    dealt = float(np.sum(of.spread * squares / np.maximum(of.size - 1, 1)))
    error, skewness, freedom = _influence(scores, counts, group, mean, variance, rho)
    return (
        rho, error, skewness, min(freedom, max(of.freedom, 1.0)),
        float(np.sqrt(dealt)) / (n * scale), scale / float(np.sqrt(of.total / n * whole)),
        attainable,
    )  # fmt: skip


def _influence(
    scores: _Scores, counts: CrossCounts, group: int, mean: Floats, variance: float, rho: float
) -> tuple[float, float, float]:
    """Standard error, a sixth of the skewness, degrees of freedom, from the influence values."""
    of, steps, part = scores.residuals, counts.steps, counts.steps.part(group)
    n, scale = of.n, float(np.sqrt(scores.variance * variance))
    cell, count = steps.cell[part], steps.count[part]
    e, step = steps.excess[steps.step[part]], steps.step[part] - steps.start[group]
    mean_of_cell, root = (v[of.cell_stratum] if of.strata > 1 else v for v in (mean, scores.root))
    u, g = of.cell_value[cell], e - (mean_of_cell[cell] if of.strata > 1 else mean[0])
    u_of_y, u_of_zero = _share_side(step, count * u, n)
    g_of_y, g_of_zero = _share_side(step, count * g, n)
    # What depends on the score only, then on the share only, then on both.
    of_x = _score_side(of, cell, count * e, mean_of_cell) / scale - rho / 2 * scores.own
    of_y = u_of_y / scale - rho / variance * (g * g / 2 + g_of_y)
    of_zero = u_of_zero / scale - rho / variance * (mean_of_cell**2 / 2 + g_of_zero)
    at_zero = root * (of_x + of_zero - of.cell_value * mean_of_cell / scale - 1.5 * rho)
    above = of_x[cell] + of_y + u * g / scale - 1.5 * rho
    above *= root[cell] if of.strata > 1 else root[0]
    zeros = of.cell_count - np.bincount(cell, count, len(of.cell_count))
    return _shape((at_zero, zeros), (above, count), n=n)


def _shape(*values: tuple[Floats, Ints], n: int) -> tuple[float, float, float]:
    """Standard error, a sixth of the skewness, and degrees of freedom of a mean of n values.

    Pairs of values and of how often each of them occurs; their mean is 0.
    """
    # Sums of products, not dot products: those are shared out among threads that others may hold.
    second, third, fourth = 0.0, 0.0, 0.0
    for value, times in values:
        square = value * value
        weight = times * square
        second += float(weight.sum())
        third += float((weight * value).sum())
        fourth += float((weight * square).sum())
    if second < 1e-20:
        return 0.0, 0.0, 1.0
    kurtosis = n * fourth / second**2
    freedom = 2 * n / max(kurtosis - 1, 1e-9)
    return float(np.sqrt(second)) / n, third / second**1.5 / 6, max(freedom, 1.0)


def _score_side(scores: ScoreResiduals, cell: Ints, sums: Floats, mean_of_cell: Floats) -> Floats:
    """Mean over j of s(x, x_j) g_j for every score cell x.

    s(x, x_j) is 1 where x_j > x, 1/2 where they are equal, else 0; g_j is minus the mean of the
    stratum, plus `sums` for the sponsors in `cell` together.
    """
    weight = np.bincount(cell, sums, len(scores.cell_count)) - mean_of_cell * scores.cell_count
    of_bin = np.bincount(scores.cell_bin, weight, scores.bins)
    return np.asarray(_above(of_bin)[scores.cell_bin] / scores.n)


def _share_side(step: Ints, sums: NDArray[Any], n: int) -> tuple[Floats, float]:
    """Mean over j of s(y, y_j) v_j for the shares above 0, and for share 0.

    `sums` are those of v over the sponsors of each count, whose share is in `step`; the v of all
    n sponsors add up to 0.
    """
    of_step = np.bincount(step, sums)
    return (_above(of_step) / n)[step], float(of_step.sum()) / (2 * n)


def _above(weight: NDArray[Any]) -> Floats:
    """For every cell the weight of the cells above it plus half its own."""
    return np.asarray(np.cumsum(weight[::-1])[::-1] - weight / 2, dtype=float)
