"""The random arm is random, with the probability it states; the other routes are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.contracts import SELECTIONS
from ind_risk.core.worlds.routes import Known, choose
from ind_risk.core.worlds.signals import Signals
from ind_risk.core.worlds.spec import WORLDS
from ind_risk.core.worlds.sponsors import draw_sponsors
from ind_risk_tests.core.worlds.made import frames

WITH_ARM = ("audited", "biased", "broken_assumption", "drifted", "inspectors")


@pytest.mark.parametrize("name", WITH_ARM)
def test_the_stated_probability_is_sample_over_register(name: str) -> None:
    made = frames(name)
    arm = made.inspections[made.inspections["selection"] == "random"]
    for year, rows in arm.groupby(arm["opened_on"].dt.year):
        register = made.register(pd.Timestamp(year - 1, 12, 31))
        (stated,) = rows["inclusion_probability"].unique()
        assert rows["sponsor_id"].is_unique
        assert set(rows["sponsor_id"]) <= set(register["sponsor_id"])
        # Those whose recognition ended at once after the draw are not inspected any more.
        assert 0 <= round(stated * len(register)) - len(rows) <= 5
    last = arm[arm["opened_on"] > "2024-12-31"]
    assert len(last) == pytest.approx(2_580, abs=170)


def test_every_sponsor_is_drawn_as_often_as_stated() -> None:
    """By simulation: draws of one year over and over, against the binomial."""
    rng, n, draws = np.random.default_rng(3), 120, 4_000
    sponsors, level = draw_sponsors(rng, n), rng.standard_normal(n)
    nobody = np.zeros(n, dtype=np.bool_)
    none = np.zeros(0, dtype=np.int64)
    known = Known(
        year=2024,
        here=sponsors.recognised_at(19_722),
        level=level,
        signals=Signals(none, none, none),
        failed=nobody,
        proxy=nobody,
    )
    hits = np.zeros(n)
    for _ in range(draws):
        chosen = choose(rng, WORLDS["audited"], sponsors, known)
        arm = chosen.route == SELECTIONS.index("random")
        hits[chosen.sponsor[arm]] += 1
        stated = chosen.probability[arm][0]
        assert np.isnan(chosen.probability[~arm]).all()
    assert (hits[~known.here] == 0).all()
    expected, spread = draws * stated, np.sqrt(draws * stated * (1 - stated))
    z = (hits[known.here] - expected) / spread
    assert np.abs(z).max() < 4.5
    assert abs(np.corrcoef(hits[known.here], level[known.here])[0, 1]) < 0.35


def test_the_random_arm_knows_nothing_of_conduct_but_the_other_routes_do() -> None:
    made = frames("audited")
    truth = made.truth.set_index("sponsor_id")["p_non_compliant"]
    inspections = made.inspections[made.inspections["opened_on"] > "2024-12-31"]
    register = made.register(pd.Timestamp("2024-12-31"))["sponsor_id"]
    p = truth.loc[register]

    def z(rows: pd.DataFrame) -> float:
        drawn = p.index.isin(rows["sponsor_id"])
        gap = p[drawn].mean() - p[~drawn].mean()
        return float(gap / np.sqrt(p.var() * (1 / drawn.sum() + 1 / (~drawn).sum())))

    assert abs(z(inspections[inspections["selection"] == "random"])) < 3.5
    assert z(inspections[inspections["selection"] == "risk_model"]) > 8


def test_the_random_arm_is_spread_over_the_year_and_closes_within_two_months() -> None:
    arm = frames("audited").inspections
    arm = arm[(arm["selection"] == "random") & (arm["opened_on"].dt.year == 2025)]
    per_month = arm["opened_on"].dt.month.value_counts()
    assert per_month.loc[list(range(1, 11))].between(170, 320).all()
    lag = (arm["closed_on"] - arm["opened_on"]).dt.days.dropna()
    assert (lag <= 62).mean() > 0.9
    assert 0.93 < arm["outcome"].isin(["compliant", "non_compliant"]).mean() < 0.99


def test_the_letter_has_no_random_arm_at_all() -> None:
    inspections = frames("letter").inspections
    assert "random" not in set(inspections["selection"])
    assert inspections["inclusion_probability"].isna().all()
    assert len(inspections) > 400
