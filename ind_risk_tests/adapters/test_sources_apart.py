"""Protected attributes from a source of their own: folders and files without roles."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from ind_risk.adapters.sources import read_source
from ind_risk.core.coercion import coerce
from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.digests import data_digest
from ind_risk.core.errors import InputRefused
from ind_risk_tests.adapters.small_tables import small_tables, write_folder
from ind_risk_tests.adapters.test_sources_sql import fill

FILE = f"{PROTECTED_TABLE}.csv"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of five tables and one of the sixth."""
    general = write_folder(small_tables(), tmp_path / "general", "csv")
    apart = tmp_path / "apart"
    apart.mkdir(mode=0o700)
    (general / FILE).rename(apart / FILE)
    return general, apart


def database(path: Path, names: list[str]) -> str:
    engine = create_engine(f"sqlite:///{path}")
    fill(engine, {n: t for n, t in small_tables().items() if n in names})
    engine.dispose()
    return f"sqlite:///{path}"


def test_folder_and_database_in_any_pair_give_the_same(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    general, apart = folders
    five = database(tmp_path / "five.db", [n for n in TABLES if n != PROTECTED_TABLE])
    one = database(tmp_path / "one.db", [PROTECTED_TABLE])
    whole = write_folder(small_tables(), tmp_path / "whole", "csv")
    expected = data_digest(coerce(read_source(str(whole)))[0])
    for source in (str(general), five):
        for protected in (str(apart), one):
            raw = read_source(source, protected=protected)
            assert list(raw.tables) == list(TABLES)
            assert data_digest(coerce(raw)[0]) == expected
            assert f"{PROTECTED_TABLE} from " in raw.description


def test_a_first_source_that_holds_it_as_well_is_refused(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    general, apart = folders
    (general / FILE).write_bytes((apart / FILE).read_bytes())
    six = database(tmp_path / "six.db", list(TABLES))
    for source, protected in ((str(general), str(apart)), (str(general), str(general)),
                              (six, str(apart)), (six, six)):  # fmt: skip
        with pytest.raises(InputRefused) as caught:
            read_source(source, protected=protected)
        (problem,) = caught.value.problems
        assert problem.table == PROTECTED_TABLE
        assert "has a source of its own" in problem.rule


def test_problems_of_both_sources_are_all_named(folders: tuple[Path, Path]) -> None:
    general, apart = folders
    (general / "signals.csv").unlink()
    (apart / FILE).unlink()
    with pytest.raises(InputRefused) as caught:
        read_source(str(general), protected=str(apart))
    assert [p.table for p in caught.value.problems] == ["signals", PROTECTED_TABLE]
