"""Visits by the model against random visits and one rule, and what they cost the compliant."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.accuracy.rates import newcombe_difference, quantile, weighted_rate
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding
from ind_risk.core.robustness.usefulness import usefulness_findings
from ind_risk.core.robustness.usefulness_difference import combined, parts_of
from ind_risk_tests.core.accuracy.example import POLICY, judged

CLAIMS = ["more_than_random", "more_than_one_rule", "burden"]


def _with_rule(frame: pd.DataFrame, *, noise: float = 1.0, seed: int = 5) -> pd.DataFrame:
    noisy = frame["score"] * np.exp(noise * np.random.default_rng(seed).normal(size=len(frame)))
    return frame.assign(baseline_selected=noisy.rank(ascending=False) <= 0.1 * len(frame))


def _three(frame: pd.DataFrame) -> list[Finding]:
    made = usefulness_findings(judged=frame, policy=POLICY)
    assert [f.claim for f in made] == CLAIMS
    json.dumps([f.to_dict() for f in made], allow_nan=False)
    for f in made:
        assert f.check == "usefulness"
        assert f.sentence.endswith(".")
        assert "nan" not in f.sentence.lower()
        assert "inf " not in f.sentence
    return made


def test_a_good_model_finds_more() -> None:
    frame = _with_rule(judged(), noise=3.0)
    random, rule, burden = _three(frame)
    assert random.verdict == rule.verdict == "established"
    assert random.required
    seen = frame[frame["audit_label"].notna()]
    bad, high = seen["audit_label"] == "non_compliant", seen["band"] == "high"
    # In the sample: the register's share in band high in place of the sample's changes little.
    assert random.estimate == pytest.approx(bad[high].mean() - bad.mean(), abs=0.01)
    assert rule.estimate == pytest.approx(
        bad[high].mean() - bad[seen["baseline_selected"]].mean(), abs=0.03
    )
    p = bad[high].mean()
    assert burden.estimate == pytest.approx((1 - p) / p)
    assert burden.details["compliant_visited"] == pytest.approx(high[~bad].mean())
    assert not burden.required


def test_a_model_that_is_no_better_than_chance_is_never_green() -> None:
    for seed in range(8):
        random, _, _ = _three(_with_rule(judged(auc=0.5, seed=seed)))
        assert random.verdict != "established"
    reversed_bands = _with_rule(judged())
    reversed_bands["band"] = reversed_bands["band"].map(
        {"high": "low", "low": "high", "middle": "middle"}
    )
    assert _three(reversed_bands)[0].verdict == "refuted"


def test_one_rule_that_finds_more_refutes_and_closes() -> None:
    frame = judged()
    worse = frame.assign(band=np.where(frame["rank"] % 10 == 0, "high", "low"))
    rule = _three(worse.assign(baseline_selected=frame["band"] == "high"))[1]
    assert rule.verdict == "refuted"
    assert rule.required
    assert "fewer than 100 visits by the one-rule baseline" in rule.sentence


def test_the_same_choice_is_worth_the_same() -> None:
    frame = judged()
    rule = _three(frame.assign(baseline_selected=frame["band"] == "high"))[1]
    assert (rule.verdict, rule.estimate, rule.low, rule.high) == ("established", 0.0, 0.0, 0.0)
    assert "the same sponsors" in rule.sentence


def test_equal_capacities_give_newcombes_interval_of_where_they_differ() -> None:
    frame = _with_rule(judged())
    first, second = frame["band"].eq("high").to_numpy(), frame["baseline_selected"].to_numpy()
    found = combined(parts_of(frame, first=first, second=second), alpha=0.05)
    seen = frame["audit_label"].notna().to_numpy()
    y = frame["audit_label"].eq("non_compliant").to_numpy().astype(float)
    only = (first & ~second & seen, second & ~first & seen)
    rates = [weighted_rate(y[at], np.ones(at.sum())) for at in only]
    assert rates[0] is not None
    assert rates[1] is not None
    z = quantile(0.05, rates[0].effective, rates[1].effective)
    theirs = newcombe_difference(rates[0], rates[1], z=z)
    share = (first & ~second).sum() / first.sum()
    assert found.estimate == pytest.approx(share * theirs.estimate)
    assert found.low == pytest.approx(share * theirs.low)
    assert found.high == pytest.approx(share * theirs.high)


def test_unequal_capacities_add_up_to_the_difference_of_precisions() -> None:
    frame = judged(sponsors=4000, inspected=4000)
    first = frame["band"].eq("high").to_numpy()
    second = (frame["rank"] % 7 == 0).to_numpy()
    y = frame["audit_label"].eq("non_compliant").to_numpy()
    found = combined(parts_of(frame, first=first, second=second), alpha=0.05)
    assert found.estimate == pytest.approx(y[first].mean() - y[second].mean())


@pytest.mark.parametrize(("inspected", "spread"), [(300, 1.0), (1500, 1.0), (1500, 10.0)])
def test_difference_of_overlapping_choices_covers(inspected: int, spread: float) -> None:
    """120 samples of one register, equal or 1:10 inclusion probabilities."""
    rng, draws = np.random.default_rng(7), 120
    n = 6_000
    risk, chance = rng.beta(1, 9, n), spread ** rng.random(n)
    y = rng.random(n) < risk
    first = pd.Series(risk + rng.normal(0, 0.05, n)).rank(ascending=False).le(600).to_numpy()
    second = pd.Series(risk + rng.normal(0, 0.10, n)).rank(ascending=False).le(600).to_numpy()
    truth = y[first].mean() - y[second].mean()
    drawn_with = np.minimum(inspected * chance / chance.sum(), 1.0)
    frame = pd.DataFrame({"score": risk, "band": np.where(first, "high", "low")})
    above = below = used = 0
    for _ in range(draws):
        drawn = rng.random(n) < drawn_with
        label = np.where(y, "non_compliant", "compliant").astype(object)
        frame["audit_label"] = pd.Series(label).where(drawn)
        frame["audit_inclusion_probability"] = np.where(drawn, drawn_with, np.nan)
        parts = parts_of(frame, first=first, second=second)
        if any(p.rate is None for p in parts.values()):
            continue
        found, used = combined(parts, alpha=0.05), used + 1
        above += found.low > truth
        below += found.high < truth
    assert used > 0.9 * draws
    assert max(above, below) / used <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / used)


def test_what_is_missing_is_said() -> None:
    frame = _with_rule(judged())
    assert "No sponsor is in band high" in _three(frame.assign(band="low"))[0].sentence
    assert "chooses no sponsor" in _three(frame.assign(baseline_selected=False))[1].sentence
    few = _three(_with_rule(judged(inspected=100)))
    assert few[0].verdict == "insufficient_data"
    assert f"About {few[0].details['inspections_needed']:,} random" in few[0].sentence
    assert few[2].estimate is None
    assert "cannot be shown" in few[2].sentence
    not_high = frame.copy()
    not_high.loc[not_high["band"] == "high", "audit_label"] = None
    assert "is in band high" in _three(not_high)[0].sentence
    assert _three(frame.assign(audit_label=None))[2].verdict == "insufficient_data"
    with pytest.raises(IndRiskError, match="baseline_selected"):
        _three(judged())


def test_nothing_found_in_band_high_has_no_cost_to_show() -> None:
    frame: Any = _with_rule(judged())
    high = frame["band"].eq("high") & frame["audit_label"].notna()
    frame.loc[high, "audit_label"] = "compliant"
    random, _, burden = _three(frame)
    assert random.verdict == "refuted"
    assert burden.estimate is None
