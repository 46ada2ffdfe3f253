"""A model trained as the platform trains one learns what each world lets it learn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from ind_risk.adapters.engine import Engine
from ind_risk.adapters.feature_file import shipped_register
from ind_risk.core.bands import score
from ind_risk.core.dates import run_dates
from ind_risk.core.features.expressions import feature_table
from ind_risk.core.label_strategy import training_rows
from ind_risk.core.labels import label_table
from ind_risk.core.policy import parse_policy
from ind_risk.core.training.selection import area_under_curve
from ind_risk.core.training.train import train
from ind_risk_tests.core.worlds.made import CUTOFF, GROUP, world

# Ibis 12 reads DuckDB 2's results by a name that DuckDB has since renamed.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@dataclass(frozen=True)
class Outcome:
    judged: pd.DataFrame  # random inspections after the judging date: score, band, failed
    used: pd.DataFrame  # sponsors at the cut-off: band, majority_nationality


@cache
def learned(name: str) -> Outcome:
    policy = parse_policy(files("ind_risk").joinpath("policy.toml").read_text(), source="policy")
    register, tables = shipped_register(), world(name).tables
    dates = run_dates(
        as_of=CUTOFF.date(), first_known=pd.Timestamp("2017-01-01").date(),
        horizon_months=12, step_months=6, training_dates=8,
    )  # fmt: skip
    cutoffs = dict.fromkeys(dates.training, dates.judge_as_of) | {dates.judge_as_of: dates.as_of}
    with Engine() as engine:
        known = engine.tables(tables)
        wanted = [*dates.training, dates.judge_as_of, dates.as_of]
        features = engine.to_arrow(
            feature_table(known, as_of_dates=wanted, register=register)
        ).to_pandas()
        labels = engine.to_arrow(
            label_table(known, as_of_dates=list(cutoffs), horizon_months=12, cutoff=cutoffs)
        ).to_pandas()
    for frame in (features, labels):
        frame["as_of"] = pd.to_datetime(frame["as_of"])
    past = [pd.Timestamp(d) for d in dates.training]
    rows = training_rows(
        labels[labels["as_of"].isin(past)], strategy="verified_only", train_on_random_arm=True
    )
    model = train(
        features=features[features["as_of"].isin(past)], labelled=rows,
        specs=register.features, policy=policy, seed=1,
    )  # fmt: skip

    def scored(day: pd.Timestamp) -> pd.DataFrame:
        return score(model, features[features["as_of"] == day], policy)

    last = labels[labels["as_of"] == pd.Timestamp(dates.judge_as_of)]
    seen = last[last["audit_label"].isin(["compliant", "non_compliant"])]
    judged = scored(pd.Timestamp(dates.judge_as_of)).merge(
        seen.assign(failed=(seen["audit_label"] == "non_compliant").astype(int)), on="sponsor_id"
    )
    used = scored(CUTOFF).merge(world(name).truth.to_pandas(), on="sponsor_id")
    return Outcome(judged, used)


def selection_differences(used: pd.DataFrame) -> dict[str, float]:
    high, group = used["band"] == "high", used["majority_nationality"]
    large = group.value_counts().loc[lambda n: n >= GROUP].index
    return {str(g): float(high[group == g].mean() - high[group != g].mean()) for g in large}


def lift(judged: pd.DataFrame) -> float:
    high = judged["band"] == "high"
    return float(judged.loc[high, "failed"].mean() / judged["failed"].mean())


def test_the_audited_world_can_be_learned_and_selects_evenly() -> None:
    found = learned("audited")
    y = found.judged["failed"].to_numpy(dtype=np.int64)
    assert area_under_curve(y, found.judged["score"].to_numpy()) > 0.72
    assert lift(found.judged) > 2.5
    rate = found.judged.groupby("band")["failed"].mean()
    assert rate["low"] + 0.05 < rate["middle"] < rate["high"] - 0.05
    differences = selection_differences(found.used)
    assert len(differences) == 4
    assert max(abs(d) for d in differences.values()) < 0.03


def test_the_biased_world_makes_a_model_select_one_nationality_though_it_is_accurate() -> None:
    found = learned("biased")
    differences = selection_differences(found.used)
    assert differences.pop("TUR") > 0.10
    assert max(differences.values()) < 0.02
    assert lift(found.judged) > 2.5


def test_the_drifted_world_fails_more_than_predicted() -> None:
    judged = learned("drifted").judged
    assert judged["failed"].mean() - judged["score"].mean() > 0.08
