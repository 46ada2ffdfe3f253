"""Verdicts on the random arm: right where there is evidence, red and said where there is none."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.accuracy.evidence import accuracy_findings, band_order_findings
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, all_green
from ind_risk_tests.core.accuracy.example import POLICY, judged

CLAIMS = [
    "auc", "precision_lift_at_capacity", "recall_at_capacity", "low_band_rate",
    "random_inspections_answered", "high_above_middle", "middle_above_low",
]  # fmt: skip


def _findings(frame: pd.DataFrame) -> list[Finding]:
    made = [
        *accuracy_findings(judged=frame, policy=POLICY),
        *band_order_findings(judged=frame, policy=POLICY),
    ]
    assert [f.claim for f in made] == CLAIMS
    assert [f.check for f in made] == ["accuracy_established"] * 5 + ["band_order"] * 2
    json.dumps([f.to_dict() for f in made], allow_nan=False)
    for f in made:
        assert f.sentence.endswith(".")
        assert f.green == (f.verdict == "established")
    return made


def _ranking(frame: pd.DataFrame) -> list[Finding]:
    """The findings that compare bands with each other."""
    shares = ("recall_at_capacity", "low_band_rate", "random_inspections_answered")
    return [f for f in _findings(frame) if f.claim not in shares]


def test_a_good_model_is_established() -> None:
    frame = judged()
    made = _findings(frame)
    assert all_green(made)
    auc, lift, recall, bottom, response, high, low = made
    assert response.estimate == 1.0
    seen = frame[frame["audit_label"].notna()]
    bad = seen["audit_label"] == "non_compliant"
    precision = bad[seen["band"] == "high"].mean()
    assert lift.estimate == pytest.approx(precision / bad.mean())
    assert lift.details["precision"] == pytest.approx(precision)
    assert lift.details["recall"] == pytest.approx((seen["band"] == "high")[bad].mean())
    assert lift.details["overall_rate"] == pytest.approx(bad.mean())
    assert recall.estimate == pytest.approx(lift.details["recall"])
    assert bottom.estimate == pytest.approx(bad[seen["band"] == "low"].mean())
    assert bottom.details["in_band_low"] == (seen["band"] == "low").sum()
    assert auc.n == lift.n == 1500
    assert auc.margin == POLICY.accuracy.auc_at_least
    assert high.subject == "high vs middle"
    assert low.subject == "middle vs low"
    bands = high.details["bands"]
    assert list(bands) == ["high", "middle", "low"]
    assert high.estimate == pytest.approx(bands["high"]["rate"] - bands["middle"]["rate"])
    assert sum(b["n"] for b in bands.values()) == 1500


def test_a_useless_model_is_refuted_or_open_but_never_green() -> None:
    """Band low alone may be fine: there are few non-compliant sponsors in it as in any band."""
    assert not any(f.green for f in _ranking(judged(auc=0.5, seed=8)))
    reversed_bands = judged()
    reversed_bands["score"] = 1 - reversed_bands["score"]
    swap = {"high": "low", "low": "high", "middle": "middle"}
    reversed_bands["band"] = reversed_bands["band"].map(swap)
    assert [f.verdict for f in _ranking(reversed_bands)] == ["refuted"] * 4


def test_few_inspections_say_how_many_are_needed() -> None:
    for f in _findings(judged(inspected=60)):
        if not f.green:
            assert f.verdict == "insufficient_data"
            assert f.details["inspections_needed"] > 100
            assert f"About {f.details['inspections_needed']:,} random inspections" in f.sentence


def test_weights_change_the_answer() -> None:
    """Band low drawn at a tenth of the rate of the others: its findings weigh tenfold."""
    frame = judged()
    low = frame["band"] == "low"
    frame.loc[low, "audit_inclusion_probability"] /= 10
    lift = _findings(frame)[1]
    seen = frame[frame["audit_label"].notna()]
    w = 1 / seen["audit_inclusion_probability"]
    bad = seen["audit_label"] == "non_compliant"
    assert lift.details["overall_rate"] == pytest.approx((w * bad).sum() / w.sum())


def _no_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.head(0))


def _nothing_opened(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(audit_label=None, audit_inclusion_probability=None)


def _nothing_closed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        audit_label=frame["audit_label"].where(frame["audit_label"].isna(), "unobserved")
    )


def _all(label: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda f: f.assign(audit_label=f["audit_label"].where(f["audit_label"].isna(), label))


def _probability(value: float | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda f: f.assign(audit_inclusion_probability=value)


def _unscored(frame: pd.DataFrame) -> pd.DataFrame:
    first = frame.index[frame["audit_label"].notna()][0]
    frame.loc[first, "score"] = np.nan
    return frame


def _unbanded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(band=None)


NONSENSE: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "no rows": (_no_rows, "No random inspection was opened"),
    "no random arm": (_nothing_opened, "No random inspection was opened"),
    "no outcome": (_nothing_closed, "1,500 random inspections have no known outcome"),
    "all compliant": (_all("compliant"), "None of 1,500 random inspections found"),
    "all non-compliant": (_all("non_compliant"), "Every one of 1,500 random inspections found"),
    "no probability": (_probability(None), "1,500 have no usable inclusion probability"),
    "probability 0": (_probability(0.0), "1,500 have no usable inclusion probability"),
    "probability 2": (_probability(2.0), "1,500 have no usable inclusion probability"),
    "probability infinite": (_probability(math.inf), "1,500 have no usable"),
    "a sponsor without a score": (_unscored, "1 randomly inspected sponsors have no score"),
    "no bands": (_unbanded, "1,500 randomly inspected sponsors have no score or band"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_red_and_said(name: str) -> None:
    spoil, said = NONSENSE[name]
    made = _ranking(spoil(judged()))
    assert not any(f.green for f in made)
    for f in made[:2]:
        assert (f.verdict, f.estimate) == ("insufficient_data", None)
        assert said in f.sentence
        assert "would show" in f.sentence


def test_equal_scores_are_half_and_never_established() -> None:
    auc = _findings(judged().assign(score=0.1))[0]
    assert auc.estimate == 0.5
    assert auc.verdict == "refuted"
    assert auc.low is not None
    assert auc.low < 0.5 < (auc.high or 0)


def test_one_band_only() -> None:
    made = _ranking(judged().assign(band="high"))
    assert made[0].verdict == "established"
    assert [f.verdict for f in made[1:]] == ["insufficient_data"] * 3
    assert "outside band high" in made[1].sentence
    assert "band middle" in made[2].sentence
    assert made[2].details["bands"]["low"] == {"rate": None, "low": None, "high": None, "n": 0}


def test_nobody_of_band_high_inspected() -> None:
    frame = judged()
    frame.loc[frame["band"] == "high", "audit_label"] = None
    lift = _findings(frame)[1]
    assert lift.verdict == "insufficient_data"
    assert "is in band high" in lift.sentence


def test_no_finding_in_band_high_is_a_lift_of_zero() -> None:
    frame = judged()
    top = (frame["band"] == "high") & frame["audit_label"].notna()
    frame.loc[top, "audit_label"] = "compliant"
    lift = _findings(frame)[1]
    assert (lift.estimate, lift.low, lift.verdict) == (0.0, 0.0, "refuted")


def test_non_response_and_small_counts() -> None:
    frame = judged(inspected=60)
    opened = frame.index[frame["audit_label"].notna()]
    frame.loc[opened[:7], "audit_label"] = "unobserved"
    frame.loc[opened[7:9], "audit_inclusion_probability"] = np.nan
    auc, _, order, _ = _ranking(frame)
    assert auc.n == 51
    assert auc.details["opened"] == 60
    assert auc.details["non_response"] == 7
    assert auc.details["no_inclusion_probability"] == 2
    assert "7 random inspections have no known outcome and 2 have no usable" in auc.sentence
    assert auc.details["non_compliant"] is None  # fewer than 10
    assert auc.details["compliant"] is None  # or the other would follow
    assert order.details["bands"]["high"]["n"] is None


def test_the_bound_decides() -> None:
    frame, rule = judged(), POLICY.accuracy
    auc = accuracy_findings(judged=frame, policy=POLICY)[0]
    assert auc.low is not None
    assert auc.high is not None
    for bound, verdict in (
        (auc.low - 1e-9, "established"),
        (auc.low + 1e-9, "insufficient_data"),
        (auc.high + 1e-9, "refuted"),
    ):
        policy = replace(POLICY, accuracy=replace(rule, auc_at_least=bound))
        assert accuracy_findings(judged=frame, policy=policy)[0].verdict == verdict


def test_storage_types() -> None:
    """Nullable types of a Parquet reader give the same findings."""
    frame = judged()
    other = frame.convert_dtypes()
    assert _findings(frame) == _findings(other)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(IndRiskError, match="'audit_label'"):
        accuracy_findings(judged=judged().drop(columns="audit_label"), policy=POLICY)
