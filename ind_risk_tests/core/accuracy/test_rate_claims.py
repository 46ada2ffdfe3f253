"""Recall and band low: verdicts by exact limits, small counts hidden, silent cells kept in mind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, binom

from ind_risk.core.accuracy.evidence import accuracy_findings
from ind_risk.core.accuracy.planning import MOST, POWER, PREVALENCE, band_rates
from ind_risk.core.accuracy.planning_shares import (
    bound_power,
    inspections_for_low_band,
    inspections_for_recall,
    trials_for_bound,
)
from ind_risk.core.accuracy.random_arm import random_arm
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy
from ind_risk_tests.core.accuracy.example import POLICY, judged


def _shares(frame: pd.DataFrame, policy: Policy = POLICY) -> tuple[Finding, Finding]:
    _, _, recall, low, _ = accuracy_findings(judged=frame, policy=policy)
    return recall, low


LEVEL = 0.05 / 2  # shared out over two looks


def _limits(x: int, n: int) -> tuple[float, float]:
    return float(beta.ppf(LEVEL, x, n - x + 1)), float(beta.ppf(1 - LEVEL, x + 1, n - x))


def test_limits_are_clopper_and_pearsons_for_equal_probabilities() -> None:
    frame = judged()
    seen = frame[frame["audit_label"].notna()]
    bad, high, low = (seen["audit_label"] == "non_compliant"), seen["band"] == "high", seen["band"]
    recall, bottom = _shares(frame)
    assert (recall.low, recall.high) == pytest.approx(_limits((bad & high).sum(), bad.sum()))
    in_low = low == "low"
    assert (bottom.low, bottom.high) == pytest.approx(_limits((bad & in_low).sum(), in_low.sum()))


@pytest.mark.parametrize("which", [0, 1])
def test_the_bound_decides_on_its_own_side(which: int) -> None:
    key = ("recall_at_least", "low_band_rate_at_most")[which]
    frame = judged()
    found = _shares(frame)[which]
    assert found.low is not None
    assert found.high is not None
    good, bad = (found.low, found.high) if which == 0 else (found.high, found.low)
    away = 1e-6 if which == 0 else -1e-6
    for bound, verdict in (
        (good - away, "established"),
        ((good + bad) / 2, "insufficient_data"),
        (bad + away, "refuted"),
    ):
        bounds: Any = {key: bound}
        policy = replace(POLICY, accuracy=replace(POLICY.accuracy, **bounds))
        made = _shares(frame, policy)[which]
        assert (made.verdict, made.margin, made.required) == (verdict, bound, True)
        assert ("would show that" in made.sentence) == (verdict == "insufficient_data")


def test_nothing_found_anywhere_speaks_for_band_low_and_not_of_recall() -> None:
    frame = judged(inspected=300)
    frame["audit_label"] = frame["audit_label"].where(frame["audit_label"].isna(), "compliant")
    recall, low = _shares(frame)
    assert (recall.verdict, recall.estimate) == ("insufficient_data", None)
    assert "None of 300 random inspections found non-compliance." in recall.sentence
    assert low.green
    assert "Figures are rounded" in low.sentence


def test_bands_without_inspections() -> None:
    frame = judged()
    assert "outside band high" in _shares(frame.assign(band="high"))[0].sentence
    assert "in band low" in _shares(frame.assign(band="high"))[1].sentence
    assert "in band high" in _shares(frame.assign(band="low"))[0].sentence


def _with(found_low: int) -> Finding:
    """200 inspections of band low, so many of them with a finding, and 20 of band high."""
    label = np.array(["compliant"] * 220, dtype=object)
    label[:found_low] = "non_compliant"
    label[-12:] = "non_compliant"
    return _shares(
        pd.DataFrame(
            {
                "score": 0.5, "band": ["low"] * 200 + ["high"] * 20, "audit_label": label,
                "audit_inclusion_probability": 0.1,
            }
        )
    )[1]  # fmt: skip


def test_small_counts_cannot_be_told_from_the_figures() -> None:
    figures = {(f.estimate, f.low, f.high, f.sentence) for f in map(_with, range(10))}
    estimates = {f[:3] for f in figures}
    assert len(estimates) == 1
    assert (_with(10).estimate, _with(15).estimate) == (0.05, 0.075)
    estimate, low, high = estimates.pop()
    assert low == 0
    assert high == pytest.approx(_limits(9, 200)[1])
    assert estimate == pytest.approx(4.5 / 200)


def _two_cells() -> pd.DataFrame:
    """Band low drawn at 1 %, the rest at 10 %; a third of band low does not answer."""
    frame = judged()
    drawn = frame["audit_label"].notna()
    low = drawn & (frame["band"] == "low")
    frame.loc[drawn, "audit_inclusion_probability"] = np.where(low[drawn], 0.01, 0.1)
    mute = frame.index[low][::3]
    frame.loc[mute, "audit_label"] = "unobserved"
    return frame


def test_those_who_answer_stand_for_those_who_do_not() -> None:
    frame = _two_cells()
    arm = random_arm(frame)
    low = frame["audit_label"].notna() & (frame["band"] == "low")
    answered = low & (frame["audit_label"] != "unobserved")
    assert arm.weight[arm.band == "low"] == pytest.approx(100 * low.sum() / answered.sum())
    assert arm.weight[arm.band != "low"] == pytest.approx(10)
    assert arm.weight.sum() == pytest.approx(
        (1 / frame["audit_inclusion_probability"][frame["audit_label"].notna()]).sum()
    )
    assert "stand for those without" in arm.remark()
    assert arm.unseen == 0
    assert arm.counts(10)["stood_for_by_nobody"] == 0


def test_equal_probabilities_give_the_same_shares_whoever_does_not_answer() -> None:
    """Weights that are all multiplied by one number change nothing."""
    frame = judged(inspected=600)
    opened = frame.index[frame["audit_label"].notna()]
    mute = frame.copy()
    mute.loc[opened[::7], "audit_label"] = "unobserved"
    gone = frame.copy()
    gone.loc[opened[::7], ["audit_label", "audit_inclusion_probability"]] = [None, np.nan]
    made, other = (accuracy_findings(judged=f, policy=POLICY)[:4] for f in (mute, gone))
    for a, b in zip(made, other, strict=True):
        assert (a.estimate, a.low, a.high) == pytest.approx((b.estimate, b.low, b.high))
        assert (a.verdict, a.n) == (b.verdict, b.n)


def test_a_cell_in_which_nobody_answers_widens_and_is_said() -> None:
    frame = _two_cells()
    drawn = frame["audit_label"].notna()
    silent = frame.index[drawn & (frame["band"] == "low")][:30]
    before = _shares(frame)
    frame.loc[silent, "audit_label"] = "unobserved"
    frame.loc[silent, "audit_inclusion_probability"] = 0.001
    arm = random_arm(frame)
    assert arm.unseen == pytest.approx(30_000 / (30_000 + arm.weight.sum()))
    recall, low = _shares(frame)
    share = 30_000 / (30_000 + arm.weight[arm.band == "low"].sum())
    assert low.high is not None
    assert low.high > share
    assert before[1].high is not None
    assert before[1].high < share
    assert recall.low is not None
    assert before[0].low is not None
    assert recall.low < before[0].low / 1.5
    for f in (recall, low):
        assert f.details["stood_for_by_nobody"] == 30
        assert f"For 30 nobody does, {100 * arm.unseen:.1f} % of sponsors" in f.sentence


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.2, 0.9])
def test_planned_trials_have_the_power_by_brute_force(share: float) -> None:
    n = trials_for_bound(share, bound=0.15, alpha=0.05, power=0.8)
    assert n is not None

    def power(n: int) -> float:
        x = np.arange(n + 1)
        if share < 0.15:
            limit = np.where(x < n, beta.ppf(0.95, x + 1, np.maximum(n - x, 1)), 1.0)
            return float(binom.pmf(x, n, share)[limit <= 0.15].sum())
        limit = np.where(x > 0, beta.ppf(0.05, np.maximum(x, 1), n - x + 1), 0.0)
        return float(binom.pmf(x, n, share)[limit >= 0.15].sum())

    assert power(n) >= 0.8
    assert power(max(int(0.85 * n) - 3, 1)) < 0.8
    side = (share, 0.15) if share < 0.15 else (1 - share, 0.85)
    assert power(n) == pytest.approx(bound_power(side[0], n=n, bound=side[1], alpha=0.05))


def test_planned_inspections_of_both_claims() -> None:
    """At the assumption's rates, the numbers give the power that the sentence promises."""
    rates, capacity = band_rates(POLICY.capacity), POLICY.capacity
    n = inspections_for_recall(POLICY)
    assert n is not None
    recall, bound = capacity.high_share * rates["high"] / PREVALENCE, POLICY.accuracy
    positives = int(n * PREVALENCE)
    power = bound_power(1 - recall, n=positives, bound=1 - bound.recall_at_least, alpha=0.05)
    assert power >= POWER - 0.03
    n = inspections_for_low_band(POLICY)
    assert n is not None
    inside = 1 - capacity.high_share - capacity.middle_share
    power = bound_power(
        rates["low"], n=round(n * inside), bound=bound.low_band_rate_at_most, alpha=0.05
    )
    assert power >= POWER - 0.03
    hard = replace(bound, recall_at_least=0.5, low_band_rate_at_most=0.01)
    assert inspections_for_recall(replace(POLICY, accuracy=hard)) is None
    assert inspections_for_low_band(replace(POLICY, accuracy=hard)) is None
    near = trials_for_bound(0.149, bound=0.15, alpha=0.05, power=0.8)
    assert near is not None
    assert 700_000 < near < MOST
    assert trials_for_bound(0.1499, bound=0.15, alpha=0.05, power=0.8) is None
