"""Bands follow capacity; equal scores are decided by a hash, not by order or alphabet."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.bands import bands_of, score, tie_break
from ind_risk.core.errors import IndRiskError
from ind_risk_tests.core.training.example import last_features, shipped_policy, trained

POLICY = shipped_policy()


class Given:
    """A model that says what the column `said` says."""

    def predict_proba(self, frame: pd.DataFrame, /) -> np.ndarray:
        risk = frame["said"].to_numpy()
        return np.column_stack([1 - risk, risk])


def _frame(said: list[float]) -> pd.DataFrame:
    ids = [f"S{i:04d}" for i in range(len(said))]
    return pd.DataFrame({"sponsor_id": ids, "as_of": pd.Timestamp("2024-01-01"), "said": said})


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2000))
def test_bands_have_the_size_of_capacity(n: int) -> None:
    bands = bands_of(np.arange(1, n + 1), POLICY.capacity)
    high, middle = ceil(0.10 * n), ceil(0.20 * n)
    assert (bands == "high").sum() == min(high, n)
    assert (bands == "middle").sum() == min(middle, n - high)
    assert (bands == "low").sum() == max(0, n - high - middle)


def test_scores_of_a_trained_candidate() -> None:
    features = last_features()
    made = score(trained(), features, POLICY)
    assert list(made.columns) == ["sponsor_id", "as_of", "score", "rank", "band"]
    assert sorted(made["rank"]) == list(range(1, len(features) + 1))
    ordered = made.sort_values("rank")
    assert (np.diff(ordered["score"]) <= 0).all()
    shuffled = features.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(score(trained(), shuffled, POLICY), made)


def test_ties_are_drawn_anew_on_another_date_and_not_by_name() -> None:
    frame = _frame([0.5] * 1000)
    one = score(Given(), frame, POLICY)
    other = score(Given(), frame.assign(as_of=pd.Timestamp("2024-07-01")), POLICY)
    high = set(one.loc[one["band"] == "high", "sponsor_id"])
    again = set(other.loc[other["band"] == "high", "sponsor_id"])
    assert 0 < len(high & again) < 30  # 10 expected of 100 if drawn independently
    place = one["rank"].to_numpy()
    assert abs(np.corrcoef(place, np.arange(1000))[0, 1]) < 0.1


def test_the_hash_does_not_change_between_versions() -> None:
    assert tie_break(["S1"], np.array(["2024-01-01"], dtype="datetime64[D]")).tolist() == [
        TIE_OF_S1
    ]


def test_no_sponsors_no_scores() -> None:
    assert len(score(Given(), _frame([]), POLICY)) == 0


def test_refusals() -> None:
    frame = _frame([0.1, 0.2, 0.3])
    with pytest.raises(IndRiskError, match="'S0001' no number"):
        score(Given(), frame.assign(said=[0.1, np.nan, 0.2]), POLICY)
    with pytest.raises(IndRiskError, match="'S0000' has two"):
        score(Given(), pd.concat([frame, frame.head(1)]), POLICY)
    frame["as_of"] = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-07-01"])
    with pytest.raises(IndRiskError, match="one as-of date"):
        score(Given(), frame, POLICY)


TIE_OF_S1 = 8113522289696367176
