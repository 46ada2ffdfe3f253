"""Columns as numbers of their values: each is read once; null is a value like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.size_classes import in_classes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Factor:
    """A column as numbers.

    Args:
        number: shape (n,), number of each one's value.
        names: the values that occur, sorted; null is "unknown".
    """

    number: Ints
    names: tuple[str, ...]


def factor(values: pd.Series[Any]) -> Factor:
    """The column as numbers, by one look at each entry and one at each distinct value."""
    import pandas as pd

    return _named(*pd.factorize(in_classes(values)))


def sponsor_factors(
    scores: pd.DataFrame, sponsors: pd.DataFrame, columns: Iterable[str]
) -> dict[str, Factor]:
    """Columns of `sponsors` in the order of the scores; one that is not there is left out.

    A scored sponsor who is not in the table is "unknown"; of a table with a key twice nothing is
    used.
    """
    import pandas as pd

    if "sponsor_id" not in sponsors.columns or sponsors["sponsor_id"].duplicated().any():
        return {}
    there = [c for c in dict.fromkeys(columns) if c in sponsors.columns]
    if not there:
        return {}
    row = pd.Index(sponsors["sponsor_id"]).get_indexer(pd.Index(scores["sponsor_id"]))
    made = {}
    for column in there:
        raw, distinct = pd.factorize(in_classes(sponsors[column]))
        made[column] = _named(np.append(raw, -1)[row], distinct)
    return made


def _named(raw: Ints, distinct: Any) -> Factor:
    """Sorted names of the values that occur; `raw` is -1 where there is none."""
    occurs = np.flatnonzero(np.bincount(raw + 1, minlength=len(distinct) + 1))
    values = np.append(np.array(UNKNOWN, dtype=object), np.asarray(distinct, dtype=object))
    names, place = np.unique([str(v) for v in values[occurs]], return_inverse=True)
    number = np.zeros(len(values), dtype=np.int64)
    number[occurs] = place
    return Factor(number[raw + 1], tuple(str(name) for name in names))
