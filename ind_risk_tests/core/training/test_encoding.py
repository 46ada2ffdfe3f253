"""One frame for every kind of null, and only the columns the register names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.training.encoding import UNKNOWN, design


def test_all_nulls_are_one_and_other_columns_stay_out() -> None:
    frame = pd.DataFrame(
        {
            "n": pd.Series([1, None, 3], dtype="Int64"),
            "secret": [1, 2, 3],
            "c": pd.Series(["a", None, np.nan], dtype=object),
        }
    ).set_index(pd.Index([7, 8, 9]))
    made = design(frame, ["n"], ["c"])
    assert list(made.columns) == ["n", "c"]
    assert made["n"].dtype == np.float64
    assert made["c"].dtype == object
    assert made["c"].tolist() == ["a", UNKNOWN, UNKNOWN]
    assert np.isnan(made["n"].iloc[1])


def test_text_dtypes_give_the_same() -> None:
    values = ["a", None]
    frames = [pd.DataFrame({"c": pd.Series(values, dtype=d)}) for d in ("object", "str", "string")]
    assert all(design(f, [], ["c"]).equals(design(frames[0], [], ["c"])) for f in frames)


def test_a_number_column_of_nothing_but_none_is_missing() -> None:
    made = design(pd.DataFrame({"n": pd.Series([None, None], dtype=object)}), ["n"], [])
    assert made["n"].isna().all()


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(KeyError, match="n"):
        design(pd.DataFrame({"c": ["a"]}), ["n"], [])
