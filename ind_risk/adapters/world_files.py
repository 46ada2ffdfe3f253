"""A synthetic world as landing tables on disk, with its truth beside them."""

from __future__ import annotations

import json
from pathlib import Path

from ind_risk.adapters.home import written_beside
from ind_risk.adapters.intake import WORLD_FILE, take_in, world_note
from ind_risk.adapters.settings import RunSettings
from ind_risk.core.dates import latest_known_date
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


def play_inspectors(
    folder: Path, *, sheet: Path, out: Path, seed: int, response: float
) -> tuple[int, int]:
    """Fill in the sheet of an audit sample by the truth of the world in a folder.

    Args:
        folder: as `write_world` left it.
        sheet: as `ind-risk sample draw` wrote it.
        out: CSV to write.
        seed: of days, inspectors and who answers.
        response: share of cases that come back.

    Returns:
        (cases, cases that came back).

    Raises:
        IndRiskError: if the folder is no world, or the sheet cannot be read or is another world's.
    """
    import pandas as pd

    from ind_risk.adapters.sheets import read_sheet, write_sheet
    from ind_risk.core.worlds.outcomes import played

    note, truth = folder / WORLD_FILE, folder / "truth.parquet"
    if not note.is_file() or not truth.is_file():
        raise IndRiskError(
            f"{folder} is no synthetic world with its truth. Make one with `ind-risk synth`."
        )
    name = str(json.loads(note.read_text(encoding="utf-8"))["world"])
    tables = take_in(RunSettings(source=str(folder)), ()).tables
    filled = played(
        read_sheet(sheet), world=name, truth=pd.read_parquet(truth),
        since=latest_known_date(tables), response=response, seed=seed,
    )  # fmt: skip
    write_sheet(out, filled)
    return len(filled), int((filled["opened_on"] != "").sum())
