"""From tables as found to the contract's types: every conversion is written out, none guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.coercion_dates import to_date
from ind_risk.core.coercion_numbers import looks_numeric, to_integer, to_number
from ind_risk.core.coercion_text import to_text
from ind_risk.core.contracts import PROTECTED_TABLE, TABLES, Column, Kind
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, InputRefused, Problem
from ind_risk.core.raw_landing import RawLanding, shown

if TYPE_CHECKING:
    import pyarrow as pa

    from ind_risk.core.coercion_faults import Converted, Fault


def coerce(raw: RawLanding) -> tuple[dict[str, pa.Table], list[str]]:
    """The six tables in canonical types: string, date32, int64, float64.

    Args:
        raw: tables with the right columns (a reader's work), in whatever types they came.

    Returns:
        Tables by contract name, and warnings about what was left out.

    Raises:
        InputRefused: naming table, column, count and example keys of every value that cannot be
            taken; rules that go beyond types are the contract suites' work.
    """
    problems: list[Problem] = []
    tables = {name: _table(name, raw.tables[name], problems) for name in TABLES}
    if problems:
        raise InputRefused(problems)
    return tables, list(raw.warnings)


def _table(name: str, found: pa.Table, problems: list[Problem]) -> pa.Table:
    import pyarrow as pa

    contract = TABLES[name]
    columns: dict[str, pa.ChunkedArray] = {}
    for column_name in found.column_names:
        values = _plain(found[column_name])
        known = column_name in contract.column_names
        column = contract.column(column_name) if known else _extra(column_name, values)
        converted = _convert(column, values)
        problems += [_problem(name, column_name, found, fault) for fault in converted.faults]
        columns[column_name] = converted.values
    return pa.table(columns)


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dictionaries (categories) as their values."""
    import pyarrow as pa

    kind = values.type
    return values.cast(kind.value_type) if pa.types.is_dictionary(kind) else values


def _extra(name: str, values: pa.ChunkedArray) -> Column:
    kind: Kind = "number" if looks_numeric(values) else "string"
    return Column(name, kind, "declared in the feature register", nullable=True)


def _convert(column: Column, values: pa.ChunkedArray) -> Converted:
    import pyarrow as pa

    if values.null_count == len(values):  # writers give a column without values any type at all
        values = pa.chunked_array([pa.nulls(len(values))])
    if column.kind == "string":
        return to_text(values, free_text=column.free_text)
    if column.kind == "date":
        return to_date(values)
    if column.kind == "integer":
        return to_integer(values)
    return to_number(values)


def _problem(table: str, column: str, found: pa.Table, fault: Fault) -> Problem:
    rows = np.flatnonzero(fault.mask)
    rule = fault.rule
    # Values of protected attributes do not belong in a message that ends up in logs.
    if table != PROTECTED_TABLE and len(rows):
        rule += f" (first: {_value(found[column][int(rows[0])])})"
    examples = rows[:MAX_EXAMPLE_KEYS]
    return Problem(
        table,
        column,
        rule,
        count=len(rows),
        keys=_keys(found, TABLES[table].key, examples),
        next_step=fault.next_step,
    )


def _value(scalar: pa.Scalar) -> str:
    try:
        return shown(scalar.as_py())
    except (OverflowError, ValueError):  # a timestamp that Python's calendar does not reach
        return "a point in time beyond the calendar"


def _keys(found: pa.Table, key: str, rows: np.ndarray) -> tuple[str, ...]:
    values = _plain(found[key]).take(rows).to_pylist()
    return tuple(
        f"row {int(row) + 1}" if value is None or value == "" else shown(value)
        for row, value in zip(rows, values, strict=True)
    )
