"""The random share is drawn from everybody alike, whatever the model thinks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.errors import IndRiskError
from ind_risk.core.worklist import draw_worklist, random_worklist


def scores(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sponsor_id": [f"S{i:05d}" for i in range(n)],
            "band": ["high"] * (n // 10) + ["low"] * (n - n // 10),
            "rank": range(1, n + 1),
        }
    )


def test_profile_fills_up_with_the_highest_ranks() -> None:
    rows = draw_worklist(scores=scores(1000), size=40, random_share=0.25, seed=1).rows
    random = rows[rows["route"] == "random"]
    profile = rows[rows["route"] == "profile"]
    assert (len(random), len(profile)) == (10, 30)
    assert rows["sponsor_id"].is_unique
    assert random["inclusion_probability"].eq(0.01).all()
    assert profile["inclusion_probability"].isna().all()
    best = scores(1000).loc[~scores(1000)["sponsor_id"].isin(random["sponsor_id"])].head(30)
    assert set(profile["sponsor_id"]) == set(best["sponsor_id"])


def test_every_sponsor_is_drawn_with_the_stated_probability() -> None:
    frame, draws = scores(50), 1500
    hits = np.zeros(50)
    for seed in range(draws):
        rows = draw_worklist(scores=frame, size=20, random_share=0.25, seed=seed).rows
        hits[rows.loc[rows["route"] == "random", "rank"].to_numpy() - 1] += 1
    standard_error = np.sqrt(0.1 * 0.9 / draws)
    assert np.abs(hits / draws - 0.1).max() < 4.5 * standard_error


def test_row_order_does_not_matter() -> None:
    frame = scores(300)
    one = draw_worklist(scores=frame, size=20, random_share=0.3, seed=3).rows
    two = draw_worklist(
        scores=frame.sample(frac=1, random_state=5), size=20, random_share=0.3, seed=3
    )
    pd.testing.assert_frame_equal(one, two.rows)


def test_without_a_model_it_is_a_random_sample_and_says_so() -> None:
    made = random_worklist(sponsor_ids=scores(100)["sponsor_id"], size=10, seed=0)
    assert made.basis.startswith("no model is in use")
    assert made.rows["route"].eq("random").all()
    assert made.rows["inclusion_probability"].eq(0.1).all()
    assert made.rows["band"].isna().all()


def test_more_than_there_are_is_everybody() -> None:
    assert len(draw_worklist(scores=scores(20), size=99, random_share=0.5, seed=0).rows) == 20
    assert len(random_worklist(sponsor_ids=scores(20)["sponsor_id"], size=99, seed=0).rows) == 20


def test_nobody_is_refused() -> None:
    with pytest.raises(IndRiskError, match="at least 1"):
        draw_worklist(scores=scores(20), size=0, random_share=0.5, seed=0)
