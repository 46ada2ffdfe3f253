"""An invented frame of sponsors, and outcomes of it, for the tests of sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ind_risk.core.policy import Policy
from ind_risk_tests.core.training.example import shipped_policy

SHIPPED = shipped_policy()
GROUPS = {
    "": 0.10, "no majority": 0.16, "IND": 0.22, "CHN": 0.12, "TUR": 0.10, "region:Europe": 0.10,
    "USA": 0.08, "other": 0.08, "ZAF": 0.04,
}  # fmt: skip


def with_sampling(policy: Policy = SHIPPED, **changes: Any) -> Policy:
    """The policy with other settings of sampling."""
    return replace(policy, sampling=replace(policy.sampling, **changes))


def frame(
    *, n: int = 10_000, seed: int = 1, groups: dict[str, float] | None = None, sectors: int = 0
) -> pd.DataFrame:
    """Sponsors with scores by rank, bands by the shipped capacity, groups apart from both."""
    rng = np.random.default_rng(seed)
    shares = GROUPS if groups is None else groups
    score = rng.beta(1.2, 10, n)
    rank = (-score).argsort().argsort()
    band = np.where(rank < 0.1 * n, "high", np.where(rank < 0.3 * n, "middle", "low"))
    made: dict[str, Any] = {
        "sponsor_id": [f"S{i:06d}" for i in range(n)], "score": score, "band": band.astype(object),
        "group": rng.choice(np.array(list(shares), dtype=object), n, p=list(shares.values())),
        "never_intervened": rng.random(n) < 0.9,
    }  # fmt: skip
    if sectors:
        made["sector"] = [f"sector {i}" for i in rng.integers(0, sectors, n)]
    return pd.DataFrame(made)
