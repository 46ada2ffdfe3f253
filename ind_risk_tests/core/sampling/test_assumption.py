"""What a plan takes to be true, and the frame it takes it of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ind_risk.core.accuracy.planning import AUC, PREVALENCE, band_rates
from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.assumption import assumed_rates, moved_rates, planned_rates
from ind_risk.core.sampling.strata import strata_of
from ind_risk_tests.core.sampling.example import SHIPPED, frame


def test_bands_have_the_rates_of_the_accuracy_claims() -> None:
    sponsors = frame()
    rate = assumed_rates(sponsors["score"].to_numpy(), prevalence=PREVALENCE, auc=AUC)
    assert rate.mean() == pytest.approx(PREVALENCE, abs=1e-4)
    for band, expected in band_rates(SHIPPED.capacity).items():
        own = rate[(sponsors["band"] == band).to_numpy()]
        assert own.mean() == pytest.approx(expected, abs=1e-3)


def test_equal_scores_have_equal_rates_and_higher_ones_higher() -> None:
    score = np.array([0.1, 0.3, 0.3, 0.9, 0.1])
    rate = assumed_rates(score, prevalence=0.2, auc=0.8)
    assert rate[0] == rate[4] < rate[1] == rate[2] < rate[3]


def test_trust_mixes_in_what_the_model_says() -> None:
    score = frame(n=500)["score"].to_numpy()
    assert planned_rates(score, trust=1.0) == pytest.approx(score)
    half = (score + planned_rates(score)) / 2
    assert planned_rates(score, trust=0.5) == pytest.approx(half)
    with pytest.raises(IndRiskError, match="0 to 1"):
        planned_rates(score, trust=2.0)
    with pytest.raises(IndRiskError, match="cannot be planned with"):
        planned_rates(score, prevalence=0.0)


def test_moved_rates_have_the_means_that_are_told() -> None:
    rng = np.random.default_rng(3)
    rate, of = rng.beta(1, 9, 300), np.arange(300) % 3
    target = np.array([0.01, 0.2, 0.6])
    moved = moved_rates(rate, of, target)
    assert [moved[of == h].mean() for h in range(3)] == pytest.approx(target, abs=1e-8)
    assert np.array_equal(np.argsort(moved[of == 1]), np.argsort(rate[of == 1]))


def test_strata_are_combinations_and_do_not_depend_on_the_order_of_rows() -> None:
    sponsors = frame(n=600, sectors=2)
    sponsors.loc[0, "sector"] = None
    made = strata_of(sponsors, ("band", "majority", "sector"))
    again = strata_of(sponsors.sample(frac=1, random_state=1), ("band", "majority", "sector"))
    assert made.keys == again.keys
    assert np.array_equal(made.of, again.of)
    assert made.size.sum() == 600
    assert ("high", "IND", "sector 0") in made.keys
    assert any(key[2] == "unknown" for key in made.keys)
    assert strata_of(sponsors, ()).keys == ((),)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("score", 1.5, "scores that are no probability"),
        ("band", "top", "without a band"),
        ("group", None, "without a group"),
        ("sponsor_id", "S000001", "stand in it twice"),
    ],
)
def test_an_unusable_frame_is_refused(column: str, value: Any, said: str) -> None:
    sponsors = frame(n=20)
    sponsors[column] = sponsors[column].astype(object)
    sponsors.loc[0, column] = value
    with pytest.raises(IndRiskError, match=said):
        strata_of(sponsors, ("band",))
    with pytest.raises(IndRiskError, match="no column 'group'"):
        strata_of(frame(n=20).drop(columns="group"), ("band",))
    with pytest.raises(IndRiskError, match="no sponsors"):
        strata_of(frame(n=20).iloc[:0], ("band",))
