"""The dates of a run, by the worked example of core/dates.py and for every calendar there is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.dates import (
    checked_dates,
    first_known_date,
    latest_known_date,
    months_before,
    run_dates,
)
from ind_risk.core.errors import IndRiskError
from ind_risk_tests.adapters.small_tables import as_arrow, small_tables

if TYPE_CHECKING:
    import pyarrow as pa

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@given(day=DAYS, months=st.integers(-240, 240))
def test_months_are_counted_as_pandas_counts_them(day: date, months: int) -> None:
    expected = (pd.Timestamp(day) - pd.DateOffset(months=months)).date()
    assert months_before(day, months) == expected


@pytest.mark.parametrize(("day", "months"), [(date(1, 1, 1), 1), (date(9999, 12, 31), -1)])
def test_outside_the_calendar_is_named(day: date, months: int) -> None:
    with pytest.raises(IndRiskError, match="outside the calendar"):
        months_before(day, months)


def test_the_worked_example() -> None:
    dates = run_dates(
        as_of=date(2025, 12, 31), first_known=date(2022, 1, 5), horizon_months=12, step_months=6,
        training_dates=8,
    )  # fmt: skip
    assert dates.judge_as_of == date(2024, 12, 31)
    assert dates.training == (
        date(2023, 12, 31), date(2023, 6, 30), date(2022, 12, 31), date(2022, 6, 30),
    )  # fmt: skip


def test_a_sample_drawn_on_the_cut_off_judges_there_and_trains_nothing_new() -> None:
    given_dates = {
        "as_of": date(2025, 12, 31), "first_known": date(2022, 1, 5), "horizon_months": 12,
        "step_months": 6, "training_dates": 8,
    }  # fmt: skip
    plain = run_dates(**given_dates)  # type: ignore[arg-type]
    audited = run_dates(**given_dates, audited_until=date(2026, 5, 1))  # type: ignore[arg-type]
    assert (plain.judge_as_of, plain.outcomes_until) == (date(2024, 12, 31), date(2025, 12, 31))
    assert (audited.judge_as_of, audited.outcomes_until) == (date(2025, 12, 31), date(2026, 5, 1))
    assert audited.training == plain.training
    assert audited.year_before == plain.year_before == plain.judge_as_of


@given(
    as_of=DAYS,
    horizon=st.integers(1, 36),
    step=st.integers(1, 24),
    count=st.integers(1, 12),
)
def test_every_label_window_of_training_ends_by_the_judging_date(
    as_of: date, horizon: int, step: int, count: int
) -> None:
    """Also where months end on different days: a day too late would let the judged year train."""
    dates = run_dates(
        as_of=as_of, first_known=date(1800, 1, 1), horizon_months=horizon, step_months=step,
        training_dates=count,
    )  # fmt: skip
    assert len(dates.training) == count
    assert list(dates.training) == sorted(set(dates.training), reverse=True)
    for day in dates.training:
        assert months_before(day, -horizon) <= dates.judge_as_of
    assert months_before(dates.judge_as_of, -horizon) <= as_of


def test_dates_before_the_history_are_left_out_and_none_is_an_error() -> None:
    given_dates = {"as_of": date(2025, 12, 31), "horizon_months": 12, "step_months": 6}
    one = run_dates(first_known=date(2023, 9, 30), training_dates=8, **given_dates)  # type: ignore[arg-type]
    assert one.training == (date(2023, 12, 31),)
    with pytest.raises(IndRiskError, match="needs 27 months of history"):
        run_dates(first_known=date(2023, 10, 1), training_dates=8, **given_dates)  # type: ignore[arg-type]


def test_as_of_dates_come_in_order_each_once() -> None:
    late, early = date(2024, 1, 1), date(2023, 1, 1)
    assert checked_dates([late, early]) == [early, late]
    with pytest.raises(IndRiskError, match="2023-01-01 was given twice"):
        checked_dates([early, late, early])
    with pytest.raises(IndRiskError, match="No as-of date"):
        checked_dates([])


def test_what_is_known_is_by_events_not_by_validity() -> None:
    tables = {name: as_arrow(name, columns) for name, columns in small_tables().items()}
    assert first_known_date(tables) == date(2020, 1, 5)
    assert latest_known_date(tables) == date(2021, 9, 1)  # a permit is valid until 2025


def test_no_event_at_all_is_an_error() -> None:
    tables = {name: as_arrow(name, columns) for name, columns in small_tables().items()}
    empty: dict[str, pa.Table] = {name: table.slice(0, 0) for name, table in tables.items()}
    for find in (first_known_date, latest_known_date):
        with pytest.raises(IndRiskError, match="no dated event at all"):
            find(empty)
        with pytest.raises(IndRiskError, match="no dated event at all"):
            find({"sponsors": tables["sponsors"]})
