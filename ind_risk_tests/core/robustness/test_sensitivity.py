"""Bounds without a random arm, the tipping point, and wild frames through all of these checks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.accuracy.rates import Rate, wilson
from ind_risk.core.findings import Finding
from ind_risk.core.robustness.calibration import calibration_findings
from ind_risk.core.robustness.inspector_effect import inspector_effect_findings
from ind_risk.core.robustness.sensitivity import sensitivity_findings
from ind_risk.core.robustness.sensitivity_bounds import miss_rate_bounds, precision_bounds
from ind_risk.core.robustness.sensitivity_labels import Selected, selected_labels
from ind_risk.core.robustness.sensitivity_tipping import tipping_point, turning_share
from ind_risk.core.robustness.usefulness import usefulness_findings
from ind_risk_tests.core.accuracy.example import POLICY, judged

BOUND = POLICY.accuracy.precision_lift_at_least
OUTCOMES = ["compliant", "non_compliant", "unobserved"]


def _register(counts: list[list[int]]) -> pd.DataFrame:
    """counts[high][compliant, non-compliant, unobserved] sponsors, labels by signals."""
    times = np.array(counts).ravel()
    frame = pd.DataFrame(
        {
            "band": np.repeat(["low"] * 3 + ["high"] * 3, times),
            "label": np.repeat(OUTCOMES * 2, times),
            "selection": np.repeat(np.array(["signal", "signal", None] * 2, dtype=object), times),
        }
    )
    return frame.assign(
        score=0.1,
        audit_label=None, audit_inclusion_probability=np.nan,
    )  # fmt: skip


def _three(frame: pd.DataFrame) -> list[Finding]:
    made = sensitivity_findings(judged=frame, policy=POLICY)
    assert [f.claim for f in made] == [
        "precision_without_random_arm", "miss_rate_without_random_arm", "tipping_point",
    ]  # fmt: skip
    json.dumps([f.to_dict() for f in made], allow_nan=False)
    for f in made:
        assert not f.required
        assert f.sentence.endswith(".")
        assert "nan" not in f.sentence.lower()
    return made


def test_bounds_agree_with_every_completion() -> None:
    labels = selected_labels(_register([[3, 2, 4], [1, 2, 3]]))
    precision, missed = [], []
    for rest in range(5):
        for high in range(4):
            precision.append((2 + high) / 6)
            missed.append((2 + rest) / (2 + rest + 2 + high))
    first = precision_bounds(labels, alpha=0.05, minimum=1)
    second = miss_rate_bounds(labels, alpha=0.05, minimum=1)
    assert (first.least, first.most) == pytest.approx((min(precision), max(precision)))
    assert (second.least, second.most) == pytest.approx((min(missed), max(missed)))
    assert first.seen == pytest.approx(2 / 3)
    assert second.seen == pytest.approx(2 / 4)


def test_without_anything_missing_the_bounds_are_wilsons_interval() -> None:
    labels = selected_labels(_register([[80, 20, 0], [30, 20, 0]]))
    found = precision_bounds(labels, alpha=0.05, minimum=1)
    limits = wilson(Rate(0.4, 50, 50.0), z=1.959964)
    assert found.least == found.most == pytest.approx(0.4)
    assert (found.low, found.high) == pytest.approx((limits.low, limits.high), abs=1e-6)


def test_random_labels_do_not_count() -> None:
    frame = _register([[300, 100, 400], [100, 60, 40]])
    frame.loc[frame["label"] == "compliant", "selection"] = "random"
    assert selected_labels(frame).count.tolist() == [[0, 100, 700], [0, 60, 140]]


def test_interval_covers_the_rate_where_errors_are_likeliest() -> None:
    """At the upper end: who is compliant is seen or not by chance, all others are non-compliant."""
    rng, draws, truth = np.random.default_rng(1), 2000, 0.65
    outside = 0
    for compliant in rng.binomial(300, 1 - truth, draws):
        count = np.array([[50.0, 5.0, 100.0], [compliant, 0.0, 300.0 - compliant]])
        labels = Selected(count, np.zeros(0, dtype=bool), np.zeros(0, dtype=bool))
        found = precision_bounds(labels, alpha=0.05, minimum=1)
        outside += not found.low <= truth <= found.high
    assert outside / draws <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)


def test_tipping_point_agrees_with_its_formula() -> None:
    counts = [[150, 30, 8820], [60, 40, 900]]
    labels = selected_labels(_register(counts))
    n, high = 10_000, 1000
    x, m, x_high, m_high = 70, 9720, 40, 900
    share = (x_high * n - BOUND * high * x) / (BOUND * high * m - m_high * n)
    found = tipping_point(labels, bound=BOUND, ratio=1.0, alpha=0.05)
    assert found.point == pytest.approx(share, abs=1e-6)
    assert found.low < found.point < found.high
    # With all of band high failing, all may fail in two of three cases: so much turns any lift.
    by_ratio = [turning_share(labels, bound=BOUND, ratio=r) for r in (1.0, 1.25, 1.5, 3.0)]
    assert by_ratio == sorted(by_ratio)
    assert by_ratio[-1] > 0.5


def test_the_random_arm_says_which_side_of_the_tipping_point_it_is() -> None:
    frame = _register([[150, 30, 8820], [60, 40, 900]])
    alone = _three(frame)
    assert alone[2].verdict == "insufficient_data"
    assert "no random inspections tell" in alone[2].sentence
    assert alone[0].verdict == "insufficient_data"
    rng = np.random.default_rng(2)
    drawn = rng.choice(np.flatnonzero(frame["label"] == "unobserved"), 3000, replace=False)
    for rate, verdict in ((0.15, "refuted"), (0.004, "established")):
        frame["audit_label"] = None
        bad = rng.random(3000) < rate
        frame.loc[drawn, "audit_label"] = np.where(bad, "non_compliant", "compliant")
        frame.loc[drawn, "audit_inclusion_probability"] = 0.3
        found = _three(frame)[2]
        assert found.verdict == verdict
        assert found.details["among_them"] == pytest.approx(bad.mean())


def test_a_conclusion_that_no_outcome_can_turn_is_shown() -> None:
    precision, missed, tip = _three(_register([[800, 20, 15], [30, 70, 10]]))
    assert precision.verdict == missed.verdict == "established"
    assert tip.estimate == 1.0
    assert "Whatever share" in tip.sentence


def test_small_counts_are_not_told() -> None:
    precision, _, tip = _three(_register([[150, 12, 700], [20, 3, 115]]))
    assert precision.details["high_non_compliant"] is None
    assert precision.estimate is None
    assert precision.details["rounded"]
    step = POLICY.disclosure.minimum_count / 138
    assert precision.details["least"] == 0.0
    assert precision.details["most"] / step == pytest.approx(
        round(precision.details["most"] / step)
    )
    assert tip.estimate is not None
    assert (tip.estimate / 0.005) == pytest.approx(round(tip.estimate / 0.005))


def test_what_is_missing_is_said() -> None:
    frame = _register([[15, 20, 100], [10, 10, 20]])
    assert "No sponsor has a band" in _three(frame.iloc[:0])[0].sentence
    assert "Every sponsor is in band high" in _three(frame.assign(band="high"))[1].sentence
    assert "None of 175 sponsors has an outcome" in _three(frame.assign(label=None))[2].sentence


wild_scores = st.sampled_from([0.0, 1.0, 0.1, 0.5, 1e-9, 0.9]) | st.floats(0, 1)
wild_rows = st.tuples(
    wild_scores,
    st.sampled_from(["high", "middle", "low"]),
    st.sampled_from([*OUTCOMES, None]),
    st.sampled_from([*OUTCOMES, None]),
    st.sampled_from(["random", "signal", None]),
    st.sampled_from([0.1, 1.0, 1e-4, float("nan"), 0.0]),
    st.booleans(),
    st.sampled_from(["a", "b", "c", None]),
)
COLUMNS = [
    "score", "band", "audit_label", "label", "selection", "audit_inclusion_probability",
    "baseline_selected", "inspector_id",
]  # fmt: skip
CONSTANTS: list[dict[str, Any]] = [
    {}, {"score": 0.2}, {"score": None}, {"audit_label": "compliant", "label": "compliant"},
    {"audit_label": "non_compliant", "label": "non_compliant"}, {"band": "high"}, {"band": None},
    {"audit_label": None}, {"label": None}, {"selection": None}, {"inspector_id": None},
    {"baseline_selected": None}, {"audit_inclusion_probability": None},
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(wild_rows, max_size=40),
    times=st.sampled_from([1, 25]),
    same=st.sampled_from(CONSTANTS),
)
def test_no_frame_raises_or_says_nan(rows: list[Any], times: int, same: dict[str, Any]) -> None:
    frame = pd.DataFrame(rows * times, columns=COLUMNS).assign(**same)
    frame = frame.assign(
        sponsor_id=[f"S{i}" for i in range(len(frame))], opened_on=pd.Timestamp("2024-01-01"),
        outcome=frame["label"],
    )  # fmt: skip
    made = [
        *inspector_effect_findings(inspections=frame, policy=POLICY, seed=1),
        *calibration_findings(judged=frame, policy=POLICY),
        *usefulness_findings(judged=frame, policy=POLICY),
        *sensitivity_findings(judged=frame, policy=POLICY),
    ]
    assert len(made) == 9
    json.dumps([f.to_dict() for f in made], allow_nan=False)
    for f in made:
        assert "nan" not in f.sentence.lower()
        assert "None" not in f.sentence.replace("None of", "")
        assert not f.green or (f.low is not None and f.low <= f.estimate <= f.high)  # type: ignore[operator]


def test_a_judging_table_of_the_example_passes_through_all() -> None:
    frame = judged(sponsors=2000, inspected=300)
    frame = frame.assign(label="unobserved", selection=None, baseline_selected=frame["rank"] < 200)
    assert len(_three(frame)) == 3
    assert len(usefulness_findings(judged=frame, policy=POLICY)) == 3
