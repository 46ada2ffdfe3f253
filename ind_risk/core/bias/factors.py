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
    """Columns of `sponsors` in the order of the scores; one with a `factor_fault` is left out.

    A scored sponsor who is not in the table is "unknown"; of a table with a key twice nothing is
    used.
    """
    import pandas as pd

    there = [c for c in dict.fromkeys(columns) if factor_fault(sponsors, c) is None]
    if not there:
        return {}
    row = pd.Index(sponsors["sponsor_id"]).get_indexer(pd.Index(scores["sponsor_id"]))
    made = {}
    for column in there:
        raw, distinct = pd.factorize(in_classes(sponsors[column]))
        made[column] = _named(np.append(raw, -1)[row], distinct)
    return made


def factor_fault(sponsors: pd.DataFrame, column: str) -> str | None:
    """Why nothing is known of a column of the sponsors, as a sentence; None if something is."""
    for name in ("sponsor_id", column):
        times = int((sponsors.columns == name).sum())
        if times == 0:
            return f"The sponsors have no column {name}, so {column} is not known."
        if times > 1:
            return f"The sponsors have the column {name} more than once, so {column} is not known."
        if not single_values(sponsors[name]):
            return f"The sponsors have lists or tables instead of values in {name}."
    if sponsors["sponsor_id"].duplicated().any():
        return f"The sponsors have a key twice, so {column} is not known of everybody."
    return None


def single_values(column: pd.Series[Any]) -> bool:
    """Whether each entry is a value that can be counted, not a list or a dictionary."""
    if column.dtype != object:
        return True
    try:
        set(column)
    except TypeError:
        return False
    return True


def _named(raw: Ints, distinct: Any) -> Factor:
    """Sorted names of the values that occur; `raw` is -1 where there is none."""
    occurs = np.flatnonzero(np.bincount(raw + 1, minlength=len(distinct) + 1))
    values = np.append(np.array(UNKNOWN, dtype=object), np.asarray(distinct, dtype=object))
    names, place = np.unique([str(v) for v in values[occurs]], return_inverse=True)
    number = np.zeros(len(values), dtype=np.int64)
    number[occurs] = place
    return Factor(number[raw + 1], tuple(str(name) for name in names))
