"""Every world obeys the contract, repeats itself from its seed, and tells nothing it must hide."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ind_risk.adapters.quality import validate
from ind_risk.core.contracts import TABLES
from ind_risk.core.dates import first_known_date, latest_known_date
from ind_risk.core.errors import IndRiskError
from ind_risk.core.worlds import WORLDS, make_world
from ind_risk_tests.core.worlds.made import world

KINDS = {
    "string": pa.string(), "date": pa.date32(), "integer": pa.int64(), "number": pa.float64(),
}  # fmt: skip
NAMES = ("letter", "audited", "biased", "broken_assumption", "drifted", "inspectors")


def test_there_are_six_worlds_each_with_one_sentence() -> None:
    assert tuple(WORLDS) == NAMES
    for name, spec in WORLDS.items():
        assert spec.name == name
        assert spec.description.endswith(".")
        assert spec.description.count(". ") == 0


@pytest.mark.parametrize(
    ("name", "sponsors"), [*((n, 20) for n in NAMES), ("letter", 200), ("drifted", 201)]
)
def test_a_small_world_obeys_the_contract(name: str, sponsors: int) -> None:
    tables = world(name, sponsors).tables
    problems = [str(p) for r in validate(tables, docs_dir=None).values() for p in r.problems]
    assert problems == []


@pytest.mark.parametrize("name", ["letter", "biased"])
def test_a_world_of_default_size_obeys_the_contract(name: str) -> None:
    tables = world(name).tables
    problems = [str(p) for r in validate(tables, docs_dir=None).values() for p in r.problems]
    assert problems == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sponsors", [20, None])
def test_columns_and_types_are_the_contract_s_and_nothing_else(
    name: str, sponsors: int | None
) -> None:
    made = world(name, sponsors)
    assert list(made.tables) == list(TABLES)
    for table, contract in TABLES.items():
        wanted = [(c.name, KINDS[c.kind]) for c in contract.columns]
        assert [(f.name, f.type) for f in made.tables[table].schema] == wanted
    size = sponsors or WORLDS[name].sponsors
    assert made.tables["sponsors"].num_rows == made.truth.num_rows == size
    assert abs(made.tables["permits"].num_rows / (10 * size) - 1) < (0.2 if size < 100 else 0.01)
    assert made.tables["protected_attributes"].num_rows == made.tables["permits"].num_rows


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sponsors", [20, 200, None])
def test_the_last_event_falls_on_the_cut_off(name: str, sponsors: int | None) -> None:
    tables = world(name, sponsors).tables
    assert latest_known_date(tables) == date(2025, 12, 31)
    assert first_known_date(tables).year == 2017


def test_default_sizes() -> None:
    assert WORLDS["letter"].sponsors == 10_000
    assert {s.sponsors for n, s in WORLDS.items() if n != "letter"} == {10_000}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_makes_the_same_world_and_another_one_does_not(name: str) -> None:
    one, again = (make_world(name, sponsors=150, seed=7) for _ in range(2))
    other = make_world(name, sponsors=150, seed=8)
    assert one.truth.equals(again.truth)
    for table in TABLES:
        assert one.tables[table].equals(again.tables[table])
        assert not one.tables[table].equals(other.tables[table])


def test_worlds_of_one_seed_differ() -> None:
    assert (
        not world("audited", 200).tables["permits"].equals(world("drifted", 200).tables["permits"])
    )


@pytest.mark.parametrize("name", ["audited", "biased"])
def test_the_truth_is_sorted_and_stands_beside_the_tables(name: str) -> None:
    made = world(name)
    truth = made.truth
    assert truth.column_names == [
        "sponsor_id", "majority_nationality", "p_non_compliant", "non_compliant", "proxy",
    ]  # fmt: skip
    ids = truth["sponsor_id"].to_pylist()
    assert ids == sorted(ids) == sorted(made.tables["sponsors"]["sponsor_id"].to_pylist())
    assert truth["non_compliant"].type == truth["proxy"].type == pa.bool_()
    p = truth["p_non_compliant"]
    assert p.null_count == 0
    assert 0 < pc.min(p).as_py() < pc.max(p).as_py() < 1


@pytest.mark.parametrize("name", ["audite", "", "world:audited", "Audited"])
def test_an_unknown_world_is_refused_by_name(name: str) -> None:
    with pytest.raises(IndRiskError, match="Use one of letter, audited"):
        make_world(name, sponsors=None, seed=0)


@pytest.mark.parametrize("sponsors", [-5, 0, 1, 19, 1_000_001])
def test_an_absurd_size_is_refused(sponsors: int) -> None:
    with pytest.raises(IndRiskError, match="cannot be made"):
        make_world("audited", sponsors=sponsors, seed=0)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(IndRiskError, match="seed -1 is negative"):
        make_world("audited", sponsors=20, seed=-1)
