"""Small tables: landing tables after a check of the data, and the top of a worklist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ind_risk.dossier.terminal.screen import plain

if TYPE_CHECKING:
    from rich.table import Table


def quality_table(reports: Mapping[str, Any]) -> Table:
    """One row a landing table: rows and rules."""
    from rich.table import Table

    table = Table(title="Landing tables", title_justify="left")
    for name in ("table", "rows", "rules", "broken"):
        table.add_column(name, justify="left" if name == "table" else "right")
    for name, report in reports.items():
        counts = (report.rows, len(report.expectations), len(report.problems))
        table.add_row(plain(name), *(f"{n:,}" for n in counts))
    return table


def worklist_table(frame: Any, *, rows: int = 10) -> Table:
    """The first rows of a worklist."""
    from rich.table import Table

    shown = min(rows, len(frame))
    table = Table(title=f"The first {shown}", title_justify="left", expand=True)
    for name in ("sponsor_id", "band", "rank"):
        table.add_column(name, overflow="fold")
    table.add_column("strongest reasons", overflow="fold", ratio=1)
    for row in frame.head(rows).astype(object).fillna("").astype(str).to_dict("records"):
        reasons = [row[f"reason_{i}"] for i in (1, 2, 3) if row[f"reason_{i}"]]
        cells = (row["sponsor_id"], row["band"], row["rank"], "; ".join(reasons))
        table.add_row(*(plain(cell) for cell in cells))
    return table
