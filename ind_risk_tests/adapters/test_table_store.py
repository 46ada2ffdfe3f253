"""The home's tables: what goes in comes out, whole or not at all, and damage is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.table_store import LandingFacts, TableStore
from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import IntegrityError, NotFound
from ind_risk_tests.adapters.small_tables import as_arrow, small_tables

FACTS = LandingFacts(
    data_digest="d", table_digests={"permits": "p"}, rows={"permits": 4}, as_of="2024-12-31",
    synthetic=True, source="world audited", seed=7, warnings=("permits.note: left out",),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(Home(tmp_path))


def landing() -> dict[str, pa.Table]:
    return {name: as_arrow(name, columns) for name, columns in small_tables().items()}


def test_landing_tables_come_back_as_they_were(store: TableStore, tmp_path: Path) -> None:
    store.write_landing(landing(), FACTS, texts={"policy.toml": "name = 'é'"})
    assert store.landing_facts() == FACTS
    found = store.landing()
    assert set(found) == set(TABLES)
    assert all(found[name].equals(table) for name, table in landing().items())
    assert list(store.landing(("signals",))) == ["signals"]
    text = (tmp_path / "tables" / "landing" / "policy.toml").read_text(encoding="utf-8")
    assert text == "name = 'é'"


def test_a_failed_landing_leaves_the_one_before(store: TableStore) -> None:
    store.write_landing(landing(), FACTS, texts={})
    bad = landing() | {"signals": "no table"}
    with pytest.raises(AttributeError):
        store.write_landing(bad, FACTS, texts={})
    assert store.landing_facts() == FACTS
    assert store.landing()["signals"].equals(landing()["signals"])


def test_before_the_first_run_everything_is_not_found(store: TableStore) -> None:
    assert not store.landed()
    with pytest.raises(NotFound, match="No landing tables were accepted"):
        store.landing()
    with pytest.raises(NotFound, match="No landing tables were accepted"):
        store.landing_facts()
    with pytest.raises(NotFound, match="The table features was not made yet"):
        store.read("features")
    with pytest.raises(NotFound, match="candidate was not made yet"):
        store.read_json("candidate")


def test_derived_tables_keep_types_nulls_and_dates(store: TableStore) -> None:
    frame = pd.DataFrame({"key": ["a", None], "x": [1.5, np.nan]}, index=[5, 6])
    table = pa.Table.from_pandas(frame, preserve_index=False).append_column(
        "day", pa.array([date(2024, 2, 29), None])
    )
    store.write("t", frame)
    assert store.read("t").columns.tolist() == ["key", "x"]
    store.write("t", table)
    read = store.read("t")
    assert read["day"].dtype.kind == "M"
    assert read["day"].tolist() == [pd.Timestamp("2024-02-29"), pd.NaT]
    assert read["key"].isna().tolist() == [False, True]
    assert store.path("t").exists()


def test_json_comes_back_and_refuses_what_json_cannot_say(store: TableStore) -> None:
    store.write_json("candidate", {"kind": "é", "n": [1, None]})
    assert store.read_json("candidate") == {"kind": "é", "n": [1, None]}
    with pytest.raises(ValueError, match="Out of range"):
        store.write_json("candidate", {"x": float("nan")})
    assert store.read_json("candidate") == {"kind": "é", "n": [1, None]}


def test_damage_is_named_with_its_file(store: TableStore, tmp_path: Path) -> None:
    store.write_landing(landing(), FACTS, texts={})
    store.write("features", pd.DataFrame({"x": [1]}))
    store.write_json("candidate", {})
    tables = tmp_path / "tables"
    permits = tables / "landing" / "permits.parquet"
    permits.write_bytes(permits.read_bytes()[:-20])
    (tables / "landing" / "signals.parquet").unlink()
    (tables / "features.parquet").write_bytes(b"")
    (tables / "candidate.json").write_text("{", encoding="utf-8")
    for read, name in (
        (lambda: store.landing(("permits",)), "permits.parquet"),
        (lambda: store.landing(("signals",)), "signals.parquet"),
        (lambda: store.read("features"), "features.parquet"),
        (lambda: store.read_json("candidate"), "candidate.json"),
    ):
        with pytest.raises(IntegrityError, match=f"{name} is gone or damaged: .*ind-risk run"):
            read()
    assert store.landing(("sponsors",))["sponsors"].num_rows == 3


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"warnings": 3}', '{"warnings": [], "x": 1}'])
def test_damaged_facts_are_named(store: TableStore, tmp_path: Path, content: str) -> None:
    store.write_landing(landing(), FACTS, texts={})
    path = tmp_path / "tables" / "landing" / "facts.json"
    assert json.loads(path.read_text(encoding="utf-8"))["seed"] == FACTS.seed
    path.write_text(content, encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"facts\.json is gone or damaged"):
        store.landing_facts()
