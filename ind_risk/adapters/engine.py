"""The engine that executes Ibis expressions; the one file that names DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ind_risk.adapters.home import written_beside

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


class Engine:
    """An in-memory DuckDB behind Ibis; use it as a context manager.

    Args:
        memory_limit: for example "6GB"; None for DuckDB's default.
        threads: None for all cores.
        scratch: folder for what does not fit in memory.
    """

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        scratch: Path | None = None,
    ) -> None:
        self._settings: dict[str, object] = {"preserve_insertion_order": False}
        if memory_limit is not None:
            self._settings["memory_limit"] = memory_limit
        if threads is not None:
            self._settings["threads"] = threads
        if scratch is not None:
            self._settings["temp_directory"] = str(scratch)

    def __enter__(self) -> Engine:
        """Connect."""
        import ibis

        self._connection = ibis.duckdb.connect(**self._settings)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        self._connection.disconnect()

    @property
    def version(self) -> str:
        """Engine and version, for the run's record."""
        return f"duckdb {self._connection.version}"

    def tables(self, source: Mapping[str, pa.Table] | Path) -> dict[str, ibis.Table]:
        """Tables by name, from Arrow tables or from a folder of Parquet files."""
        if isinstance(source, Path):
            return {
                file.stem: self._connection.read_parquet(str(file), table_name=file.stem)
                for file in sorted(source.glob("*.parquet"))
            }
        for name, table in source.items():
            self._connection.con.register(name, table)  # a view on Arrow's memory, not a copy
        return {name: self._connection.table(name) for name in source}

    def to_arrow(self, expression: ibis.Table) -> pa.Table:
        """Execute and return an Arrow table."""
        return self._connection.to_pyarrow(expression)

    def to_parquet(self, expression: ibis.Table, path: Path) -> None:
        """Execute into a Parquet file without holding the result in memory."""
        with written_beside(path) as draft:
            self._connection.to_parquet(expression, str(draft))
