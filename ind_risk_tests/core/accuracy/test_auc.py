"""The AUC against brute force, DeLong's and Newcombe's formulas, and the coverage of its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from ind_risk.core.accuracy import auc as module
from ind_risk.core.accuracy.auc import auc_interval, hanley_mcneil, placements
from ind_risk_tests.core.accuracy.example import misses, population, true_auc

row = st.tuples(st.integers(0, 4), st.booleans(), st.floats(1, 20))


def _columns(rows: list[tuple[int, bool, float]]) -> tuple[np.ndarray, ...]:
    score, outcome, weight = (np.array(x, dtype=float) for x in zip(*rows, strict=True))
    return score, outcome, weight


@settings(deadline=None)
@given(st.lists(row, min_size=2, max_size=30))
def test_estimate_by_brute_force_and_sklearn(rows: list[tuple[int, bool, float]]) -> None:
    score, outcome, weight = _columns([*rows, (1, True, 2.0), (2, False, 3.0)])
    won = total = 0.0
    for s, y, w in zip(score, outcome, weight, strict=True):
        for s0, y0, w0 in zip(score, outcome, weight, strict=True):
            if y and not y0:
                total += w * w0
                won += w * w0 * (0.5 if s == s0 else float(s > s0))
    found = auc_interval(score=score, outcome=outcome, weight=weight, alpha=0.05)
    assert found.estimate == pytest.approx(won / total)
    assert found.estimate == pytest.approx(roc_auc_score(outcome, score, sample_weight=weight))
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.high - found.low > 0.01


def test_design_variance_is_delongs_for_equal_weights() -> None:
    rng = np.random.default_rng(0)
    outcome = np.r_[np.ones(15), np.zeros(40)]
    score = np.round(rng.normal(size=55) + outcome, 1)
    x, y = score[:15], score[15:]
    beats = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    delong = beats.mean(axis=1).var(ddof=1) / 15 + beats.mean(axis=0).var(ddof=1) / 40
    placed, weight = placements(score, outcome, np.ones(55)), np.ones(55)
    ours = sum(
        module._influence(placed[g] - beats.mean(), weight[g]) for g in (outcome > 0, outcome < 1)
    )
    assert ours == pytest.approx(delong)


def test_limits_are_newcombes_method_5_where_delong_asks_for_less() -> None:
    """All scores tie: DeLong's variance is 0, so only the model-based one is left."""
    outcome = np.r_[np.ones(400), np.zeros(3600)]
    found = auc_interval(score=np.zeros(4000), outcome=outcome, weight=np.ones(4000), alpha=0.05)
    assert found.estimate == 0.5

    def gap(theta: float) -> float:
        m, n = 400, 3600
        q = 1 + ((m + n) / 2 - 1) * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        z = norm.ppf(0.95)
        return float((0.5 - theta) ** 2 - z**2 * theta * (1 - theta) * q / (m * n))

    assert found.low == pytest.approx(brentq(gap, 0.01, 0.5), abs=1e-4)
    assert found.high == pytest.approx(brentq(gap, 0.5, 0.99), abs=1e-4)


def test_perfect_ranking_is_not_certain() -> None:
    outcome = np.r_[np.ones(5), np.zeros(20)]
    found = auc_interval(score=outcome, outcome=outcome, weight=np.ones(25), alpha=0.05)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert 0.5 < found.low < 0.9
    worst = auc_interval(score=-outcome, outcome=outcome, weight=np.ones(25), alpha=0.05)
    assert (worst.estimate, worst.low) == (0.0, 0.0)
    assert worst.high == pytest.approx(1 - found.low)


def test_one_finding_says_next_to_nothing() -> None:
    outcome = np.r_[1.0, np.zeros(200)]
    found = auc_interval(
        score=np.arange(201.0)[::-1], outcome=outcome, weight=np.ones(201), alpha=0.05
    )
    assert found.estimate == 1.0
    assert found.low < 0.2


def test_scale_of_weights_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    outcome = (rng.random(300) < 0.2).astype(float)
    score, weight = rng.normal(size=300) + outcome, 20 ** rng.random(300)
    one = auc_interval(score=score, outcome=outcome, weight=weight, alpha=0.05)
    two = auc_interval(score=score, outcome=outcome, weight=weight / 1e6, alpha=0.05)
    assert (one.low, one.high) == pytest.approx((two.low, two.high))


def test_hanley_mcneil_variance_is_that_of_exponential_scores() -> None:
    """For scores exponential in both classes their formula is exact but for n* in the middle."""
    q1, q2, a, m = 0.7 / 1.3, 2 * 0.49 / 1.7, 0.7, 50
    exact = (a * (1 - a) + (m - 1) * (q1 - a * a) + (m - 1) * (q2 - a * a)) / m**2
    assert hanley_mcneil(a, m, m) == pytest.approx(exact)


CASES = [
    # n, weights, spread of positives, ties, AUC; 20 findings, 150 findings
    (200, "equal", 1.0, False, 0.6),
    (200, "equal", 1.0, False, 0.95),
    (200, "equal", 2.0, False, 0.75),
    (200, "equal", 1.0, True, 0.75),
    (200, "independent", 1.0, False, 0.6),
    (200, "independent", 1.0, False, 0.95),
    (200, "up", 1.0, False, 0.6),
    (200, "down", 1.0, False, 0.6),
    (1500, "equal", 1.0, False, 0.6),
    (1500, "equal", 1.0, False, 0.95),
    (1500, "independent", 2.0, False, 0.75),
    (1500, "up", 1.0, False, 0.75),
]


@pytest.mark.parametrize(("n", "weights", "spread", "ties", "auc"), CASES)
def test_limits_miss_at_their_level(
    n: int, weights: str, spread: float, ties: bool, auc: float
) -> None:
    made = population(auc=auc, weights=weights, spread=spread, ties=ties)

    def interval(rng: np.random.Generator) -> tuple[float, float] | None:
        score, outcome, weight, _ = made.draw(n, rng)
        if not 0 < outcome.sum() < n:
            return None
        found = auc_interval(score=score, outcome=outcome, weight=weight, alpha=0.05)
        return found.low, found.high

    # 5 %, up to 7 % at worst, and what chance adds to so many draws.
    low, high = misses(interval, true_auc(made), draws=1000 if n < 1000 else 500)
    assert low <= (0.075 if n < 1000 else 0.085)
    assert high <= (0.075 if n < 1000 else 0.085)
