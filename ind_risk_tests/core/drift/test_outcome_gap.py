"""The gap between outcomes and scores: right verdicts, level by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.drift.outcome_gap import outcome_gap_finding
from ind_risk_tests.core.accuracy.example import POLICY, judged


def _arm(outcome: np.ndarray, score: np.ndarray, probability: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "score": score,
            "band": "low",
            "audit_label": np.where(outcome > 0, "non_compliant", "compliant"),
            "audit_inclusion_probability": probability,
        }
    )


def test_calibrated_scores_are_equivalent() -> None:
    found = outcome_gap_finding(judged=judged(), policy=POLICY)
    assert (found.verdict, found.n, found.margin) == ("equivalent", 1500, 0.05)
    assert found.green
    seen = judged().dropna(subset="audit_label")
    gap = (seen["audit_label"] == "non_compliant").mean() - seen["score"].mean()
    assert found.estimate == pytest.approx(gap)
    assert found.low is not None
    assert found.low < gap < (found.high or 0)
    assert found.details["low_at_1_minus_alpha"] < found.low


def test_scores_that_promise_too_much_are_a_disparity() -> None:
    frame = judged()
    frame["score"] += 0.2
    found = outcome_gap_finding(judged=frame, policy=POLICY)
    assert found.verdict == "disparity"
    assert "-" in found.sentence


def test_no_finding_in_few_inspections_is_no_certainty() -> None:
    """30 sponsors, none non-compliant, 2 % predicted: residuals alone would say ± 0."""
    frame = _arm(np.zeros(30), np.full(30, 0.02), np.full(30, 0.01))
    found = outcome_gap_finding(judged=frame, policy=POLICY)
    assert found.verdict == "insufficient_data"
    assert found.low == pytest.approx(-0.02)
    assert found.high is not None
    assert found.high > 0.05


def test_no_random_arm_and_no_probabilities() -> None:
    nobody = outcome_gap_finding(judged=judged().assign(audit_label=None), policy=POLICY)
    assert (nobody.verdict, nobody.estimate) == ("insufficient_data", None)
    assert "No random inspection" in nobody.sentence
    frame = judged()
    frame["score"] *= 100
    odds = outcome_gap_finding(judged=frame, policy=POLICY)
    assert (odds.verdict, odds.estimate) == ("insufficient_data", None)
    assert "not between 0 and 1" in odds.sentence


@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize(("n", "rate", "gap"), [(800, 0.15, 0.05), (800, 0.05, -0.05)])
def test_a_gap_at_the_margin_is_rarely_called_equivalent(
    n: int, rate: float, gap: float, spread: bool
) -> None:
    rng, called, draws = np.random.default_rng(5), 0, 300
    for _ in range(draws):
        risk = np.clip(rate * rng.gamma(4, 0.25, n), 0, 0.9)
        y = (rng.random(n) < risk).astype(float)
        probability = 20 ** rng.random(n) / 20 if spread else np.full(n, 0.1)
        frame = _arm(y, np.clip(risk - gap, 0, 1), probability)
        called += outcome_gap_finding(judged=frame, policy=POLICY).verdict == "equivalent"
    assert called / draws <= 0.09  # 5 % and what chance adds to 300 draws
