"""Text columns: keys and categories are taken as they stand or refused, never silently repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.coercion_faults import Converted, Fault, found, mask_of, wrong_type
from ind_risk.core.contracts import MAX_CHARACTERS

if TYPE_CHECKING:
    import pyarrow as pa

# RE2: control and invisible (format) characters, line and paragraph separators.
_UNSEEN = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
_EDGE = r"^[\s\p{Z}]|[\s\p{Z}]$"
# Free text may have line breaks and tabs, and invisible joiners that scripts need; no others.
_UNSEEN_IN_FREE_TEXT = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def to_text(values: pa.ChunkedArray, *, free_text: bool = False) -> Converted:
    """Text, and integers as their decimal text; nothing else.

    Spaces around a key or a category are refused rather than stripped: stripping could make two
    keys one, and a join elsewhere would still miss.

    Args:
        values: text, integers or all null.
        free_text: written by people for people, so only control characters are refused.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_null(kind) or pa.types.is_integer(kind):
        return Converted(values.cast(pa.string()), [])
    if not is_text(kind):
        return wrong_type(values, "text", "Write it as text; numbers such as 30790.0 are no keys.")
    text = values.cast(pa.string())
    unseen = _UNSEEN_IN_FREE_TEXT if free_text else _UNSEEN
    suspect = unseen if free_text else f"{unseen}|{_EDGE}|^$"
    faults: list[Fault] = []
    if pc.any(pc.match_substring_regex(text, suspect)).as_py():
        faults += _unseen(text, unseen)
        if not free_text:
            faults += _spaces(text)
    if (pc.max(pc.binary_length(text)).as_py() or 0) > MAX_CHARACTERS:
        faults += found(
            f"is longer than {MAX_CHARACTERS:,} characters",
            pc.greater(pc.utf8_length(text), MAX_CHARACTERS),
            "Shorten it; look for an unclosed quotation mark before it.",
        )
    return Converted(text, faults)


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow type is one of text."""
    import pyarrow as pa

    test = pa.types
    return bool(test.is_string(kind) or test.is_large_string(kind) or test.is_string_view(kind))


def _unseen(text: pa.ChunkedArray, pattern: str) -> list[Fault]:
    import pyarrow.compute as pc

    return found(
        "has a control or invisible character",
        pc.match_substring_regex(text, pattern),
        "Remove the character; it is a byte-order mark, a line break or the like.",
    )


def _spaces(text: pa.ChunkedArray) -> list[Fault]:
    import pyarrow.compute as pc

    empty = pc.equal(pc.binary_length(text), 0)
    faults = found("is empty text", empty, "Write null where there is no value.")
    edge = mask_of(pc.match_substring_regex(text, _EDGE))
    if edge.any():
        step = "Remove the spaces; they are never stripped here, lest two keys become one."
        faults.append(Fault(rule="has spaces around it", mask=edge, next_step=step))
    return faults
