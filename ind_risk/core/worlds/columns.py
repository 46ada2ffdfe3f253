"""Arrow columns from numpy, in the types of the contract; nulls where a mask says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ind_risk.core.worlds.days import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


def keys(prefix: str, count: int) -> pa.Array:
    """`count` different texts: the prefix and a number from 1 on, eight digits."""
    number = pa.array(np.arange(1, count + 1)).cast(pa.string())
    padded = pc.utf8_lpad(number, 8, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), padded, "")


def texts(values: Sequence[str], place: NDArray[np.int64], null: Mask | None = None) -> pa.Array:
    """The text of each place; null where masked or where the place is negative."""
    return taken(pa.array(list(values), type=pa.string()), place, null)


def taken(values: pa.Array, place: NDArray[np.int64], null: Mask | None = None) -> pa.Array:
    """The value of each place; null where masked or where the place is negative."""
    none = place < 0 if null is None else (place < 0) | null
    return values.take(pa.array(np.where(none, 0, place), mask=none))


def dates(days: NDArray[np.int64], null: Mask | None = None) -> pa.Array:
    """Days since 1970 as dates; null where masked or NEVER."""
    none = days == NEVER if null is None else (days == NEVER) | null
    return pa.array(days.astype(np.int32), mask=none).cast(pa.date32())


def whole(values: NDArray[np.int64], null: Mask | None = None) -> pa.Array:
    """Whole numbers; null where masked or negative."""
    none = values < 0 if null is None else (values < 0) | null
    return pa.array(values, type=pa.int64(), mask=none)


def numbers(values: NDArray[np.float64], null: Mask | None = None) -> pa.Array:
    """Floating-point numbers; null where masked or NaN."""
    none = np.isnan(values) if null is None else np.isnan(values) | null
    return pa.array(values, type=pa.float64(), mask=none)


def table(**named: Any) -> pa.Table:
    """A table of these columns in this order."""
    return pa.table(named)
