"""The interval of a mean of shares: its error rate by simulation, for any spread, at any time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.robustness.stability_interval import mean_interval

TRIALS, MOST = 1_000, 60


@pytest.mark.parametrize("others", [0.0, 1 / 20, 1 / 8, 1 / 2])
def test_the_true_mean_is_missed_at_most_so_often_whenever_one_stops(others: float) -> None:
    """Some refits choose others altogether, which Student's interval does not survive."""
    rng, missed = np.random.default_rng(5), np.zeros(2)
    mean = 0.8 - 0.6 * others
    for _ in range(TRIALS):
        values = np.where(rng.random(MOST) < others, 0.2, 0.8)
        found = mean_interval(values, alpha=0.05)  # with what any of the 60 would have excluded
        missed += np.array([found.low > mean, found.high < mean])
    assert (missed / TRIALS <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / TRIALS)).all()


def test_a_limit_once_reached_is_kept() -> None:
    values = np.random.default_rng(0).uniform(0.6, 0.9, MOST)
    lows = [mean_interval(values[: n + 1], alpha=0.05).low for n in range(MOST)]
    assert (np.diff(lows) >= 0).all()


def test_it_closes_in_on_the_mean() -> None:
    values = np.random.default_rng(0).uniform(0.7, 0.8, 400)
    found = mean_interval(values, alpha=0.05)
    assert 0.73 < found.low < 0.75 < found.high < 0.77


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_any_shares_have_an_interval_around_their_mean(values: list[float]) -> None:
    found = mean_interval(np.array(values), alpha=0.05)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    mirrored = mean_interval(1 - np.array(values), alpha=0.05)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))
