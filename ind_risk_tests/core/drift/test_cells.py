"""Cells: every sponsor in exactly one, nulls and unseen values in their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.drift.cells import UNKNOWN, category_cells, number_cells

number = st.one_of(st.none(), st.integers(-3, 3), st.floats(-1e6, 1e6), st.just(np.inf))


def _counts(cells: object) -> dict[str, tuple[int, int]]:
    names, old, new = cells.names, cells.training, cells.use  # type: ignore[attr-defined]
    return {n: (int(a), int(b)) for n, a, b in zip(names, old, new, strict=True)}


@settings(deadline=None)
@given(st.lists(number, min_size=1, max_size=60), st.lists(number, min_size=1, max_size=60))
def test_everybody_is_counted_once(old: list[float | None], new: list[float | None]) -> None:
    a, b = pd.Series(old, dtype=float), pd.Series(new, dtype=float)
    cells = number_cells(a, b)
    assert cells.training.sum() == len(a)
    assert cells.use.sum() == len(b)
    assert len(cells.names) <= 11
    assert ((cells.training + cells.use) > 0).all()
    unknown = _counts(cells).get(UNKNOWN, (0, 0))
    assert unknown == (a.isna().sum(), b.isna().sum())


def test_deciles_of_training() -> None:
    rng = np.random.default_rng(0)
    cells = number_cells(pd.Series(rng.normal(size=1000)), pd.Series(rng.normal(size=500)))
    assert cells.training.tolist() == [100] * 10


def test_a_constant_that_falls_or_rises_is_seen() -> None:
    five = pd.Series([5.0] * 100)
    assert _counts(number_cells(five, pd.Series([4.0] * 60 + [5.0] * 30 + [6.0] * 10))) == {
        "up to 5": (0, 60),
        "5 to 5": (100, 30),
        "above 5": (0, 10),
    }
    assert len(number_cells(five, five).names) == 1


def test_ties_are_merged() -> None:
    mostly_zero = pd.Series([0.0] * 85 + list(range(1, 16)))
    cells = number_cells(mostly_zero, mostly_zero)
    assert cells.training.tolist()[0] == 85
    assert cells.training.sum() == 100


def test_nothing_known_in_training() -> None:
    cells = number_cells(pd.Series([np.nan] * 5), pd.Series([1.0, np.nan]))
    assert _counts(cells) == {UNKNOWN: (5, 1), "any number": (0, 1)}


@pytest.mark.parametrize("kind", ["object", "string", "category"])
def test_categories_with_nulls_and_unseen_values(kind: str) -> None:
    old = pd.Series(["ict", "ict", "trade", None], dtype=kind)
    new = pd.Series(["ict", "horeca", None, None], dtype=kind)
    assert _counts(category_cells(old, new)) == {
        "ict": (2, 1), "trade": (1, 0), UNKNOWN: (1, 2), "horeca": (0, 1),
    }  # fmt: skip


def test_nullable_numbers() -> None:
    cells = number_cells(pd.Series([1, None, 2], dtype="Int64"), pd.Series([1.0, 2.0]))
    assert _counts(cells)[UNKNOWN] == (1, 0)
