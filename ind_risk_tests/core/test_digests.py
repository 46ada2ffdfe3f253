from __future__ import annotations

import hashlib
import random
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.contracts import TABLES
from ind_risk.core.digests import data_digest, digest_of_digests, frame_digest, table_digest
from ind_risk.core.errors import IndRiskError

SCHEMA = pa.schema(
    [("key", pa.string()), ("text", pa.string()), ("day", pa.date32()), ("whole", pa.int64()),
     ("number", pa.float64()), ("yes", pa.bool_())]
)  # fmt: skip
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.none() | st.text(max_size=4),
    "day": st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
    "number": st.none() | st.floats(allow_nan=False),
    "yes": st.none() | st.booleans(),
}
Row = dict[str, Any]
rows_of_tables = st.lists(
    st.fixed_dictionaries({"key": st.text(max_size=3), **CELLS}),
    max_size=6,
    unique_by=lambda r: r["key"],
)


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def digest(rows: list[Row]) -> str:
    return table_digest(table(rows), "key")


@given(rows_of_tables, st.randoms(use_true_random=False), st.integers(0, 6))
def test_order_chunks_and_encodings_do_not_matter(
    rows: list[Row], rng: random.Random, cut: int
) -> None:
    shuffled = rows.copy()
    rng.shuffle(shuffled)
    expected = digest(rows)
    assert digest(shuffled) == expected
    whole = table([{**r, "key": "zz"} for r in rows[:1]] + shuffled)[min(1, len(rows)) :]  # offset
    assert table_digest(whole, "key") == expected
    chunked = pa.concat_tables([table(shuffled[:cut]), table(shuffled[cut:])])
    assert table_digest(chunked, "key") == expected
    wide = chunked.set_column(1, "text", chunked["text"].cast(pa.large_string()))
    assert table_digest(wide, "key") == expected
    coded = chunked.set_column(1, "text", chunked["text"].dictionary_encode())
    assert table_digest(coded.select(coded.column_names[::-1]), "key") == expected


@given(rows_of_tables.filter(bool), st.data())
def test_any_changed_cell_row_or_column_matters(rows: list[Row], data: st.DataObject) -> None:
    expected = digest(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(sorted(CELLS)))
    new = data.draw(CELLS[name])
    if new != rows[at][name]:
        changed = [{**r, name: new} if i == at else r for i, r in enumerate(rows)]
        assert digest(changed) != expected
    assert digest(rows[:at] + rows[at + 1 :]) != expected
    assert digest([*rows, {**rows[at], "key": "new!"}]) != expected
    assert digest([*rows, rows[at]]) != expected
    assert digest([{**r, "key": r["key"] + "x"} if r is rows[at] else r for r in rows]) != expected
    found = table(rows)
    assert table_digest(found.drop_columns([name]), "key") != expected
    renamed = [c + "_" if c == name else c for c in found.column_names]
    assert table_digest(found.rename_columns(renamed), "key") != expected


def test_null_is_not_empty_nor_zero_nor_false() -> None:
    base: Row = {"key": "a", "text": None, "day": None, "whole": None, "number": None, "yes": None}
    zeros = {"text": "", "day": date(1970, 1, 1), "whole": 0, "number": 0.0, "yes": False}
    digests = {digest([base])} | {digest([{**base, k: v}]) for k, v in zeros.items()}
    assert len(digests) == 1 + len(zeros)


def test_text_does_not_run_over_into_its_neighbour() -> None:
    one = pa.table({"key": ["a", "b"], "t": ["xy", "z"]})
    two = pa.table({"key": ["a", "b"], "t": ["x", "yz"]})
    three = pa.table({"key": ["a", "b"], "t": [None, "xyz"]})
    assert len({table_digest(t, "key") for t in (one, two, three)}) == 3


def test_minus_zero_is_zero_and_all_nans_are_one() -> None:
    plus, minus = ([{"key": "a", "number": x}] for x in (0.0, -0.0))
    assert digest(plus) == digest(minus)
    odd = float.fromhex("0x1p0") * float("nan") * -1
    assert digest([{"key": "a", "number": odd}]) == digest([{"key": "a", "number": float("nan")}])


def test_hidden_bytes_under_a_null_do_not_matter() -> None:
    buffers = [
        pa.py_buffer(b"\x01"),
        pa.py_buffer(b"\0\0\0\0\1\0\0\0\3\0\0\0"),
        pa.py_buffer(b"xyz"),
    ]
    hidden = pa.Array.from_buffers(pa.string(), 2, buffers)
    assert hidden.to_pylist() == ["x", None]
    plain = pa.array(["x", None])
    a, b = (pa.table({"key": ["a", "b"], "t": t}) for t in (hidden, plain))
    assert table_digest(a, "key") == table_digest(b, "key")


def test_type_and_emptiness_count() -> None:
    empty = [pa.table({"key": pa.array([], t)}) for t in (pa.string(), pa.int64(), pa.float64())]
    assert len({table_digest(t, "key") for t in empty}) == 3


def test_the_format_is_pinned() -> None:
    """The ledger keeps digests for years: a change of format needs a new number."""
    got = table_digest(pa.table({"key": ["b", "a"], "n": pa.array([None, 1], pa.int64())}), "key")
    h = hashlib.sha256()
    for part in (
        b"ind_risk content digest 1", b"2",
        b"key", b"large_string", b"\xc0", b"\1\0\0\0\0\0\0\0" * 2, b"ab",
        b"n", b"int64", b"\x80", b"\1" + b"\0" * 15,
    ):  # fmt: skip
        h.update(len(part).to_bytes(8, "little") + part)
    assert got == h.hexdigest()


def test_data_digest_covers_every_table_by_name() -> None:
    tables = {n: pa.table({t.key: ["a"]}) for n, t in TABLES.items()}
    whole = data_digest(tables)
    assert whole == data_digest(dict(reversed(tables.items())))
    for name, contract in TABLES.items():
        assert data_digest({**tables, name: pa.table({contract.key: ["b"]})}) != whole
        assert data_digest({k: v for k, v in tables.items() if k != name}) != whole
    single = {n: table_digest(t, TABLES[n].key) for n, t in tables.items()}
    assert digest_of_digests(single) == whole


def test_frames() -> None:
    frame = pd.DataFrame(
        {"sponsor_id": ["b", "a", "a"],
         "as_of": pd.to_datetime(["2020-01-01"] * 2 + ["2021-01-01"]),
         "score": [0.1, 0.2, 0.3]}
    )  # fmt: skip
    keys = ["sponsor_id", "as_of"]
    expected = frame_digest(frame, keys)
    assert frame_digest(frame.iloc[::-1], keys) == expected
    assert frame_digest(frame.assign(score=[0.1, 0.2, 0.4]), keys) != expected
    finer = frame.assign(as_of=frame["as_of"].astype("datetime64[ns]"))
    assert frame_digest(finer, keys) == expected


def test_what_cannot_be_digested_is_said() -> None:
    with pytest.raises(IndRiskError, match="'id' is no column"):
        table_digest(pa.table({"key": ["a"]}), "id")
    with pytest.raises(IndRiskError, match="'deep' has type list"):
        table_digest(pa.table({"key": ["a"], "deep": [[1]]}), "key")
