"""The suites are the contract, the reports are complete, and the docs call nobody."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pyarrow as pa
import pytest

from ind_risk.adapters import quality
from ind_risk.adapters.quality import TableReport, validate
from ind_risk.adapters.sources import read_source
from ind_risk.core.coercion import coerce
from ind_risk.core.contract_rules import columns_checked, rules_of, truth_columns
from ind_risk.core.contracts import TABLES
from ind_risk_tests.adapters.small_tables import small_tables, write_folder


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    folder = write_folder(small_tables(), tmp_path_factory.mktemp("in"), "parquet")
    return coerce(read_source(str(folder)))[0]


@pytest.fixture(scope="module")
def docs(tables: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "data_docs"
    folder.mkdir()
    (folder / "old.html").touch()
    signals = tables["signals"].set_column(1, "sponsor_id", pa.array(["S1", "S9"]))
    validate({**tables, "signals": signals}, docs_dir=folder)
    return folder


def test_every_rule_of_the_contract_is_a_rule() -> None:
    """Counted from the contract by another way than the one that makes them."""
    for table in TABLES.values():
        expected = 1 + len(table.date_orders) + len(table.required_where) + len(table.only_where)
        for c in table.columns:
            bounded = {c.minimum, c.above, c.maximum} != {None}
            expected += sum(
                (not c.nullable, c.references is not None, c.allowed is not None,
                 c.pattern is not None, bounded)
            )  # fmt: skip
        assert len(rules_of(table)) == expected
        assert set(columns_checked(table)) <= set(table.column_names)
        assert columns_checked(table)[0] == table.key


def test_reports_say_what_was_checked(tables: dict[str, pa.Table]) -> None:
    broken = tables["permits"].set_column(1, "sponsor_id", pa.array(["S8", None, "S2", "S9"]))
    reports = validate({**tables, "permits": broken}, docs_dir=None)
    assert list(reports) == list(TABLES)
    report = reports["permits"]
    assert not report.success
    assert report.rows == 4
    assert len(report.expectations) == len(rules_of(TABLES["permits"]))
    found = {(e["column"], e["unexpected_count"], tuple(e["example_keys"]))
             for e in report.expectations if e["unexpected_count"]}  # fmt: skip
    assert found == {("sponsor_id", 1, ("P2",)), ("sponsor_id", 2, ("P1", "P4"))}
    assert {str(p).partition(" (")[0] for p in report.problems} == {
        "permits.sponsor_id: is null",
        "permits.sponsor_id: refers to no row of sponsors",
    }
    assert all(r.success for n, r in reports.items() if n != "permits")


def test_truth_columns_are_never_null(tables: dict[str, pa.Table]) -> None:
    nulls = {
        n: pa.table({c: pa.nulls(2, t.schema.field(c).type) for c in t.column_names})
        for n, t in tables.items()
    }
    for source in (tables, nulls):
        for name in TABLES:
            for truth in truth_columns(source, name).values():
                assert truth.null_count == 0
                assert all(truth.to_pylist())


def test_empty_tables_are_valid(tables: dict[str, pa.Table]) -> None:
    reports = validate({n: t[:0] for n, t in tables.items()}, docs_dir=None)
    assert all(r.success and r.rows == 0 for r in reports.values())


def test_a_rule_that_cannot_be_evaluated_is_no_pass(
    tables: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real columns of a type GX cannot compare, as a bug in the coercion would hand over."""
    bad = tables["sponsors"].set_column(7, "employees", pa.array(["12", "0", "x"]))
    report = validate({**tables, "sponsors": bad}, docs_dir=None)["sponsors"]
    assert not report.success
    assert [p.column for p in report.problems] == ["employees"]
    assert "could not be checked" in report.problems[0].rule


def test_the_docs_replace_the_old_ones_and_call_nobody(docs: Path) -> None:
    assert sorted(p.stem for p in docs.iterdir()) == sorted([*TABLES, "index"])
    for page in docs.iterdir():
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:link|script|img|source|iframe)\b[^>]*//[^>]*>", text)
        assert not fetched, (page.name, fetched)
        assert "<style>" in text
        assert "url(http" not in text
    index = (docs / "index.html").read_text(encoding="utf-8")
    assert index.count("all rules hold") == len(TABLES) - 1
    assert index.count("refused") == 1
    assert "sponsor_id refers to sponsors" in (docs / "signals.html").read_text(encoding="utf-8")


def test_a_hundred_thousand_permits_take_little_time(tables: dict[str, pa.Table]) -> None:
    n = 100_000
    small = tables["permits"].slice(0, 1)
    many = pa.concat_tables([small] * n).set_column(
        0, "permit_id", pa.array([f"P{i}" for i in range(n)])
    )
    many = many.set_column(1, "sponsor_id", pa.array(["S9", "S1"] * (n // 2)))
    start = time.perf_counter()
    report: TableReport = validate({**tables, "permits": many}, docs_dir=None)["permits"]
    assert time.perf_counter() - start < 60
    (problem,) = report.problems
    assert problem.count == n // 2
    assert problem.keys == ("P0", "P2", "P4", "P6", "P8")
    assert quality._RESULT["partial_unexpected_count"] == 5
