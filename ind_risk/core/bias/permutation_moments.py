"""What permutation makes of the linear statistics of all groups: covariance, and how normal it is.

In closed form, after Strasser and Weber (1999), Mathematical Methods of Statistics 8:220.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.distinct import labelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.cross_counts import CrossCounts

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ROUNDING = 1e-9
# Skewness or excess kurtosis with which the normal is near enough: with 0.25 the maximum of 15
# groups rejects 1.7 % of worlds at a level of 1.25 %.
_LARGEST_SHAPE = 0.2


@dataclass(frozen=True, eq=False)
class Linear:
    """Linear statistics sum_i u_i g_ik of the groups and what permutation makes of them.

    Args:
        size: shape (groups,), standard deviation under permutation; 1 where there is none.
        varies: shape (groups,), where there is one.
        standardised: shape (groups,), the statistics over it.
        correlation: shape (groups, groups), under permutation.
        inverse: its Moore–Penrose inverse.
        rank: of the correlation.
    """

    size: Floats
    varies: NDArray[np.bool_]
    standardised: Floats
    correlation: Floats
    inverse: Floats
    rank: int


def linear_statistics(counts: CrossCounts) -> Linear:
    """Linear statistics of all groups, standardised by their covariance under permutation.

    Each stratum adds the second moments of its shares about their means times the variance of the
    scores that are dealt out there.
    """
    n, groups, gram = counts.scores.n, counts.shares.groups, counts.gram
    covariance = gram - _of_means(counts)
    # What rounding leaves of a group whose shares do not vary within strata is no variance.
    varies = (np.diag(covariance) > ROUNDING * np.diag(gram)) & bool(
        counts.scores.spread.sum() > 1e-15 * max(n, 1)
    )
    scale = np.sqrt(np.where(varies, np.diag(covariance), 1.0))
    correlation = covariance / np.outer(scale, scale)
    correlation[~varies], correlation[:, ~varies] = 0.0, 0.0
    values, vectors = np.linalg.eigh(correlation)
    kept = values > ROUNDING * max(groups, 1)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    standardised = np.where(varies, counts.product, 0.0) / scale
    return Linear(scale, varies, standardised, correlation, np.asarray(inverse), int(kept.sum()))


def _of_means(counts: CrossCounts) -> Floats:
    """The part of the second moments, shape (groups, groups), that is of the strata's means."""
    from scipy.sparse import csr_array

    scores, shares = counts.scores, counts.shares
    groups, strata = shares.groups, scores.strata
    weight = np.sqrt(scores.variance / scores.size)
    group, excess = shares.group[counts.run], shares.excess[counts.run]
    kept, place, _ = labelled(group * strata + counts.stratum, groups * strata)
    sums = np.bincount(place, counts.count * excess * weight[counts.stratum], len(kept))
    start = np.searchsorted(kept, np.arange(groups + 1) * strata)
    means = csr_array((sums, kept % strata, start), shape=(groups, strata))
    return np.asarray((means @ means.T).toarray())


def nearly_normal(counts: CrossCounts) -> bool:
    """Whether skewness and excess kurtosis of every component under permutation are small.

    To first order the third and fourth cumulants of a stratum's statistic are products of those of
    its scores and of its shares, over its size; those of the strata add up.
    """
    scores = counts.scores
    size = scores.size.astype(float)
    of_scores = _central(scores.cell_value, scores.cell_stratum, scores.cell_count, size)
    worst = 0.0
    for group in range(counts.shares.groups):
        of_shares = _central(*counts.pairs(group), size)
        second, third, _ = (np.sum(u * g / size) for u, g in zip(of_scores, of_shares, strict=True))
        fours = (m[2] - 3 * m[0] ** 2 / size for m in (of_scores, of_shares))
        fourth = np.sum(next(fours) * next(fours) / size)
        if second > 1e-15 * scores.n:
            worst = max(worst, abs(third) / second**1.5, abs(fourth) / second**2)
    return bool(worst <= _LARGEST_SHAPE)


def _central(values: Floats, stratum: Ints, count: Ints, size: Floats) -> Floats:
    """Sums of second, third and fourth powers about the mean of each stratum, shape (3, strata).

    `count` sponsors have each of the values; those of whom there is none have 0.
    """
    square = values * values
    powers = (values, square, square * values, square * square)
    first, second, third, fourth = (
        np.bincount(stratum, count * p, len(size)) / size for p in powers
    )
    squares = np.maximum(second - first**2, 0.0)
    cubes = third - 3 * first * second + 2 * first**3
    fours = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    return np.asarray(size * np.array([squares, cubes, fours]))
