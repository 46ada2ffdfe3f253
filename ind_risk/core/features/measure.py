"""What a measure is, and the three shapes most of them have: a count, a share, a time since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis

    from ind_risk.core.features.moment import Moment

DAYS_A_MONTH = 365.25 / 12
Condition = Callable[[Any, "Moment"], Any]


@dataclass(frozen=True)
class Measure:
    """How a feature is computed.

    Args:
        source: landing table whose rows of one sponsor it aggregates.
        of: (facts joined with as-of dates, moment) → Ibis value.
        windowed: whether it needs a window.
        empty: value where a sponsor has no row at all: 0 for counts, None for shares.
        kind: number or category.
    """

    source: str
    of: Callable[[ibis.Table, Moment], Any]
    windowed: bool = True
    empty: float | None = 0.0
    kind: Literal["number", "category"] = "number"


def count(source: str, condition: Condition, *, windowed: bool = True) -> Measure:
    """Rows for which a condition holds; 0 without any."""
    return Measure(source, lambda t, m: t.count(where=condition(t, m)), windowed=windowed)


def share(source: str, part: Condition, *, among: Condition) -> Measure:
    """Rows for which `part` holds per row for which `among` does; null without any.

    `part` must imply `among`; stating it whole lets the engine count it once for several features.
    """

    def ratio(t: ibis.Table, m: Moment) -> Any:
        return t.count(where=part(t, m)) / t.count(where=among(t, m)).nullif(0)

    return Measure(source, ratio, empty=None)


def mean(source: str, column: str, *, among: Condition, unit: int = 1) -> Measure:
    """Mean of an integer column, in so many of its units; null without any row.

    Integers are summed exactly, so the order of rows and the number of cores do not matter.
    `among` must imply that the column is known.
    """

    def average(t: ibis.Table, m: Moment) -> Any:
        counted = among(t, m)
        return t[column].sum(where=counted) / t.count(where=counted).nullif(0) / unit

    return Measure(source, average, empty=None)


def months_since(source: str, day: str, condition: Condition) -> Measure:
    """Months since the last such day; null without any.

    `condition` must imply that the day lies in the window.
    """

    def months(t: ibis.Table, m: Moment) -> Any:
        days = m.as_of.delta(t[day], unit="day")
        return days.min(where=condition(t, m)) / DAYS_A_MONTH

    return Measure(source, months, empty=None)
