"""Numbers in the size classes of the Commission's recommendation; other columns as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.bias.size_classes import in_classes


@pytest.mark.parametrize(
    ("employees", "name"),
    [
        (0, "under 10"), (9, "under 10"), (10, "10 to 49"), (49, "10 to 49"),
        (50, "50 to 249"), (249, "50 to 249"), (250, "250 and over"), (10**6, "250 and over"),
    ],
)  # fmt: skip
def test_edges(employees: int, name: str) -> None:
    assert in_classes(pd.Series([employees])).tolist() == [name]


def test_null_stays_null_and_the_index_stays() -> None:
    made = in_classes(pd.Series([np.nan, 12.0], index=[7, 3]))
    assert made.isna().tolist() == [True, False]
    assert made.index.tolist() == [7, 3]
    assert in_classes(pd.Series([None, 12], dtype="Int64")).isna().tolist() == [True, False]


@pytest.mark.parametrize("values", [["Utrecht", None], [True, False]])
def test_what_is_no_number_is_left_alone(values: list[object]) -> None:
    series = pd.Series(values)
    assert in_classes(series) is series
