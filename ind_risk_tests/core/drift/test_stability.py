"""The index by hand, and its limits by simulation: few sponsors must not look stable."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from ind_risk.core.drift.cells import Cells
from ind_risk.core.drift.stability import stability_index, stability_interval


def _cells(training: np.ndarray, use: np.ndarray) -> Cells:
    filled = (training + use) > 0
    names = tuple(str(i) for i in np.flatnonzero(filled))
    return Cells(names, training[filled], use[filled])


def _tilted(cells: int, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Shares of two populations whose index is exactly the target."""
    p = np.ones(cells) / cells
    slope, low, high = np.linspace(-1, 1, cells), 0.0, 5.0

    def use(t: float) -> np.ndarray:
        q: np.ndarray = p * np.exp(t * slope)
        return np.asarray(q / q.sum())

    for _ in range(60):
        t = (low + high) / 2
        q = use(t)
        low, high = (t, high) if ((p - q) * np.log(p / q)).sum() < target else (low, t)
    return p, use(low)


def test_by_hand() -> None:
    p, q = (60.5 / 101, 40.5 / 101), (30.5 / 101, 70.5 / 101)
    expected = sum((a - b) * log(a / b) for a, b in zip(p, q, strict=True))
    assert stability_index(np.array([60, 40]), np.array([30, 70])) == pytest.approx(expected)
    assert stability_index(np.array([60, 40]), np.array([60, 40])) == 0


def test_a_value_never_seen_in_training_is_finite_and_large() -> None:
    found = stability_interval(
        _cells(np.array([1000, 0]), np.array([500, 500])), alpha=0.05, seed=1
    )
    assert 1 < found.low < found.estimate < found.high < 20


@pytest.mark.parametrize(
    ("sponsors", "cells", "truth"),
    [(100, 10, 0.1), (100, 30, 0.1), (300, 10, 0.25), (2000, 10, 0.1), (10_000, 10, 0.1)],
)
def test_upper_limit_is_rarely_below_the_truth(sponsors: int, cells: int, truth: float) -> None:
    p, q = _tilted(cells, truth)
    rng = np.random.default_rng(4)
    above, under, draws = 0, 0, 300
    for seed in range(draws):
        made = _cells(rng.multinomial(sponsors, p), rng.multinomial(sponsors, q))
        found = stability_interval(made, alpha=0.05, seed=seed)
        assert found.low <= found.estimate <= found.high
        under += found.high < truth
        above += found.low > truth
    assert under / draws <= 0.09  # 5 % and what chance adds to 300 draws
    assert above / draws <= 0.09


def test_equal_populations_need_enough_sponsors() -> None:
    """With no drift at all, 10,000 sponsors show it and 100 do not."""
    rng, p = np.random.default_rng(0), np.ones(10) / 10
    highs = {
        n: [
            stability_interval(
                _cells(rng.multinomial(n, p), rng.multinomial(n, p)), alpha=0.05, seed=s
            ).high
            for s in range(50)
        ]
        for n in (100, 2_000, 10_000)
    }
    assert min(highs[100]) > 0.1
    assert max(highs[2_000]) < 0.1
    assert max(highs[10_000]) < 0.02


def test_one_value_in_a_handful_of_sponsors_is_not_stability() -> None:
    few = stability_interval(_cells(np.array([5]), np.array([5])), alpha=0.05, seed=0)
    many = stability_interval(_cells(np.array([9000]), np.array([9000])), alpha=0.05, seed=0)
    assert few.high > 0.25
    assert many.high < 0.01


def test_same_seed_same_limits() -> None:
    made = _cells(np.array([500, 300, 200]), np.array([450, 330, 220]))
    assert stability_interval(made, alpha=0.05, seed=7) == stability_interval(
        made, alpha=0.05, seed=7
    )
