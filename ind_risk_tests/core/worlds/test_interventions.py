"""The ladder: warning, fines, suspension, revocation after a third fine."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.contracts import INTERVENTION_KINDS
from ind_risk.core.worlds import interventions
from ind_risk.core.worlds.inspections import NON_COMPLIANT, Inspections
from ind_risk.core.worlds.interventions import Ladder
from ind_risk_tests.core.worlds.made import frames


def failed(days: list[int], *, breaches: int = 1) -> Inspections:
    size = len(days)
    day, zeros = np.array(days), np.zeros(size, dtype=np.int64)
    return Inspections(
        sponsor=zeros, opened=day - 30, closed=day, route=zeros, probability=np.full(size, np.nan),
        inspector=zeros, outcome=np.full(size, NON_COMPLIANT), breaches=np.full(size, breaches),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def everything_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interventions, "FOLLOWED_UP", 1.0)


def climb(years: list[list[int]], breaches: int = 1) -> list[str]:
    """Kinds of intervention after each non-compliance; one inner list a year of inspections."""
    ladder, rng, kinds = Ladder(1), np.random.default_rng(0), []
    for days in years:
        taken = ladder.climb(rng, failed(days, breaches=breaches), np.arange(len(days)))
        kinds += [INTERVENTION_KINDS[k] for k in taken.kind]
    return kinds


def test_one_failure_after_another_climbs_the_whole_ladder() -> None:
    climbed = ["warning", "fine", "fine", "suspension", "fine", "revocation"]
    assert climb([[18_000 + 200 * k] for k in range(6)]) == climbed


def test_several_failures_in_one_year_climb_in_order() -> None:
    assert climb([[18_300, 18_000, 18_150]]) == ["warning", "fine", "fine"]


def test_a_warning_lapses_after_two_years() -> None:
    assert climb([[18_000], [18_850]]) == ["warning", "warning"]
    assert climb([[18_000], [18_600]]) == ["warning", "fine"]


def test_serious_breaches_skip_the_warning() -> None:
    assert climb([[18_000]], breaches=interventions.SERIOUS) == ["fine"]


def test_no_failures_no_interventions() -> None:
    assert climb([[]]) == []


def test_each_intervention_answers_a_failed_inspection_of_that_sponsor() -> None:
    made = frames("audited")
    answered = made.interventions.dropna(subset=["inspection_id"]).merge(
        made.inspections, on="inspection_id", suffixes=("", "_inspected")
    )
    assert len(answered) == made.interventions["inspection_id"].notna().sum() > 300
    assert (answered["sponsor_id"] == answered["sponsor_id_inspected"]).all()
    assert (answered["outcome"] == "non_compliant").all()
    assert (answered["imposed_on"] > answered["closed_on"]).all()
    assert (made.interventions["amount"].notna() == (made.interventions["kind"] == "fine")).all()


def test_a_revocation_ends_the_recognition() -> None:
    made = frames("audited")
    revoked = made.interventions[made.interventions["kind"] == "revocation"].merge(
        made.sponsors, on="sponsor_id"
    )
    assert len(revoked) > 50
    assert (revoked["imposed_on"] == revoked["recognition_ended_on"]).all()
    later = made.interventions.merge(made.sponsors, on="sponsor_id")
    assert not (later["imposed_on"] > later["recognition_ended_on"]).any()


def test_all_kinds_occur_the_lighter_the_more_often() -> None:
    kinds = frames("audited").interventions["kind"].value_counts()
    assert kinds["warning"] > kinds["fine"] > kinds["suspension"] > 0
    per_year = frames("audited").interventions.query("kind == 'revocation'")["imposed_on"].dt.year
    assert per_year.value_counts().loc[list(range(2020, 2026))].between(5, 140).all()
