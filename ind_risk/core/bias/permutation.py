"""Tests of all nationalities at once: could these scores have been dealt out at random?

Closed-form expectation and covariance under permutation, so that they cost next to nothing at any
n. With strata the scores are dealt out within them only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.normal_maximum import maximum_p_values
from ind_risk.core.bias.permutation_moments import ROUNDING, linear_statistics, nearly_normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.cross_counts import CrossCounts
    from ind_risk.core.bias.permutation_moments import Linear
    from ind_risk.core.bias.residuals import ScoreResiduals

    Floats = NDArray[np.float64]

_SMALL = 200  # degrees of freedom; below this Monte Carlo costs nothing
_DRAWS = 2 * 10**7  # permuted values at most …
_FEWEST = 199  # … but never fewer resamples than these
_BATCH = 2 * 10**6
_FEW_STRATA = 200  # so few are permuted one by one, which is faster than sorting


@dataclass(frozen=True)
class GlobalTest:
    """Result of the two tests.

    Args:
        p_value: the decisive one; 1 where nothing varies.
        quadratic: quadratic form, chi-square with `freedom` degrees under independence.
        freedom: rank of the covariance.
        quadratic_p_value: of the quadratic form.
        maximum: largest standardised statistic of a group, in absolute value.
        maximum_p_value: of the maximum.
        adjusted: for each group the p-value adjusted for looking at all (single-step maxT).
        correlation: multiple rank correlation; biased upwards.
        method: "asymptotic", "Monte Carlo" or "none".
        resamples: permutations drawn; 0 if asymptotic.
    """

    p_value: float
    quadratic: float
    freedom: int
    quadratic_p_value: float
    maximum: float
    maximum_p_value: float
    adjusted: tuple[float, ...]
    correlation: float
    method: str
    resamples: int = 0


def global_test(counts: CrossCounts, *, resamples: int, seed: int) -> GlobalTest:
    """Test that score ranks and all groups' share ranks are independent, within strata if any.

    Linear statistics sum_i u_i g_ik of score residuals u and share ranks g, with the expectation
    (0) and covariance that they have when u is permuted: Strasser and Weber (1999), Mathematical
    Methods of Statistics 8:220; within strata the covariances add up. Two statistics of them, as
    there: the quadratic form, for many small associations, and the largest standardised one, for
    one large association; the latter gives each group a p-value adjusted for looking at all,
    single-step maxT: Westfall and Young (1993), Resampling-Based Multiple Testing, section 2.3.

    The decisive p-value, fixed beforehand, is twice the smaller of the two (Bonferroni), at most
    1: it costs little against either alternative. Where they are the same test (rank 1), it is
    theirs. Chi-square and normal, unless the permutation distribution of a component is visibly
    skewed or peaked; then Monte Carlo.

    Args:
        counts: of scores and shares; with strata the test is that of Freedman and Lane (1983),
            Journal of Business & Economic Statistics 1:292, with the strata as exchangeability
            blocks: Winkler and others (2014), NeuroImage 92:381. It is then exact if scores and
            shares are independent within strata. Permuting residuals across strata would need
            one spread everywhere, which ranks do not have: it rejects up to twice too often
            (see the tests). Only Monte Carlo goes back to the sponsors.
        resamples: permutations for Monte Carlo; fewer where n is very large.
        seed: of the permutations and of the normal.
    """
    scores, linear = counts.scores, linear_statistics(counts)
    if linear.rank == 0:
        return GlobalTest(1.0, 0.0, 0, 1.0, 0.0, 1.0, (1.0,) * counts.shares.groups, 0.0, "none")
    size = np.abs(linear.standardised)
    quadratic = float(linear.standardised @ linear.inverse @ linear.standardised)
    if scores.freedom >= _SMALL and nearly_normal(counts):
        first, each = _asymptotic(linear, quadratic, size, seed)
        method, drawn = "asymptotic", 0
    else:
        drawn = max(_FEWEST, min(resamples, _DRAWS // scores.n))
        first, each = _monte_carlo(counts, linear, quadratic, size, drawn=drawn, seed=seed)
        method = "Monte Carlo"
    second = float(each.min())
    decisive = first if linear.rank == 1 else min(2 * min(first, second), 1.0)
    return GlobalTest(
        p_value=decisive, quadratic=quadratic, freedom=linear.rank, quadratic_p_value=first,
        maximum=float(size.max()), maximum_p_value=second, adjusted=tuple(each.tolist()),
        correlation=float(np.sqrt(min(quadratic / max(scores.freedom, 1), 1.0))),
        method=method, resamples=drawn,
    )  # fmt: skip


def _asymptotic(linear: Linear, quadratic: float, size: Floats, seed: int) -> tuple[float, Floats]:
    """p-value of the quadratic form, and of each group's statistic as the maximum of all."""
    from scipy.special import chdtrc

    each = np.ones(len(size))
    at = linear.varies
    each[at] = maximum_p_values(size[at], correlation=linear.correlation[np.ix_(at, at)], seed=seed)
    return float(chdtrc(linear.rank, quadratic)), each


def _monte_carlo(
    counts: CrossCounts,
    linear: Linear,
    quadratic: float,
    size: Floats,
    *,
    drawn: int,
    seed: int,
) -> tuple[float, Floats]:
    """The same by permutations, what was observed counting as one of them."""
    from scipy.sparse import csr_array

    scores, shares, rng = counts.scores, counts.shares, np.random.default_rng(seed)
    where = (shares.group[shares.run], shares.sponsor)
    sparse = csr_array((shares.excess[shares.run], where), shape=(shares.groups, shares.n))
    reached, left, batch = np.zeros(1 + len(size)), drawn, max(1, _BATCH // scores.n)
    while left > 0:
        dealt = _deal(rng, scores, min(batch, left))
        made = (sparse @ dealt.T) / linear.size[:, None]
        made[~linear.varies] = 0.0
        forms = np.einsum("kb,kl,lb->b", made, linear.inverse, made, optimize=True)
        reached[0] += np.sum(forms >= quadratic * (1 - ROUNDING))
        largest = np.max(np.abs(made), axis=0)
        reached[1:] += np.sum(largest[None, :] >= size[:, None] * (1 - ROUNDING), axis=1)
        left -= len(dealt)
    p = (reached + 1) / (drawn + 1)
    return float(p[0]), p[1:]


def _deal(rng: np.random.Generator, scores: ScoreResiduals, rows: int) -> Floats:
    """Residuals permuted within strata, shape (rows, n)."""
    order = np.argsort(scores.stratum, kind="stable")
    made = np.tile(scores.value[order], (rows, 1))
    if scores.strata <= _FEW_STRATA:
        ends = np.cumsum(scores.size)
        for start, end in zip(ends - scores.size, ends, strict=True):
            rng.permuted(made[:, start:end], axis=1, out=made[:, start:end])
    else:
        dealt = np.argsort(scores.stratum[order] + rng.random((rows, scores.n)), axis=1)
        made = scores.value[order][dealt]
    back = np.empty_like(order)
    back[order] = np.arange(scores.n)
    return np.asarray(made[:, back])
