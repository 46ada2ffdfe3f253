"""Worlds as pandas frames, each made once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from ind_risk.core.worlds import World, make_world

DATES = (
    "applied_on", "closed_on", "decided_on", "ended_on", "founded_on", "imposed_on", "opened_on",
    "received_on", "recognised_on", "recognition_ended_on", "valid_from", "valid_until",
)  # fmt: skip
CUTOFF = pd.Timestamp("2025-12-31")
GROUP = 500  # sponsors, from which on a majority group is looked at


@dataclass(frozen=True)
class Frames:
    sponsors: pd.DataFrame
    permits: pd.DataFrame
    inspections: pd.DataFrame
    interventions: pd.DataFrame
    signals: pd.DataFrame
    protected: pd.DataFrame
    truth: pd.DataFrame

    def register(self, day: pd.Timestamp) -> pd.DataFrame:
        """Sponsors recognised on a day."""
        s = self.sponsors
        return s[(s["recognised_on"] <= day) & ~(s["recognition_ended_on"] <= day)]

    def random_arm(self) -> pd.DataFrame:
        """Random inspections with a known outcome, with year and failed."""
        i = self.inspections
        i = i[(i["selection"] == "random") & i["outcome"].isin(["compliant", "non_compliant"])]
        return i.assign(
            year=i["opened_on"].dt.year, failed=(i["outcome"] == "non_compliant").astype(float)
        )


@cache
def world(name: str, sponsors: int | None = None, seed: int = 1) -> World:
    return make_world(name, sponsors=sponsors, seed=seed)


@cache
def frames(name: str, sponsors: int | None = None, seed: int = 1) -> Frames:
    made = world(name, sponsors, seed)
    tables = {n: t.to_pandas() for n, t in made.tables.items()}
    for table in tables.values():
        for column in DATES:
            if column in table:
                table[column] = pd.to_datetime(table[column])
    return Frames(
        protected=tables.pop("protected_attributes"), truth=made.truth.to_pandas(), **tables
    )


def judged(name: str, seed: int = 1, sponsors: int | None = None) -> pd.DataFrame:
    """The truth of sponsors recognised at the cut-off, with top: among the riskiest tenth."""
    made = frames(name, sponsors, seed)
    here = made.register(CUTOFF)["sponsor_id"]
    truth = made.truth[made.truth["sponsor_id"].isin(here)]
    rank = truth["p_non_compliant"].rank(ascending=False, method="first")
    return truth.assign(top=(rank <= len(truth) / 10).astype(float))


def group_differences(truth: pd.DataFrame) -> dict[str, float]:
    """Share among the riskiest tenth, each large majority group against all other majorities."""
    known = truth[truth["majority_nationality"].notna()]
    counts = known["majority_nationality"].value_counts()
    return {
        str(group): float(
            known.loc[known["majority_nationality"] == group, "top"].mean()
            - known.loc[known["majority_nationality"] != group, "top"].mean()
        )
        for group in counts.index[counts >= GROUP]
    }
