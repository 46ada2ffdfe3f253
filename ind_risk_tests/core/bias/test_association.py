"""Rank correlations and their intervals: against plain ways, leaving one out, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from ind_risk.core.bias.association import associations
from ind_risk.core.bias.association_verdicts import judged, overall_verdict
from ind_risk.core.bias.attainable import attainable_within
from ind_risk.core.bias.cross_counts import cross_counts
from ind_risk.core.bias.permutation import GlobalTest
from ind_risk.core.bias.residuals import MOST_BINS, crossed
from ind_risk_tests.core.bias.ranked_world import (
    KINDS,
    Floats,
    partial,
    residuals,
    scores_of,
    shares_of,
    world,
)


def heavily_tied(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    share = (rng.random(n) < 0.15) * rng.choice([0.2, 0.5, 1.0], n)
    return np.round(rng.normal(size=n) + share), share


@pytest.mark.parametrize("n", [30, 700])
def test_without_strata_it_is_spearmans(n: int) -> None:
    score, share = heavily_tied(n, np.random.default_rng(n))
    made = associations(cross_counts(scores_of(score), shares_of(share, 1 - share)))
    expected = spearmanr(score, share).statistic
    np.testing.assert_allclose(made.rho, [expected, -expected], atol=1e-12)
    np.testing.assert_allclose(made.floor, 1 / np.sqrt(n - 1), rtol=1e-12)
    np.testing.assert_allclose(made.within, 1.0, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_with_strata_it_is_the_partial_one(kind: str) -> None:
    stratum, score, share = world(kind, 300, np.random.default_rng(1))
    made = associations(cross_counts(scores_of(score, stratum), shares_of(share)))
    assert made.rho[0] == pytest.approx(partial(score, share, stratum), abs=1e-12)
    # Law of total covariance: within strata, and the strata's means.
    plain = associations(cross_counts(scores_of(score), shares_of(share)))
    u, g = (plain_ranks(v) for v in (score, share))
    inside = residuals(u, stratum) @ residuals(g, stratum) / np.sqrt((u @ u) * (g @ g))
    assert made.rho[0] * made.within[0] == pytest.approx(inside, abs=1e-12)
    means = (u - residuals(u, stratum)) @ (g - residuals(g, stratum))
    assert plain.rho[0] - inside == pytest.approx(means / np.sqrt((u @ u) * (g @ g)), abs=1e-12)


def plain_ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values) - (len(values) + 1) / 2)


@pytest.mark.parametrize("kind", ["ties", "rare", "unequal"])
@pytest.mark.parametrize("tilt", [0.0, 2.0])
def test_the_standard_error_is_that_of_leaving_one_out(kind: str, tilt: float) -> None:
    """The jackknife knows nothing of influence functions."""
    n = 300
    stratum, score, share = world(kind, n, np.random.default_rng(4))
    score = score + tilt * share
    for strata in (stratum * 0, stratum):
        kept = (np.arange(n) != i for i in range(n))
        left = np.array([partial(score[k], share[k], strata[k]) for k in kept])
        jackknife = np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2))
        made = associations(cross_counts(scores_of(score, strata), shares_of(share)))
        # A dozen sponsors carry the rare one's; there the two differ by more.
        precision = 0.08 if kind == "rare" else 0.03
        assert made.standard_error[0] == pytest.approx(jackknife, rel=precision)


@pytest.mark.parametrize("strata", [1, 15])
def test_bins_of_scores_change_next_to_nothing(strata: int) -> None:
    """20,000 distinct scores in 4,096 bins: rho is exact, its error to five digits."""
    rng = np.random.default_rng(6)
    n = 20_000
    stratum = rng.integers(0, strata, n)
    share = [(rng.random(n) < p) * np.round(rng.random(n), 2) for p in (0.02, 0.1, 0.7)]
    score = rng.normal(size=n) + share[0] + 0.3 * share[2] + 0.1 * stratum
    made = associations(cross_counts(scores_of(score, stratum), shares_of(*share)))
    exact = associations(cross_counts(scores_of(score, stratum, bins=10**9), shares_of(*share)))
    coarse = associations(
        cross_counts(scores_of(score, stratum, bins=MOST_BINS // 64), shares_of(*share))
    )
    np.testing.assert_allclose(made.rho, exact.rho, atol=1e-14)
    for name in ("standard_error", "skewness", "freedom", "floor"):
        binned, all_scores, few = (getattr(a, name) for a in (made, exact, coarse))
        np.testing.assert_allclose(binned, all_scores, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(few, all_scores, rtol=1e-2, atol=1e-4)
    np.testing.assert_allclose(made.standard_error, exact.standard_error, rtol=1e-5)


def test_scores_are_in_bounded_cells() -> None:
    rng = np.random.default_rng(7)
    n = 60_000
    made = scores_of(rng.normal(size=n))
    assert len(made.cell_count) <= MOST_BINS
    many = scores_of(rng.normal(size=n), rng.integers(0, 200, n))
    assert len(many.cell_count) <= 2**17
    for scores in (made, many):
        assert scores.cell_count.sum() == n
        assert np.all(np.diff(scores.cell_stratum * scores.bins + scores.cell_bin) > 0)


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_where_only_the_stratum_matters(kind: str) -> None:
    """1,000 worlds; Monte Carlo error at 95 %: 0.7 points. Without strata they would fail."""
    rng = np.random.default_rng(11)
    hits, plain = np.zeros(2), 0
    for _ in range(1_000):
        stratum, score, share = world(kind, 400, rng)
        made = associations(cross_counts(scores_of(score, stratum), shares_of(share)))
        for k, confidence in enumerate((0.90, 0.975)):
            low, high = made.interval(confidence)
            hits[k] += bool(low[0] <= 0 <= high[0])
        plain += bool(
            associations(cross_counts(scores_of(score), shares_of(share))).p_value()[0] < 0.05
        )
    assert hits[0] / 1_000 >= 0.88
    assert hits[1] / 1_000 >= 0.962
    assert hits[0] / 1_000 <= 0.95
    assert plain / 1_000 >= {"unequal": 0.07, "rare": 0.09}.get(kind, 0.4)


@pytest.mark.parametrize(("kind", "tilt"), [("ties", 1), ("rare", 1.0), ("unequal", 2.0)])
def test_intervals_cover_an_association_that_there_is(kind: str, tilt: float) -> None:
    """800 worlds of 500 sponsors; the true value is that of 300,000."""
    rng = np.random.default_rng(12)

    def drawn(n: int) -> tuple[np.ndarray, Floats, Floats]:
        stratum, score, share = world(kind, n, rng)
        return stratum, score + tilt * (np.ceil(share) if kind == "ties" else share), share

    stratum, score, share = drawn(300_000)
    truth = associations(cross_counts(scores_of(score, stratum), shares_of(share))).rho[0]
    assert truth > 0.05
    hits = 0
    for _ in range(800):
        stratum, score, share = drawn(500)
        low, high = associations(
            cross_counts(scores_of(score, stratum), shares_of(share))
        ).interval(0.95)
        hits += bool(low[0] <= truth <= high[0])
    assert hits / 800 >= 0.93


@pytest.mark.parametrize("binary", [True, False])
def test_exactly_at_the_margin_equivalence_errs_in_few_worlds(binary: bool) -> None:
    """A tenth of the sponsors has some; 1,500 worlds, Monte Carlo error 0.6 points at 5 %."""
    rng = np.random.default_rng(13)

    def drawn(n: int) -> tuple[Floats, Floats]:
        share = (rng.random(n) < 0.1) * rng.choice([0.3, 1.0], n)
        score = rng.normal(size=n) + 0.335 * (share > 0)
        return (score > 1.28).astype(float) if binary else score, share

    large = [drawn(200_000) for _ in range(20)]
    margin = float(
        np.mean([associations(cross_counts(scores_of(u), shares_of(g))).rho[0] for u, g in large])
    )
    equivalent = 0
    for _ in range(1_500):
        score, share = drawn(1_000)
        made = associations(cross_counts(scores_of(score), shares_of(share)))
        row = judged(made, level=0.05, margin=margin, tellable=[True])[0]
        equivalent += row is not None and row.verdict == "equivalent"
    assert equivalent / 1_500 <= 0.05 + 2.6 * 0.0056


def test_what_is_attainable_is_the_best_of_all_dealings() -> None:
    """Hill climbing by swaps within strata finds nothing better, and reaches it."""
    rng = np.random.default_rng(14)
    stratum, score, share = world("ties", 60, rng)
    score = np.round(rng.normal(size=60) + stratum, 1)
    u, g = residuals(plain_ranks(score), stratum), residuals(plain_ranks(share), stratum)
    best = []
    for sign in (1.0, -1.0):
        dealt = sign * u.copy()
        for s in np.unique(stratum):
            at = np.flatnonzero(stratum == s)
            for i in at:
                for j in at:
                    if (dealt[i] - dealt[j]) * (g[i] - g[j]) < 0:
                        dealt[i], dealt[j] = dealt[j], dealt[i]
        best.append(dealt @ g / np.sqrt((u @ u) * (g @ g)))
    made = attainable_within(cross_counts(scores_of(score, stratum), shares_of(share)))
    assert made[0] == pytest.approx(min(best), abs=1e-9)


def test_nothing_is_attainable_where_the_factor_says_all() -> None:
    stratum = np.arange(100) // 10
    score, share = np.random.default_rng(1).random((2, 100))
    scores = scores_of(score, stratum)
    made = attainable_within(cross_counts(scores, shares_of(stratum / 10, share * 0, share)))
    assert made[:2].tolist() == [0.0, 0.0]
    assert made[2] > 0.9
    strength = associations(cross_counts(scores, shares_of(stratum / 10, share * 0, share)))
    assert np.isnan(strength.rho[:2]).all()
    assert np.isfinite(strength.rho[2])


def test_crossed_factors_are_their_combinations() -> None:
    first, second = np.array([0, 0, 7, 7, -1, 0]), np.array([3, 4, 3, 3, 3, 3])
    assert crossed([first, second]).tolist() == [0, 1, 2, 2, 3, 0]
    assert crossed([first]).tolist() == [0, 0, 1, 1, 2, 0]


def some_test(p_value: float, freedom: int = 3) -> GlobalTest:
    return GlobalTest(p_value, 1.0, freedom, p_value, 1.0, p_value, (p_value,), 0.1, "asymptotic")


def test_overall_no_group_is_no_equivalence() -> None:
    given = {"level": 0.05, "margin": 0.1}
    assert overall_verdict([], estimate=None, test=some_test(0.9), **given) == "insufficient_data"
    one = overall_verdict(["equivalent"], estimate=0.02, test=some_test(0.001), **given)
    assert one == "equivalent"
    mixed = ["equivalent", "insufficient_data"]
    for p, estimate, verdict in (
        (0.01, 0.02, "disparity"), (0.2, 0.12, "risk_signalled"), (0.2, 0.02, "insufficient_data"),
    ):  # fmt: skip
        made = overall_verdict(mixed, estimate=estimate, test=some_test(p), **given)  # type: ignore[arg-type]
        assert made == verdict
