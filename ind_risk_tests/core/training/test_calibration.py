"""Calibration gives the population's rate, and never changes the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from ind_risk.core.training.calibration import SMALLEST_SLOPE, fit_sigmoid
from ind_risk_tests.core.training.example import example, trained


def _drawn(n: int, slope: float, intercept: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    decision = rng.normal(size=n)
    return decision, (rng.random(n) < expit(slope * decision + intercept)).astype(np.int64)


def test_it_finds_a_known_sigmoid() -> None:
    decision, y = _drawn(200_000, 1.7, -2.0, 1)
    got = fit_sigmoid(decision, y, np.full(len(y), "signal", dtype=object), out_of_time=True)
    assert (got.slope, got.intercept) == pytest.approx((1.7, -2.0), abs=0.05)
    assert "no random arm" in got.basis


def test_the_random_arm_sets_the_level() -> None:
    few, rare = _drawn(4_000, 1.0, -3.0, 2)
    many, frequent = _drawn(40_000, 1.0, 0.5, 3)
    decision, y = np.concatenate([few, many]), np.concatenate([rare, frequent])
    source = np.array(["random"] * 4_000 + ["signal"] * 40_000, dtype=object)
    got = fit_sigmoid(decision, y, source, out_of_time=True)
    assert expit(got.slope * few + got.intercept).mean() == pytest.approx(rare.mean(), abs=0.005)
    assert got.n == 4_000


def test_a_thin_random_arm_sets_only_the_level() -> None:
    decision, y = _drawn(5_000, 2.0, 0.0, 4)
    source = np.array(["random"] * 20 + ["signal"] * 4_980, dtype=object)
    y[:20] = 0
    got = fit_sigmoid(decision, y, source, out_of_time=True)
    assert got.slope == pytest.approx(2.0, abs=0.15)
    assert got.intercept < -2.0
    assert "all routes for the slope" in got.basis


def test_a_ranker_that_is_wrong_keeps_its_order_and_says_little() -> None:
    decision, y = _drawn(5_000, -2.0, -1.0, 5)
    got = fit_sigmoid(decision, y, np.full(5_000, "random", dtype=object), out_of_time=True)
    assert got.slope == pytest.approx(SMALLEST_SLOPE)


def test_no_labels_and_a_constant_ranker_are_no_crash() -> None:
    none = np.zeros(0)
    assert fit_sigmoid(none, none.astype(np.int64), none.astype(object), out_of_time=False).n == 0
    flat = fit_sigmoid(
        np.zeros(98), np.r_[np.ones(9), np.zeros(89)].astype(np.int64),
        np.full(98, "signal", dtype=object), out_of_time=False,
    )  # fmt: skip
    smoothed = (9 * 10 / 11 + 89 / 91) / 98
    assert expit(flat.intercept) == pytest.approx(smoothed, abs=1e-4)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1000))
def test_probabilities_keep_the_rankers_order(seed: int) -> None:
    rows = example().features.sample(50, random_state=seed)
    model = trained().model
    raw = (model.decision_function(rows) - model.intercept) / model.slope
    order = np.argsort(raw, kind="stable")
    assert (np.diff(model.predict_proba(rows)[order, 1]) >= 0).all()
    assert model.predict_proba(rows).sum(axis=1) == pytest.approx(1.0)


def test_calibrated_to_the_population_of_the_example() -> None:
    made = example()
    joined = made.labelled.merge(made.features, on=["sponsor_id", "as_of"])
    arm = joined[joined["source"] == "random"]
    predicted = trained().model.predict_proba(arm)[:, 1].mean()
    assert predicted == pytest.approx(arm["y"].mean(), abs=0.04)
