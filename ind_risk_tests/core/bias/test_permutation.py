"""Global tests against every permutation, against many, and by their error rates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ind_risk.core.bias.cross_counts import cross_counts
from ind_risk.core.bias.permutation import GlobalTest, global_test
from ind_risk.core.bias.permutation_moments import linear_statistics, nearly_normal
from ind_risk.core.bias.ranks import ShareRanks
from ind_risk.core.bias.residuals import ScoreResiduals
from ind_risk_tests.core.bias.ranked_world import (
    Floats,
    centred_ranks,
    residuals,
    scores_of,
    shares_of,
)

DRAWS = 20_000


def outcome(scores: ScoreResiduals, shares: ShareRanks, *, resamples: int = 999) -> GlobalTest:
    return global_test(cross_counts(scores, shares), resamples=resamples, seed=1)


def composition(rng: np.random.Generator, n: int, groups: int, *, rare: float = 1.0) -> Floats:
    """Shares of migrants, most of them 0; they add up to at most 1."""
    weight = rng.random((groups + 1, n)) * (rng.random((groups + 1, n)) < 0.3 * rare)
    weight[-1] += 1e-3
    return np.asarray(np.round(weight / weight.sum(axis=0), 1)[:groups])


def by_hand(u: Floats, g: Floats, dealt: Floats) -> tuple[float, Floats]:
    """p-values of the quadratic form and of each group's maximum, from permuted u in rows."""
    made = dealt @ g.T
    covariance = np.cov(made.T, bias=True).reshape(len(g), len(g))
    inverse, size = np.linalg.pinv(covariance), np.sqrt(np.diag(covariance))
    seen = u @ g.T
    forms = np.einsum("bk,kl,bl->b", made, inverse, made)
    largest = np.max(np.abs(made) / size, axis=1)
    first = np.mean(forms >= seen @ inverse @ seen * (1 - 1e-9))
    return float(first), np.mean(largest[:, None] >= np.abs(seen) / size * (1 - 1e-9), axis=0)


def permuted(values: Floats, stratum: np.ndarray, draws: int, rng: np.random.Generator) -> Floats:
    """Rows of values, each permuted within strata."""
    made = np.tile(values, (draws, 1))
    for s in np.unique(stratum):
        at = np.flatnonzero(stratum == s)
        made[:, at] = rng.permuted(made[:, at], axis=1)
    return made


@pytest.mark.parametrize("split", [7, 4])
def test_the_covariance_is_that_of_all_permutations(split: int) -> None:
    rng = np.random.default_rng(2)
    stratum = (np.arange(7) >= split).astype(int)
    score, share = rng.integers(0, 4, 7).astype(float), composition(rng, 7, 3, rare=2.5)
    scores, shares = scores_of(score, stratum), shares_of(*share)
    u = residuals(centred_ranks(score), stratum)
    g = np.array([residuals(centred_ranks(s), stratum) for s in share])
    whole = [
        (*a, *b)
        for a in itertools.permutations(range(split))
        for b in itertools.permutations(range(split, 7))
    ]
    made = u[np.array(whole)] @ g.T
    np.testing.assert_allclose(made.mean(axis=0), 0.0, atol=1e-12)
    linear = linear_statistics(cross_counts(scores, shares))
    exact = np.cov(made.T, bias=True)
    np.testing.assert_allclose(
        linear.correlation * np.outer(linear.size, linear.size), exact, atol=1e-12
    )
    np.testing.assert_allclose(linear.standardised * linear.size, u @ g.T, atol=1e-12)
    # Few sponsors: Monte Carlo, against the whole distribution.
    first, each = by_hand(u, g, u[np.array(whole)])
    made_test = outcome(scores, shares, resamples=20_000)
    assert made_test.method == "Monte Carlo"
    assert made_test.quadratic_p_value == pytest.approx(first, abs=0.015)
    np.testing.assert_allclose(made_test.adjusted, each, atol=0.015)


@pytest.mark.parametrize("strata", [1, 12])
@pytest.mark.parametrize("distinct", [0, 4])
def test_asymptotic_p_values_are_those_of_many_permutations(strata: int, distinct: int) -> None:
    """Monte Carlo error at p = 0.05: 0.0015."""
    rng = np.random.default_rng(10 * strata + distinct)
    n = 600
    stratum = rng.integers(0, strata, n)
    share = composition(rng, n, 5)
    score = rng.normal(size=n) + 0.35 * share[0] + 0.1 * stratum
    score = np.round(score * distinct / 4) if distinct else score
    scores, shares = scores_of(score, stratum), shares_of(*share)
    assert nearly_normal(cross_counts(scores, shares))
    u = residuals(centred_ranks(score), stratum)
    g = np.array([residuals(centred_ranks(s), stratum) for s in share])
    first, each = by_hand(u, g, permuted(u, stratum, DRAWS, rng))
    made = outcome(scores, shares)
    assert made.method == "asymptotic"
    assert made.quadratic_p_value == pytest.approx(first, abs=0.015)
    np.testing.assert_allclose(made.adjusted, each, atol=0.015)
    assert made.maximum_p_value == min(made.adjusted)
    assert made.p_value == min(1.0, 2 * min(made.quadratic_p_value, made.maximum_p_value))


def test_a_rare_group_and_rare_scores_are_left_to_monte_carlo() -> None:
    rng = np.random.default_rng(4)
    n = 1_000
    stratum = rng.integers(0, 300, n)
    score, share = (rng.random((2, n)) < 0.03).astype(float)
    for strata in (stratum, stratum % 3):
        scores, shares = scores_of(score, strata), shares_of(share)
        assert not nearly_normal(cross_counts(scores, shares))
        u, g = residuals(centred_ranks(score), strata), residuals(centred_ranks(share), strata)
        first, _ = by_hand(u, g[None, :], permuted(u, strata, DRAWS, rng))
        made = outcome(scores, shares, resamples=5_000)
        assert made.method == "Monte Carlo"
        assert made.p_value == pytest.approx(first, abs=0.025)


@pytest.mark.parametrize(("n", "distinct"), [(120, 3), (1_500, 2), (1_500, 0)])
def test_they_reject_no_more_often_than_they_say(n: int, distinct: int) -> None:
    """400 worlds; at 5 % the Monte Carlo error is 1.1 points."""
    rng = np.random.default_rng(n + distinct)
    p = []
    for _ in range(400):
        score = rng.normal(size=n)
        if distinct:
            score = rng.integers(0, distinct, n).astype(float)
        share = composition(rng, n, 6, rare=0.3)
        made = outcome(scores_of(score), shares_of(*share), resamples=199)
        p.append((made.quadratic_p_value, made.maximum_p_value, made.p_value))
    for level in (0.05, 0.20):
        rates = np.mean(np.array(p) <= level, axis=0)
        assert np.all(rates <= level + 3 * np.sqrt(level * (1 - level) / 400)), rates
        assert np.all(rates[:2] >= level / 3), rates


def test_one_strong_and_many_weak_are_each_seen() -> None:
    """The maximum sees one group, the quadratic form the sum of all; the p-value sees both."""
    rng = np.random.default_rng(8)
    n = 4_000
    share = composition(rng, n, 15, rare=0.3)
    one = rng.normal(size=n) + 1.1 * share[3]
    many = rng.normal(size=n) + 0.35 * (rng.choice([-1.0, 1.0], 15) @ share)
    strong, weak = (outcome(scores_of(s), shares_of(*share)) for s in (one, many))
    assert strong.maximum_p_value < strong.quadratic_p_value
    assert int(np.argmin(strong.adjusted)) == 3
    assert sum(p < 0.05 for p in strong.adjusted) == 1
    assert weak.quadratic_p_value < weak.maximum_p_value
    assert max(strong.p_value, weak.p_value) < 0.05


def test_two_groups_that_are_one_are_tested_once() -> None:
    rng = np.random.default_rng(9)
    share = np.round(rng.random(800), 2)
    made = outcome(scores_of(rng.normal(size=800) + share), shares_of(share, 1 - share))
    assert made.freedom == 1
    assert made.p_value == pytest.approx(made.maximum_p_value, rel=1e-6)
    assert made.p_value == made.quadratic_p_value


@pytest.mark.parametrize("n", [0, 1, 2, 300])
def test_where_nothing_varies_nothing_is_rejected(n: int) -> None:
    rng = np.random.default_rng(1)
    share, score, stratum = rng.random(n), rng.random(n), np.arange(n)
    cases = [(scores_of(score * 0), shares_of(share)), (scores_of(score), shares_of(share * 0))]
    cases += [(scores_of(score, stratum), shares_of(share))]
    cases += [(scores_of(score, stratum // 9), shares_of(0.1 * (stratum // 9) / max(n, 1)))]
    cases += [(scores_of(score, stratum // 9), shares_of(share * 0 + 0.3))]
    for scores, shares in cases:
        made = outcome(scores, shares)
        assert (made.p_value, made.freedom, made.method) == (1.0, 0, "none")
        assert set(made.adjusted) == {1.0}


def test_the_shares_are_left_as_they_were() -> None:
    rng = np.random.default_rng(3)
    shares = shares_of(*composition(rng, 500, 4))
    before = (shares.start.copy(), shares.sponsor.copy(), shares.value.copy())
    first = outcome(scores_of(rng.normal(size=500), rng.integers(0, 5, 500)), shares)
    assert np.array_equal(before[0], shares.start)
    assert np.array_equal(before[1], shares.sponsor)
    assert np.array_equal(before[2], shares.value)
    assert 0 < first.p_value <= 1
