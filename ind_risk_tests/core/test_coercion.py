from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.coercion import coerce
from ind_risk.core.coercion_dates import to_date
from ind_risk.core.coercion_faults import Converted
from ind_risk.core.coercion_numbers import looks_numeric, to_integer, to_number
from ind_risk.core.coercion_text import to_text
from ind_risk.core.contracts import FIRST_DATE, LAST_DATE, TABLES
from ind_risk.core.errors import InputRefused
from ind_risk.core.raw_landing import RawLanding, plan_columns


def column(values: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    half = len(values) // 2
    kind = kind or pa.array(values).type
    return pa.chunked_array([pa.array(values[:half], kind), pa.array(values[half:], kind)])


def taken(converted: Converted) -> list[Any]:
    assert not converted.faults
    values: list[Any] = converted.values.to_pylist()
    return values


def faulty(converted: Converted) -> list[int]:
    return sorted({int(i) for fault in converted.faults for i in np.flatnonzero(fault.mask)})


days = st.dates(FIRST_DATE, LAST_DATE)


@given(st.lists(st.none() | days))
def test_dates_survive_every_way_they_may_be_written(values: list[date | None]) -> None:
    stamps = [None if v is None else datetime(v.year, v.month, v.day) for v in values]
    for kind in (pa.date32(), pa.date64()):
        assert taken(to_date(column(values, kind))) == values
    for unit in ("s", "ms", "us"):
        assert taken(to_date(column(stamps, pa.timestamp(unit)))) == values
    text = [None if v is None else v.isoformat() for v in values]
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert taken(to_date(column(text, kind))) == values


@given(st.text(max_size=12) | st.from_regex(r"\A\d{1,5}-\d{1,2}-\d{1,2}\Z"))
def test_text_is_a_date_exactly_if_python_reads_and_writes_it_so(text: str) -> None:
    try:
        parsed = date.fromisoformat(text)
        expected = parsed.isoformat() == text and FIRST_DATE <= parsed <= LAST_DATE
    except ValueError:
        expected = False
    assert (not to_date(column([text])).faults) == expected


def test_days_before_1970_with_a_time_are_found() -> None:
    stamps = [datetime(1955, 1, 1), datetime(1955, 1, 1, 0, 0, 1), None]
    assert faulty(to_date(column(stamps, pa.timestamp("ns")))) == [1]


@given(st.lists(st.none() | st.integers(-(2**53), 2**53)))
def test_whole_numbers_survive(values: list[int | None]) -> None:
    assert taken(to_integer(column(values, pa.int64()))) == values
    assert taken(to_integer(column(values, pa.float64()))) == values
    text = [None if v is None else str(v) for v in values]
    assert taken(to_integer(column(text, pa.string()))) == values
    assert taken(to_integer(column([t and t + ".0" for t in text], pa.string()))) == values


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_survive(values: list[float | None]) -> None:
    assert taken(to_number(column(values, pa.float64()))) == values
    text = [None if v is None else repr(v) for v in values]
    assert taken(to_number(column(text, pa.string()))) == values


def test_numbers_from_other_types() -> None:
    assert taken(to_number(column([1, None], pa.uint8()))) == [1.0, None]
    assert taken(to_number(column([Decimal("1.25"), None]))) == [1.25, None]
    assert taken(to_number(column([1.5, None], pa.float32()))) == [1.5, None]
    assert taken(to_number(column(["+1", "1.", ".5", "-2e3"]))) == [1.0, 1.0, 0.5, -2000.0]
    assert taken(to_integer(column([Decimal("7"), None]))) == [7, None]
    assert taken(to_integer(column(["+7", "007"]))) == [7, 7]


def test_not_finite_is_never_null() -> None:
    values = column([1.0, float("nan"), float("inf"), float("-inf"), None], pa.float64())
    assert faulty(to_number(values)) == [1, 2, 3]
    assert faulty(to_integer(values)) == [1, 2, 3]


def test_keys_keep_every_character() -> None:
    keys = ["007", "1.0", "1e5", "ÅÄ", "a b", "é", "e\u0301", "NaN", "null", "true"]
    assert taken(to_text(column(keys))) == keys
    assert taken(to_text(column([30790, None], pa.int32()))) == ["30790", None]
    categories = pa.chunked_array([pa.array(["a", None, "a"]).dictionary_encode()])
    raw = empty_landing()
    raw["signals"] = pa.table(
        {"signal_id": ["1", "2", "3"], "sponsor_id": categories, "received_on": [None] * 3,
         "source": categories}
    )  # fmt: skip
    tables, _ = coerce(RawLanding(tables=raw, description="test"))
    assert tables["signals"]["source"].to_pylist() == ["a", None, "a"]


@given(st.lists(st.text(), max_size=5))
def test_what_text_is_taken_is_unchanged(values: list[str]) -> None:
    converted = to_text(column(values, pa.string()))
    clean = [v == v.strip() != "" and v.isprintable() for v in values]
    if all(clean):
        assert taken(converted) == values
    for fault in converted.faults:
        assert not any(c for c, bad in zip(clean, fault.mask, strict=True) if bad)


def empty_landing() -> dict[str, pa.Table]:
    return {
        name: pa.table({c: pa.array([], pa.string()) for c in t.column_names})
        for name, t in TABLES.items()
    }


def test_empty_tables_get_the_types_of_the_contract() -> None:
    tables, warnings = coerce(RawLanding(tables=empty_landing(), description="test"))
    arrow = {"string": pa.string(), "date": pa.date32(), "integer": pa.int64(),
             "number": pa.float64()}  # fmt: skip
    for name, contract in TABLES.items():
        expected = [(c.name, arrow[c.kind]) for c in contract.columns]
        assert [(f.name, f.type) for f in tables[name].schema] == expected
    assert warnings == []


def test_all_null_columns_may_have_any_type() -> None:
    raw = empty_landing()
    nulls = {c: pa.nulls(2, pa.float64()) for c in TABLES["signals"].column_names}
    raw["signals"] = pa.table(nulls)
    tables, _ = coerce(RawLanding(tables=raw, description="test"))
    assert tables["signals"].schema.types == [pa.string(), pa.string(), pa.date32(), pa.string()]


@pytest.mark.parametrize(
    ("values", "numeric"),
    [
        (["1", "2.5", None], True), (["007", "1"], False), (["1", "x"], False), ([], False),
        ([None], False), (["nan"], False), ([1, 2], True), ([1.5], True), (["-0.5"], True),
    ],
)  # fmt: skip
def test_extra_columns_are_typed_as_found(values: list[Any], numeric: bool) -> None:
    assert looks_numeric(column(values, None if values else pa.string())) == numeric


def test_declared_extra_columns_come_last_others_are_left_out() -> None:
    found = ["region", *reversed(TABLES["sponsors"].column_names), "score", "colour"]
    plan = plan_columns("sponsors", found, ("score", "region"))
    assert plan.keep == (*TABLES["sponsors"].column_names, "score", "region")
    assert not plan.problems
    (warning,) = plan.warnings
    assert "sponsors.colour" in warning
    absent = plan_columns("sponsors", found[1:], ("region",)).problems
    assert [(p.table, p.column) for p in absent] == [("sponsors", "region")]


def test_a_declared_extra_column_that_names_origin_is_refused_all_the_same() -> None:
    found = [*TABLES["sponsors"].column_names, "director_origin"]
    (problem,) = plan_columns("sponsors", found, ("director_origin",)).problems
    assert problem.column == "director_origin"


def test_the_refusal_shows_the_first_value_and_counts_all() -> None:
    raw = empty_landing()
    raw["signals"] = pa.table(
        {"signal_id": ["a", None, ""], "sponsor_id": ["s"] * 3, "received_on": ["x" * 999] * 3,
         "source": ["t"] * 3}
    )  # fmt: skip
    with pytest.raises(InputRefused) as refusal:
        coerce(RawLanding(tables=raw, description="test"))
    first, second = refusal.value.problems
    assert (first.column, first.keys) == ("signal_id", ("row 3",))
    assert (second.count, second.keys) == (3, ("a", "row 2", "row 3"))
    assert "xxx…" in second.rule
