"""The engine: the same rows by every way in and out, nothing half-written, errors with a name."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ind_risk.adapters.engine import Engine, write_features
from ind_risk.core.errors import IndRiskError, PolicyError
from ind_risk.core.features import expressions
from ind_risk.core.features.expressions import date_parts, feature_table
from ind_risk.core.features.register import FeatureRegister
from ind_risk_tests.core.features.landing import AS_OF, World, arrow, full_register, world

if TYPE_CHECKING:
    import ibis

REGISTER = full_register(windows=(12,))
DATES = (*AS_OF, date(2023, 8, 29), date(2022, 12, 31))


def landed(made: World, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, table in arrow(made).items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def numbers(engine: Engine, n: int = 5) -> ibis.Table:
    return engine.tables({"numbers": pa.table({"n": list(range(n))})})["numbers"]


def test_arrow_and_parquet_give_the_same_rows(tmp_path: Path) -> None:
    made, register = world(Random(1), sponsors=20), REGISTER
    found = []
    for source in (arrow(made), landed(made, tmp_path / "landing")):
        with Engine() as engine:
            expression = feature_table(engine.tables(source), as_of_dates=AS_OF, register=register)
            found.append(engine.to_arrow(expression))
            engine.to_parquet(expression, tmp_path / "features.parquet")
        found.append(pq.read_table(tmp_path / "features.parquet"))
    assert found[0].num_rows > 0
    assert all(table.equals(found[0]) for table in found)


@pytest.mark.parametrize("name", ["plain", "year=2024/x", "a[b]*?", "it's", "day {1,2}"])
def test_folders_of_any_name(tmp_path: Path, name: str) -> None:
    """A name is no pattern, and `year=2024` adds no column."""
    made = world(Random(1))
    folder = landed(made, tmp_path / name)
    with Engine() as engine:
        tables = engine.tables(folder)
        assert engine.to_arrow(tables["signals"]).equals(arrow(made)["signals"])
        engine.to_parquet(tables["sponsors"], folder / "out" / "sponsors.parquet")
    assert pq.read_table(folder / "out" / "sponsors.parquet", partitioning=None).equals(
        arrow(made)["sponsors"]
    )


@pytest.mark.parametrize("rows", [1, 20, 10_000])
def test_features_in_parts_are_the_features(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One date after the other, two at a time, or all at once: the same rows in the same order."""
    monkeypatch.setattr(expressions, "PART_ROWS", rows)
    made, register, path = world(Random(2), sponsors=10), REGISTER, tmp_path / "f.parquet"
    with Engine() as engine:
        tables = engine.tables(arrow(made))
        whole = engine.to_arrow(feature_table(tables, as_of_dates=DATES, register=register))
        n = write_features(engine, tables, as_of_dates=DATES, register=register, path=path)
    assert n == whole.num_rows
    assert pq.read_table(path).equals(whole)
    assert whole["as_of"].to_pylist() == sorted(whole["as_of"].to_pylist())
    parts = list(date_parts(DATES, sponsors=10))
    assert [len(part) for part in parts] == {1: [1] * 4, 20: [2, 2], 10_000: [4]}[rows]
    assert [day for part in parts for day in part] == sorted(DATES)


def test_no_sponsors_make_an_empty_table_of_the_right_columns(tmp_path: Path) -> None:
    nothing: World = {name: [] for name in world(Random(0))}
    register, path = REGISTER, tmp_path / "f.parquet"
    with Engine() as engine:
        tables = engine.tables(arrow(nothing))
        assert write_features(engine, tables, as_of_dates=DATES, register=register, path=path) == 0
    assert pq.read_schema(path).names == ["sponsor_id", "as_of", *register.names]


def test_stored_tables_are_computed_once_and_can_be_asked() -> None:
    with Engine() as engine:
        table = numbers(engine)
        for add in (1, 2):  # the second takes the first one's place
            stored = engine.stored("more", table.select(m=table.n + add))
        assert engine.to_arrow(stored.order_by("m"))["m"].to_pylist() == [2, 3, 4, 5, 6]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with Engine() as engine:
        table = numbers(engine)
        engine.to_parquet(table, path)
        before = path.read_bytes()
        bad = engine.tables({"texts": pa.table({"n": ["1", "many"]})})["texts"]
        parts = [table, bad.select(n=bad.n.cast("int64"))]
        with pytest.raises(IndRiskError, match=r"Could not convert string 'many' to INT64"):
            engine.parts_to_parquet(parts, path)
        with pytest.raises(IndRiskError, match="Could not convert"):
            engine.to_arrow(parts[1])
        with pytest.raises(IndRiskError, match="Could not convert"):
            engine.stored("bad", parts[1])
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["t.parquet"]


def test_an_error_late_in_a_result_is_named_too(tmp_path: Path) -> None:
    with Engine() as engine:
        late = engine.tables({"late": pa.table({"n": ["1"] * 2_500_000 + ["many"]})})["late"]
        with pytest.raises(IndRiskError, match=r"Could not convert string 'many' to INT64"):
            engine.to_parquet(late.select(n=late.n.cast("int64")), tmp_path / "t.parquet")
    assert os.listdir(tmp_path) == []


def test_a_missing_declared_column_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    path.write_bytes(b"before")
    declared = replace(REGISTER.features[0], name="turnover", declared=True)
    register = FeatureRegister((*REGISTER.features, declared))
    with Engine() as engine, pytest.raises(PolicyError, match="turnover"):
        tables = engine.tables(arrow(world(Random(0))))
        write_features(engine, tables, as_of_dates=AS_OF, register=register, path=path)
    assert path.read_bytes() == b"before"


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    with (
        Engine(memory_limit="5MB", threads=1, scratch=tmp_path / "none") as engine,
        pytest.raises(IndRiskError, match="ran out of memory"),
    ):
        table = numbers(engine, 3_000_000)
        engine.to_arrow(table.group_by("n").agg(c=table.count()))


def test_scratch_goes_away_and_nothing_lands_in_the_working_directory(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A folder of its own: other processes have their engines in the common one.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("scratch")))
    before = set(Path(tempfile.gettempdir()).glob("ind-risk-engine-*"))
    with Engine(memory_limit="60MB", threads=1) as engine:
        table = numbers(engine, 2_000_000)
        sorted_ = engine.stored("sorted", table.mutate(m=-table.n).order_by("m"))
        assert engine.to_arrow(sorted_.count().name("n").as_table())["n"].to_pylist() == [2_000_000]
        assert set(Path(tempfile.gettempdir()).glob("ind-risk-engine-*")) > before
    assert set(Path(tempfile.gettempdir()).glob("ind-risk-engine-*")) == before
    assert os.listdir(tmp_path) == []


def test_the_version_names_the_engine() -> None:
    with Engine() as engine:
        assert engine.version.startswith("duckdb ")
