"""Full-content digests: a changed cell, row or column changes them; the order of rows does not.

MLflow's own dataset digest looks at the first 10,000 rows of some columns; the gate needs more.
The bytes hashed are canonical: rows sorted by key, columns by name, every part preceded by its
length and every column by its type, nulls apart from empty values; how Arrow happened to chunk,
slice, dictionary-encode or widen the data does not matter.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

_FORMAT = b"ind_risk content digest 1"


def table_digest(table: pa.Table, key: str | Sequence[str]) -> str:
    """SHA-256 (hex) over all of a table.

    Args:
        table: of strings, integers, floats, booleans, dates, timestamps, or dictionaries of these.
        key: column or columns to sort by; rows that tie are sorted by all other columns.

    Raises:
        IndRiskError: if a column has another type or the key is no column.
    """
    keys = [key] if isinstance(key, str) else list(key)
    if absent := [k for k in keys if k not in table.column_names]:
        raise IndRiskError(
            f"{absent[0]!r} is no column of the table to digest; it cannot be sorted."
        )
    ordered = _sorted({n: _canonical(n, table[n]) for n in sorted(table.column_names)}, keys)
    whole = _Hasher()
    whole.add(_FORMAT)
    whole.add(str(table.num_rows).encode())
    for name, values in ordered.items():
        whole.add(name.encode())
        whole.add(str(values.type).encode())
        for part in _parts(values):
            whole.add(part)
    return whole.hexdigest()


def data_digest(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 (hex) over the names and contents of the landing tables."""
    return digest_of_digests({n: table_digest(t, TABLES[n].key) for n, t in tables.items()})


def digest_of_digests(digests: Mapping[str, str]) -> str:
    """The `data_digest` of tables whose `table_digest` is known, by name."""
    whole = _Hasher()
    whole.add(_FORMAT)
    for name in sorted(digests):
        whole.add(name.encode())
        whole.add(digests[name].encode())
    return whole.hexdigest()


def frame_digest(df: pd.DataFrame, keys: Sequence[str]) -> str:
    """`table_digest` of a frame; its index is no part of it."""
    import pyarrow as pa

    return table_digest(pa.Table.from_pandas(df, preserve_index=False), tuple(keys))


class _Hasher:
    """SHA-256 over parts, each preceded by its length, so that no two sequences look alike."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, part: bytes | memoryview) -> None:
        self._hash.update(len(part).to_bytes(8, "little"))
        self._hash.update(part)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _canonical(name: str, values: pa.ChunkedArray) -> pa.Array:
    """One unchunked array of one of six types: text, int64, float64, bool, date32, timestamp."""
    import pyarrow as pa

    kind, test = values.type, pa.types
    if test.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if test.is_string(kind) or test.is_large_string(kind) or test.is_string_view(kind):
        wanted = pa.large_string()
    elif test.is_integer(kind):
        wanted = pa.int64()
    elif test.is_floating(kind):
        wanted = pa.float64()
    elif test.is_timestamp(kind):
        wanted = pa.timestamp("ns", kind.tz)
    elif test.is_boolean(kind) or test.is_date32(kind) or test.is_null(kind):
        wanted = kind
    else:
        raise IndRiskError(f"Column {name!r} has type {kind}; there is no digest of such values.")
    values = values.cast(wanted).combine_chunks()
    return values if isinstance(values, pa.Array) else pa.concat_arrays(values.chunks)


def _sorted(columns: dict[str, pa.Array], keys: Sequence[str]) -> dict[str, pa.Array]:
    import pyarrow as pa
    import pyarrow.compute as pc

    first = columns[keys[0]]
    if len(keys) == 1 and len(first) and first.null_count == 0:
        rises = pc.less(first[:-1], first[1:])
        if pc.all(rises, min_count=0).as_py():
            return columns
    # A second sort key costs much; the other columns only matter where the key is not unique.
    order = list(keys)
    distinct = len(keys) == 1 and pc.count_distinct(first, mode="all").as_py() == len(first)
    if not distinct:
        order += [name for name in columns if name not in keys]
    table = pa.table(columns)
    where = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in order])
    return {name: values.take(where) for name, values in columns.items()}


def _parts(values: pa.Array) -> Iterator[bytes | memoryview]:
    """Validity as packed bits, then the values as little-endian bytes, null ones as zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    yield np.packbits(values.is_valid().to_numpy(zero_copy_only=False)).tobytes()
    kind = values.type
    if pa.types.is_null(kind):
        return
    if pa.types.is_large_string(kind):
        filled = pc.fill_null(values, "")
        offsets = np.frombuffer(filled.buffers()[1], dtype="<i8")
        offsets = offsets[filled.offset : filled.offset + len(filled) + 1]
        yield np.diff(offsets).tobytes()
        data = filled.buffers()[2]
        yield memoryview(data)[offsets[0] : offsets[-1]] if data is not None else b""
    elif pa.types.is_floating(kind):
        numbers = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False).astype("<f8")
        numbers += 0.0  # -0.0 becomes 0.0
        numbers[np.isnan(numbers)] = np.nan
        yield numbers.tobytes()
    elif pa.types.is_boolean(kind):
        yield np.packbits(pc.fill_null(values, False).to_numpy(zero_copy_only=False)).tobytes()
    else:
        width = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        yield pc.fill_null(values.cast(width), 0).to_numpy().tobytes()
