"""The landing tables in a schema of PostgreSQL, as a service would publish them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ind_risk.core.contracts import TABLES

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

KINDS = {"string": "text", "date": "date", "integer": "bigint", "number": "double precision"}


def fill_landing(connection: psycopg.Connection[Any], tables: Mapping[str, pa.Table]) -> None:
    """Make the schema `landing` with every table of the contract and these rows."""
    connection.execute("CREATE SCHEMA landing")
    for name, contract in TABLES.items():
        columns = [f"{c.name} {KINDS[c.kind]}" for c in contract.columns]
        connection.execute(f"CREATE TABLE landing.{name} ({', '.join(columns)})")
        with connection.cursor() as cursor, cursor.copy(f"COPY landing.{name} FROM STDIN") as copy:
            for row in tables[name].select(list(contract.column_names)).to_pylist():
                copy.write_row(list(row.values()))
