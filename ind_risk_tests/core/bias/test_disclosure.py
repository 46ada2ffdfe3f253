"""No published total minus the published parts gives a small count back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.bias.disclosure import exposed, hidden, numerator_class, numerators
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_counts import Group, Whole
from ind_risk_tests.core.bias.stratified_world import POLICY, with_bias

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


@given(data=st.data(), minimum=st.integers(1, 12))
def test_a_block_keeps_to_the_margins(data: st.DataObject, minimum: int) -> None:
    n, others = data.draw(st.integers(20, 900)), data.draw(st.integers(20, 5000))
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, others))
    low, high = numerators(x, n, selected=x + y, total=n + others, minimum=minimum)
    assert 0 <= low <= x <= high <= min(n, x + y)
    assert x + y - low <= others


@pytest.mark.parametrize("cell", range(4))
def test_any_small_cell_of_two_groups_looks_like_any_other(cell: int) -> None:
    """Margins fixed: of a group or of its others, selected or not, 0 to 9."""
    n, others, selected = 700, 9_300, 1_000
    for total in (selected, n + others - selected):
        blocks = set()
        for few in range(10):
            x = {0: few, 1: n - few, 2: total - few, 3: total - (others - few)}[cell]
            if 0 <= x <= n and 0 <= total - x <= others:
                blocks.add(numerators(x, n, selected=total, total=n + others, minimum=10))
        assert len(blocks) <= 1


@given(edges=st.lists(st.tuples(st.integers(0, 4), st.integers(10, 14)), max_size=12))
def test_exposed_cells_are_those_on_no_cycle(edges: list[tuple[int, int]]) -> None:
    for k, made in enumerate(exposed(edges)):
        start, goal = edges[k]
        seen, left = {start}, [e for j, e in enumerate(edges) if j != k]
        while more := [e for e in left if len(seen & set(e)) == 1]:
            seen |= set(more[0])
        assert made == (goal not in seen)


def group(name: str, n: int, selected: int) -> Group:
    return Group(
        subject=name, label=f"with a majority from {name}", n=n, selected=selected,
        members=(name,), assessable=n >= 400, migrants=5 * n,
    )  # fmt: skip


def found(groups: list[Group], whole: Whole) -> list[dict[str, Any]]:
    """All findings of selection parity, without what the order of a sum does."""
    made = parity_findings(groups=groups, pooled=[], whole=whole, policy=POLICY)
    return [to_nine_digits(f.to_dict()) for f in made]


def to_nine_digits(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, dict):
        return {k: to_nine_digits(v) for k, v in value.items()}
    return [to_nine_digits(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("base", [450, 600, 1_000])
@pytest.mark.parametrize("n", [420, 700])
@pytest.mark.parametrize("flipped", [False, True])
def test_no_figure_of_parity_tells_small_numerators_apart(base: int, n: int, flipped: bool) -> None:
    told = []
    for x in range(10):
        counts = [(n, x), (650, 19 - x), (9_350 - n, base - 19)]
        groups = [
            group(name, size, size - k if flipped else k)
            for name, (size, k) in zip(("NGA", "TUR", "IND"), counts, strict=True)
        ]
        selected = 10_000 - base if flipped else base
        whole = Whole(n=10_000, selected=selected, migrants=50_000, label="sponsors with migrants")
        told.append(found(groups, whole))
    assert sum(f["details"].get("rounded", False) for f in told[0]) == 4  # two, of either kind
    for other in told[1:]:
        assert other == told[0]


def test_no_figure_of_parity_tells_small_sizes_apart() -> None:
    """Nine sponsors or fewer of one group, what is missing to 700 of another, and nobody else."""
    told = []
    for few in range(1, 10):
        groups = [group("IND", 9_000, 900), group("NGA", 700 - few, 60), group("FJI", few, 0)]
        whole = Whole(n=9_700, selected=960, migrants=48_500, label="sponsors with migrants")
        told.append(found(groups, whole))
    hidden_ones = [f for f in told[0] if f["subject"] != "IND"]
    assert all(f["n"] is None for f in hidden_ones)
    for other in told[1:]:
        assert other == told[0]


@settings(deadline=None)
@given(data=st.data())
def test_tiny_groups_of_any_counts_break_nothing(data: st.DataObject) -> None:
    """Sizes below the smallest count that is told, judged all the same."""
    policy = with_bias(minimum_group_sponsors=1)
    counts = data.draw(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), max_size=5))
    groups = [
        replace(group(f"G{k}", n, min(x, n)), assessable=True) for k, (n, x) in enumerate(counts)
    ]
    rest, chosen = data.draw(st.integers(0, 30)), data.draw(st.integers(0, 30))
    whole = Whole(
        n=sum(g.n for g in groups) + rest,
        selected=sum(g.selected for g in groups) + min(rest, chosen),
        migrants=None, label="sponsors with migrants",
    )  # fmt: skip
    secret = [g.subject for g in groups[:1]]
    made = parity_findings(groups=groups, pooled=[], whole=whole, policy=policy, secret=secret)
    assert {f.subject for f in made} == {g.subject for g in groups}
    assert not [f for f in made if isinstance(f.n, int) and f.n < policy.disclosure.minimum_count]
