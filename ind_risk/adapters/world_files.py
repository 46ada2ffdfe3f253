"""A synthetic world as landing tables on disk, with its truth beside them."""

from __future__ import annotations

from pathlib import Path

from ind_risk.adapters.home import written_beside
from ind_risk.adapters.intake import WORLD_FILE, world_note
from ind_risk.core.errors import IndRiskError


def write_world(
    name: str, *, out: Path, sponsors: int | None, seed: int, as_csv: bool = False
) -> str:
    """Make a world and write its tables, truth and note.

    Args:
        name: of the world.
        out: folder; made if absent. A folder that holds anything but an earlier world is refused.
        sponsors: size; None for the world's default.
        seed: of every draw.
        as_csv: CSV instead of Parquet (the truth stays Parquet).

    Returns:
        Rows per table, in words.

    Raises:
        IndRiskError: if the folder holds other things.
    """
    import pyarrow.csv
    import pyarrow.parquet as pq

    from ind_risk.core.worlds import make_world

    if out.exists() and any(out.iterdir()) and not (out / WORLD_FILE).exists():
        raise IndRiskError(
            f"{out} holds files that are no synthetic world; nothing was written. Name an empty "
            "folder."
        )
    world = make_world(name, sponsors=sponsors, seed=seed)
    with written_beside(out.resolve()) as draft:
        draft.mkdir()
        for table_name, table in world.tables.items():
            if as_csv:
                pyarrow.csv.write_csv(table, draft / f"{table_name}.csv")
            else:
                pq.write_table(table, draft / f"{table_name}.parquet")
        pq.write_table(world.truth, draft / "truth.parquet")
        note = world_note(name=name, seed=seed, tables=world.tables)
        (draft / WORLD_FILE).write_text(note, encoding="utf-8")
    return ", ".join(f"{t.num_rows:,} {n}" for n, t in world.tables.items())
