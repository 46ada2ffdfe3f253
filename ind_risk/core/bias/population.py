"""The scored sponsors and their migrants as arrays: the one pass over the data.

Everything after it works on counts. What does not fit together is named, not guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bands import BANDS
from ind_risk.core.bias.factors import factor, single_values
from ind_risk.core.bias.regions import UNKNOWN, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

_COLUMNS = {
    "scores": ("sponsor_id", "score", "band"),
    "composition": ("sponsor_id", "migrants"),
}
_MOST = 10**9  # migrants of one sponsor and nationality


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

    def known(self, attribute: str = "nationality") -> NDArray[np.bool_]:
        """Which codes name a value, shape (codes,): a place that UN M49 knows, or any but unknown.

        Args:
            attribute: what the codes are.
        """
        if attribute == "nationality":
            named = [place_of(code).region != UNKNOWN for code in self.codes]
        else:
            named = [code.strip().lower() not in ("", UNKNOWN) for code in self.codes]
        return np.array(named, dtype=bool)

    @property
    def with_migrants(self) -> NDArray[np.bool_]:
        """Which sponsors have at least one migrant: the only ones H1 and H2 speak of."""
        return np.asarray(self.total > 0)


def faults(
    *, scores: pd.DataFrame, composition: pd.DataFrame, attribute: str = "nationality"
) -> list[str]:
    """What makes the two tables unusable, as sentences; empty if nothing does."""
    found = []
    for name, frame in (("scores", scores), ("composition", composition)):
        wanted = (*_COLUMNS[name], *((attribute,) if name == "composition" else ()))
        found += column_faults(frame, wanted, name=name)
    return found or _of_values(scores, composition)


def column_faults(frame: pd.DataFrame, wanted: Iterable[str], *, name: str) -> list[str]:
    """Columns that are missing, there twice, or hold what is no single value, as sentences.

    Args:
        frame: the table.
        wanted: its columns that are read.
        name: completes "The … have no column".
    """
    found = []
    for column in wanted:
        times = int((frame.columns == column).sum())
        if times == 0:
            found.append(f"The {name} have no column {column}.")
        elif times > 1:
            found.append(f"The {name} have the column {column} more than once.")
        elif not single_values(frame[column]):
            found.append(f"The {name} have lists or tables instead of values in {column}.")
    return found


def as_numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    """The column as numbers; NaN for null, for text even of digits, and for what is no number."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float)
    real = [float(v) if isinstance(v, (Real, Decimal)) else np.nan for v in column]
    return np.array(real, dtype=float)


def _of_values(scores: pd.DataFrame, composition: pd.DataFrame) -> list[str]:
    ids = scores["sponsor_id"]
    counts = as_numbers(composition["migrants"])
    inside = (counts >= 0) & (counts <= _MOST)  # false for NaN
    wrong = {
        "sponsors without a key": int(ids.isna().sum()),
        "sponsors that are scored twice": int(ids.duplicated().sum()),
        "sponsors without a score": int((~np.isfinite(as_numbers(scores["score"]))).sum()),
        "sponsors without a band": int((~scores["band"].isin(BANDS)).sum()),
        "entries of the composition without a sponsor": int(composition["sponsor_id"].isna().sum()),
        "counts of migrants that are no count": int(
            (~(inside & (counts == np.round(counts)))).sum()
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
    count = as_numbers(composition["migrants"]).astype(np.int64)
    kept = (row >= 0) & (count > 0)
    of = factor(composition[attribute][kept])
    sponsor, code, migrants = _one_entry_each(row[kept], of.number, count[kept], len(of.names))
    return Population(
        score=as_numbers(scores["score"]),
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
