"""Draws that numpy has no name for, against enumeration and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.worlds.draws import by_share, dealt_out, level_for, logistic, weighted_sample


def test_by_share_gives_each_category_a_stretch_as_long_as_its_share() -> None:
    u = (np.arange(1_000) + 0.5) / 1_000
    assert np.bincount(by_share(u, (1, 2, 1))).tolist() == [250, 500, 250]
    assert by_share(np.array([0.0, 1 - 1e-16]), (1.0, 0.0, 3.0)).tolist() == [0, 2]


@pytest.mark.parametrize("start", [0.0, 0.37, 0.999])
def test_dealt_out_numbers_fill_every_stretch_of_the_order_evenly(start: float) -> None:
    order = np.random.default_rng(1).permutation(3_000)
    along = dealt_out(order, start)[order]
    assert ((along >= 0) & (along < 1)).all()
    for begin in range(0, 3_000, 300):
        stretch = along[begin : begin + 300]
        for low, high in ((0.0, 0.24), (0.24, 0.35), (0.9, 1.0)):
            share = ((stretch >= low) & (stretch < high)).mean()
            assert share == pytest.approx(high - low, abs=0.012)


def test_weighted_sample_follows_the_weights_and_never_repeats() -> None:
    """Two of three, without replacement: the chances by enumeration."""
    rng, weights = np.random.default_rng(2), np.array([1.0, 2.0, 0.0, 4.0])
    inside, draws = np.zeros(4), 20_000
    for _ in range(draws):
        drawn = weighted_sample(rng, weights, 2)
        assert len(set(drawn)) == 2
        inside[drawn] += 1
    total = weights.sum()
    expected = [
        sum(
            weights[a] / total * weights[b] / (total - weights[a])
            for a in (0, 1, 3)
            for b in (0, 1, 3)
            if a != b and k in (a, b)
        )
        for k in range(4)
    ]
    assert inside / draws == pytest.approx(expected, abs=0.02)


def test_weighted_sample_gives_fewer_where_fewer_can_be_drawn() -> None:
    rng = np.random.default_rng(0)
    assert weighted_sample(rng, np.array([0.0, 1.0]), 5).tolist() == [1]
    assert len(weighted_sample(rng, np.zeros(3), 2)) == 0


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.6])
def test_level_for_brings_the_mean_to_the_rate(rate: float) -> None:
    log_odds = np.random.default_rng(0).normal(0.3, 1.7, 5_000)
    assert logistic(log_odds + level_for(log_odds, rate)).mean() == pytest.approx(rate, abs=1e-9)
