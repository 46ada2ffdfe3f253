"""The worlds look like the register they are made after; figures from the design's domain facts."""

from __future__ import annotations

import pandas as pd
import pytest

from ind_risk.core.features.measures import SIGNAL_SOURCES
from ind_risk.core.worlds import facts
from ind_risk_tests.core.worlds.made import CUTOFF, Frames, frames


@pytest.fixture(scope="module")
def audited() -> Frames:
    return frames("audited")


def test_the_register_grows_from_4730_in_2018_to_about_10000(audited: Frames) -> None:
    assert len(audited.register(pd.Timestamp("2018-01-01"))) == pytest.approx(4_730, rel=0.05)
    assert 9_300 <= len(audited.register(CUTOFF)) < 10_000


@pytest.mark.parametrize(
    ("code", "share", "tolerance"),
    [("IND", 0.24, 0.03), ("TUR", 0.11, 0.025), ("CHN", 0.105, 0.025), ("RUS", 0.08, 0.025)],
)
def test_the_common_nationalities_have_their_shares(
    audited: Frames, code: str, share: float, tolerance: float
) -> None:
    known = audited.protected["nationality"].dropna()
    assert (known == code).mean() == pytest.approx(share, abs=tolerance)
    majority = audited.truth["majority_nationality"]
    assert (majority == code).mean() == pytest.approx(share, abs=0.03)


def test_there_is_a_tail_of_nationalities_and_a_few_are_not_known(audited: Frames) -> None:
    nationality = audited.protected["nationality"]
    assert nationality.nunique() >= 40
    for column in ("nationality", "birth_year", "gender"):
        assert 0 < audited.protected[column].isna().mean() < 0.01


def test_three_quarters_are_men_and_two_thirds_under_40(audited: Frames) -> None:
    people = audited.protected.merge(audited.permits, on="permit_id")
    age = people["applied_on"].dt.year - people["birth_year"].astype(float)
    assert (people["gender"] == "male").mean() == pytest.approx(0.75, abs=0.01)
    assert (age < 40).mean() == pytest.approx(2 / 3, abs=0.015)
    assert age.min() >= 18


def test_half_of_sponsors_have_one_or_two_migrants_and_a_hundredth_has_a_quarter(
    audited: Frames,
) -> None:
    permits = audited.permits
    active = permits[
        (permits["decision"] == "granted")
        & (permits["valid_until"] >= CUTOFF)
        & permits["ended_on"].isna()
    ]
    count = active["sponsor_id"].value_counts()
    assert (count <= 2).mean() == pytest.approx(0.5, abs=0.07)
    assert count.head(len(audited.sponsors) // 100).sum() / count.sum() >= 0.25


def test_sectors_have_their_shares(audited: Frames) -> None:
    shares = audited.sponsors["sector"].value_counts(normalize=True)
    assert shares["business services"] == pytest.approx(0.24, abs=0.02)
    assert shares["ICT"] == pytest.approx(0.23, abs=0.02)


def test_94_percent_are_granted(audited: Frames) -> None:
    decision = audited.permits["decision"].dropna()
    assert (decision == "granted").mean() == pytest.approx(0.94, abs=0.005)


def test_applications_follow_the_public_counts(audited: Frames) -> None:
    count = audited.permits["applied_on"].dt.year.value_counts()
    assert count[2020] / count[2019] == pytest.approx(13_710 / 20_970, abs=0.1)
    assert count[2022] / count[2019] == pytest.approx(33_030 / 20_970, abs=0.2)


@pytest.mark.parametrize("year", [2018, 2020, 2022, 2023, 2024, 2025])
def test_the_criteria_are_those_of_the_year(audited: Frames, year: int) -> None:
    asked = audited.permits.loc[audited.permits["applied_on"].dt.year == year, "salary_criterion"]
    assert set(asked.dropna()) == set(facts.CRITERIA[year])


def test_the_criterion_is_that_of_the_age_group(audited: Frames) -> None:
    people = audited.protected.merge(audited.permits, on="permit_id").dropna(
        subset=["birth_year", "salary_criterion"]
    )
    now = people[people["applied_on"].dt.year == 2025]
    old = now["birth_year"] <= 2025 - 30
    assert set(now.loc[old, "salary_criterion"]) == {5_688}
    assert set(now.loc[~old, "salary_criterion"]) == {4_171, 2_989}


def test_a_hundred_to_four_hundred_are_inspected_because_of_something(audited: Frames) -> None:
    selected = audited.inspections[audited.inspections["selection"] != "random"]
    per_year = selected["opened_on"].dt.year.value_counts()
    assert per_year[list(range(2018, 2026))].between(100, 400).all()
    assert set(selected["selection"]) == {"risk_model", "signal", "theme", "reinspection"}


def test_targeted_inspections_find_more_than_random_ones(audited: Frames) -> None:
    seen = audited.inspections.dropna(subset=["outcome"])
    rate = (seen["outcome"] == "non_compliant").groupby(seen["selection"]).mean()
    assert rate["random"] == pytest.approx(0.10, abs=0.012)
    assert rate["risk_model"] > 2 * rate["random"]
    assert rate["signal"] > 1.4 * rate["random"]


def test_signals_come_from_the_known_services_all_of_them(audited: Frames) -> None:
    assert set(audited.signals["source"]) == set(SIGNAL_SOURCES)


def test_nothing_happens_to_a_sponsor_outside_its_recognition(audited: Frames) -> None:
    sponsors = audited.sponsors.set_index("sponsor_id")
    for table, column in (
        (audited.permits, "applied_on"),
        (audited.inspections, "opened_on"),
        (audited.signals, "received_on"),
    ):
        own = sponsors.loc[table["sponsor_id"]]
        day = table[column].to_numpy()
        assert (own["recognised_on"].to_numpy() <= day).all()
        assert not (own["recognition_ended_on"].to_numpy() < day).any()


def test_names_are_obviously_invented(audited: Frames) -> None:
    assert audited.sponsors["legal_name"].str.startswith("Invented ").all()
    assert audited.sponsors["legal_name"].is_unique


def test_conduct_shows_in_what_is_known(audited: Frames) -> None:
    """Each trace alone must rise with the truth, or nothing could be learned from it."""
    p = audited.truth.set_index("sponsor_id")["p_non_compliant"]
    permits = audited.permits[audited.permits["applied_on"] >= "2023-01-01"]
    traces = {
        "near": (permits["gross_monthly_salary"] < 1.05 * permits["salary_criterion"], permits),
        "refused": (permits["decision"] == "refused", permits),
        "short": (permits["ended_on"] - permits["valid_from"] < pd.Timedelta(days=365), permits),
        "late": (audited.permits["ended_on"] > audited.permits["valid_until"], audited.permits),
    }
    median = p.median()
    for name, (flag, table) in traces.items():
        worse = table["sponsor_id"].map(p) > median
        assert flag[worse].mean() > 1.5 * flag[~worse].mean(), name
    recent = audited.signals[audited.signals["received_on"] >= "2023-01-01"]
    worse = recent["sponsor_id"].map(p) > median
    by_source = worse.groupby(recent["source"]).mean()
    assert by_source["labour_inspectorate"] > 0.75
    assert by_source["labour_inspectorate"] > by_source["tip"] + 0.1
