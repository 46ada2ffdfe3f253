"""Every broken landing is refused, and the refusal says what, where, how often, which rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ind_risk.adapters.quality import TableReport, validate
from ind_risk.adapters.sources import read_source
from ind_risk.core.coercion import coerce
from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import InputRefused, Problem
from ind_risk_tests.adapters.broken_files import FILES
from ind_risk_tests.adapters.broken_tables import (
    BOTH,
    CELLS,
    RULES,
    Broken,
    loads,
    write_together,
)
from ind_risk_tests.adapters.small_tables import small_tables, write_folder

READING = [
    pytest.param(case, form, id=f"{case.name}-{form}")
    for case in (*CELLS, *FILES)
    for form in case.forms
]


def test_there_are_enough_kinds_and_no_name_twice() -> None:
    names = [case.name for case in (*CELLS, *FILES, *RULES)]
    assert len(set(names)) == len(names) > 100


@pytest.mark.parametrize("form", BOTH)
def test_the_unbroken_landing_is_taken(tmp_path: Path, form: str) -> None:
    raw = read_source(str(write_folder(small_tables(), tmp_path / "in", form)))
    tables, warnings = coerce(raw)
    assert not warnings
    reports = validate(tables, docs_dir=None)
    assert all(r.success and not r.problems for r in reports.values())
    assert {n: t.to_pydict() for n, t in tables.items()} == small_tables()


@pytest.mark.parametrize(("case", "form"), READING)
def test_is_refused_while_reading(case: Broken, form: str, tmp_path: Path) -> None:
    folder = case.write(tmp_path / "in", form)
    with pytest.raises(InputRefused) as refusal:
        coerce(read_source(str(folder)))
    _names(case, refusal.value.problems)


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.name)
def test_is_refused_by_the_suite(case: Broken, judged: dict[str, dict[str, TableReport]]) -> None:
    reports = judged[case.name]
    assert not reports[case.table].success
    _names(case, tuple(p for r in reports.values() for p in r.problems))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, TableReport]]:
    """Reports by case. Cases that break different rows share one run of the suites (0.7 s each)."""
    reports: dict[str, dict[str, TableReport]] = {}
    for load in loads(RULES, lambda case: (case.table, case.row)):
        folder = write_together(load, tmp_path_factory.mktemp("load"))
        found = validate(coerce(read_source(str(folder)))[0], docs_dir=None)
        reports |= {case.name: found for case in load}
    return reports


def _names(case: Broken, problems: tuple[Problem, ...]) -> None:
    fitting = [
        p
        for p in problems
        if p.table == case.table
        and (p.column or "").strip("'") == (case.column or "")
        and case.says in p.rule
    ]
    assert fitting, f"no such problem among: {[str(p) for p in problems]}"
    (problem,) = fitting
    assert problem.count == case.count
    assert set(problem.keys) >= set(case.keys)
    assert problem.next_step
    assert "\n" not in str(problem)
    assert str(problem).startswith(case.table)
    assert len(str(problem)) < 1_000


def test_all_problems_of_all_tables_are_named_at_once(tmp_path: Path) -> None:
    tables = small_tables()
    tables["permits"]["applied_on"][0] = "soon"
    tables["permits"]["gross_monthly_salary"][1] = "much"
    tables["signals"]["received_on"][1] = "late"
    folder = write_folder(tables, tmp_path / "in", "csv")
    with pytest.raises(InputRefused) as refusal:
        coerce(read_source(str(folder)))
    places = {(p.table, p.column) for p in refusal.value.problems}
    assert places == {
        ("permits", "applied_on"),
        ("permits", "gross_monthly_salary"),
        ("signals", "received_on"),
    }


def test_at_most_five_keys_are_given_of_many(tmp_path: Path) -> None:
    tables = small_tables()
    tables["signals"] = {
        "signal_id": [f"G{i}" for i in range(100)],
        "sponsor_id": ["S1"] * 100,
        "received_on": ["never"] * 100,
        "source": ["x"] * 100,
    }
    with pytest.raises(InputRefused) as refusal:
        coerce(read_source(str(write_folder(tables, tmp_path / "in", "csv"))))
    (problem,) = refusal.value.problems
    assert problem.count == 100
    assert problem.keys == ("G0", "G1", "G2", "G3", "G4")


def test_protected_values_are_not_repeated_in_messages(tmp_path: Path) -> None:
    tables = small_tables()
    tables["protected_attributes"]["gender"][0] = " intersex"
    with pytest.raises(InputRefused) as refusal:
        coerce(read_source(str(write_folder(tables, tmp_path / "in", "csv"))))
    assert "intersex" not in str(refusal.value)
    assert "protected_attributes.gender" in str(refusal.value)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, says in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "file", "is not a folder"),
    ):
        with pytest.raises(InputRefused, match=str(path)) as refusal:
            read_source(str(path))
        assert says in str(refusal.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused) as refusal:
        read_source(str(tmp_path / "empty"))
    assert {p.table for p in refusal.value.problems} == set(TABLES)
