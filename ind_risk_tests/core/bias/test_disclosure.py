"""No published total minus the published parts gives a small count back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.bias.disclosure import hidden, numerator_class

cells = st.lists(st.integers(0, 60), min_size=1, max_size=12)


@given(counts=cells, rest=st.integers(0, 30), minimum=st.integers(1, 15))
def test_what_an_attacker_subtracts_is_never_small(
    counts: list[int], rest: int, minimum: int
) -> None:
    total = sum(counts) + rest
    hide = hidden(counts, total=total, minimum=minimum)
    shown = np.array(counts)[~hide]
    assert np.all(shown >= minimum)
    difference = total - shown.sum()
    if hide.all():
        return  # only the total is left
    assert difference == 0 or difference >= minimum
    if hide.any():
        assert difference >= minimum


@given(counts=st.lists(st.integers(20, 60), min_size=1, max_size=8))
def test_nothing_is_hidden_where_nothing_is_small(counts: list[int]) -> None:
    assert not hidden(counts, total=sum(counts), minimum=10).any()
    assert not hidden(counts, total=sum(counts) + 10, minimum=10).any()


@given(n=st.integers(0, 5000), minimum=st.integers(1, 15), data=st.data())
def test_a_block_holds_as_many_numerators_as_the_minimum(
    n: int, minimum: int, data: st.DataObject
) -> None:
    x = data.draw(st.integers(0, n))
    low, high = numerator_class(x, n, minimum)
    assert 0 <= low <= x <= high <= n
    assert high - low + 1 >= min(minimum, n + 1)
    assert numerator_class(low, n, minimum)[0] == low
