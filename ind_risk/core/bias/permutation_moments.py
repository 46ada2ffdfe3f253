"""What permutation makes of the linear statistics of all groups: covariance, and how normal it is.

In closed form, after Strasser and Weber (1999), Mathematical Methods of Statistics 8:220.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.ranks import ShareRanks
    from ind_risk.core.bias.residuals import ScoreResiduals

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
        shares: sparse (groups, n), share ranks above that of share 0.
        size: shape (groups,), standard deviation under permutation; 1 where there is none.
        varies: shape (groups,), where there is one.
        standardised: shape (groups,), the statistics over it.
        correlation: shape (groups, groups), under permutation.
        inverse: its Moore–Penrose inverse.
        rank: of the correlation.
    """

    shares: Any
    size: Floats
    varies: NDArray[np.bool_]
    standardised: Floats
    correlation: Floats
    inverse: Floats
    rank: int


def linear_statistics(scores: ScoreResiduals, shares: ShareRanks) -> Linear:
    """Linear statistics of all groups, standardised by their covariance under permutation.

    Args:
        scores, shares: of the same n sponsors.
    """
    from scipy.sparse import csr_array

    n, groups = shares.n, shares.groups
    sparse = csr_array((shares.excess, shares.sponsor, shares.start), shape=(groups, n))
    gram, of_means = _second_moments(scores, sparse, shares)
    covariance = gram - of_means
    # What rounding leaves of a group whose shares do not vary within strata is no variance.
    varies = (np.diag(covariance) > ROUNDING * np.diag(gram)) & bool(
        scores.spread.sum() > 1e-15 * max(n, 1)
    )
    scale = np.sqrt(np.where(varies, np.diag(covariance), 1.0))
    correlation = covariance / np.outer(scale, scale)
    correlation[~varies], correlation[:, ~varies] = 0.0, 0.0
    values, vectors = np.linalg.eigh(correlation)
    kept = values > ROUNDING * max(groups, 1)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    standardised = np.where(varies, sparse @ scores.value, 0.0) / scale
    return Linear(
        sparse, scale, varies, standardised, correlation, np.asarray(inverse), int(kept.sum())
    )


def _second_moments(
    scores: ScoreResiduals, sparse: Any, shares: ShareRanks
) -> tuple[Floats, Floats]:
    """Two matrices (groups, groups): second moments of the shares, and of their stratum means.

    Each stratum counts as often as the variance of the scores that are dealt out there; the
    difference is the covariance of the linear statistics under permutation.
    """
    from scipy.sparse import diags_array

    n, groups, columns = scores.n, shares.groups, sparse.tocsc()
    if n < 2:
        return np.zeros((groups, groups)), np.zeros((groups, groups))
    variance = scores.spread / np.maximum(scores.size - 1, 1)
    root = np.sqrt(variance)
    sponsor = np.repeat(np.arange(n), np.diff(columns.indptr))
    gram = _gram(sponsor, columns.indices, columns.data * root[scores.stratum[sponsor]], groups)
    means = _stratum_sums(scores, shares) @ diags_array(root / np.sqrt(scores.size))
    return gram, np.asarray((means @ means.T).toarray())


def _stratum_sums(scores: ScoreResiduals, shares: ShareRanks) -> Any:
    """Sparse (groups, strata): sums of share ranks above that of share 0."""
    from scipy.sparse import csr_array

    excess, sums = shares.excess, []
    for group in range(shares.groups):
        part = shares.part(group)
        stratum = scores.stratum[shares.sponsor[part]]
        sums.append(np.bincount(stratum, excess[part], scores.strata))
    there = [np.flatnonzero(s) for s in sums]
    start = np.cumsum([0, *(len(t) for t in there)])
    data = [s[t] for s, t in zip(sums, there, strict=True)]
    return csr_array(
        (np.concatenate([[], *data]), np.concatenate([[], *there]).astype(np.int64), start),
        shape=(shares.groups, scores.strata),
    )


def _gram(row: Ints, column: Ints, value: Floats, columns: int) -> Floats:
    """X' X of a sparse matrix with its entries in order of rows."""
    made = np.zeros(columns * columns)
    left, lag = np.arange(len(row)), 1
    while True:
        left = left[: np.searchsorted(left, len(row) - lag)]
        left = left[row[left + lag] == row[left]]
        if len(left) == 0:
            break
        key = column[left].astype(np.int64) * columns + column[left + lag]
        made += np.bincount(key, value[left] * value[left + lag], columns * columns)
        lag += 1
    half = made.reshape(columns, columns)
    return half + half.T + np.diag(np.bincount(column, value * value, columns))


def nearly_normal(scores: ScoreResiduals, shares: ShareRanks) -> bool:
    """Whether skewness and excess kurtosis of every component under permutation are small.

    To first order the third and fourth cumulants of a stratum's statistic are products of those of
    its scores and of its shares, over its size; those of the strata add up.
    """
    size = scores.size.astype(float)
    of_scores = _central(scores.value, scores.stratum, size)
    excess, worst = shares.excess, 0.0
    for group in range(shares.groups):
        part = shares.part(group)
        of_shares = _central(excess[part], scores.stratum[shares.sponsor[part]], size)
        second, third, _ = (np.sum(u * g / size) for u, g in zip(of_scores, of_shares, strict=True))
        fours = (m[2] - 3 * m[0] ** 2 / size for m in (of_scores, of_shares))
        fourth = np.sum(next(fours) * next(fours) / size)
        if second > 1e-15 * scores.n:
            worst = max(worst, abs(third) / second**1.5, abs(fourth) / second**2)
    return bool(worst <= _LARGEST_SHAPE)


def _central(values: Floats, stratum: Ints, size: Floats) -> Floats:
    """Sums of second, third and fourth powers about the mean of each stratum, shape (3, strata).

    Sponsors not among the values have 0.
    """
    square = values * values
    powers = (values, square, square * values, square * square)
    first, second, third, fourth = (np.bincount(stratum, p, len(size)) / size for p in powers)
    squares = np.maximum(second - first**2, 0.0)
    cubes = third - 3 * first * second + 2 * first**3
    fours = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    return np.asarray(size * np.array([squares, cubes, fours]))
