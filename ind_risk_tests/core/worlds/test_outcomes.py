"""Playing the inspectors: the truth comes back, in part, and of this world only."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.outcomes import COLUMNS, returned
from ind_risk.core.worlds.outcomes import UNDETERMINED, played

SINCE = date(2025, 12, 31)
N = 4_000
TRUTH = pd.DataFrame({
    "sponsor_id": [f"S{k}" for k in range(N)],
    "p_non_compliant": np.where(np.arange(N) % 10 == 0, 0.9, 0.02),
    "non_compliant": np.arange(N) % 10 == 0,
})  # fmt: skip
SHEET = pd.DataFrame({
    "case": [f"{k:05d}" for k in range(N)], "sponsor_id": TRUTH["sponsor_id"], "legal_name": "x",
})  # fmt: skip


def played_in(world: str, response: float = 1.0) -> pd.DataFrame:
    return played(SHEET, world=world, truth=TRUTH, since=SINCE, response=response, seed=3)


def test_what_comes_back_is_the_truth_and_fits_the_sheet() -> None:
    made = played_in("letter")
    assert tuple(made.columns) == COLUMNS
    known = made["outcome"].isin(["compliant", "non_compliant"])
    assert known.mean() == pytest.approx(1 - UNDETERMINED, abs=0.01)
    found = made.loc[known, "outcome"] == "non_compliant"
    assert (found == TRUTH.loc[known, "non_compliant"]).all()
    drawn = SHEET[["case", "sponsor_id"]]
    came = returned(made, drawn=drawn, before=None, since=SINCE, until=date(2026, 12, 31))
    assert (len(came.rows), came.late) == (N, ())


def test_some_do_not_answer_whatever_they_are() -> None:
    made = played_in("letter", response=0.8)
    silent = made["opened_on"] == ""
    assert silent.mean() == pytest.approx(0.2, abs=0.02)
    assert (made.loc[silent, ["closed_on", "outcome", "inspector_id"]] == "").all(axis=None)
    bad = TRUTH["non_compliant"]
    assert silent[bad].mean() == pytest.approx(silent[~bad].mean(), abs=0.07)


def test_where_it_matters_who_inspects_rates_differ() -> None:
    made = played_in("inspectors")
    rates = (made["outcome"] == "non_compliant").groupby(made["inspector_id"]).mean()
    assert rates.max() - rates.min() > 0.2
    same = played_in("letter")
    rates = (same["outcome"] == "non_compliant").groupby(same["inspector_id"]).mean()
    assert rates.max() - rates.min() < 0.2


def test_a_sheet_of_another_world_is_named() -> None:
    alien = SHEET.assign(sponsor_id="Z" + SHEET["sponsor_id"])
    with pytest.raises(IndRiskError, match=r"4,000 sponsors of the sheet are not of this world"):
        played(alien, world="letter", truth=TRUTH, since=SINCE, response=1.0, seed=1)
    with pytest.raises(IndRiskError, match="no column 'case'"):
        played(
            SHEET.drop(columns="case"), world="letter", truth=TRUTH, since=SINCE, response=1.0,
            seed=1,
        )  # fmt: skip
