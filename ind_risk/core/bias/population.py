"""The scored sponsors and their migrants as arrays: the one pass over the data.

Everything after it works on counts. What does not fit together is named, not guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bands import BANDS
from ind_risk.core.bias.factors import factor

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_COLUMNS = {
    "scores": ("sponsor_id", "score", "band"),
    "composition": ("sponsor_id", "migrants"),
}


@dataclass(frozen=True, eq=False)
class Population:
    """Scored sponsors 0 … n - 1, and one entry for each (sponsor, nationality) that occurs.

    Args:
        score: shape (n,), finite.
        selected: shape (n,), whether the band is high.
        total: shape (n,), migrants of each sponsor, those of unknown nationality included.
        codes: nationalities, sorted.
        sponsor, code, migrants: shape (entries,), row of the sponsor, number of the code, count.
    """

    score: NDArray[np.float64]
    selected: NDArray[np.bool_]
    total: NDArray[np.int64]
    codes: tuple[str, ...]
    sponsor: NDArray[np.int64]
    code: NDArray[np.int64]
    migrants: NDArray[np.int64]

    @property
    def with_migrants(self) -> NDArray[np.bool_]:
        """Which sponsors have at least one migrant: the only ones H1 and H2 speak of."""
        return np.asarray(self.total > 0)


def faults(
    *, scores: pd.DataFrame, composition: pd.DataFrame, attribute: str = "nationality"
) -> list[str]:
    """What makes the two tables unusable, as sentences; empty if nothing does."""
    import pandas as pd

    found = []
    for name, frame in (("scores", scores), ("composition", composition)):
        wanted = (*_COLUMNS[name], *((attribute,) if name == "composition" else ()))
        missing = [c for c in wanted if c not in frame.columns]
        found += [f"The {name} have no column {c}." for c in missing]
    if found:
        return found
    ids = scores["sponsor_id"]
    numbers = pd.to_numeric(scores["score"], errors="coerce").to_numpy(float, na_value=np.nan)
    counts = pd.to_numeric(composition["migrants"], errors="coerce").to_numpy(
        float, na_value=np.nan
    )
    wrong = {
        "sponsors without a key": int(ids.isna().sum()),
        "sponsors that are scored twice": int(ids.duplicated().sum()),
        "sponsors without a score": int((~np.isfinite(numbers)).sum()),
        "sponsors without a band": int((~scores["band"].isin(BANDS)).sum()),
        "counts of migrants that are no count": int(
            (~(np.isfinite(counts) & (counts >= 0) & (counts == np.round(counts)))).sum()
        ),
    }
    return [f"There are {what}." for what, count in wrong.items() if count]


def population(
    *, scores: pd.DataFrame, composition: pd.DataFrame, attribute: str = "nationality"
) -> Population:
    """Arrays of two tables without `faults`.

    Sponsors of the composition that are not scored (no longer recognised) are left out, and a
    null nationality (or other attribute) is "unknown".
    """
    import pandas as pd

    row = pd.Index(scores["sponsor_id"]).get_indexer(pd.Index(composition["sponsor_id"]))
    count = composition["migrants"].to_numpy(dtype=np.int64, na_value=0)
    kept = (row >= 0) & (count > 0)
    of = factor(composition[attribute][kept])
    sponsor, code, migrants = _one_entry_each(row[kept], of.number, count[kept], len(of.names))
    return Population(
        score=scores["score"].to_numpy(dtype=float),
        selected=np.asarray(scores["band"] == "high", dtype=bool),
        total=np.bincount(sponsor, migrants, len(scores)).astype(np.int64),
        codes=of.names,
        sponsor=sponsor,
        code=code,
        migrants=migrants,
    )


def _one_entry_each(
    sponsor: NDArray[np.int64],
    code: NDArray[np.int64],
    migrants: NDArray[np.int64],
    n_codes: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Entries in order of sponsor and code, equal ones added up."""
    key = sponsor.astype(np.int64) * max(n_codes, 1) + code
    if np.all(np.diff(key) > 0):
        return sponsor.astype(np.int64), code.astype(np.int64), migrants
    unique, place = np.unique(key, return_inverse=True)
    added = np.bincount(place, migrants, len(unique)).astype(np.int64)
    return unique // n_codes, unique % n_codes, added
