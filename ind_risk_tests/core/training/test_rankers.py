"""The rule of thumb ranks by one feature, in its known direction, missing last."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ind_risk.core.training.rankers import ConstantRanker, OneRule

Y = np.array([0, 0, 0, 1, 1, 0, 1, 0])
FRAME = pd.DataFrame(
    {
        "good": [1.0, 2, 3, 9, 8, 2, 7, np.nan],
        "falling": [9.0, 8, 7, 1, 2, 8, 3, np.nan],
        "poor": [1.0, 5, 2, 3, 1, 4, 2, 5],
    }
)


def test_it_takes_the_best_feature() -> None:
    rule = OneRule(["poor", "good"], [0, 0]).fit(FRAME, Y)
    assert (rule.feature_, rule.direction_, rule.auc_) == ("good", 1, 1.0)


def test_it_turns_a_falling_feature_round() -> None:
    rule = OneRule(["falling"], [0]).fit(FRAME, Y)
    assert rule.direction_ == -1
    assert roc_auc_score(Y, rule.decision_function(FRAME)) == 1.0


def test_a_known_direction_is_never_turned_round() -> None:
    rule = OneRule(["falling", "poor"], [1, 1]).fit(FRAME, Y)
    assert rule.direction_ == 1
    assert rule.feature_ == "poor"


@pytest.mark.parametrize("column", ["good", "falling"])
def test_missing_is_least_suspicious(column: str) -> None:
    values = OneRule([column], [0]).fit(FRAME, Y).decision_function(FRAME)
    assert values[-1] < values[:-1].min()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e12, 1e12) | st.just(float("nan")), min_size=1, max_size=20))
def test_any_numbers_give_finite_values_in_order(values: list[float]) -> None:
    rule = OneRule(["good"], [1]).fit(FRAME, Y)
    column = np.array(values)
    got = rule.decision_function(pd.DataFrame({"good": column}))
    assert np.isfinite(got).all()
    known = np.isfinite(column)
    assert (np.diff(got[known][np.argsort(column[known])]) >= 0).all()


def test_a_feature_missing_for_all_does_not_win() -> None:
    frame = FRAME.assign(empty=np.nan)
    assert OneRule(["empty", "good"], [0, 0]).fit(frame, Y).feature_ == "good"
    assert np.isfinite(OneRule(["empty"], [0]).fit(frame, Y).decision_function(frame)).all()


def test_the_constant_ranker_has_no_opinion() -> None:
    assert ConstantRanker().fit(FRAME, Y).decision_function(FRAME).tolist() == [0.0] * 8
