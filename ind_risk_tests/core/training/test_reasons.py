"""Reasons are drops against a typical sponsor: at most three, strongest first, only those for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.errors import NotFound
from ind_risk.core.training.reasons import importances, reasons
from ind_risk_tests.core.training.example import SPECS, last_features, trained


class Additive:
    """Log-odds one can add up by hand."""

    def decision_function(self, frame: pd.DataFrame, /) -> np.ndarray:
        known = frame["months_since_breach"].notna()
        return np.asarray(
            2.0 * frame["breaches"] - frame["conduct"] + 3.0 * known
            + 0.5 * (frame["sector"] == "trade")
        )  # fmt: skip


def _population() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sponsor_id": ["a", "b", "c", "d", "e"],
            "breaches": [0.0, 0.0, 0.0, 4.0, 1.0],
            "conduct": [0.0, 1.0, 2.0, 5.0, -3.0],  # median 1
            "months_since_breach": [np.nan, np.nan, np.nan, 12.0, np.nan],  # mostly missing
            "never_seen": np.nan,
            "noise": 1.0,
            "sector": ["ict", "ict", "trade", "trade", None],  # a tie: the first in the alphabet
        }
    )


def test_reasons_by_hand() -> None:
    got = reasons(Additive(), features=_population(), listed=["e", "d"], specs=SPECS)
    rows = [tuple(r) for r in got[["sponsor_id", "reason", "feature", "value"]].to_numpy()]
    assert rows == [
        ("d", 1, "breaches", "4"),
        ("d", 2, "months_since_breach", "12"),
        ("d", 3, "sector", "trade"),
        ("e", 1, "conduct", "-3"),
        ("e", 2, "breaches", "1"),
    ]
    assert got["effect"].tolist() == pytest.approx([8.0, 3.0, 0.5, 4.0, 2.0])
    assert got["definition"].iloc[0] == "Breaches found in the last 24 months."


def test_a_sponsor_like_all_others_has_no_reasons() -> None:
    got = reasons(Additive(), features=_population(), listed=["b"], specs=SPECS)
    assert len(got) == 0
    assert list(got.columns) == [
        "sponsor_id", "reason", "feature", "value", "definition", "effect",
    ]  # fmt: skip


def test_an_unknown_sponsor_is_named() -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        reasons(Additive(), features=_population(), listed=["a", "nobody"], specs=SPECS)


def test_the_trained_model_gives_reasons_in_any_row_order() -> None:
    features = last_features()
    ids = features["sponsor_id"].head(50).tolist()
    one = reasons(trained(), features=features, listed=ids, specs=SPECS)
    shuffled = features.sample(frac=1, random_state=1)
    other = reasons(trained(), features=shuffled, listed=ids[::-1], specs=SPECS)
    pd.testing.assert_frame_equal(one, other)
    assert one.groupby("sponsor_id").size().max() <= 3
    assert (one["effect"] > 0).all()


def test_importances_of_what_does_not_matter_are_zero() -> None:
    frame = _population().drop(columns="sponsor_id")
    got = importances(Additive(), frame, SPECS, seed=1)
    assert got["noise"] == got["never_seen"] == 0.0
    assert got["breaches"] > 0
    assert set(importances(Additive(), frame.head(0), SPECS, seed=1).values()) == {0.0}
