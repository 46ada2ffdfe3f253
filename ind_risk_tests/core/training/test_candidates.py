"""Every candidate takes unseen categories, missing numbers, and obeys the register's directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.training.calibration import SigmoidCalibrated
from ind_risk.core.training.candidates import (
    ADDITIVE_BOOSTER,
    BOOSTER,
    CANDIDATES,
    fit_ranker,
)
from ind_risk.core.training.encoding import categories_of, numbers_of
from ind_risk.core.training.rankers import ConstantRanker
from ind_risk.core.training.rows import Rows, join_rows
from ind_risk_tests.core.training.example import SPECS, example


@pytest.fixture(scope="module")
def rows() -> Rows:
    made = example()
    return join_rows(features=made.features, labelled=made.labelled, specs=SPECS, random_arm=True)


@pytest.fixture(scope="module")
def models(rows: Rows) -> dict[str, SigmoidCalibrated]:
    numbers, categories = numbers_of(SPECS), categories_of(SPECS)
    fitted = {k: fit_ranker(k, rows.frame, rows.y, SPECS, seed=1) for k in CANDIDATES}
    return {k: SigmoidCalibrated(m, 1.0, 0.0, numbers, categories) for k, m in fitted.items()}


@pytest.mark.parametrize("kind", CANDIDATES)
def test_strange_rows_are_scored(models: dict[str, SigmoidCalibrated], kind: str) -> None:
    strange = pd.DataFrame(
        {
            "breaches": [np.nan, 1e9, -5.0], "conduct": [None, 0.0, -1e9],
            "months_since_breach": [np.nan] * 3, "never_seen": [1.0, np.nan, 7.0],
            "noise": [np.nan, 0.0, 1.0], "sector": ["never seen before", None, np.nan],
            "undeclared": [1, 2, 3],
        }
    )  # fmt: skip
    risk = models[kind].predict_proba(strange)
    assert risk.shape == (3, 2)
    assert np.isfinite(risk).all()
    assert models[kind].predict_proba(strange.head(0)).shape == (0, 2)


@pytest.mark.parametrize("kind", [ADDITIVE_BOOSTER, BOOSTER])
def test_more_breaches_never_lower_the_risk(
    models: dict[str, SigmoidCalibrated], rows: Rows, kind: str
) -> None:
    sample = rows.frame.head(200)
    grid = [models[kind].decision_function(sample.assign(breaches=b)) for b in range(8)]
    assert (np.diff(np.stack(grid), axis=0) >= 0).all()
    falling = [
        models[kind].decision_function(sample.assign(months_since_breach=float(m)))
        for m in range(0, 60, 5)
    ]
    assert (np.diff(np.stack(falling), axis=0) <= 0).all()


def _mixed_difference(model: Any, frame: pd.DataFrame) -> float:
    def at(conduct: float, noise: float) -> Any:
        return model.decision_function(frame.assign(conduct=conduct, noise=noise))

    return float(np.abs(at(2.0, 6.0) - at(2.0, 0.1) - at(-1.0, 6.0) + at(-1.0, 0.1)).max())


def test_the_additive_booster_has_no_interactions(
    models: dict[str, SigmoidCalibrated], rows: Rows
) -> None:
    sample = rows.frame.head(300)
    assert _mixed_difference(models[ADDITIVE_BOOSTER], sample) < 1e-9
    assert _mixed_difference(models[BOOSTER], sample) > 1e-3


@pytest.mark.parametrize("kind", CANDIDATES)
def test_features_that_tell_nothing_give_no_opinion(kind: str) -> None:
    names = numbers_of(SPECS)
    frame = pd.DataFrame({n: np.full(60, np.nan) for n in names} | {"sector": ["ict"] * 60})
    y = np.arange(60) % 2
    assert isinstance(fit_ranker(kind, frame, y, SPECS, seed=1), ConstantRanker)


def test_a_register_of_categories_alone_has_no_rule_of_thumb() -> None:
    frame = pd.DataFrame({"sector": ["a", "b"] * 30})
    made = fit_ranker("one_rule", frame, np.arange(60) % 2, SPECS[-1:], seed=1)
    assert isinstance(made, ConstantRanker)
