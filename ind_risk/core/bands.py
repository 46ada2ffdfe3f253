"""Scores and the three bands: how many sponsors are high or middle is set by capacity."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from ind_risk.core.policy import Capacity, Policy

BANDS = ("high", "middle", "low")
_HASH_KEY = "ind_risk:ties:v1"  # 16 characters; another key draws other ties


class Scorer(Protocol):
    """A trained candidate, or the model loaded from its file."""

    def predict_proba(self, frame: pd.DataFrame, /) -> NDArray[np.float64]:
        """Shape (rows, 2): P(compliant), P(non-compliant)."""
        ...


def tie_break(sponsor_ids: ArrayLike, as_of: ArrayLike) -> NDArray[np.uint64]:
    """A number per (sponsor, as-of date) that decides between equal scores.

    A keyed hash: not the order of rows, not the alphabet, and another draw on another date.

    Args:
        sponsor_ids: texts, shape (n,).
        as_of: dates, shape (n,).
    """
    import numpy as np
    import pandas as pd

    ids = np.asarray(sponsor_ids, dtype=object)
    hashed = pd.util.hash_array(ids, hash_key=_HASH_KEY, categorize=False)
    days = np.asarray(as_of, dtype="datetime64[D]").astype(np.int64).astype(np.uint64)
    return _mixed(hashed ^ _mixed(days))


def capacity_order(score: NDArray[np.float64], ties: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Row numbers from the highest score to the lowest, equal scores by `ties`."""
    import numpy as np

    return np.lexsort((ties, -score)).astype(np.int64)


def bands_of(rank: NDArray[np.int64], capacity: Capacity) -> NDArray[np.object_]:
    """The band of each rank 1 … n: high the first ⌈high·n⌉, middle the next ⌈middle·n⌉."""
    import numpy as np

    n = len(rank)
    high = ceil(capacity.high_share * n)
    middle = high + ceil(capacity.middle_share * n)
    names: NDArray[np.object_] = np.array(BANDS, dtype=object)
    place = (rank > high).astype(np.int64) + (rank > middle)
    return np.take(names, place)


def score(model: Scorer, features: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Score every sponsor of one as-of date.

    Args:
        model: a trained candidate or a loaded model.
        features: sponsor_id, as_of (one date) and the features the model reads, any row order.
        policy: for the capacities.

    Returns:
        sponsor_id, as_of, score (calibrated P(non-compliant)), rank (1 = highest) and band, in
        order of sponsor_id.

    Raises:
        IndRiskError: on more than one as-of date, a sponsor twice, or a score that is no number.
    """
    import numpy as np
    import pandas as pd

    frame = features.sort_values("sponsor_id", ignore_index=True)
    if frame["as_of"].nunique() > 1:
        raise IndRiskError("Scores are of one as-of date; give the features of one date at a time.")
    if frame["sponsor_id"].duplicated().any():
        twice = frame.loc[frame["sponsor_id"].duplicated(), "sponsor_id"].iloc[0]
        raise IndRiskError(f"Sponsor {twice!r} has two feature rows; make the features again.")
    # Rounded, so that equal sponsors are equal whatever place in a vector register they had.
    risk: NDArray[np.float64] = np.round(model.predict_proba(frame)[:, 1], 12)
    if not np.isfinite(risk).all():
        first = frame["sponsor_id"].iloc[int(np.flatnonzero(~np.isfinite(risk))[0])]
        raise IndRiskError(f"The model gives sponsor {first!r} no number; it must not be used.")
    as_of = pd.to_datetime(frame["as_of"])
    rank = np.empty(len(frame), dtype=np.int64)
    rank[capacity_order(risk, tie_break(frame["sponsor_id"], as_of))] = np.arange(1, len(frame) + 1)
    columns: dict[str, Any] = {
        "sponsor_id": frame["sponsor_id"], "as_of": as_of, "score": risk, "rank": rank,
        "band": bands_of(rank, policy.capacity),
    }  # fmt: skip
    return pd.DataFrame(columns)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood, 2014): every bit moves every other."""
    import numpy as np

    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
