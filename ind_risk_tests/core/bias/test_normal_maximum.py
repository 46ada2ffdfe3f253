"""Maximum of correlated normals: against closed forms, numerical integration, and far tails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from ind_risk.core.bias.normal_maximum import maximum_p_values


def correlation(k: int, seed: int) -> np.ndarray:
    loadings = np.random.default_rng(seed).normal(size=(k, 3))
    covariance = loadings @ loadings.T + np.diag(np.random.default_rng(seed + 1).random(k))
    size = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(size, size))


@pytest.mark.parametrize("k", [2, 3, 5])
def test_as_by_numerical_integration(k: int) -> None:
    r = correlation(k, seed=k)
    for t in (0.5, 1.5, 2.5, 3.5):
        inside = multivariate_normal(cov=r, seed=1).cdf(np.full(k, t), lower_limit=np.full(k, -t))
        p = float(maximum_p_values([t], correlation=r, seed=1)[0])
        assert p == pytest.approx(1 - float(inside), rel=0.02)


@pytest.mark.parametrize("k", [1, 4, 25])
def test_independent_ones_are_sidak_however_far_out(k: int) -> None:
    t = np.array([0.1, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0])
    exact = -np.expm1(k * np.log1p(-2 * ndtr(-t)))
    p = maximum_p_values(t, correlation=np.eye(k), seed=2)
    np.testing.assert_allclose(p, exact, rtol=0.02)
    assert 0 < p[-1] < 1e-30


def test_one_variable_twice_is_one_variable() -> None:
    t = np.array([0.0, 1.3, 4.0])
    for sign in (1.0, -1.0):
        r = np.array([[1.0, sign], [sign, 1.0]])
        np.testing.assert_allclose(
            maximum_p_values(t, correlation=r, seed=3), 2 * ndtr(-t), rtol=1e-12
        )


def test_never_below_one_look_nor_above_bonferroni_and_repeatable() -> None:
    r, t = correlation(12, seed=9), np.linspace(0, 6, 25)
    p = maximum_p_values(t, correlation=r, seed=4)
    assert np.all(p >= 2 * ndtr(-t))
    assert np.all(p <= np.minimum(24 * ndtr(-t), 1.0) + 1e-15)
    assert np.array_equal(p, maximum_p_values(t, correlation=r, seed=4))


def test_odd_but_possible() -> None:
    assert maximum_p_values([], correlation=np.eye(2), seed=1).size == 0
    assert maximum_p_values([2.0], correlation=np.zeros((0, 0)), seed=1).tolist() == [1.0]
    assert maximum_p_values([60.0], correlation=np.eye(3), seed=1)[0] == 0.0
