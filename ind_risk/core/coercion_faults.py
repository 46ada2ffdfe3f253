"""How a conversion says which values it could not take, without raising at the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One rule of a type that some values break.

    Args:
        rule: what is wrong, in words ("is not a date").
        mask: one boolean per row, true where it is wrong.
        next_step: what to do about it.
    """

    rule: str
    mask: npt.NDArray[np.bool_]
    next_step: str


class Converted(NamedTuple):
    """Values in the contract's type, and the faults; with faults the values are meaningless."""

    values: pa.ChunkedArray
    faults: list[Fault]


def mask_of(flags: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.bool_]:
    """Arrow booleans as numpy ones; null is false."""
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(flags, False).to_numpy(zero_copy_only=False), dtype=bool)


def found(rule: str, flags: pa.ChunkedArray | pa.Array, next_step: str) -> list[Fault]:
    """No fault or one, from Arrow booleans."""
    mask = mask_of(flags)
    return [Fault(rule=rule, mask=mask, next_step=next_step)] if mask.any() else []


def wrong_type(values: pa.ChunkedArray, wanted: str, next_step: str) -> Converted:
    """The fault that a whole column has a type from which nothing is converted."""
    import pyarrow.compute as pc

    mask = mask_of(pc.is_valid(values))
    rule = f"has type {values.type}, not {wanted}"
    return Converted(values, [Fault(rule=rule, mask=mask, next_step=next_step)])
