"""Landing tables from tables or views of one SQL schema, read in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ind_risk.adapters.database_address import DatabaseAddress, database_address, refused
from ind_risk.adapters.sources_sql_roles import refuse_readable
from ind_risk.core.contracts import PROTECTED_TABLE
from ind_risk.core.errors import InputRefused, Problem
from ind_risk.core.raw_landing import RawLanding, plan_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from sqlalchemy import Connection
    from sqlalchemy.exc import SQLAlchemyError

_ROWS_AT_A_TIME = 50_000
_DENIED = "42501"  # SQLSTATE of insufficient privilege


def read_database(source: str, extra: tuple[str, ...], names: tuple[str, ...]) -> RawLanding:
    """Read tables of one schema as they were at one moment.

    Raises:
        InputRefused: wrong address, no connection, missing schema, table, column or right;
            passwords are masked.
    """
    with opened(source) as (connection, address):
        return read_tables(connection, address, extra, names)


@contextmanager
def opened(source: str) -> Iterator[tuple[Connection, DatabaseAddress]]:
    """A connection that only reads, in one transaction; closed afterwards.

    Raises:
        InputRefused: wrong address, no driver or no connection.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    address = database_address(source)
    try:
        engine = create_engine(address.url, connect_args=address.connect_args())
    except (NoSuchModuleError, ModuleNotFoundError):
        name = address.url.drivername
        raise refused(
            f"there is no driver for databases of the kind {name!r}",
            "Use postgresql:// or sqlite://, or install the driver.",
        ) from None
    except (SQLAlchemyError, TypeError, ValueError) as error:
        raise refused(
            f"{address.shown} cannot be used: {address.masked(str(error))}", "Correct the address."
        ) from None
    with ExitStack() as open_things:
        open_things.callback(engine.dispose)
        with named_errors(address):
            if engine.dialect.name == "postgresql":
                engine = engine.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            connection = open_things.enter_context(engine.connect())
        yield connection, address


@contextmanager
def named_errors(address: DatabaseAddress) -> Iterator[None]:
    """What the driver says of a database, as a refusal that names it and masks passwords."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        raise refused(
            f"{address.shown} cannot be read: {_said(error, address)}",
            "Check host, port, database, user, password and rights.",
        ) from None


def _said(error: SQLAlchemyError, address: DatabaseAddress) -> str:
    return address.masked(str(getattr(error, "orig", None) or error))


def read_tables(
    connection: Connection, address: DatabaseAddress, extra: tuple[str, ...], names: tuple[str, ...]
) -> RawLanding:
    """Tables of these names through an open connection.

    Raises:
        InputRefused: naming every table and column that is missing, denied or unreadable.
    """
    with named_errors(address):
        if PROTECTED_TABLE not in names:
            refuse_readable(connection, address)
        return _read(connection, address, extra, names)


def _read(
    connection: Connection, address: DatabaseAddress, extra: tuple[str, ...], names: tuple[str, ...]
) -> RawLanding:
    from sqlalchemy import inspect
    from sqlalchemy.exc import DBAPIError

    inspector, schema = inspect(connection), address.schema
    if schema is not None and schema not in inspector.get_schema_names():
        raise refused(
            f"{address.shown}: there is no schema {schema!r}, or it may not be seen",
            f"There are: {', '.join(sorted(inspector.get_schema_names())[:10])}.",
        )
    there = {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    if connection.dialect.name == "postgresql":
        there |= set(inspector.get_materialized_view_names(schema))
    tables: dict[str, pa.Table] = {}
    problems: list[Problem] = []
    warnings: list[str] = []
    for name in names:
        if name not in there:
            problems.append(_missing(name, there))
            continue
        columns = [str(c["name"]) for c in inspector.get_columns(name, schema)]
        plan = plan_columns(name, columns, extra)
        problems += plan.problems
        warnings += plan.warnings
        if plan.problems:
            continue
        try:
            # A savepoint: a table that is denied does not end the transaction of the others.
            with connection.begin_nested():
                found = _table(connection, name, schema, plan.keep, rows=not problems)
            tables[name] = found
        except InputRefused as refusal:
            problems += refusal.problems
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _DENIED:
                raise
            problems.append(_denied(name, address, _said(error, address)))
    if problems:
        raise InputRefused(problems)
    return RawLanding(
        tables=tables,
        description=address.shown,
        extra_sponsor_columns=extra,
        warnings=tuple(warnings),
    )


def _denied(name: str, address: DatabaseAddress, said: str) -> Problem:
    """The database's refusal of one table, with what opens it."""
    if name == PROTECTED_TABLE:
        step = (
            "Keep it so, and give the address of the role that reads it with --protected-data or "
            "in IND_RISK_PROTECTED_SOURCE."
        )
    else:
        step = "Grant it the right to read this table; see docs/postgresql/roles.sql."
    rule = f"the role {address.url.username} is denied it: {said}"
    return Problem(name, None, rule, next_step=step)


def _missing(name: str, there: set[str]) -> Problem:
    near = [t for t in sorted(there) if t.casefold() == name]
    step = f"Found {near[0]!r}: rename it." if near else "Make a table or view of this name."
    return Problem(name, None, "table is missing: no such table or view", next_step=step)


def _table(
    connection: Connection,
    name: str,
    schema: str | None,
    columns: tuple[str, ...],
    *,
    rows: bool,
) -> pa.Table:
    """Select the columns without declared types: the driver's own values are what was found.

    Without `rows` the right to read them is tried only: what was found before is refused anyway.
    """
    import pyarrow as pa
    from sqlalchemy import column, select, table

    query = select(table(name, *(column(c) for c in columns), schema=schema))
    query = query if rows else query.limit(0)
    chunks: dict[str, list[pa.Array]] = {c: [] for c in columns}
    found = connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME})
    for part in found.partitions():
        for c, values in zip(columns, zip(*part, strict=True), strict=True):
            chunks[c].append(_array(name, c, values))
    return pa.table({c: _joined(name, c, parts) for c, parts in chunks.items()})


def _array(name: str, column: str, values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    kinds = {type(v) for v in values} - {type(None)}
    if kinds in ({Decimal}, {Decimal, int}):
        values = [None if v is None else float(v) for v in values]
    elif kinds == {UUID}:
        values = [None if v is None else str(v) for v in values]
    elif len(kinds) > 1 and kinds != {int, float}:
        raise _mixed(name, column, sorted(k.__name__ for k in kinds))
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        raise _mixed(name, column, sorted(k.__name__ for k in kinds)) from None


def _joined(name: str, column: str, parts: list[pa.Array]) -> pa.ChunkedArray:
    """One column from its chunks, which may have been found all null or all whole."""
    import pyarrow as pa

    kinds = {p.type for p in parts if not pa.types.is_null(p.type)}
    if kinds == {pa.int64(), pa.float64()}:
        kinds = {pa.float64()}
    if len(kinds) > 1:
        raise _mixed(name, column, sorted(map(str, kinds)))
    kind = next(iter(kinds), pa.null())
    return pa.chunked_array([p.cast(kind) for p in parts], type=kind)


def _mixed(name: str, column: str, kinds: list[str]) -> InputRefused:
    return InputRefused(
        [
            Problem(
                name,
                column,
                f"holds values of kinds that cannot be read together: {', '.join(kinds)}",
                next_step="Give the column one type of text, date or number.",
            )
        ]
    )
