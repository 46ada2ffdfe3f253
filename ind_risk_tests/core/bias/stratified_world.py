"""Sponsors whose sector has to do with nationality and with selection, as far as a test wants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.population import Population, population
from ind_risk.core.policy import Policy, parse_policy

SHIPPED = parse_policy(shipped_policy_text(), source="policy.toml")
SECTORS = np.array(["ICT", "trade", "care", "research"], dtype=object)


def _with(policy: Policy, **changes: Any) -> Policy:
    return replace(policy, bias=replace(policy.bias, **changes))


# Numbers of their own, so that the shipped ones may change without a test of the method.
POLICY = _with(
    SHIPPED,
    looks=4,
    minimum_group_sponsors=400,
    minimum_group_audited=150,
    reported_only=tuple(c for c in SHIPPED.bias.reported_only if c != "band_rate_difference"),
)


def with_bias(policy: Policy = POLICY, **changes: Any) -> Policy:
    """The policy with other settings of bias."""
    return _with(policy, **changes)


def people_of(nation: Any, selected: Any, *, migrants: int = 3) -> Population:
    """One nationality a sponsor; "" is a sponsor without migrants."""
    n = len(nation)
    ids = np.array([f"S{i:06d}" for i in range(n)], dtype=object)
    some = np.asarray(nation) != ""
    scores = pd.DataFrame(
        {"sponsor_id": ids, "score": np.asarray(selected, dtype=float),
         "band": np.where(selected, "high", "low")}
    )  # fmt: skip
    composition = pd.DataFrame(
        {"sponsor_id": ids[some], "nationality": np.asarray(nation, dtype=object)[some],
         "migrants": np.full(int(some.sum()), migrants)}
    )  # fmt: skip
    return population(scores=scores, composition=composition)


def sectors_and_nations(
    n: int, *, seed: int, mixed: bool = False
) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Sector numbers and nationalities; Indian majorities are mostly in ICT unless `mixed`."""
    rng = np.random.default_rng(seed)
    sector = rng.choice(4, n, p=[0.3, 0.3, 0.25, 0.15])
    likely = np.array([0.7, 0.2, 0.1, 0.2])[sector] if not mixed else np.full(n, 0.35)
    nation = np.where(rng.random(n) < likely, "IND", rng.choice(["TUR", "CHN", "BRA"], n))
    return sector, nation, rng
