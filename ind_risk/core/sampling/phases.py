"""Samples that are drawn one after another from the sponsors of one day and judge together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.sampling.second_phase import Observed
    from ind_risk.core.sampling.strata import Key, Strata


def joint_chance(chances: Sequence[pd.Series]) -> pd.Series:
    """Chance to be in at least one of the samples, by sponsor.

    One minus the product of (1 − p_k). Whoever was drawn is not drawn again, so with n of N drawn
    first and m of the other N − n second it is n/N + (1 − n/N) · m/(N − n) = (n + m)/N: both
    together weigh as one simple random sample of each stratum (Särndal, Swensson and Wretman,
    1992, section 9.2, for phases of which the second's sizes may depend on the first's outcomes).

    Args:
        chances: of each sample the chance of every sponsor of its frame (index sponsor_id) to be
            drawn in it, given that no sample before it had drawn them; one or more, in the order
            of drawing. A sponsor that is not in a frame had no chance there.
    """
    import pandas as pd

    table = pd.concat([c.astype(float) for c in chances], axis=1).fillna(0.0)
    missed = np.prod(1 - table.to_numpy(), axis=1)
    return pd.Series(1 - missed, index=table.index, name="inclusion_probability")


def observed_by_stratum(strata: Strata, drawn: pd.DataFrame) -> dict[Key, Observed]:
    """What the phases so far have found, by stratum of the frame at hand.

    Args:
        strata: of the frame.
        drawn: sponsor_id and outcome (null where none came back) of everybody drawn to judge;
            sponsors that are not in the frame are left out.
    """
    from ind_risk.core.sampling.second_phase import Observed

    of = dict(zip(strata.sponsor_id, strata.of.tolist(), strict=True))
    there = drawn[drawn["sponsor_id"].isin(of)]
    place = there["sponsor_id"].map(of).to_numpy(dtype=np.int64)
    known = there["outcome"].isin(["compliant", "non_compliant"]).to_numpy()
    bad = (there["outcome"] == "non_compliant").to_numpy()
    counts = [
        np.bincount(rows, minlength=len(strata)) for rows in (place, place[known], place[bad])
    ]
    return {
        key: Observed(drawn=int(d), known=int(k), non_compliant=int(b))
        for key, d, k, b in zip(strata.keys, *counts, strict=True) if d
    }  # fmt: skip
