"""Inspectors who differ are seen, inspectors who do not are cleared, and few prove nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding
from ind_risk.core.robustness.inspector_effect import inspector_effect_findings
from ind_risk.core.robustness.inspector_effect_permutation import permutation_p_value
from ind_risk.core.robustness.inspector_effect_spread import (
    chance_variance,
    excess,
    inspector_effects,
    spread,
)
from ind_risk.core.robustness.inspector_effect_table import inspected
from ind_risk.core.worlds import make_world
from ind_risk_tests.core.training.example import shipped_policy

POLICY = shipped_policy()
BOUND = POLICY.robustness.inspector_spread_at_most
CHICAGO = Path(os.environ.get("IND_RISK_CHICAGO", "chicago-food-inspections"))


def _inspections(
    *,
    n: int = 4000,
    inspectors: int = 10,
    effects: np.ndarray | None = None,
    rate: float = 0.2,
    sponsors: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who, sector = rng.integers(0, inspectors, n), rng.integers(0, 3, n)
    p = rate * np.array([0.6, 1.0, 1.4])[sector] + (0 if effects is None else effects[who])
    return pd.DataFrame(
        {
            "sponsor_id": rng.integers(0, sponsors or 10 * n, n).astype(str),
            "opened_on": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D"),
            "inspector_id": np.array([f"I{k:02d}" for k in range(inspectors)])[who],
            "outcome": np.where(rng.random(n) < np.clip(p, 0, 1), "non_compliant", "compliant"),
            "selection": np.where(rng.random(n) < 0.7, "random", "signal"),
            "sector": np.array(["a", "b", "c"])[sector],
        }
    )


def _one(frame: pd.DataFrame, **rule: object) -> Finding:
    policy = replace(POLICY, robustness=replace(POLICY.robustness, **rule)) if rule else POLICY  # type: ignore[arg-type]
    (found,) = inspector_effect_findings(inspections=frame, policy=policy, seed=1)
    assert (found.check, found.claim) == ("inspector_effect", "inspector_spread")
    json.dumps(found.to_dict(), allow_nan=False)
    assert "nan" not in found.sentence.lower()
    assert found.sentence.endswith(".")
    return found


@cache
def _world(name: str, seed: int) -> pd.DataFrame:
    tables = make_world(name, sponsors=4_000, seed=seed).tables
    sector = tables["sponsors"].select(["sponsor_id", "sector"]).to_pandas()
    frame: pd.DataFrame = tables["inspections"].to_pandas()
    return frame.merge(sector, on="sponsor_id")


def test_least_squares_agree_with_statsmodels() -> None:
    import statsmodels.formula.api as smf

    frame = _inspections(n=900, inspectors=4, effects=np.array([0.1, 0.0, -0.05, 0.02]))
    frame["y"] = (frame["outcome"] == "non_compliant").astype(float)
    frame["s"] = frame["opened_on"].dt.year.astype(str) + frame["selection"] + frame["sector"]
    fit = smf.ols("y ~ C(s) + C(inspector_id)", frame).fit()
    effects = inspector_effects(inspected(frame, case_mix=("sector",)))
    assert effects is not None
    theirs = np.array([0.0, *(fit.params[f"C(inspector_id)[T.I0{k}]"] for k in (1, 2, 3))])
    np.testing.assert_allclose(effects.value - effects.value[0], theirs, atol=1e-10)
    assert effects.freedom == 3


def test_q_profile_agrees_with_its_definition() -> None:
    frame = _inspections(effects=np.linspace(-0.15, 0.15, 10))
    effects = inspector_effects(inspected(frame, case_mix=("sector",)))
    assert effects is not None
    found = spread(effects, alpha=0.05)

    def q(tau: float) -> float:
        return float((effects.contrast**2 / (effects.variance + tau**2)).sum())

    assert q(found.estimate) == pytest.approx(9)
    assert q(found.low) == pytest.approx(chi2.ppf(0.95, 9))
    assert q(found.high) == pytest.approx(chi2.ppf(0.05, 9))
    assert found.low < np.linspace(-0.15, 0.15, 10).std(ddof=1) < found.high


def test_variance_and_p_value_agree_with_plain_permutations() -> None:
    frame = _inspections(n=400, inspectors=5, effects=np.array([0.12, 0, 0, 0, -0.05]), seed=3)
    frame["opened_on"] = pd.Timestamp("2023-05-01")
    table = inspected(frame, case_mix=())
    rng, made = np.random.default_rng(4), []
    for _ in range(4000):
        y = table.outcome.copy()
        for s in np.unique(table.stratum):
            at = table.stratum == s
            y[at] = rng.permutation(y[at])
        found = np.zeros_like(table.found)
        np.add.at(found, (table.stratum, table.inspector), y.astype(int))
        made.append(excess(replace(table, found=found)))
    gaps = np.array(made)
    variance = chance_variance(table)
    np.testing.assert_allclose(gaps.var(axis=0), variance, rtol=0.1)
    seen = (excess(table) ** 2 / variance).sum()
    p = ((gaps**2 / variance).sum(axis=1) >= seen).mean()
    ours = permutation_p_value(table, design=1.0, resamples=4000, seed=1)
    assert ours == pytest.approx(p, abs=0.03)  # standard error of the difference 0.01 at most


@pytest.mark.parametrize("seed", [100, 105])
def test_world_without_inspector_effect_is_green(seed: int) -> None:
    found = _one(_world("audited", seed))
    assert found.verdict == "established"
    assert found.green
    assert found.high is not None
    assert found.high < 0.03


def test_world_with_inspector_effect_is_red() -> None:
    found = _one(_world("inspectors", 100))
    assert found.verdict == "refuted"
    assert found.required
    assert found.p_value is not None
    assert found.p_value < 0.01
    rates = [r["rate"] for r in found.details["inspectors"]]
    assert max(rates) > 0.3


@pytest.mark.skipif(not CHICAGO.exists(), reason="the data are not on this machine")
def test_chicago_is_red_with_the_published_hit_rates() -> None:
    frame = pd.read_csv(CHICAGO / "inspections.csv").merge(
        pd.read_csv(CHICAGO / "sponsors.csv")[["sponsor_id", "sector"]], on="sponsor_id"
    )
    found = _one(frame)
    assert found.verdict == "refuted"
    rates = {r["inspector"]: r["rate"] for r in found.details["inspectors"]}
    assert rates["brown"] == pytest.approx(0.025, abs=0.002)
    assert rates["purple"] == pytest.approx(0.408, abs=0.002)


def test_case_mix_alone_is_no_inspector_effect() -> None:
    """Each inspector works mostly in one sector, and sectors differ by 24 points."""
    frame = _inspections(n=6000, inspectors=6, rate=0.3, seed=2)
    rng = np.random.default_rng(5)
    home = frame["sector"].map({"a": 0, "b": 2, "c": 4}).to_numpy() + rng.integers(0, 2, 6000)
    away = rng.random(6000) < 0.3
    frame["inspector_id"] = np.where(away, frame["inspector_id"], [f"I{k:02d}" for k in home])
    crude = _one(frame.drop(columns="sector"))
    assert crude.verdict == "refuted" or (crude.p_value is not None and crude.p_value < 0.01)
    adjusted = _one(frame)
    assert adjusted.p_value is not None
    assert adjusted.p_value > 0.05
    assert adjusted.verdict != "refuted"


def test_a_score_stands_for_the_case_mix() -> None:
    frame = _inspections(n=3000)
    frame["score"] = frame["sector"].map({"a": 0.1, "b": 0.2, "c": np.nan})
    by_score = inspected(frame, case_mix=("sector",))
    by_sector = inspected(frame.drop(columns="score"), case_mix=("sector",))
    assert by_score.count.shape == by_sector.count.shape
    assert len(inspected(frame, case_mix=()).count) == len(by_score.count)


def test_repeated_visits_to_a_bad_sponsor_are_no_inspector_effect() -> None:
    """Ten visits of one inspector to each sponsor, each sponsor always good or always bad."""
    red = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        bad = rng.random(400) < 0.2
        sponsor = np.repeat(np.arange(400), 10)
        frame = _inspections(n=4000, seed=seed).assign(
            sponsor_id=sponsor, inspector_id=sponsor % 10, sector="a", selection="random",
            outcome=np.where(bad[sponsor], "non_compliant", "compliant"),
            opened_on=pd.Timestamp("2023-05-01"),
        )  # fmt: skip
        table = inspected(frame, case_mix=())
        effects = inspector_effects(table)
        assert effects is not None
        assert effects.design == pytest.approx(10, rel=0.1)
        red += spread(effects, alpha=0.05).low > 0
    assert red / 60 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_what_is_missing_is_said() -> None:
    frame = _inspections(n=300)
    few = _one(_inspections(n=600, inspectors=12))
    assert few.verdict == "insufficient_data"
    assert f"About {few.details['inspections_needed']:,} inspections" in few.sentence
    empty = _one(frame.iloc[:0])
    assert (empty.estimate, empty.n, empty.required) == (None, 0, True)
    assert "No inspection has a known outcome" in empty.sentence
    assert "says who inspected" in _one(frame.assign(inspector_id=None)).sentence
    assert "name one" in _one(frame.assign(inspector_id="x")).sentence
    assert "None of 300" in _one(frame.assign(outcome="compliant")).sentence
    assert "Every one of 300" in _one(frame.assign(outcome="non_compliant")).sentence
    assert "enough to be compared" in _one(frame.iloc[:20]).sentence
    apart = _inspections(n=300, inspectors=3).assign(selection="random")
    apart = apart.assign(sector=apart["inspector_id"], opened_on=pd.Timestamp("2023-05-01"))
    assert "No two inspectors had cases of the same mix" in _one(apart).sentence
    with pytest.raises(IndRiskError, match="inspector_id"):
        _one(frame.drop(columns="inspector_id"))


def test_most_inspections_must_be_by_inspectors_that_can_be_compared() -> None:
    frame = _inspections(n=8000)
    frame.loc[::3, "inspector_id"] = None
    found = _one(frame)
    assert found.verdict == "insufficient_data"
    assert "record who inspects" in found.sentence


def test_policy_says_what_is_asked_for() -> None:
    frame = _inspections(n=600, inspectors=12)
    assert not _one(frame, closes_if_refuted=("inspector_spread",)).required
    bad = _inspections(effects=np.linspace(-0.2, 0.2, 10))
    assert _one(bad, closes_if_refuted=("inspector_spread",)).required
    assert not _one(bad, reported_only=("inspector_spread",)).required


def test_small_counts_of_inspectors_are_hidden_and_not_given_back() -> None:
    frame = _inspections(n=2000, inspectors=4, rate=0.3)
    rare = frame.index[frame["inspector_id"] == "I00"][30:]
    frame = frame.drop(rare)
    own = frame.index[frame["inspector_id"] == "I00"]
    frame.loc[own, "outcome"] = ["non_compliant"] * 8 + ["compliant"] * 22
    found = _one(frame)
    shown = [r["inspector"] for r in found.details["inspectors"]]
    assert "I00" not in shown
    assert len(shown) == 2  # one more is hidden, or the total would give the first one back
