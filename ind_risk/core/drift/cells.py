"""How a column is cut into cells that training and use are both counted in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

BINS = 10
UNKNOWN = "(unknown)"


@dataclass(frozen=True)
class Cells:
    """Counts per cell; no cell is empty in both populations."""

    names: tuple[str, ...]
    training: NDArray[np.int64]
    use: NDArray[np.int64]


def number_cells(training: pd.Series[Any], use: pd.Series[Any]) -> Cells:
    """Count numbers in quantile bins of the training population, nulls in a bin of their own.

    At most ten bins. A value that makes up several tenths of training becomes a bin of its own with
    an edge on either side, so that a fall below a constant is seen as well as a rise above it.
    """
    old, new = _floats(training), _floats(use)
    known = old[~np.isnan(old)]
    edges = np.empty(0)
    if len(known):
        deciles = np.arange(1, BINS) / BINS
        cuts, times = np.unique(
            np.quantile(known, deciles, method="inverted_cdf"), return_counts=True
        )
        edges = np.unique(np.r_[cuts, np.nextafter(cuts[times > 1], -np.inf)])
    names = [UNKNOWN, *_bin_names(edges)]
    return _counted(names, _place(old, edges), _place(new, edges))


def category_cells(training: pd.Series[Any], use: pd.Series[Any]) -> Cells:
    """Count each value, nulls and values that training never saw included."""
    import pandas as pd

    both = pd.concat([training.astype(object), use.astype(object)], ignore_index=True)
    codes, values = pd.factorize(both.where(both.notna(), UNKNOWN).astype(str))
    n = len(training)
    return _counted([str(v) for v in values], codes[:n], codes[n:])


def _place(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """0 for nulls; bin i + 1 holds edges[i − 1] < x ≤ edges[i]."""
    place = np.searchsorted(edges, values, side="left") + 1
    return np.where(np.isnan(values), 0, place).astype(np.int64)


def _bin_names(edges: NDArray[np.float64]) -> list[str]:
    if not len(edges):
        return ["any number"]
    inner = [f"{a:.4g} to {b:.4g}" for a, b in pairwise(edges)]
    return [f"up to {edges[0]:.4g}", *inner, f"above {edges[-1]:.4g}"]


def _counted(names: list[str], old: NDArray[np.int64], new: NDArray[np.int64]) -> Cells:
    before, after = (np.bincount(x, minlength=len(names)).astype(np.int64) for x in (old, new))
    filled = (before + after) > 0
    kept = tuple(n for n, keep in zip(names, filled, strict=True) if keep)
    return Cells(kept, before[filled], after[filled])


def _floats(column: pd.Series[Any]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return values
