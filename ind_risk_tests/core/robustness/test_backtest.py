"""Backtest: maturity counted from the labels, intervals from counts, the worst verdict first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.accuracy.auc import auc_interval
from ind_risk.core.findings import Finding, all_green
from ind_risk.core.policy import Policy
from ind_risk.core.robustness.backtest import auc_limits, backtest_findings
from ind_risk.core.training.selection import WindowResult
from ind_risk_tests.core.training.example import example, shipped_policy, trained

DAYS = pd.date_range("2020-01-01", periods=4, freq="6MS")  # windows on the last two


def labelled(per_date: int = 100) -> pd.DataFrame:
    """Labels at four dates, each known ten months later."""
    frame = pd.DataFrame({"as_of": np.repeat(DAYS, per_date)})
    return frame.assign(
        sponsor_id=[f"S{k}" for k in range(len(frame))],
        y=0, source="random", closed_on=frame["as_of"] + pd.DateOffset(months=10),
    )  # fmt: skip


def window(day: date = date(2021, 1, 1), **changed: Any) -> WindowResult:
    given: dict[str, Any] = {
        "candidate": "logistic", "as_of": day, "n": 100, "positives": 30, "trained_on": 100,
        "capacity": 40, "precision_at_capacity": 0.5, "auc": 0.8,
    }  # fmt: skip
    return WindowResult(**(given | changed))


def findings(*windows: WindowResult, **changed: Any) -> list[Finding]:
    given: dict[str, Any] = {"labelled": labelled(), "policy": shipped_policy()} | changed
    return backtest_findings(windows=windows, kind="logistic", **given)


def with_bounds(**changed: Any) -> Policy:
    policy = shipped_policy()
    return replace(policy, robustness=replace(policy.robustness, **changed))


def test_a_real_candidate_respects_maturity() -> None:
    candidate = trained()

    found = backtest_findings(
        windows=candidate.windows, kind=candidate.kind, labelled=example().labelled,
        policy=shipped_policy(),
    )  # fmt: skip

    maturity, worst, *each = found
    assert maturity.green
    assert maturity.claim == "windows_respect_maturity"
    assert all_green(found)
    assert [f.subject for f in each] == [
        w.as_of.isoformat() for w in candidate.windows if w.candidate == candidate.kind
    ]
    assert worst.estimate == min(f.estimate for f in each if f.estimate is not None)
    assert not any(f.required for f in each)


def test_one_label_more_than_had_matured_is_refuted() -> None:
    first, later = window(), window(date(2021, 7, 1), trained_on=201)

    maturity = findings(first, later)[0]

    assert maturity.verdict == "refuted"
    assert maturity.required
    assert maturity.estimate == pytest.approx(1 / 201)
    assert "201 labels, but only 200 were known" in maturity.sentence
    assert findings(first, window(date(2021, 7, 1), trained_on=200))[0].green


def test_a_label_known_late_is_not_matured() -> None:
    late = labelled()
    late.loc[0, "closed_on"] = pd.Timestamp("2021-01-02")

    assert findings(window(), labelled=late)[0].verdict == "refuted"
    assert findings(window(trained_on=99), labelled=late)[0].green


def test_a_label_counts_once_its_horizon_has_ended_not_before() -> None:
    """A label of 2020-07-01 known in May 2021 waits for July: others of that date still do."""
    early = window(date(2021, 6, 1), n=0, trained_on=100)
    assert findings(early)[0].green
    assert findings(replace(early, trained_on=200))[0].verdict == "refuted"


@pytest.mark.parametrize("changed", [{"trained_on": 60}, {"n": 99}])
def test_windows_of_other_labels_show_nothing(changed: dict[str, Any]) -> None:
    maturity = findings(window(**changed))[0]

    assert maturity.verdict == "insufficient_data"
    assert "not the ones it was made from" in maturity.sentence


def test_labels_of_the_random_arm_are_left_out_where_the_policy_says_so() -> None:
    policy = shipped_policy()
    policy = replace(policy, labels=replace(policy.labels, train_on_random_arm=False))
    rows = labelled()
    rows["source"] = np.where(np.arange(len(rows)) % 2, "random", "signal")

    assert findings(window(n=50, trained_on=50), labelled=rows, policy=policy)[0].green


def test_without_windows_the_check_is_red_and_says_what_would_help() -> None:
    found = findings()
    maturity, worst = found

    assert maturity.verdict == worst.verdict == "insufficient_data"
    assert maturity.required
    assert not all_green(found)
    assert "12 months" in maturity.sentence
    assert "More inspections" in maturity.sentence


def test_windows_of_other_kinds_do_not_count() -> None:
    assert len(findings(window(candidate="booster"))) == 2


def test_the_interval_is_that_of_scores_without_excess_variance() -> None:
    rng = np.random.default_rng(0)
    y = (np.arange(400) < 80).astype(float)
    score = rng.normal(size=400) + y
    full = auc_interval(score=score, outcome=y, weight=np.ones(400), alpha=0.05)

    counted = auc_limits(full.estimate, positives=80, negatives=320, alpha=0.05)

    assert counted.low == pytest.approx(full.low, abs=0.01)
    assert counted.high == pytest.approx(full.high, abs=0.01)


def test_the_worst_verdict_comes_before_the_lowest_auc() -> None:
    few = window(n=12, positives=6, auc=0.50)
    many = window(date(2021, 7, 1), n=4000, positives=2000, auc=0.52)
    good = window(date(2021, 7, 1), n=4000, positives=2000, auc=0.7)

    refuted = findings(few, many)[1]
    assert (refuted.subject, refuted.verdict, refuted.required) == ("2021-07-01", "refuted", True)
    open_end = findings(few, good)[1]
    assert (open_end.subject, open_end.verdict) == ("2021-01-01", "insufficient_data")
    assert not open_end.required  # the shipped policy asks only that it is not refuted
    assert findings(few, good, policy=with_bounds(closes_if_refuted=()))[1].required
    assert findings(good)[1].green


def test_small_counts_are_not_shown() -> None:
    tiny, ok = findings(
        window(n=30, positives=4, capacity=3, precision_at_capacity=1 / 3),
        window(date(2021, 7, 1)),
    )[2:]

    assert (tiny.details["non_compliant"], tiny.details["precision_at_capacity"]) == (None, None)
    assert "30" not in tiny.sentence.replace("2021", "")
    assert (ok.details["non_compliant"], ok.details["precision_at_capacity"]) == (30, 0.5)
    assert findings(window(n=8, positives=4))[2].n is None
