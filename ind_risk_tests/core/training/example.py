"""A small register of invented sponsors for the tests of training; made once a process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import pandas as pd

from ind_risk.core.policy import Policy, parse_policy
from ind_risk.core.training.train import TrainedCandidate, train


@dataclass(frozen=True)
class Spec:
    name: str
    kind: Literal["number", "category"] = "number"
    direction: int = 0
    definition: str = ""


SPECS = (
    Spec("breaches", direction=1, definition="Breaches found in the last 24 months."),
    Spec("conduct", definition="A score without a known direction."),
    Spec("months_since_breach", direction=-1, definition="Months since the last breach."),
    Spec("never_seen", definition="Missing for everybody."),
    Spec("noise"),
    Spec("sector", "category", definition="Line of business."),
)


@dataclass(frozen=True)
class Example:
    features: pd.DataFrame
    labelled: pd.DataFrame


def shipped_policy() -> Policy:
    text = files("ind_risk").joinpath("policy.toml").read_text(encoding="utf-8")
    return parse_policy(text, source="policy.toml")


@cache
def example(sponsors: int = 600, dates: int = 6, seed: int = 1) -> Example:
    """Conduct and sector decide, breaches tell a little; half of sponsors have a label."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"S{i:05d}" for i in range(sponsors)], dtype=object)
    lasting = rng.normal(size=sponsors)
    features, labels = [], []
    for day in pd.date_range("2019-01-01", periods=dates, freq="6MS"):
        frame = pd.DataFrame({"sponsor_id": ids, "as_of": day})
        frame["breaches"] = rng.poisson(np.exp(lasting / 2 - 1)).astype(float)
        frame["conduct"] = lasting + rng.normal(size=sponsors) / 2
        since = rng.integers(0, 60, size=sponsors).astype(float)
        frame["months_since_breach"] = np.where(frame["breaches"] > 0, since, np.nan)
        frame["never_seen"] = np.nan
        frame["noise"] = rng.gamma(1.0, 2.0, size=sponsors)
        sector = pd.Series(rng.choice(["ict", "trade", "research"], sponsors), dtype=object)
        frame["sector"] = sector.where(rng.random(sponsors) > 0.1, None)
        odds = 1.5 * frame["conduct"] + 1.0 * (frame["sector"] == "trade") - 2.2
        y = (rng.random(sponsors) < 1 / (1 + np.exp(-odds))).astype(int)
        label = frame[["sponsor_id", "as_of"]].assign(
            y=y, source=rng.choice(["random", "signal"], sponsors)
        )
        features.append(frame)
        labels.append(label[rng.random(sponsors) < 0.5])
    return Example(pd.concat(features, ignore_index=True), pd.concat(labels, ignore_index=True))


@cache
def trained(simpler_model_margin: float = 0.02, seed: int = 1) -> TrainedCandidate:
    policy, made = shipped_policy(), example()
    minima = replace(policy.training, simpler_model_margin=simpler_model_margin)
    return train(
        features=made.features,
        labelled=made.labelled,
        specs=SPECS,
        policy=replace(policy, training=minima),
        seed=seed,
    )


def last_features() -> pd.DataFrame:
    features = example().features
    latest = features["as_of"] == features["as_of"].max()
    return pd.DataFrame(features[latest]).reset_index(drop=True)
