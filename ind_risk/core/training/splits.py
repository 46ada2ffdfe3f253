"""Rolling-origin windows: judge every candidate only on a time after all it was trained on.

The worked example of this file and its tests: horizon 12 months, as-of dates every 6 months from
2020-01-01 to 2022-07-01. A label of as-of date *a* may arise until *a* + 12 months. So to
validate on 2022-07-01 only as-of dates up to 2021-07-01 have matured labels:

    validate on    train on
    2021-01-01     2020-01-01
    2021-07-01     2020-01-01, 2020-07-01
    2022-01-01     2020-01-01 … 2021-01-01
    2022-07-01     2020-01-01 … 2021-07-01
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.dates import months_before

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

MAX_WINDOWS = 4


@dataclass(frozen=True, kw_only=True)
class Window:
    """One validation as-of date and the earlier as-of dates whose labels had matured by then."""

    validate_on: date
    train_on: tuple[date, ...]


def rolling_windows(
    as_of_dates: Sequence[date], *, horizon_months: int, at_most: int = MAX_WINDOWS
) -> tuple[Window, ...]:
    """The latest windows that these as-of dates allow, oldest first; none if no label matures.

    Source: rolling-origin evaluation, Tashman (2000), International Journal of Forecasting 16:437.

    Args:
        as_of_dates: training as-of dates, in any order; repeats count once.
        horizon_months: months within which a label may arise.
        at_most: keep the latest so many.

    >>> from datetime import date
    >>> dates = [date(y, m, 1) for y in (2020, 2021, 2022) for m in (1, 7)]
    >>> for w in rolling_windows(dates, horizon_months=12):
    ...     print(w.validate_on, [d.isoformat() for d in w.train_on])
    2021-01-01 ['2020-01-01']
    2021-07-01 ['2020-01-01', '2020-07-01']
    2022-01-01 ['2020-01-01', '2020-07-01', '2021-01-01']
    2022-07-01 ['2020-01-01', '2020-07-01', '2021-01-01', '2021-07-01']
    >>> rolling_windows(dates[:2], horizon_months=12)
    ()
    """
    ordered = sorted(set(as_of_dates))
    matured = {d: months_before(d, -horizon_months) for d in ordered}  # when its labels have ended
    windows = [
        Window(validate_on=d, train_on=earlier)
        for d in ordered
        if (earlier := tuple(e for e in ordered if matured[e] <= d))
    ]
    return tuple(windows[-at_most:]) if at_most > 0 else ()
