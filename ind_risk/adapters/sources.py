"""Where landing tables come from: a folder of files, or a schema of an SQL database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ind_risk.core.raw_landing import RawLanding


def read_source(source: str, extra_sponsor_columns: tuple[str, ...] = ()) -> RawLanding:
    """Read the six tables as found, with the contract's columns and no others.

    Args:
        source: path of a folder, or SQLAlchemy URL; `?schema=name` or `#name` at its end names a
            schema.
        extra_sponsor_columns: columns of `sponsors` that the feature register declares.

    Raises:
        InputRefused: naming every table and column at fault; nothing was taken in.
    """
    if "://" in source:
        from ind_risk.adapters.sources_sql import read_database

        return read_database(source, extra_sponsor_columns)
    from ind_risk.adapters.sources_folder import read_folder

    return read_folder(Path(source).expanduser(), extra_sponsor_columns)
