"""Number columns: whole numbers stay whole, and nothing that is not finite gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.coercion_faults import Converted, found, wrong_type
from ind_risk.core.coercion_text import is_text

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = r"^[+-]?[0-9]{1,18}(\.0+)?$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
# Above this a 64-bit float no longer holds every whole number (IEEE 754, 2**53).
_EXACT = 2.0**53
_STEP = "Write digits and a decimal point, no thousands separators; write null for unknown."


def to_number(values: pa.ChunkedArray) -> Converted:
    """Finite 64-bit floats from floats, integers, decimals or text; `nan` and `inf` are refused."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if is_text(kind):
        text = values.cast(pa.string())
        faults = found("is not a number", pc.invert(pc.match_substring_regex(text, _NUMBER)), _STEP)
        if faults:
            return Converted(values, faults)
        # Arrow's parser takes no leading plus sign.
        values = pc.replace_substring_regex(text, pattern=r"^\+", replacement="")
    elif not _numeric(kind):
        return wrong_type(values, "a number", _STEP)
    numbers = values.cast(pa.float64(), safe=False)
    return Converted(numbers, found("is not finite", pc.invert(pc.is_finite(numbers)), _STEP))


def to_integer(values: pa.ChunkedArray) -> Converted:
    """64-bit integers from integers, floats and decimals that are whole, or text of those."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    step = "Write a whole number without separators; write null for unknown."
    if is_text(kind):
        text = values.cast(pa.string())
        bad = pc.invert(pc.match_substring_regex(text, _WHOLE))
        faults = found("is not a whole number", bad, step)
        if faults:
            return Converted(values, faults)
        digits = pc.replace_substring_regex(text, pattern=r"^\+|\.0+$", replacement="")
        return Converted(digits.cast(pa.int64()), [])
    if not _numeric(kind):
        return wrong_type(values, "a whole number", step)
    if pa.types.is_uint64(kind):
        big = pc.greater(values, pa.scalar(2**63 - 1, pa.uint64()))
        if faults := found("is too large", big, step):
            return Converted(values, faults)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = values.cast(pa.float64(), safe=False)
        whole = pc.and_(
            pc.equal(pc.floor(numbers), numbers), pc.less_equal(pc.abs(numbers), _EXACT)
        )
        if faults := found("is not a whole number", pc.invert(whole), step):
            return Converted(values, faults)
        values = numbers
    return Converted(values.cast(pa.int64()), [])


def looks_numeric(values: pa.ChunkedArray) -> bool:
    """Whether a column of unknown kind is one of numbers (a declared extra column).

    Text counts as numbers if every value is one and none is written like a code ("007").
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_text(values.type):
        return _numeric(values.type) and not pa.types.is_null(values.type)
    text = values.cast(pa.string())
    codes = pc.match_substring_regex(text, r"^[+-]?0[0-9]")
    plain = pc.and_(pc.match_substring_regex(text, _NUMBER), pc.invert(codes))
    return bool(pc.all(plain, min_count=1).as_py())


def _numeric(kind: pa.DataType) -> bool:
    import pyarrow as pa

    test = pa.types
    return bool(
        test.is_null(kind) or test.is_integer(kind) or test.is_floating(kind)
        or test.is_decimal(kind)
    )  # fmt: skip
