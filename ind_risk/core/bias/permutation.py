"""One test of all nationalities at once: could these scores have been dealt out at random?

Closed-form expectation and covariance under permutation, so that it costs nothing at any n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.ranks import ScoreRanks, ShareRanks

    Floats = NDArray[np.float64]

_LARGEST_SHAPE = 0.3  # skewness or excess kurtosis with which chi-square is still near enough
_SMALL = 200  # sponsors; below this Monte Carlo costs nothing
_DRAWS = 2 * 10**7  # permuted values at most …
_FEWEST = 199  # … but never fewer resamples than these
_BATCH = 2 * 10**6


@dataclass(frozen=True)
class GlobalTest:
    """Result of the test.

    Args:
        statistic: quadratic form, chi-square with `freedom` degrees under independence.
        freedom: rank of the covariance.
        p_value: 1 where nothing varies.
        correlation: multiple rank correlation, sqrt(statistic / (n - 1)); biased upwards.
        method: "chi-square", "Monte Carlo" or "none".
        resamples: permutations drawn; 0 for chi-square.
    """

    statistic: float
    freedom: int
    p_value: float
    correlation: float
    method: str
    resamples: int = 0


def global_test(scores: ScoreRanks, shares: ShareRanks, *, resamples: int, seed: int) -> GlobalTest:
    """Test that score ranks and all groups' share ranks are independent.

    The statistic is the quadratic form of Strasser and Weber (1999), Mathematical Methods of
    Statistics 8:220, of the linear statistics sum_i u_i g_ik with u and g centred midranks; their
    covariance under permutation is sum(u^2) / (n - 1) times the Gram matrix of g. Chi-square
    unless the permutation distribution of a component is visibly skewed or peaked.

    Args:
        scores, shares: of the same n sponsors.
        resamples: permutations for Monte Carlo; fewer where n is very large.
        seed: of the permutations.
    """
    from scipy.special import chdtrc

    n = shares.n
    inverse, freedom = _inverse_covariance(scores, shares)
    if freedom == 0:
        return GlobalTest(0.0, 0, 1.0, 0.0, "none")
    sparse = _excess(shares)
    statistic = float(_quadratic(sparse @ scores.of_sponsor[:, None], inverse)[0])
    correlation = float(np.sqrt(min(statistic / (n - 1), 1.0)))
    if n >= _SMALL and _nearly_normal(scores, shares):
        p = float(chdtrc(freedom, statistic))
        return GlobalTest(statistic, freedom, p, correlation, "chi-square")
    drawn = max(_FEWEST, min(resamples, _DRAWS // n))
    rng = np.random.default_rng(seed)
    reached, left, size = 0, drawn, max(1, _BATCH // n)
    while left > 0:
        rows = np.tile(scores.of_sponsor, (min(size, left), 1))
        dealt = rng.permuted(rows, axis=1)
        reached += int(np.sum(_quadratic(sparse @ dealt.T, inverse) >= statistic * (1 - 1e-9)))
        left -= len(rows)
    return GlobalTest(
        statistic, freedom, (reached + 1) / (drawn + 1), correlation, "Monte Carlo", drawn
    )


def _excess(shares: ShareRanks) -> Any:
    """Sparse (groups, n): centred share ranks above the value of share 0, group by group."""
    from scipy.sparse import csr_array

    above = shares.value - np.repeat(shares.zero, shares.present)
    return csr_array((above, shares.sponsor, shares.start), shape=(shares.groups, shares.n))


def _inverse_covariance(scores: ScoreRanks, shares: ShareRanks) -> tuple[Floats, int]:
    """Moore–Penrose inverse of the permutation covariance, and its rank."""
    n, groups = shares.n, shares.groups
    spread = float(scores.count @ scores.value**2)
    if n < 2 or groups == 0 or spread < 1e-15 * n:
        return np.zeros((groups, groups)), 0
    sparse = _excess(shares)
    gram = (sparse @ sparse.T).toarray() - n * np.outer(shares.zero, shares.zero)
    size = np.sqrt(np.maximum(np.diag(gram), 0.0))
    varies = size > 1e-9 * np.sqrt(n)
    scale = np.where(varies, size, 1.0)
    correlation = gram / np.outer(scale, scale)
    correlation[~varies], correlation[:, ~varies] = 0.0, 0.0
    values, vectors = np.linalg.eigh(correlation)
    kept = values > 1e-9 * groups
    part = vectors[:, kept] / scale[:, None]
    inverse = (part / values[kept]) @ part.T * (n - 1) / spread
    return np.asarray(inverse), int(kept.sum())


def _quadratic(linear: Floats, inverse: Floats) -> Floats:
    """T' V^- t of every column of `linear`."""
    return np.asarray(np.einsum("kb,kl,lb->b", linear, inverse, linear, optimize=True))


def _nearly_normal(scores: ScoreRanks, shares: ShareRanks) -> bool:
    """Whether skewness and excess kurtosis of every component under permutation are small.

    To first order they are the product of those of scores and shares, divided by the root of n
    and by n.
    """
    n = shares.n

    def shape(second: Any, third: Any, fourth: Any) -> tuple[Any, Any]:
        second = np.where(second > 1e-15, second, np.inf)
        return third / second**1.5, fourth / second**2 - 3

    skew_u, peak_u = shape(*(scores.count @ scores.value**k / n for k in (2, 3, 4)))
    group = np.repeat(np.arange(shares.groups), shares.present)
    zeros = n - shares.present
    moments = (
        (zeros * shares.zero**k + np.bincount(group, shares.value**k, shares.groups)) / n
        for k in (2, 3, 4)
    )
    skew_g, peak_g = shape(*moments)
    skew = np.abs(skew_u * skew_g) / np.sqrt(n)
    return bool(
        np.max(skew) <= _LARGEST_SHAPE and np.max(np.abs(peak_u * peak_g)) / n <= _LARGEST_SHAPE
    )
