"""Counting and sorting give the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.bias.distinct import distinct, labelled

KEYS = st.lists(st.integers(0, 60), max_size=80)


@given(KEYS, st.sampled_from([61, 10**9]))
def test_as_numpy_does_it(keys: list[int], size: int) -> None:
    """A possible size of 61 is counted, one of 10^9 is sorted."""
    key = np.array(keys, dtype=np.int64)
    kept, place, times = labelled(key, size)
    unique, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    assert kept.tolist() == unique.tolist()
    assert place.tolist() == inverse.tolist()
    assert times.tolist() == counts.tolist()
    assert [part.tolist() for part in distinct(key, size)] == [kept.tolist(), times.tolist()]


def test_all_that_could_be_are_there() -> None:
    key = np.array([2, 0, 1, 1])
    kept, place, times = labelled(key, 3)
    assert (kept.tolist(), place.tolist(), times.tolist()) == ([0, 1, 2], [2, 0, 1, 1], [1, 2, 1])
