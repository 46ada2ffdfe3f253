"""Where landing tables come from: a folder of files, or a schema of an SQL database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ind_risk.core.contracts import PROTECTED_TABLE, TABLES

if TYPE_CHECKING:
    from ind_risk.core.raw_landing import RawLanding


def read_source(
    source: str, extra_sponsor_columns: tuple[str, ...] = (), *, protected: str | None = None
) -> RawLanding:
    """Read the six tables as found, with the contract's columns and no others.

    Args:
        source: path of a folder, or SQLAlchemy URL; `?schema=name` or `#name` at its end names a
            schema.
        extra_sponsor_columns: columns of `sponsors` that the feature register declares.
        protected: the same for `protected_attributes`, where another login reads them; then
            `source` must not be able to.

    Raises:
        InputRefused: naming every table and column at fault; nothing was taken in.
    """
    if protected is None:
        return _read(source, extra_sponsor_columns, tuple(TABLES))
    if _is_address(source) and _is_address(protected):
        from ind_risk.adapters.sources_sql_apart import read_databases

        return read_databases(source, protected, extra_sponsor_columns)
    from ind_risk.adapters.sources_apart import GENERAL, both

    return both(
        lambda: _read(source, extra_sponsor_columns, GENERAL),
        lambda: _read(protected, (), (PROTECTED_TABLE,)),
    )


def _is_address(source: str) -> bool:
    return "://" in source


def _read(source: str, extra: tuple[str, ...], names: tuple[str, ...]) -> RawLanding:
    if _is_address(source):
        from ind_risk.adapters.sources_sql import read_database

        return read_database(source, extra, names)
    from ind_risk.adapters.sources_folder import read_folder

    return read_folder(Path(source).expanduser(), extra, names)
