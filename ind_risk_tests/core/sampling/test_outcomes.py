"""The sheet of a sample: blind, checked whole, and nothing of what came back is lost."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from ind_risk.core.errors import InputRefused
from ind_risk.core.sampling.outcomes import (
    COLUMNS,
    as_inspections,
    blank_sheet,
    returned,
    sample_named,
)

SINCE, UNTIL = date(2025, 12, 31), date(2026, 12, 31)
DRAWN = pd.DataFrame({
    "case": ["00003", "00001", "00002", "00004"], "sponsor_id": ["A", "B", "C", "D"],
    "route": ["random", "calibrating", "profile", "random"],
    "inclusion_probability": [0.5, 0.1, float("nan"), 0.25],
})  # fmt: skip


def sheet(**cases: dict[str, str]) -> pd.DataFrame:
    """The blank sheet with some cases filled in, by sponsor."""
    names = pd.DataFrame({"sponsor_id": ["A", "B", "C", "D"], "legal_name": ["a", "b", "c", "d"]})
    made = blank_sheet(DRAWN, names, sample="S1").set_index("sponsor_id", drop=False)
    for sponsor, values in cases.items():
        for column, value in values.items():
            made.loc[sponsor, column] = value
    return made.reset_index(drop=True)


def done(outcome: str = "compliant", opened: str = "2026-02-01") -> dict[str, str]:
    return {
        "opened_on": opened, "closed_on": "2027-02-01", "inspector_id": "I1", "outcome": outcome,
        "breaches": "1" if outcome == "non_compliant" else "0",
    }  # fmt: skip


def taken(given: pd.DataFrame, before: pd.DataFrame | None = None) -> pd.DataFrame:
    return returned(given, drawn=DRAWN, before=before, since=SINCE, until=UNTIL).rows


def refusal(given: pd.DataFrame, before: pd.DataFrame | None = None) -> str:
    with pytest.raises(InputRefused) as refused:
        taken(given, before)
    return str(refused.value)


def test_the_sheet_does_not_tell_the_route() -> None:
    blank = sheet()
    assert tuple(blank.columns) == COLUMNS
    assert blank["case"].is_monotonic_increasing
    assert (blank[["opened_on", "outcome"]] == "").all(axis=None)


def test_part_by_part_and_the_same_again_lose_nothing() -> None:
    first = taken(sheet(A=done("non_compliant")))
    assert first["case"].tolist() == ["00003"]
    again = returned(
        sheet(A=done("non_compliant"), B=done()), drawn=DRAWN, before=first, since=SINCE,
        until=UNTIL,
    )  # fmt: skip
    assert (again.new, again.rows["case"].tolist()) == (1, ["00001", "00003"])
    # A later sheet without the first case does not take it back.
    later = taken(sheet(D=done()), before=again.rows)
    assert later["case"].tolist() == ["00001", "00003", "00004"]


def test_an_open_case_may_close_and_a_closed_one_stays() -> None:
    opened = taken(sheet(A={"opened_on": "2026-03-01"}))
    closed = taken(sheet(A=done(opened="2026-03-01")), before=opened)
    assert closed["outcome"].tolist() == ["compliant"]
    assert "different now" in refusal(sheet(A=done("non_compliant", "2026-03-01")), closed)


def test_late_cases_are_kept_and_named() -> None:
    made = returned(
        sheet(A=done(opened="2027-01-05"), B=done()), drawn=DRAWN, before=None, since=SINCE,
        until=UNTIL,
    )  # fmt: skip
    assert made.late == ("00003",)
    assert len(made.rows) == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"opened_on": "1 March"}, "opened_on: is no date like 2026-01-31 or 31-01-2026 (1 case)"),
        ({"opened_on": "2025-12-31"}, "is not after the frame's day, 2025-12-31"),
        ({"opened_on": "2026-03-01", "closed_on": "2026-02-01", "outcome": "compliant"},
         "before the day it was opened"),
        ({"opened_on": "2026-03-01", "outcome": "compliant"}, "though there is an outcome"),
        ({"opened_on": "2026-03-01", "closed_on": "2026-04-01"}, "though the case is closed"),
        ({**done(), "outcome": "fine"}, "is none of compliant, non_compliant, undetermined"),
        ({**done(), "breaches": "two"}, "is no whole number from 0"),
        ({**done(), "breaches": "-1"}, "is no whole number from 0 to 10,000 (1 case); for example "
                                       "00003 (-1)"),
        ({**done(), "breaches": "9.3e18"}, "is no whole number from 0"),
        ({"outcome": "compliant", "closed_on": "2026-04-01"}, "sample.opened_on: is missing"),
        ({**done(), "breaches": "2"}, "breaches: is above 0 though the outcome is compliant"),
        ({**done("non_compliant"), "breaches": "0"}, "is 0 though the outcome is non_compliant"),
        ({"opened_on": "03/04/2026"}, "is no date like 2026-01-31 or 31-01-2026"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(values: dict[str, str], said: str) -> None:
    text = refusal(sheet(A=values))
    assert said in text
    assert "00003" in text


def test_dutch_days_are_read_day_first() -> None:
    dutch = {**done(), "opened_on": "03-04-2026", "closed_on": "01-05-2026"}
    rows = taken(sheet(A=dutch))
    assert rows["opened_on"].dt.date.tolist() == [date(2026, 4, 3)]
    assert rows["closed_on"].dt.date.tolist() == [date(2026, 5, 1)]


@pytest.mark.parametrize(("today", "ahead"), [((2026, 4, 1), 1), ((2027, 2, 1), 0)])
def test_what_people_should_look_at_is_named(today: tuple[int, int, int], ahead: int) -> None:
    given = sheet(A=done(opened="2026-03-01"), B={"opened_on": "2026-02-01"})
    given.loc[given["sponsor_id"] == "A", "inspector_id"] = ""
    made = returned(given, drawn=DRAWN, before=None, since=SINCE, until=UNTIL, today=date(*today))
    assert made.ahead == ("00003",) * ahead
    assert made.nameless == ("00003",)


def test_a_sheet_says_its_sample() -> None:
    assert sample_named(sheet(), ["S0", "S1"]) == "S1"
    assert sample_named(sheet().drop(columns="sample"), ["S1"]) is None
    with pytest.raises(InputRefused, match="was never drawn"):
        sample_named(sheet(), ["S0"])
    two = sheet()
    two.loc[0, "sample"] = "S0"
    with pytest.raises(InputRefused, match="not the same in all rows"):
        sample_named(two, ["S0", "S1"])


def test_nobody_is_added_or_exchanged() -> None:
    stranger = sheet(A=done())
    stranger.loc[stranger["sponsor_id"] == "A", "case"] = "00009"
    assert "is no case of this sample" in refusal(stranger)
    other = sheet(A=done())
    other.loc[other["sponsor_id"] == "A", "sponsor_id"] = "Z"
    assert "is not the sponsor drawn for this case" in refusal(other)


def test_two_outcomes_of_one_case() -> None:
    given = sheet(A=done())
    twice = pd.concat([given, given.assign(outcome=given["outcome"].replace(
        "compliant", "non_compliant"))])  # fmt: skip
    assert "has two different outcomes" in refusal(twice)
    assert len(taken(pd.concat([given, given]))) == 1


def test_a_sheet_without_its_columns() -> None:
    assert "sample.outcome: is missing" in refusal(sheet().drop(columns="outcome"))


def test_as_inspections_counts_who_did_not_answer() -> None:
    rows = taken(sheet(A=done("non_compliant"), B=done()))
    made = as_inspections(DRAWN, rows, sample="A1", since=SINCE, until=UNTIL).set_index(
        "sponsor_id"
    )
    assert set(made.index) == {"A", "B", "D"}  # nobody opened the profile case
    assert made.loc["A", "outcome"] == "non_compliant"
    assert made.loc["A", "inspection_id"] == "A1-00003"
    assert made.loc["D", "opened_on"] == date(2026, 1, 1)
    assert made["outcome"].isna().to_dict() == {"A": False, "B": False, "D": True}
    assert made["selection"].tolist() == ["random"] * 3
    assert made.loc["D", "inclusion_probability"] == 0.25


def test_a_late_case_stays_drawn_and_is_not_answered() -> None:
    late = {"opened_on": "2027-01-05"}
    rows = taken(sheet(A=late, D=done("non_compliant", opened="2027-01-05"), C=late))
    made = as_inspections(DRAWN, rows, sample="A1", since=SINCE, until=UNTIL)
    made = made.set_index("sponsor_id")
    assert set(made.index) == {"A", "B", "C", "D"}
    for sponsor in ("A", "D"):
        assert made.loc[sponsor, "opened_on"] == date(2026, 1, 1)
        assert made.loc[sponsor, ["closed_on", "outcome", "breaches"]].isna().all()
    assert made.loc["C", "opened_on"] == date(2027, 1, 5)  # no random case: as it came
    # Nor does a case without an outcome that was opened after the last of the others was closed.
    rows = taken(sheet(A={"opened_on": "2026-12-30"}, D=done()))
    made = as_inspections(DRAWN, rows, sample="A1", since=SINCE, until=UNTIL)
    assert made.set_index("sponsor_id").loc["A", "opened_on"] == date(2026, 1, 1)
