"""The worked example of `splits`, and what must hold for any dates."""

from __future__ import annotations

import doctest
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.dates import months_before
from ind_risk.core.training import splits
from ind_risk.core.training.splits import rolling_windows

DATES = [date(2020 + k // 2, 1 + 6 * (k % 2), 1) for k in range(6)]  # 2020-01-01 … 2022-07-01


def test_the_docstring_example_holds() -> None:
    assert doctest.testmod(splits).failed == 0


def test_worked_example() -> None:
    last = rolling_windows(DATES, horizon_months=12)[-1]
    assert last.validate_on == date(2022, 7, 1)
    assert last.train_on == tuple(DATES[:4])  # up to 2021-07-01: 2022-01-01 has not matured


def test_the_latest_four_are_kept() -> None:
    longer = [*DATES, date(2023, 1, 1), date(2023, 7, 1)]
    windows = rolling_windows(longer, horizon_months=12)
    assert [w.validate_on for w in windows] == longer[-4:]


def test_no_window_where_nothing_matures() -> None:
    assert rolling_windows(DATES, horizon_months=120) == ()
    assert rolling_windows([], horizon_months=12) == ()


def test_the_end_of_february_matures_like_its_labels() -> None:
    leap = [date(2024, 2, 29), date(2025, 2, 28)]  # (2024-02-29, 2025-02-28] ends on the latter
    assert rolling_windows(leap, horizon_months=12)[0].train_on == (date(2024, 2, 29),)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), max_size=12),
    st.integers(min_value=1, max_value=36),
)
def test_training_always_ends_a_horizon_before(dates: list[date], horizon: int) -> None:
    for window in rolling_windows(dates, horizon_months=horizon):
        assert window.train_on
        assert all(months_before(d, -horizon) <= window.validate_on for d in window.train_on)
        assert set(window.train_on) <= set(dates)
