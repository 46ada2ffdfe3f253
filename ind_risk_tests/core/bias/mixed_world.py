"""Sponsors of chosen nationalities and chosen rates, for what majorities do not see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.evidence import bias_findings
from ind_risk.core.findings import Finding, all_green
from ind_risk.core.policy import Policy, parse_policy

_SHIPPED = parse_policy(shipped_policy_text(), source="policy.toml")
# Numbers of their own, so that the shipped ones may change without a test of the method.
POLICY: Policy = replace(
    _SHIPPED,
    bias=replace(
        _SHIPPED.bias, looks=2, minimum_group_sponsors=600, minimum_group_audited=300,
        coverage_at_least=0.8, risk_factors=("sector",), intersections=("sector",),
    ),
)  # fmt: skip
N = 10_000
IDS = np.array([f"S{i:05d}" for i in range(N)], dtype=object)


def scores_of(score: np.ndarray) -> pd.DataFrame:
    """A tenth in band high, a fifth in band middle."""
    rank = (-score).argsort(kind="stable").argsort(kind="stable")
    n = len(score)
    band = np.where(rank < 0.1 * n, "high", np.where(rank < 0.3 * n, "middle", "low"))
    return pd.DataFrame({"sponsor_id": IDS[:n], "score": score, "band": band})


def composition_of(*columns: Any, migrants: int = 5) -> pd.DataFrame:
    """So many migrants of each column's nationality at each sponsor."""
    made = pd.concat([
        pd.DataFrame({"sponsor_id": IDS[: len(c)], "nationality": np.asarray(c, dtype=object),
                      "migrants": migrants})
        for c in columns
    ])  # fmt: skip
    return made.groupby(["sponsor_id", "nationality"], as_index=False, dropna=False).sum()


def sponsors_of(n: int = N) -> pd.DataFrame:
    """Two sectors, which tell nothing."""
    return pd.DataFrame({"sponsor_id": IDS[:n], "sector": np.where(np.arange(n) % 2, "A", "B")})


def evidence(
    score: np.ndarray, composition: pd.DataFrame, policy: Policy = POLICY, **changes: Any
) -> list[Finding]:
    """Findings on one world."""
    given: dict[str, Any] = {
        "scores": scores_of(score), "composition": composition, "sponsors": sponsors_of(len(score)),
    } | changes  # fmt: skip
    return bias_findings(policy=policy, seed=0, **given)


def green(found: list[Finding]) -> dict[str, bool]:
    """Whether each check is green."""
    return {
        check: all_green([f for f in found if f.check == check])
        for check in dict.fromkeys(f.check for f in found)
    }
