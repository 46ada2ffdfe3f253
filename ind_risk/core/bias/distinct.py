"""Distinct numbers and how often each occurs: the one way that sponsors become counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_PER_KEY, _FREE = 4, 4_096  # possible numbers that are counted rather than sorted


def distinct(key: Ints, size: int) -> tuple[Ints, Ints]:
    """Distinct numbers in rising order, and how often each occurs.

    Args:
        key: shape (n,), each in 0 … size - 1.
        size: how many numbers there could be.
    """
    if not _countable(key, size):
        kept, times = np.unique(key, return_counts=True)
        return kept.astype(np.int64), times.astype(np.int64)
    times = np.bincount(key, minlength=size)
    kept = np.flatnonzero(times)
    return kept.astype(np.int64), times[kept].astype(np.int64)


def labelled(key: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """The same, with the place of each number among the distinct ones between them.

    Returns:
        (distinct numbers, place of each of n, how often each occurs).
    """
    if not _countable(key, size):
        kept, place, times = np.unique(key, return_inverse=True, return_counts=True)
        return kept.astype(np.int64), place.astype(np.int64), times.astype(np.int64)
    times = np.bincount(key, minlength=size)
    kept = np.flatnonzero(times)
    if len(kept) == size:
        return kept.astype(np.int64), key, times.astype(np.int64)
    place = np.cumsum(times > 0, dtype=np.int64) - 1
    return kept.astype(np.int64), place[key], times[kept].astype(np.int64)


def _countable(key: Ints, size: int) -> bool:
    return size <= _PER_KEY * len(key) + _FREE
