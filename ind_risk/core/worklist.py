"""Who is to be inspected: the highest ranks, with a random share mixed in; or only random ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Worklist:
    """A worklist.

    Args:
        rows: sponsor_id, band, rank, route ('profile' or 'random') and inclusion_probability
            (of the random draw, null for the profile route), highest rank first; band and rank are
            null where no model is in use.
        basis: in words, what the list rests on.
    """

    rows: pd.DataFrame
    basis: str


def draw_worklist(*, scores: pd.DataFrame, size: int, random_share: float, seed: int) -> Worklist:
    """Draw the random share first, from everybody alike; fill up with the highest ranks.

    Drawing first keeps the inclusion probability of the random arm the same for every sponsor
    (n / N), whatever the model thinks, so that its outcomes can judge the model.

    Args:
        scores: sponsor_id, band, rank of every recognised sponsor.
        size: sponsors on the list.
        random_share: share of the list drawn at random, 0 to 1.
        seed: of the draw.

    Raises:
        IndRiskError: if size is below 1.
    """
    import numpy as np
    import pandas as pd

    if size < 1:
        raise IndRiskError(f"A worklist of {size} sponsors is none; ask for at least 1.")
    frame = scores.sort_values("sponsor_id", ignore_index=True)
    size = min(size, len(frame))
    n_random = min(size, max(1, round(size * random_share))) if random_share > 0 else 0
    drawn = np.random.default_rng(seed).choice(len(frame), size=n_random, replace=False)
    is_random = np.zeros(len(frame), dtype=bool)
    is_random[drawn] = True
    profile = frame[~is_random].nsmallest(size - n_random, "rank").index
    chosen = frame.loc[
        sorted([*profile, *np.flatnonzero(is_random)]), ["sponsor_id", "band", "rank"]
    ]
    chosen = chosen.assign(route="profile", inclusion_probability=np.nan)
    picked = chosen.index.isin(drawn)
    chosen.loc[picked, "route"] = "random"
    chosen.loc[picked, "inclusion_probability"] = n_random / len(frame)
    rows = chosen.sort_values("rank", ignore_index=True)
    return Worklist(
        pd.DataFrame(rows),
        f"ranked by the model in use, {n_random:,} of {size:,} drawn at random from all "
        f"{len(frame):,} recognised sponsors",
    )


def random_worklist(*, sponsor_ids: pd.Series[str], size: int, seed: int) -> Worklist:
    """A simple random sample: what inspectors get while no model is in use.

    Raises:
        IndRiskError: if size is below 1.
    """
    import numpy as np
    import pandas as pd

    if size < 1:
        raise IndRiskError(f"A worklist of {size} sponsors is none; ask for at least 1.")
    ids = sponsor_ids.sort_values(ignore_index=True)
    size = min(size, len(ids))
    drawn = np.random.default_rng(seed).permutation(len(ids))[:size]
    rows = pd.DataFrame(
        {
            "sponsor_id": ids.iloc[drawn].to_numpy(),
            "band": None,
            "rank": pd.array([pd.NA] * size, dtype="Int64"),
            "route": "random",
            "inclusion_probability": size / len(ids) if len(ids) else np.nan,
        }
    )
    return Worklist(
        rows,
        f"no model is in use: a random sample of {size:,} from {len(ids):,} recognised sponsors",
    )
