"""The sponsors that samples of a day are drawn from, and who of them was drawn so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.samples import NAMES, SampleStore, of_these
from ind_risk.defs.resources import CANDIDATE, Platform

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.adapters.samples import Sample
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.strata import Strata

NEARLY = 0.95  # of the responses that are expected: then hardly anything is still to come
SOURCES = ("sponsors", "permits", "protected_attributes", "interventions", "signals")


@dataclass(frozen=True)
class Frame:
    """The frame of a day and what belongs to it."""

    rows: pd.DataFrame
    migrants: Mapping[str, float]
    digest: str
    as_of: date
    synthetic: bool
    names: Mapping[str, str]

    def holds(self, sample: Sample) -> bool:
        """Whether a sample is of these sponsors."""
        return of_these(sample, self.names, synthetic=self.synthetic)


def frame_of(platform: Platform) -> Frame:
    """Everybody who is scored for use, with the group of its majority."""
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.bias.composition import composition_table
    from ind_risk.core.sampling.draw import frame_digest
    from ind_risk.core.sampling.frame import sampling_frame

    with stopwatch.stage("frame"):
        as_of = date.fromisoformat(platform.tables.read_json(CANDIDATE)["dates"]["as_of"])
        landing = platform.tables.landing(SOURCES)
        with Engine() as engine:
            t = engine.tables(landing)
            made = composition_table(
                t["permits"], t["protected_attributes"], as_of=as_of, attribute="nationality"
            )
            composition = engine.to_arrow(made).to_pandas()
        imposed = landing["interventions"].to_pandas()
        rows, migrants = sampling_frame(
            scores=platform.tables.read("scores_use"),
            composition=composition,
            sponsors=landing["sponsors"].to_pandas(),
            intervened=set(imposed.loc[imposed["imposed_on"] <= as_of, "sponsor_id"]),
            policy=platform.policy,
        )
        synthetic = platform.tables.landing_facts().synthetic
        names = dict(zip(*landing["sponsors"].select(NAMES).to_pydict().values(), strict=True))
        return Frame(rows, migrants, frame_digest(rows), as_of, synthetic, names)


def drawn_before(platform: Platform, frame: Frame) -> pd.DataFrame:
    """Who was drawn to judge from the sponsors of this day, with the outcome that came back.

    Only samples of which something came back: the others are waited for or given up.
    """
    import pandas as pd

    store = SampleStore(platform.home, platform.ledger)
    parts = [pd.DataFrame({"sponsor_id": [], "outcome": []})]
    for name in store.there():
        sample, rows = store.read(name), store.returned(name)
        if rows is None or sample.as_of != frame.as_of or not frame.holds(sample):
            continue
        judging = sample.drawn[sample.drawn["route"] == "random"]
        parts.append(
            judging[["case", "sponsor_id"]]
            .merge(rows[["case", "outcome"]], on="case", how="left")
            .drop(columns="case")
        )
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def drawn_so_far(platform: Platform, frame: Frame) -> tuple[set[str], set[str]]:
    """Who was drawn from this frame before: to judge, and to set the level of the scores."""
    store = SampleStore(platform.home, platform.ledger)
    judges, sets = set[str](), set[str]()
    for sample in map(store.read, store.there()):
        if sample.as_of == frame.as_of and frame.holds(sample):
            drawn = sample.drawn
            judges |= set(drawn.loc[drawn["route"] == "random", "sponsor_id"])
            sets |= set(drawn.loc[drawn["route"] == "calibrating", "sponsor_id"])
    return judges, sets


def counted(strata: Strata, ids: Collection[str]) -> NDArray[np.int64]:
    """How many of these are in each stratum, shape (H,)."""
    import numpy as np

    there = np.isin(strata.sponsor_id, list(ids))
    return np.bincount(strata.of[there], minlength=len(strata))


def calibrating_size(platform: Platform, frame: Frame) -> int:
    """None where random inspections set the level of the scores, or were drawn to set it."""
    if platform.tables.read_json(CANDIDATE).get("random_level", False):
        return 0
    if drawn_so_far(platform, frame)[1]:
        return 0
    return platform.policy.sampling.calibrating


def answered_of(store: SampleStore, as_of: date) -> tuple[int, int]:
    """Cases of the samples of a day that came back, and cases drawn."""
    back = drawn = 0
    for sample in map(store.read, store.there()):
        if sample.as_of == as_of:
            rows = store.returned(sample.name)
            back, drawn = back + (0 if rows is None else len(rows)), drawn + len(sample.drawn)
    return back, drawn


def enough_back(back: int, drawn: int, policy: Policy) -> bool:
    """Whether about as many cases came back as the policy expects ever to come back."""
    return back >= NEARLY * policy.sampling.response_rate * drawn
