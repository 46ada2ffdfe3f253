"""The table of how labels came to be seen: right sums, and no small count can be solved for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from ind_risk.core.errors import IndRiskError
from ind_risk.core.label_provenance import (
    HIDDEN,
    LABELS,
    SEEN_BY,
    provenance_markdown,
    provenance_table,
)

BIG = 10_000


def _labels(counts: np.ndarray, day: str = "2024-01-01") -> pd.DataFrame:
    """One label a sponsor, by counts of shape (routes, labels)."""
    rows, columns = np.indices(counts.shape)
    n = counts.ravel()
    selection = np.array(SEEN_BY, dtype=object)[np.repeat(rows.ravel(), n)]
    selection[selection == "none"] = None
    label = np.array(LABELS, dtype=object)[np.repeat(columns.ravel(), n)]
    return pd.DataFrame({"as_of": pd.Timestamp(day), "selection": selection, "label": label})


def _counts(inspected: list[list[int]], none: int) -> np.ndarray:
    return np.array([*inspected, [0, 0, none]])


def _solve_for(table: pd.DataFrame, minimum: int, cell: tuple[int, int]) -> tuple[int, int]:
    """Least and most a cell can be for whoever knows the rules, by integer programming.

    Unknowns: the 7 × 4 numbers of the table and, for each, whether it is above 0. Everybody knows
    that the number of sponsors is public, that nothing is found where nobody looked, that "<m" is
    from 1 to m − 1, and that another hidden count is 0 or at least m.
    """
    shown = table[[*LABELS, "total"]].to_numpy()
    place = np.arange(28).reshape(7, 4)
    low, high = np.zeros(56), np.r_[np.full(28, float(BIG)), np.ones(28)]
    rows: list[np.ndarray] = []
    limits: list[tuple[float, float]] = []

    def equation(terms: dict[int, float], least: float, most: float) -> None:
        row = np.zeros(56)
        for i, factor in terms.items():
            row[i] = factor
        rows.append(row)
        limits.append((least, most))

    for (r, c), text in np.ndenumerate(shown):
        i = int(place[r, c])
        if text == f"<{minimum}":
            low[i], high[i] = 1, minimum - 1
        elif text != HIDDEN:
            low[i] = high[i] = int(text)
        elif r < 6 and c < 3:
            equation({i: 1, 28 + i: -float(minimum)}, 0, np.inf)
            equation({i: 1, 28 + i: -float(BIG)}, -np.inf, 0)
    for c in (0, 1):
        high[place[5, c]] = 0
    for r in range(7):
        equation({**{int(place[r, c]): 1 for c in range(3)}, int(place[r, 3]): -1}, 0, 0)
    for c in range(4):
        equation({**{int(place[r, c]): 1 for r in range(6)}, int(place[6, c]): -1}, 0, 0)
    ends = []
    for sign in (1, -1):
        goal = np.zeros(56)
        goal[place[cell]] = sign
        found = milp(
            goal,
            constraints=LinearConstraint(np.array(rows), *np.array(limits).T),
            bounds=Bounds(low, high),
            integrality=np.ones(56),
        )
        assert found.success, found.message
        ends.append(round(sign * found.fun))
    return ends[0], ends[1]


def _assert_safe(counts: np.ndarray, minimum: int) -> None:
    table = provenance_table(_labels(counts), minimum_count=minimum)
    if counts.sum() == 0:
        assert len(table) == 0
        return
    texts = table[[*LABELS, "total"]].to_numpy()
    full = np.c_[counts, counts.sum(axis=1)]
    full = np.r_[full, full.sum(axis=0, keepdims=True)]
    for place, text in np.ndenumerate(texts):
        if text not in (HIDDEN, f"<{minimum}"):
            assert int(text) == full[place]
            assert not 0 < full[place] < minimum
        if text == f"<{minimum}":
            assert 0 < full[place] < minimum
    if texts[6, 3] == HIDDEN:
        assert set(texts.ravel()) == {HIDDEN}
        return
    for r, c in np.argwhere((counts > 0) & (counts < minimum)):
        least, most = _solve_for(table, minimum, (int(r), int(c)))
        assert most - least + 1 >= minimum // 2, (table, r, c)


small = st.one_of(st.just(0), st.integers(1, 9), st.integers(10, 40))
block = st.lists(st.lists(small, min_size=3, max_size=3), min_size=5, max_size=5)


@settings(deadline=None, max_examples=60)
@given(block, st.one_of(st.integers(0, 25), st.just(900)))
def test_no_small_count_can_be_solved_for(inspected: list[list[int]], none: int) -> None:
    _assert_safe(_counts(inspected, none), 10)


ONE = [[0, 0, 0]] * 5


@pytest.mark.parametrize(
    ("inspected", "none"),
    [
        ([[200, 5, 0], *ONE[1:]], 900),  # the only small count of its column
        ([[200, 5, 3], *ONE[1:]], 900),
        ([[200, 4, 0], [90, 3, 0], *ONE[2:]], 900),  # two that add up to less than ten
        ([[200, 9, 0], [90, 9, 0], *ONE[2:]], 900),  # two whose sum leaves one answer
        ([[200, 1, 0], [90, 1, 0], *ONE[2:]], 900),
        ([[200, 4, 0], [90, 12, 0], *ONE[2:]], 900),
        ([[0, 4, 0], *ONE[1:]], 900),
        ([[3, 3, 3], *ONE[1:]], 0),  # fewer than ten sponsors in all
        ([[11, 3, 0], *ONE[1:]], 0),
        ([[50, 30, 20], *ONE[1:]], 4),  # few who were never seen
        ([[50, 30, 0], *ONE[1:]], 4),
    ],
)
def test_hard_cases(inspected: list[list[int]], none: int) -> None:
    _assert_safe(_counts(inspected, none), 10)


def test_hiding_nothing_more_would_give_the_count_away() -> None:
    """The solver above does find a count that is merely replaced: the test can fail."""
    counts = _counts([[200, 5, 0], [90, 30, 0], *ONE[2:]], 900)
    table = provenance_table(_labels(counts), minimum_count=1)
    table.loc[0, "non_compliant"] = "<10"
    assert _solve_for(table, 10, (0, 1)) == (5, 5)


def test_counts_shares_and_order() -> None:
    counts = _counts([[60, 20, 0], [0, 0, 0], [30, 10, 0], [0, 0, 0], [0, 0, 0]], 880)
    both = pd.concat([_labels(counts, "2024-07-01"), _labels(counts, "2024-01-01")])
    table = provenance_table(both, minimum_count=10)
    assert list(table.columns) == ["as_of", "seen_by", *LABELS, "total", "share"]
    assert table["as_of"].tolist() == ["2024-01-01"] * 7 + ["2024-07-01"] * 7
    assert table["seen_by"].tolist()[:7] == [*SEEN_BY, "all"]
    assert table.iloc[0].tolist()[2:] == ["60", "20", "0", "80", "8.0 %"]
    assert table.iloc[5].tolist()[2:] == ["0", "0", "880", "880", "88.0 %"]
    assert table.iloc[6].tolist()[2:] == ["90", "30", "880", "1000", "100.0 %"]


def test_as_little_as_possible_is_hidden() -> None:
    counts = _counts([[60, 5, 0], [300, 40, 0], [80, 25, 0], *ONE[3:]], 880)
    table = provenance_table(_labels(counts), minimum_count=10).set_index("seen_by")
    assert list(table.loc["random"])[1:] == ["60", "<10", "0", HIDDEN, HIDDEN]
    assert list(table.loc["risk_model"])[1:4] == ["300", "40", "0"]
    assert list(table.loc["signal"])[1:] == ["80", HIDDEN, "0", HIDDEN, HIDDEN]
    assert list(table.loc["all"])[1:5] == ["440", "70", "880", "1390"]


def test_markdown() -> None:
    counts = _counts([[60, 5, 0], [300, 40, 0], *ONE[2:]], 880)
    text = provenance_markdown(provenance_table(_labels(counts), minimum_count=10))
    lines = text.splitlines()
    assert lines[0] == (
        "| as of | seen by | compliant | non compliant | unobserved | total | share |"
    )
    assert lines[2] == "| 2024-01-01 | random | 60 | <10 | 0 | hidden | hidden |"
    assert '"hidden"' in lines[-1]
    assert "hidden" not in provenance_markdown(
        provenance_table(_labels(counts * 100), minimum_count=10)
    )


def test_no_labels() -> None:
    empty = _labels(np.zeros((6, 3), dtype=int))
    table = provenance_table(empty, minimum_count=10)
    assert len(table) == 0
    assert provenance_markdown(table).count("\n") == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"selection": "guess"}, "'guess'"),
        ({"label": "guilty"}, "'guilty'"),
        ({"as_of": pd.NaT}, "no as-of date"),
    ],
)
def test_strange_labels_are_refused(changes: dict[str, Any], said: str) -> None:
    labels = _labels(_counts([[60, 20, 0], *ONE[1:]], 80)).assign(**changes)
    with pytest.raises(IndRiskError, match=said):
        provenance_table(labels, minimum_count=10)


def test_a_minimum_of_one_hides_nothing_and_of_two_more_than_itself() -> None:
    counts = _counts([[60, 2, 0], *ONE[1:]], 80)
    assert "2" in provenance_table(_labels(counts), minimum_count=1)["non_compliant"].tolist()
    two = provenance_table(_labels(counts), minimum_count=2)
    assert "2" not in two["non_compliant"].tolist()
