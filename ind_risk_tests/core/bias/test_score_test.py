"""The score test against brute force, published intervals, its own dual, and exact error rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from ind_risk.core.bias.score_test import (
    equivalence_interval,
    score_interval,
    score_p_value,
    score_statistic,
    tost_p_value,
)
from ind_risk.core.errors import IndRiskError


def brute_force(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    """Miettinen and Nurminen by maximising the constrained likelihood numerically."""

    def loss(p2: float) -> float:
        p = np.clip([p2 + delta, p2], 1e-300, 1 - 1e-16)
        return -float(
            x1 * np.log(p[0]) + (n1 - x1) * np.log1p(-p[0])
            + x2 * np.log(p[1]) + (n2 - x2) * np.log1p(-p[1])
        )  # fmt: skip

    low, high = max(0.0, -delta), min(1.0, 1 - delta)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13})
    p2 = min((low, high, float(found.x)), key=loss)
    p1 = np.clip(p2 + delta, 0, 1)
    n = n1 + n2
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * n / (n - 1)
    return float((x1 / n1 - x2 / n2 - delta) / np.sqrt(variance))


def test_against_brute_force() -> None:
    rng = np.random.default_rng(1)
    compared = 0
    for _ in range(1500):
        n1, n2 = (int(v) for v in np.exp(rng.uniform(0, 7, size=2)) + 1)
        x1, x2 = int(rng.integers(0, n1 + 1)), int(rng.integers(0, n2 + 1))
        delta = float(rng.uniform(-0.9, 0.9))
        expected = brute_force(x1, n1, x2, n2, delta)
        if not np.isfinite(expected) or abs(expected) > 1e3:
            continue
        found = float(score_statistic(x1=x1, n1=n1, x2=x2, n2=n2, delta=delta))
        # The optimiser finds the place of a flat maximum to about the root of double precision.
        assert found == pytest.approx(expected, rel=2e-5, abs=1e-6), (x1, n1, x2, n2, delta)
        compared += 1
    assert compared > 1200


@pytest.mark.parametrize(
    ("x1", "n1", "x2", "n2", "low", "high"),
    [
        (56, 70, 48, 80, 0.0528, 0.3382),
        (9, 10, 3, 10, 0.1700, 0.8406),
        (5, 56, 0, 29, -0.0326, 0.1933),
        (0, 10, 0, 20, -0.1658, 0.2844),
        (10, 10, 0, 20, 0.7156, 1.0000),
    ],
)
def test_published_intervals(x1: int, n1: int, x2: int, n2: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17:873, Table II, Miettinen and Nurminen's method."""
    found = score_interval(x1=x1, n1=n1, x2=x2, n2=n2, confidence=0.95)
    assert [float(v) for v in found] == pytest.approx([low, high], abs=5.1e-5)


def tables(rng: np.random.Generator, size: int) -> dict[str, Any]:
    n1, n2 = rng.integers(1, 200, size=(2, size))
    return {"x1": rng.integers(0, n1 + 1), "n1": n1, "x2": rng.integers(0, n2 + 1), "n2": n2}


def test_never_nan_and_the_interval_is_the_test() -> None:
    rng = np.random.default_rng(2)
    counts = tables(rng, 10_000)
    low, high = score_interval(**counts, confidence=0.9)
    estimate = counts["x1"] / counts["n1"] - counts["x2"] / counts["n2"]
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()
    assert ((low <= estimate) & (estimate <= high)).all()
    for delta in (-0.2, 0.0, 0.05, 0.4):
        p = score_p_value(**counts, delta=delta)
        assert np.isfinite(p).all()
        away = (np.abs(low - delta) > 1e-8) & (np.abs(high - delta) > 1e-8)
        assert ((p >= 0.1) == ((low <= delta) & (delta <= high)))[away].all()


def test_swapping_groups_or_outcomes_changes_the_sign() -> None:
    counts = tables(np.random.default_rng(3), 2_000)
    z = score_statistic(**counts, delta=0.07)
    swapped = {"x1": counts["x2"], "n1": counts["n2"], "x2": counts["x1"], "n2": counts["n1"]}
    assert np.allclose(z, -score_statistic(**swapped, delta=-0.07), atol=1e-8)
    failures = {**counts, "x1": counts["n1"] - counts["x1"], "x2": counts["n2"] - counts["x2"]}
    assert np.allclose(z, -score_statistic(**failures, delta=-0.07), atol=1e-8)


def test_an_empty_group_says_nothing() -> None:
    low, high = score_interval(x1=0, n1=0, x2=3, n2=10, confidence=0.95)
    assert (float(low), float(high)) == (-1.0, 1.0)
    assert float(tost_p_value(x1=0, n1=0, x2=3, n2=10, margin=0.05)) == 1.0


def test_equivalence_is_the_interval_inside_the_margin() -> None:
    counts = tables(np.random.default_rng(4), 5_000)
    low, high = equivalence_interval(**counts, alpha=0.05)
    inside = (low > -0.2) & (high < 0.2)
    near = np.minimum(np.abs(low + 0.2), np.abs(high - 0.2)) < 1e-8
    p = tost_p_value(**counts, margin=0.2)
    assert ((p < 0.05) == inside)[~near].all()
    assert inside.any()


@pytest.mark.parametrize("n1", [50, 200, 500])
@pytest.mark.parametrize("base", [0.05, 0.10, 0.30])
def test_a_difference_at_the_margin_is_rarely_called_equivalent(n1: int, base: float) -> None:
    """Exact sums; pairs of counts rarer than one in ten million are taken to be called so."""
    n2, margin = 9_000, 0.05
    x2 = np.arange(n2 + 1.0)
    for true in (base + margin, base - margin):
        if not 0 <= true <= 1:
            continue
        x1 = np.arange(n1 + 1.0)
        weight = binom.pmf(x1, n1, true)[None, :] * binom.pmf(x2, n2, base)[:, None]
        common = weight > 1e-7
        second, first = np.nonzero(common)
        p = tost_p_value(x1=x1[first], n1=n1, x2=x2[second], n2=n2, margin=margin)
        called = weight[common][p < 0.05].sum() + weight[~common].sum()
        assert weight[~common].sum() < 0.002
        assert called <= 0.0505


@pytest.mark.parametrize(
    "counts",
    [
        {"x1": 3, "n1": 2, "x2": 1, "n2": 2},
        {"x1": -1, "n1": 2, "x2": 1, "n2": 2},
        {"x1": float("nan"), "n1": 2, "x2": 1, "n2": 2},
    ],
)
def test_counts_that_are_none_are_refused(counts: dict[str, float]) -> None:
    with pytest.raises(IndRiskError, match="no count of successes"):
        score_statistic(**counts)  # type: ignore[arg-type]
