"""Corrections for looking at many groups: Holm, and exact p-values for groups that are small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def holm(p_values: ArrayLike) -> Floats:
    """p-values adjusted so that calling all below alpha errs at all in at most alpha of cases.

    Holm (1979), Scandinavian Journal of Statistics 6:65; holds whatever the dependence.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def exact_p_value(*, x: ArrayLike, n: ArrayLike, selected: int, total: int) -> Floats:
    """Two-sided exact p-value of "the x selected among n are a random draw".

    Twice the smaller tail of the hypergeometric distribution (Fisher), at most 1: valid for any n.

    Args:
        x, n: selected and sponsors of each group, 0 <= x <= n.
        selected, total: selected and sponsors of all groups together.
    """
    from scipy.stats import hypergeom

    seen, drawn = np.asarray(x, dtype=np.int64), np.asarray(n, dtype=np.int64)
    at_most = hypergeom.cdf(seen, total, selected, drawn)
    at_least = hypergeom.sf(seen - 1, total, selected, drawn)
    return np.asarray(np.clip(2 * np.minimum(at_most, at_least), 0.0, 1.0), dtype=float)
