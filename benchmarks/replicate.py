"""The same tables with every organisation several times over, under new keys."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from ind_risk.core.contracts import TABLES


def replicate(source: Path, out: Path, *, times: int) -> None:
    """Read six CSV tables, write them as Parquet with `times` copies of every row."""
    for name, table in TABLES.items():
        as_text = pyarrow.csv.ConvertOptions(
            column_types={c: pa.string() for c in table.column_names}, strings_can_be_null=True
        )
        read = pyarrow.csv.read_csv(source / f"{name}.csv", convert_options=as_text)
        keys = [c.name for c in table.columns if c.name == table.key or c.references]
        copies = []
        for copy in range(times):
            part = read
            for key in keys:
                place = part.schema.get_field_index(key)
                renamed = pc.binary_join_element_wise(part[key], pa.scalar(f"c{copy}"), "-")
                part = part.set_column(place, key, renamed)
            copies.append(part)
        pq.write_table(pa.concat_tables(copies), out / f"{name}.parquet")
