"""Calibration on the random arm: right numbers, honest intervals, nothing said without data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit

from ind_risk.core.drift.outcome_gap import outcome_gap_finding
from ind_risk.core.findings import Finding
from ind_risk.core.robustness.calibration import calibration_findings
from ind_risk.core.robustness.calibration_curve import merged
from ind_risk.core.robustness.calibration_slope import (
    log_odds,
    slope_interval,
    spiegelhalter_z,
)
from ind_risk_tests.core.accuracy.example import POLICY, judged

if TYPE_CHECKING:
    import pandas as pd

ONES = np.ones


def _two(frame: pd.DataFrame) -> tuple[Finding, Finding]:
    large, slope = calibration_findings(judged=frame, policy=POLICY)
    assert (large.claim, slope.claim) == ("calibration_in_the_large", "calibration_slope")
    for found in (large, slope):
        assert found.check == "calibration"
        assert found.sentence.endswith(".")
        assert "nan" not in found.sentence.lower()
        json.dumps(found.to_dict(), allow_nan=False)
    return large, slope


def _shifted(frame: pd.DataFrame, *, slope: float = 1.0, add: float = 0.0) -> pd.DataFrame:
    x = log_odds(frame["score"].to_numpy())
    return frame.assign(score=expit(slope * (x - x.mean()) + x.mean() + add))


def _draw(rng: np.random.Generator, n: int, slope: float, weights: str) -> tuple[np.ndarray, ...]:
    """score, outcome, weight of independent draws; weights 1:20 against or along the score."""
    x = -2.4 + rng.normal(size=n * (1 if weights == "equal" else 20))
    y = (rng.random(len(x)) < expit(-2.4 + slope * (x + 2.4))).astype(float)
    if weights == "equal":
        return expit(x), y, ONES(n)
    place = np.argsort(np.argsort(x + 0.3 * rng.normal(size=len(x)))) / len(x)
    chance = 20 ** (place if weights == "up" else 1 - place)
    i = rng.choice(len(x), n, p=chance / chance.sum())
    return expit(x[i]), y[i], 1 / chance[i]


def test_a_calibrated_model_is_green() -> None:
    large, slope = _two(_shifted(judged(inspected=3000, seed=5), slope=1.0, add=0.1))
    assert large.verdict == "equivalent"
    assert slope.verdict == "established"
    assert large.required


def test_in_the_large_is_the_gap_that_drift_reports() -> None:
    frame = judged()
    large, theirs = _two(frame)[0], outcome_gap_finding(judged=frame, policy=POLICY)
    assert (large.estimate, large.low, large.high) == (theirs.estimate, theirs.low, theirs.high)


def test_wrong_levels_and_wrong_slopes_are_red() -> None:
    assert _two(_shifted(judged(), add=1.5))[0].verdict == "disparity"
    extreme = _two(_shifted(judged(inspected=5000), slope=3.0))[1]
    assert extreme.verdict == "refuted"
    assert "too far apart" in extreme.sentence
    flat = _two(_shifted(judged(inspected=5000), slope=0.25))[1]
    assert flat.verdict == "refuted"
    assert "too close together" in flat.sentence


@pytest.mark.parametrize("weights", ["equal", "up", "down"])
def test_slope_agrees_with_statsmodels(weights: str) -> None:
    import statsmodels.api as sm

    score, y, w = _draw(np.random.default_rng(1), 1500, 1.0, weights)
    found = slope_interval(score=score, outcome=y, weight=w, alpha=0.05)
    assert found is not None
    design = sm.add_constant(log_odds(score))
    fit = sm.GLM(y, design, family=sm.families.Binomial(), freq_weights=w / w.mean()).fit()
    assert found.estimate == pytest.approx(fit.params[1], abs=1e-5)
    # Binder's (1983) sandwich by hand; statsmodels takes frequency weights for repeated rows.
    p = fit.fittedvalues
    bread = np.linalg.inv((design * (w * p * (1 - p))[:, None]).T @ design)
    terms = design * (w * (y - p))[:, None]
    half = 1.645 * np.sqrt((bread @ terms.T @ terms @ bread)[1, 1])
    assert found.high - found.low == pytest.approx(2 * half, rel=0.25)


@pytest.mark.parametrize(
    ("n", "slope", "weights"), [(200, 1.0, "equal"), (800, 0.5, "down"), (800, 2.0, "up")]
)
def test_slope_interval_covers(n: int, slope: float, weights: str) -> None:
    """150 draws: 400 draws of 18 designs gave at most 6.8 % a side (Monte Carlo error 1.1)."""
    rng, draws = np.random.default_rng(2), 150
    above = below = 0
    for _ in range(draws):
        score, y, w = _draw(rng, n, slope, weights)
        found = slope_interval(score=score, outcome=y, weight=w, alpha=0.05)
        assert found is not None
        above += found.low > slope
        below += found.high < slope
    assert max(above, below) / draws <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)


def test_no_finite_slope_is_none() -> None:
    score, weight = np.linspace(0.1, 0.9, 20), ONES(20)
    for outcome in (score > 0.5, score < 0.5, score > 2, score < 2):
        y = outcome.astype(float)
        assert slope_interval(score=score, outcome=y, weight=weight, alpha=0.05) is None
    y = (np.arange(20) % 2).astype(float)
    assert slope_interval(score=np.full(20, 0.3), outcome=y, weight=weight, alpha=0.05) is None
    certain = np.r_[np.zeros(10), ONES(10)]
    found = slope_interval(score=certain, outcome=y, weight=weight, alpha=0.05)
    assert found is not None
    assert np.isfinite([found.low, found.high]).all()


def test_spiegelhalter_z_is_the_standardised_brier_score() -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(0.02, 0.6, 300)
    y = (rng.random(300) < p).astype(float)
    expected, variance = (p * (1 - p)).mean(), ((1 - 2 * p) ** 2 * p * (1 - p)).sum() / 300**2
    brier = ((y - p) ** 2).mean()
    z = spiegelhalter_z(score=p, outcome=y, weight=ONES(300))
    assert z == pytest.approx((brier - expected) / np.sqrt(variance))
    weight = rng.uniform(1, 20, 300)
    many = np.array(
        [
            spiegelhalter_z(score=p, outcome=(rng.random(300) < p).astype(float), weight=weight)
            for _ in range(2000)
        ],
        dtype=float,
    )
    assert np.mean(many) == pytest.approx(0, abs=0.1)
    assert np.std(many) == pytest.approx(1, abs=0.06)
    assert spiegelhalter_z(score=np.array([0.5]), outcome=ONES(1), weight=ONES(1)) is None


def test_reliability_rows_hold_enough_and_everybody() -> None:
    large, _ = _two(judged())
    rows = large.details["reliability"]
    assert sum(r["n"] for r in rows) == 1500
    assert len(rows) > 3
    assert [r["predicted"] for r in rows] == sorted(r["predicted"] for r in rows)
    few = POLICY.disclosure.minimum_count
    for r in rows:
        assert min(r["observed"], 1 - r["observed"]) * r["n"] >= few - 1e-6
        assert r["low"] <= r["observed"] <= r["high"]


def test_bins_are_joined_until_they_may_be_shown() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        found, others = rng.integers(0, 15, 10), rng.integers(0, 40, 10)
        row = merged(found, others, 10)
        assert (np.diff(row) >= 0).all()
        if found.sum() >= 10 and others.sum() >= 10:
            assert np.bincount(row, found).min() >= 10
            assert np.bincount(row, others).min() >= 10


def test_few_findings_are_not_told() -> None:
    frame = judged(inspected=100)
    seen = frame.index[frame["audit_label"] == "non_compliant"]
    frame.loc[seen[5:], "audit_label"] = "compliant"
    large, slope = _two(frame)
    assert large.details["observed"] is None
    assert large.details["non_compliant"] is None
    assert large.details["reliability"] == []
    assert "% were" not in large.sentence
    assert slope.details["non_compliant"] is None


def test_what_is_missing_is_said() -> None:
    assert "No random inspection" in _two(judged(inspected=0))[1].sentence
    assert "same score" in _two(judged().assign(score=0.1))[1].sentence
    assert "no probabilities" in _two(judged().assign(score=3.0))[1].sentence
    one = judged()
    one.loc[one["audit_label"].notna(), "audit_label"] = "compliant"
    assert _two(one)[1].verdict == "insufficient_data"
    strict = replace(POLICY, robustness=replace(POLICY.robustness, closes_if_refuted=()))
    assert calibration_findings(judged=one, policy=strict)[1].required
    assert not _two(one)[1].required
