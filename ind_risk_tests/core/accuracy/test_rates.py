"""Rates and their difference against statsmodels, Newcombe's published examples and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from ind_risk.core.accuracy.rates import (
    Rate,
    kish_size,
    newcombe_difference,
    quantile,
    weighted_rate,
    wilson,
)
from ind_risk_tests.core.accuracy.example import misses

Z95 = float(norm.ppf(0.975))
count = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def _rate(x: int, n: int) -> Rate:
    made = weighted_rate(np.r_[np.ones(x), np.zeros(n - x)], np.full(n, 3.0))
    assert made is not None
    return made


@given(count)
def test_wilson_is_that_of_statsmodels_for_equal_weights(pair: tuple[int, int]) -> None:
    rate = _rate(*pair)
    assert rate.effective == pytest.approx(pair[1])
    found = wilson(rate, z=Z95)
    low, high = proportion_confint(*pair, method="wilson")
    assert (found.low, found.high) == pytest.approx((max(low, 0), min(high, 1)), abs=1e-12)
    assert found.low <= found.estimate <= found.high


@given(count, count)
def test_newcombe_is_that_of_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    found = newcombe_difference(_rate(*one), _rate(*two), z=Z95)
    expected = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [  # Newcombe (1998), table II, method 10
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_published_differences(
    one: tuple[int, int], two: tuple[int, int], expected: tuple[float, float]
) -> None:
    found = newcombe_difference(_rate(*one), _rate(*two), z=Z95)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-4)


def test_weights_by_brute_force() -> None:
    y, w = np.array([1.0, 0.0, 0.0, 1.0]), np.array([1.0, 2.0, 5.0, 2.0])
    made = weighted_rate(y, w)
    assert made is not None
    assert made.value == pytest.approx(3 / 10)
    variance = sum((wi * (yi - 0.3)) ** 2 for wi, yi in zip(w, y, strict=True)) / 100
    assert kish_size(w) == pytest.approx(100 / 34)
    assert made.effective == pytest.approx(min(100 / 34, 0.21 / variance))


def test_heavy_weights_on_the_rare_outcome_count_for_less_than_kish() -> None:
    y = np.r_[np.ones(5), np.zeros(420)]
    w = np.r_[np.full(25, 20.0), np.ones(400)]
    made = weighted_rate(y, w)
    assert made is not None
    assert made.effective < 0.7 * kish_size(w)


def test_nothing_found_is_not_nothing_there() -> None:
    found = wilson(_rate(0, 5), z=Z95)
    assert (found.estimate, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.4345, abs=1e-4)
    assert wilson(_rate(5, 5), z=Z95).low == pytest.approx(1 - 0.4345, abs=1e-4)
    assert weighted_rate(np.zeros(0), np.zeros(0)) is None


def test_quantile_is_students() -> None:
    assert quantile(0.05, 21.0, 400.0) == pytest.approx(t.ppf(0.95, 20))
    assert quantile(0.05, 1.0) == pytest.approx(t.ppf(0.95, 1))
    assert quantile(0.05, 1e9) == pytest.approx(norm.ppf(0.95), abs=1e-6)


@pytest.mark.parametrize("n", [200, 1500])
@pytest.mark.parametrize("weights", ["equal", "independent", "outcome"])
def test_equal_rates_are_rarely_called_different(n: int, weights: str) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float] | None:
        rates = []
        for size in (n // 5, 7 * n // 10):
            y = (rng.random(size) < 0.1).astype(float)
            place = {
                "equal": np.zeros(size),
                "independent": rng.random(size),
                "outcome": np.clip(rng.random(size) + 0.2 * y, 0, 1),
            }[weights]
            rates.append(weighted_rate(y, 20**place))
        assert rates[0] is not None
        assert rates[1] is not None
        z = quantile(0.05, rates[0].effective, rates[1].effective)
        found = newcombe_difference(rates[0], rates[1], z=z)
        return found.low, found.high

    low, _ = misses(interval, 0.0, draws=2000)
    assert low <= 0.065
