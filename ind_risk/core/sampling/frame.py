"""The frame of an audit sample: every recognised sponsor of a day, with what strata rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.majorities import count_majorities, majorities
from ind_risk.core.bias.population import population
from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.strata import NO_MAJORITY, NO_MIGRANTS, UNTOUCHED

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from ind_risk.core.policy import Policy


def sampling_frame(
    *,
    scores: pd.DataFrame,
    composition: pd.DataFrame,
    sponsors: pd.DataFrame,
    intervened: Collection[str],
    policy: Policy,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """The frame as `strata.strata_of` takes it, and the migrants of each group.

    Groups are those that selection parity judges: pooled by region until large enough. A group
    that stays too small keeps its name; no sample makes it larger.

    Args:
        scores: sponsor_id, score and band of every recognised sponsor.
        composition: sponsor_id, nationality and migrants.
        sponsors: sponsor_id and the columns that the policy's strata name.
        intervened: sponsors ever intervened against by that day.
        policy: strata, majority share, smallest group.

    Raises:
        IndRiskError: if nobody is scored.
    """
    if scores.empty:
        raise IndRiskError("No sponsor is scored, so there is nobody to draw. Run the lifecycle.")
    people = population(scores=scores, composition=composition)
    majority = majorities(people, share=policy.bias.majority_share)
    counts = count_majorities(people, majority)
    grouping = counts.membership(policy.bias.minimum_group_sponsors).grouping
    names = np.array([*grouping.names, NO_MAJORITY, NO_MIGRANTS], dtype=object)
    number = np.full(len(majority), len(grouping.names))  # no majority
    held = majority >= 0
    number[held] = grouping.group_of_code[majority[held]]
    number[people.total == 0] = len(grouping.names) + 1
    more = [c for c in policy.sampling.strata if c in sponsors.columns]
    frame = scores[["sponsor_id", "score", "band"]].assign(group=names[number])
    frame[UNTOUCHED] = ~frame["sponsor_id"].isin(list(intervened))
    if more:
        frame = frame.merge(
            sponsors[["sponsor_id", *more]], on="sponsor_id", how="left", validate="one_to_one"
        )
    of_code = np.bincount(people.code, people.migrants, len(people.codes))
    reached = grouping.group_of_code
    migrants = {name: float(of_code[reached == k].sum()) for k, name in enumerate(grouping.names)}
    alone = float(of_code[reached < 0].sum())  # of nationalities that are nowhere a majority
    return frame, migrants | ({"nowhere a majority": alone} if alone else {})


def calibrating_sample(ids: Sequence[str], *, size: int, seed: int) -> list[str]:
    """Sponsors drawn from everybody alike, to set the level of the scores; in order of sponsor_id.

    They are drawn first, and the sample that judges is drawn from the others: what is left of each
    stratum is a simple random sample of it, so that weights stay N_h / n_h.
    """
    ordered = sorted(ids)
    rng = np.random.default_rng([seed, 1])
    picked = rng.choice(len(ordered), size=min(size, len(ordered)), replace=False)
    return [ordered[k] for k in sorted(picked)]
