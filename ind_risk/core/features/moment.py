"""The as-of dates as a table, so that one expression serves them all, and how days relate to them.

Worked example, used in the tests too: at 2024-08-31 a window of 6 months begins after 2024-02-29,
and the window before that after 2023-08-29; a day counts if it lies in (start, as_of].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.dates import checked_dates, months_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    import ibis


@dataclass(frozen=True)
class Moment:
    """An as-of date and what lies before it, as date columns of one table.

    Args:
        as_of: the last day that is known.
        start: the day before the window; None for facts of now.
        before: the day before the window of equal length that precedes it.
    """

    as_of: Any
    start: Any = None
    before: Any = None

    @classmethod
    def of(cls, table: ibis.Table, months: int | None) -> Moment:
        """The moment of each row of a table that was joined with `moments`."""
        if months is None:
            return cls(table.as_of)
        return cls(table.as_of, table[_start(months)], table[_before(months)])

    @property
    def previous(self) -> Moment:
        """The window before this one."""
        return Moment(self.start, self.before)

    def saw(self, day: Any) -> Any:
        """Whether a day lies in the window; null, which counts as no, where it is unknown."""
        return (day > self.start) & (day <= self.as_of)

    def known(self, day: Any) -> Any:
        """Whether a day has come; null, which counts as no, where it is unknown."""
        return day <= self.as_of

    def unknown(self, day: Any) -> Any:
        """Whether a day has not come yet or is not known at all; never null."""
        return day.isnull() | (day > self.as_of)


def moments(as_of_dates: Sequence[date], windows: Iterable[int | None]) -> ibis.Table:
    """One row a date: as_of, and for each window of so many months where it begins.

    Raises:
        IndRiskError: without any date, or with one given twice.
    """
    import ibis
    import pyarrow as pa

    dates = checked_dates(as_of_dates)
    columns = {"as_of": dates}
    for months in sorted({w for w in windows if w is not None}):
        starts = [months_before(d, months) for d in dates]
        columns[_start(months)] = starts
        columns[_before(months)] = [months_before(s, months) for s in starts]
    return ibis.memtable(
        pa.table({name: pa.array(days, pa.date32()) for name, days in columns.items()})
    )


def _start(months: int) -> str:
    return f"start_{months}m"


def _before(months: int) -> str:
    return f"before_{months}m"
