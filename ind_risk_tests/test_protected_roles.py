"""Two logins to a real PostgreSQL: who reads features is denied protected attributes."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ind_risk.adapters.home import Home
from ind_risk.adapters.intake import take_in
from ind_risk.adapters.protected_source import PROTECTED_VARIABLE
from ind_risk.adapters.settings import RunSettings
from ind_risk.adapters.sources import read_source
from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.digests import data_digest
from ind_risk.core.errors import IndRiskError, InputRefused
from ind_risk.core.worlds import make_world
from ind_risk_tests.command import ind_risk
from ind_risk_tests.postgres_landing import fill_landing
from ind_risk_tests.postgres_server import PostgresServer, postgres_programs, postgres_server

ROLES = Path(__file__).parent.parent / "docs" / "postgresql" / "roles.sql"
FEATURES, PROTECTED = "ind_risk_features", "ind_risk_protected"
WORLD = make_world("audited", sponsors=1000, seed=5)


@dataclass(frozen=True)
class Logins:
    """Addresses of one landing schema: its owner's, and those of the two roles."""

    owner: str
    features: str
    protected: str
    server: PostgresServer

    def as_owner(self, statement: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def logins() -> Iterator[Logins]:
    """The world's tables in PostgreSQL and the shipped roles, each with a password."""
    if postgres_programs() is None:
        pytest.fail("No PostgreSQL here: install Debian's package postgresql.")
    with postgres_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            fill_landing(connection, WORLD.tables)
            connection.execute(ROLES.read_text(encoding="utf-8"))
            for role in (FEATURES, PROTECTED):
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), f"word-{role}"
                    )
                )
        owner = server.url("?schema=landing")
        features, protected = (
            owner.replace(f"postgres:{server.password}@", f"{role}:word-{role}@")
            for role in (FEATURES, PROTECTED)
        )
        yield Logins(owner, features, protected, server)


@pytest.fixture(scope="module")
def lifecycles(
    logins: Logins, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, dict[str, Any]]]:
    """A whole run with one login and another with two: their homes and what they said."""
    found = {}
    for name, arguments in (
        ("one", ("--data", logins.owner)),
        ("two", ("--data", logins.features, "--protected-data", logins.protected)),
    ):
        home = tmp_path_factory.mktemp("roles") / name
        done = ind_risk("run", *arguments, "--home", str(home), "--json")
        assert done.returncode == 0, done.stderr
        found[name] = home, json.loads(done.stdout)
    return found


def refusal(source: str, protected: str | None) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        read_source(source, protected=protected)
    return caught.value


def test_the_database_denies_each_login_what_is_the_others(logins: Logins) -> None:
    for address, denied in (
        (logins.features, [PROTECTED_TABLE]),
        (logins.protected, [n for n in TABLES if n != PROTECTED_TABLE]),
    ):
        with psycopg.connect(address.partition("?")[0], autocommit=True) as connection:
            for name in TABLES:
                query = sql.SQL("SELECT count(*) FROM landing.{}").format(sql.Identifier(name))
                if name in denied:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(query)
                else:
                    (rows,) = connection.execute(query).fetchone() or (None,)
                    assert rows == WORLD.tables[name].num_rows
            with pytest.raises(psycopg.errors.Error):
                connection.execute("CREATE TABLE landing.copy AS SELECT 1 AS x")


def test_a_login_that_is_denied_the_table_is_told_of_the_second(logins: Logins) -> None:
    (problem,) = refusal(logins.features, None).problems
    assert problem.table == PROTECTED_TABLE
    assert f"the role {FEATURES} is denied it: permission denied for table" in problem.rule
    assert "--protected-data" in problem.next_step
    assert PROTECTED_VARIABLE in problem.next_step
    assert "word-" not in str(problem)
    denied = refusal(logins.protected, None).problems
    assert {p.table for p in denied} == set(TABLES) - {PROTECTED_TABLE}
    assert all("docs/postgresql/roles.sql" in p.next_step for p in denied)


def test_two_logins_read_what_one_reads(logins: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROTECTED_VARIABLE, logins.protected)
    taken = take_in(RunSettings(source=logins.features), ())
    assert data_digest(taken.tables) == data_digest(WORLD.tables)
    assert f"{PROTECTED_TABLE} from postgresql+psycopg://{PROTECTED}:***@" in taken.source
    assert "word-" not in taken.source


@pytest.mark.parametrize(
    ("grant", "revoke", "by"),
    [
        ("GRANT SELECT ON landing.protected_attributes TO {f}",
         "REVOKE SELECT ON landing.protected_attributes FROM {f}", ""),
        ("GRANT SELECT (nationality) ON landing.protected_attributes TO {f}",
         "REVOKE SELECT (nationality) ON landing.protected_attributes FROM {f}", ""),
        ("GRANT {p} TO {f}", "REVOKE {p} FROM {f}", f"as {PROTECTED}"),
        ("GRANT SELECT ON landing.protected_attributes TO PUBLIC",
         "REVOKE SELECT ON landing.protected_attributes FROM PUBLIC", ""),
        ("CREATE SCHEMA other; CREATE VIEW other.protected_attributes AS SELECT * FROM "
         "landing.protected_attributes; GRANT USAGE ON SCHEMA other TO {f}; GRANT SELECT ON "
         "other.protected_attributes TO {f}", "DROP SCHEMA other CASCADE", "other."),
    ],
)  # fmt: skip
def test_a_first_login_that_could_read_it_too_is_refused(
    logins: Logins, grant: str, revoke: str, by: str
) -> None:
    logins.as_owner(grant.format(f=FEATURES, p=PROTECTED))
    try:
        (problem,) = refusal(logins.features, logins.protected).problems
    finally:
        logins.as_owner(revoke.format(f=FEATURES, p=PROTECTED))
    assert problem.table == PROTECTED_TABLE
    assert f"the role {FEATURES} may read" in problem.rule
    assert by in problem.rule
    assert "REVOKE" in problem.next_step
    assert read_source(logins.features, protected=logins.protected).tables


def test_the_owner_as_first_login_is_refused(logins: Logins) -> None:
    assert "the role postgres may read" in str(refusal(logins.owner, logins.protected))


def test_both_logins_see_one_moment(logins: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is added between the two readings is in neither."""
    from ind_risk.adapters import sources_sql, sources_sql_apart

    real, seen = sources_sql.read_tables, list[str]()

    def read(connection: Any, address: Any, extra: Any, names: Any) -> Any:
        found = real(connection, address, extra, names)
        if PROTECTED_TABLE not in names:
            seen.append("between")
            logins.as_owner("INSERT INTO landing.protected_attributes VALUES ('late')")
        return found

    monkeypatch.setattr(sources_sql_apart, "read_tables", read)
    try:
        found = read_source(logins.features, protected=logins.protected)
    finally:
        logins.as_owner("DELETE FROM landing.protected_attributes WHERE permit_id = 'late'")
    assert seen == ["between"]
    assert "late" not in found.tables[PROTECTED_TABLE]["permit_id"].to_pylist()


def test_a_lifecycle_with_two_logins_is_that_with_one(
    lifecycles: dict[str, tuple[Path, dict[str, Any]]],
) -> None:
    (_, one), (_, two) = lifecycles["one"], lifecycles["two"]
    for name in ("data_digest", "model_digest"):
        assert one["candidate"][name] == two["candidate"][name]
    assert two["candidate"]["data_digest"] == data_digest(WORLD.tables)
    assert one["findings"] == two["findings"]
    assert {f["check"] for f in two["findings"]} >= {"protected_isolation", "bias_independence"}


def test_in_the_home_they_lie_apart_and_nobody_else_may_read_them(
    lifecycles: dict[str, tuple[Path, dict[str, Any]]],
) -> None:
    home = Home(lifecycles["two"][0])
    file = home.landing / "protected" / f"{PROTECTED_TABLE}.parquet"
    assert list(home.landing.rglob(f"*{PROTECTED_TABLE}*")) == [file]
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for private in (file, home.landing / "settings.json"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert ind_risk("verify", "--home", str(home.root)).returncode == 0


def test_the_second_address_is_written_nowhere(
    lifecycles: dict[str, tuple[Path, dict[str, Any]]],
) -> None:
    secret = f"word-{PROTECTED}".encode()
    for folder, _, names in os.walk(lifecycles["two"][0]):
        for name in names:
            assert secret not in (Path(folder) / name).read_bytes(), name


def test_the_same_again_needs_the_second_login_again(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PROTECTED_VARIABLE, raising=False)
    with pytest.raises(IndRiskError, match=f"credential of its own.*{PROTECTED_VARIABLE}"):
        take_in(RunSettings(source=logins.features, protected_apart=True), ())
