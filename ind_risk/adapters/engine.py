"""The engine that executes Ibis expressions; the one file that names DuckDB."""

from __future__ import annotations

import glob
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ind_risk.adapters.home import written_beside
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from types import TracebackType

    import ibis
    import pyarrow as pa

    from ind_risk.core.features.register import FeatureRegister

COMPRESSION = "zstd"
ROW_GROUP = 1_000_000


class Engine:
    """An in-memory DuckDB behind Ibis; use it as a context manager.

    Args:
        memory_limit: for example "6GB"; None for DuckDB's default.
        threads: None for all cores.
        scratch: folder for what does not fit in memory; None for one of its own, which goes away.
    """

    def __init__(
        self,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
        scratch: Path | None = None,
    ) -> None:
        self._settings: dict[str, object] = {
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,  # nothing is fetched from anywhere
        }
        if memory_limit is not None:
            self._settings["memory_limit"] = memory_limit
        if threads is not None:
            self._settings["threads"] = threads
        self._scratch = scratch

    def __enter__(self) -> Engine:
        """Connect."""
        import ibis

        with ExitStack() as open_things:
            scratch = self._scratch or open_things.enter_context(
                TemporaryDirectory(prefix="ind-risk-engine-")
            )
            with _named_errors():
                self._connection = ibis.duckdb.connect(
                    **self._settings, temp_directory=str(scratch)
                )
            open_things.callback(self._connection.disconnect)
            # Its bar would stand on stdout, among what programs read.
            self._connection.raw_sql("SET enable_progress_bar = false")
            self._open = open_things.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect and remove the scratch folder."""
        self._open.close()

    @property
    def version(self) -> str:
        """Engine and version, for the run's record."""
        return f"duckdb {self._connection.version}"

    def tables(self, source: Mapping[str, pa.Table] | Path) -> dict[str, ibis.Table]:
        """Tables by name, from Arrow tables or from a folder of Parquet files.

        They are unbound: known to Ibis by name and schema, and to DuckDB as views of these names.
        """
        import pyarrow.parquet as pq

        if isinstance(source, Path):
            files = sorted(source.glob("*.parquet"))
            return {file.stem: self._file(file, pq.read_schema(file)) for file in files}
        for name, table in source.items():
            self._connection.con.register(name, table)  # a view on Arrow's memory, not a copy
        return {name: _unbound(name, table.schema) for name, table in source.items()}

    def _file(self, file: Path, schema: pa.Schema) -> ibis.Table:
        """A view on one file whatever its folder is called: no patterns, no `key=value` columns."""
        place = glob.escape(str(file)).replace("'", "''")
        self._execute(
            f'CREATE OR REPLACE TEMP VIEW "{file.stem}" AS '
            f"FROM read_parquet('{place}', hive_partitioning=false)"
        )
        return _unbound(file.stem, schema)

    def stored(self, name: str, expression: ibis.Table) -> ibis.Table:
        """Execute once into a temporary table of that name, which further expressions may read."""
        query = self._compiled(expression)
        self._execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}')
        return _unbound(name, expression.schema().to_pyarrow())

    def _execute(self, query: str) -> None:
        with _named_errors():
            self._connection.con.execute(query)

    def to_arrow(self, expression: ibis.Table) -> pa.Table:
        """Execute and return an Arrow table."""
        with _named_errors():
            return self._connection.to_pyarrow(expression)

    def to_parquet(self, expression: ibis.Table, path: Path) -> None:
        """Execute into a Parquet file without holding the result in memory."""
        self.parts_to_parquet([expression], path)

    def parts_to_parquet(self, parts: Iterable[ibis.Table], path: Path) -> int:
        """Execute expressions of one schema one after the other into one Parquet file.

        Memory is bounded by the largest of them. On an error what was there before stays.

        Returns:
            The number of rows written.
        """
        import pyarrow.parquet as pq

        rows, writer = 0, None
        with written_beside(path) as draft, ExitStack() as closing:
            for part in parts:
                schema = part.schema().to_pyarrow()
                if writer is None:
                    writer = closing.enter_context(
                        pq.ParquetWriter(draft, schema, compression=COMPRESSION)
                    )
                for table in self._pieces(part, schema):
                    writer.write_table(table)
                    rows += table.num_rows
        return rows

    def _pieces(self, expression: ibis.Table, schema: pa.Schema) -> Iterator[pa.Table]:
        import pyarrow as pa

        query = self._compiled(expression)
        with _named_errors(), self._connection.con.sql(query).to_arrow_reader(ROW_GROUP) as pieces:
            for piece in pieces:
                yield pa.Table.from_batches([piece]).cast(schema)

    def _compiled(self, expression: ibis.Table) -> str:
        """The query, with the tables that Ibis keeps in memory made known to DuckDB."""
        self._connection._run_pre_execute_hooks(expression)
        return str(self._connection.compile(expression))


def write_features(
    engine: Engine,
    tables: Mapping[str, ibis.Table],
    *,
    as_of_dates: Sequence[date],
    register: FeatureRegister,
    path: Path,
) -> int:
    """The rows of `feature_table`, in its order, into one Parquet file, whatever their number.

    Where they are many, facts are stored first, by sponsor, and dates follow one another: on
    10 million permits that takes less than half the time, and memory does not grow with the dates.

    Args:
        engine: that made the tables.
        tables: sponsors, permits, inspections, interventions, signals.
        as_of_dates: one or more dates, each once.
        register: the registered features.
        path: of the file; replaced in one step.

    Returns:
        The number of rows.
    """
    from ind_risk.core.features.expressions import date_parts, feature_part
    from ind_risk.core.features.facts import NUMBER, facts_of

    count = tables["sponsors"].count().name("n").as_table()
    parts = list(date_parts(as_of_dates, sponsors=engine.to_arrow(count)["n"][0].as_py()))
    facts = facts_of(tables)
    if len(parts) > 1:
        facts = {n: engine.stored(f"facts_{n}", t.order_by(NUMBER)) for n, t in facts.items()}
    expressions = (feature_part(facts, as_of_dates=part, register=register) for part in parts)
    return engine.parts_to_parquet(expressions, path)


def _unbound(name: str, schema: pa.Schema) -> ibis.Table:
    import ibis

    return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)


@contextmanager
def _named_errors() -> Iterator[None]:
    """DuckDB's own errors as ours; amid a result they come through Arrow, as Arrow's or OSError."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        if "Out of Memory" in said:
            raise IndRiskError(
                f"DuckDB ran out of memory: {said}. Free some, or use a larger machine."
            ) from error
        raise IndRiskError(
            f"DuckDB could not compute a table: {said}. Check that the tables are as accepted and "
            "that the kinds of declared sponsor columns are right."
        ) from error
