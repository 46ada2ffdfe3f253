"""SQL schemas: SQLite and a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    text,
)

from ind_risk.adapters import sources_sql
from ind_risk.adapters.database_address import database_address
from ind_risk.adapters.sources import read_source
from ind_risk.core.coercion import coerce
from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import InputRefused
from ind_risk_tests.adapters.small_tables import Tables, small_tables
from ind_risk_tests.postgres_server import PostgresServer, postgres_programs, postgres_server

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

TYPES: dict[str, TypeEngine[Any]] = {
    "string": String(), "date": Date(), "integer": BigInteger(), "number": Numeric(12, 2),
}  # fmt: skip


def fill(engine: Engine, tables: Tables, schema: str | None = None) -> None:
    meta = MetaData(schema=schema)
    for name, columns in tables.items():
        kinds = {c: TABLES[name].column(c).kind if c in TABLES[name].column_names else "string"
                 for c in columns}  # fmt: skip
        table = Table(name, meta, *(Column(c, TYPES[k]) for c, k in kinds.items()))
        table.create(engine)
        rows = [dict(zip(columns, r, strict=True)) for r in zip(*columns.values(), strict=True)]
        with engine.begin() as connection:
            connection.execute(table.insert(), rows)


def contents(source: str) -> Tables:
    tables, _ = coerce(read_source(source))
    return {n: t.to_pydict() for n, t in tables.items()}


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[tuple[str, Connection]]:
    url = f"sqlite:///{tmp_path / 'land ing.db'}"
    engine = create_engine(url)
    fill(engine, small_tables())
    with engine.connect() as connection:
        yield url, connection
    engine.dispose()


Sqlite = tuple[str, Connection]


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 50_000])
def test_sqlite(sqlite: Sqlite, monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int) -> None:
    monkeypatch.setattr(sources_sql, "_ROWS_AT_A_TIME", rows_at_a_time)
    assert contents(sqlite[0]) == small_tables()
    assert contents(sqlite[0] + "?schema=main") == small_tables()
    assert contents(sqlite[0] + "#main") == small_tables()


def refusal(source: str) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        coerce(read_source(source))
    return caught.value


def test_sqlite_values_of_mixed_kinds_name_their_column(sqlite: Sqlite) -> None:
    url, connection = sqlite
    connection.execute(
        text("UPDATE permits SET gross_monthly_salary = 'much' WHERE permit_id='P2'")
    )
    connection.commit()
    (problem,) = refusal(url).problems
    assert (problem.table, problem.column) == ("permits", "gross_monthly_salary")
    assert "float, int, str" in problem.rule


def test_sqlite_text_that_is_no_date_names_its_key(sqlite: Sqlite) -> None:
    url, connection = sqlite
    connection.execute(text("UPDATE permits SET applied_on = '31-12-2020' WHERE permit_id='P2'"))
    connection.commit()
    (problem,) = refusal(url).problems
    assert (problem.column, problem.keys) == ("applied_on", ("P2",))


def test_missing_tables_and_columns_are_all_named(sqlite: Sqlite) -> None:
    url, connection = sqlite
    connection.execute(text('ALTER TABLE signals RENAME COLUMN source TO "Source "'))
    connection.execute(text("ALTER TABLE sponsors ADD COLUMN director_origin TEXT"))
    connection.execute(text("ALTER TABLE permits RENAME TO permissions"))
    connection.commit()
    places = {(p.table, p.column) for p in refusal(url).problems}
    assert places == {("signals", "source"), ("sponsors", "director_origin"), ("permits", None)}


def test_no_file_no_schema_no_driver(sqlite: Sqlite, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.db"
    assert "there is no SQLite file" in str(refusal(f"sqlite:///{nowhere}"))
    assert not nowhere.exists()
    assert "no SQLite file" in str(refusal("sqlite://"))
    assert "no schema 'other'" in str(refusal(sqlite[0] + "?schema=other"))
    assert "no driver" in str(refusal("oracle://u:secretword@h/d"))
    for wrong in ("nonsense://", "postgresql://u:secretword@h:port/d", "://secretword"):
        assert "secretword" not in str(refusal(wrong))
    (tmp_path / "noise.db").write_bytes(bytes(range(256)) * 40)
    assert "cannot be read" in str(refusal(f"sqlite:///{tmp_path / 'noise.db'}"))


def test_nobody_answers_and_the_password_stays_hidden() -> None:
    said = str(refusal("postgresql://someone:secretword@127.0.0.1:1/d?schema=x"))
    assert "secretword" not in said
    assert "postgresql+psycopg://someone:***@127.0.0.1:1/d#x" in said


@pytest.mark.parametrize(
    ("source", "schema", "database"),
    [
        ("postgresql://u:p@h/d", None, "d"), ("postgresql://u:p@h/d?schema=s", "s", "d"),
        ("postgresql://u:p@h/d#s", "s", "d"), ("postgres://u:p#w@h/d", None, "d"),
        ("postgresql+psycopg://u:p%23@h/d?sslmode=require&schema=My Schema", "My Schema", "d"),
    ],
)  # fmt: skip
def test_addresses(source: str, schema: str | None, database: str) -> None:
    address = database_address(source)
    assert (address.schema, address.url.database) == (schema, database)
    assert address.url.drivername == "postgresql+psycopg"
    assert "schema" not in address.url.query
    assert "p" not in address.shown.partition("://")[2].partition("@")[0]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    if postgres_programs() is None:
        pytest.fail("No PostgreSQL here: install Debian's package postgresql.")
    with postgres_server() as running:
        yield running


@pytest.fixture
def postgres(server: PostgresServer) -> Iterator[Engine]:
    engine = create_engine(server.url().replace("postgresql:", "postgresql+psycopg:"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text('DROP SCHEMA IF EXISTS "Landing 2" CASCADE'))
    engine.dispose()


def test_postgres(server: PostgresServer, postgres: Engine, monkeypatch: Any) -> None:
    monkeypatch.setattr(sources_sql, "_ROWS_AT_A_TIME", 2)
    with postgres.begin() as connection:
        connection.execute(text('CREATE SCHEMA "Landing 2"'))
    fill(postgres, small_tables(), "Landing 2")
    with postgres.begin() as connection:
        connection.execute(text('SET search_path TO "Landing 2"'))
        connection.execute(text("ALTER TABLE permits RENAME TO permits_kept"))
        connection.execute(text("CREATE VIEW permits AS SELECT *, 1 AS more FROM permits_kept"))
        connection.execute(text("ALTER TABLE signals RENAME TO s"))
        connection.execute(text("CREATE MATERIALIZED VIEW signals AS SELECT * FROM s"))
    source = server.url("?schema=Landing 2")
    raw = read_source(source)
    assert server.password not in raw.description
    assert [w for w in raw.warnings if "permits.more" in w]
    assert contents(source) == contents(server.url("#Landing 2")) == small_tables()
    assert {(p.table, p.column) for p in refusal(server.url()).problems} == {
        (name, None) for name in TABLES
    }
    said = str(refusal(server.url("?schema=landing")))
    assert "there is no schema 'landing'" in said
    assert "Landing 2" in said
    with postgres.begin() as connection:
        connection.execute(text('ALTER TABLE "Landing 2".inspections ADD COLUMN herkomst text'))
    assert [p.column for p in refusal(source).problems] == ["herkomst"]


def test_postgres_refuses_a_wrong_password(server: PostgresServer) -> None:
    said = str(refusal(server.url(password="wrong-word")))
    assert "password authentication failed" in said
    assert "wrong-word" not in said


def test_postgres_types_without_a_place_in_the_contract(
    server: PostgresServer, postgres: Engine
) -> None:
    with postgres.begin() as connection:
        connection.execute(text('CREATE SCHEMA "Landing 2"'))
    fill(postgres, small_tables(), "Landing 2")
    source = server.url("?schema=Landing 2")
    with postgres.begin() as connection:
        connection.execute(text('SET search_path TO "Landing 2"'))
        connection.execute(text("ALTER TABLE signals ALTER received_on TYPE timestamp"))
        connection.execute(text("UPDATE protected_attributes SET gender = NULL"))
        connection.execute(text("ALTER TABLE protected_attributes ALTER gender TYPE uuid USING "
                                "gender::uuid"))  # fmt: skip
    received = contents(source)["signals"]["received_on"]
    assert received == small_tables()["signals"]["received_on"]
    at = datetime(2021, 1, 5, 12, 30)
    with postgres.begin() as connection:
        connection.execute(
            text("UPDATE \"Landing 2\".signals SET received_on = :at WHERE signal_id = 'G2'"),
            {"at": at},
        )
    (problem,) = refusal(source).problems
    assert (problem.column, problem.keys) == ("received_on", ("G2",))
    with postgres.begin() as connection:
        connection.execute(text("UPDATE \"Landing 2\".signals SET received_on = 'infinity'"))
    assert refusal(source)


def test_type_of_the_column_kinds() -> None:
    assert set(TYPES) == {c.kind for t in TABLES.values() for c in t.columns}
    assert DateTime not in map(type, TYPES.values())
