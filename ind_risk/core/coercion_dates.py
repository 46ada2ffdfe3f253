"""Date columns: ISO text, dates, and timestamps at midnight; days from 1900 to 2100."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.coercion_faults import Converted, Fault, found, wrong_type
from ind_risk.core.coercion_text import is_text
from ind_risk.core.contracts import FIRST_DATE, LAST_DATE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

_TICKS_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def to_date(values: pa.ChunkedArray) -> Converted:
    """Days (date32). A time of day other than midnight, or a time zone, is refused, not cut off."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_null(kind) or pa.types.is_date32(kind):
        return _in_range(values.cast(pa.date32()))
    if pa.types.is_date64(kind):
        return _from_ticks(values, _TICKS_A_DAY["ms"])
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            return wrong_type(values, "a date", "Write the local date, without a time zone.")
        return _from_ticks(values, _TICKS_A_DAY[kind.unit])
    if is_text(kind):
        return _from_text(values.cast(pa.string()))
    return wrong_type(values, "a date", "Write dates as YYYY-MM-DD or store them as dates.")


def through_distinct(
    values: pa.ChunkedArray, convert: Callable[[pa.Array], pa.Array]
) -> pa.ChunkedArray:
    """Apply an elementwise conversion to the distinct values only (there are few days)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    distinct = pc.unique(values)
    where = pc.index_in(values, value_set=distinct)
    taken = convert(distinct).take(where)
    return taken if isinstance(taken, pa.ChunkedArray) else pa.chunked_array([taken])


def _from_text(text: pa.ChunkedArray) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    def convert(distinct: pa.Array) -> pa.Array:
        parsed = pc.strptime(distinct, format="%Y-%m-%d", unit="s", error_is_null=True)
        days = parsed.cast(pa.date32())
        # The parser takes 30 February and "2021-1-5"; only what reads back the same is a date.
        same = pc.fill_null(pc.equal(days.cast(pa.string()), distinct), False)
        return pc.if_else(same, days, pa.scalar(None, pa.date32()))

    days = through_distinct(text, convert)
    bad = pc.and_(pc.is_valid(text), pc.is_null(days))
    faults = found("is not a date", bad, "Write dates that exist, as YYYY-MM-DD.")
    return Converted(days, faults + _in_range(days).faults)


def _from_ticks(values: pa.ChunkedArray, ticks_a_day: int) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    ticks = values.cast(pa.int64())
    days = pc.divide(ticks, ticks_a_day)
    faults = found(
        "has a time of day",
        pc.not_equal(pc.multiply(days, ticks_a_day), ticks),
        "Cut it to the date that counts; it is not rounded here.",
    )
    if faults or _too_far(days):
        far = [] if faults else [_out_of_range(days)]
        return Converted(values, faults + far)
    return _in_range(days.cast(pa.int32()).cast(pa.date32()))


def _too_far(days: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    ends = pc.min_max(days).as_py()
    first, last = _bounds()
    return bool(ends["min"] is not None and (ends["min"] < first or ends["max"] > last))


def _bounds() -> tuple[int, int]:
    epoch = FIRST_DATE.replace(year=1970).toordinal()
    return FIRST_DATE.toordinal() - epoch, LAST_DATE.toordinal() - epoch


def _in_range(days: pa.ChunkedArray) -> Converted:
    import pyarrow as pa

    numbers = days.cast(pa.int32())
    return Converted(days, [_out_of_range(numbers)] if _too_far(numbers) else [])


def _out_of_range(days: pa.ChunkedArray) -> Fault:
    import pyarrow.compute as pc

    first, last = _bounds()
    return found(
        f"is a date outside {FIRST_DATE} to {LAST_DATE}",
        pc.or_(pc.less(days, first), pc.greater(days, last)),
        "Correct it, or write null where the date is not known.",
    )[0]
