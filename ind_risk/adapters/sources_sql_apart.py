"""Two logins to SQL: one that is denied protected attributes, and one that reads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.adapters.sources_apart import GENERAL, both
from ind_risk.adapters.sources_sql import named_errors, opened, read_tables
from ind_risk.core.contracts import PROTECTED_TABLE

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

    from ind_risk.adapters.database_address import DatabaseAddress
    from ind_risk.core.raw_landing import RawLanding


def read_databases(source: str, protected: str, extra: tuple[str, ...]) -> RawLanding:
    """Read five tables with one login and `protected_attributes` with the other.

    In one PostgreSQL database both see the same moment: the second login takes over the first
    one's snapshot. Of two databases a permit that only one of them has is found by the contract.

    Raises:
        InputRefused: also if the first login may read `protected_attributes`.
    """
    with opened(source) as (one, its), opened(protected) as (two, others):
        if _place(its.url) == _place(others.url) and one.dialect.name == "postgresql":
            _share_snapshot(one, its, two, others)
        return both(
            lambda: read_tables(one, its, extra, GENERAL),
            lambda: read_tables(two, others, (), (PROTECTED_TABLE,)),
        )


def _place(url: URL) -> tuple[object, ...]:
    return url.get_backend_name(), url.host, url.port, url.database


def _share_snapshot(
    one: Connection, its: DatabaseAddress, two: Connection, others: DatabaseAddress
) -> None:
    """Let the second login see the tables as the first does."""
    from sqlalchemy import text

    with named_errors(its):
        name = str(one.execute(text("SELECT pg_export_snapshot()")).scalar_one())
    with named_errors(others):
        # The statement takes no parameters; the name is the server's own (hexadecimal, dashes).
        two.execute(text(f"SET TRANSACTION SNAPSHOT '{name.replace(chr(39), '')}'"))
