"""A synthetic world as landing tables on disk, with its truth beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ind_risk.adapters.home import written_beside
from ind_risk.adapters.intake import WORLD_FILE, take_in, world_note
from ind_risk.adapters.settings import RunSettings
from ind_risk.core.dates import latest_known_date
from ind_risk.core.errors import IndRiskError, UnusableFile

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def write_world(
    name: str,
    *,
    out: Path,
    sponsors: int | None,
    seed: int,
    as_csv: bool = False,
    force: bool = False,
) -> str:
    """Make a world and write its tables, truth and note.

    Args:
        name: of the world.
        out: folder; made if absent. A folder that holds anything is refused, but see `force`.
        sponsors: size; None for the world's default.
        seed: of every draw.
        force: put it in the place of an earlier world.
        as_csv: CSV instead of Parquet (the truth stays Parquet).

    Returns:
        Rows per table, in words.

    Raises:
        IndRiskError: if the folder holds other things, or an earlier world without `force`.
    """
    import pyarrow.csv
    import pyarrow.parquet as pq

    from ind_risk.core.worlds import make_world

    if out.exists() and any(out.iterdir()) and not (out / WORLD_FILE).exists():
        raise IndRiskError(
            f"{out} holds files that are no synthetic world; nothing was written. Name an empty "
            "folder."
        )
    if (out / WORLD_FILE).exists() and not force:
        raise IndRiskError(
            f"{out} holds a synthetic world already; nothing was written. Name a new folder, or "
            "give --force to put this one in its place."
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
        UnusableFile: if the folder is no world, or there is no sheet.
        IndRiskError: if the sheet cannot be read or is another world's.
    """
    import pandas as pd

    from ind_risk.adapters.sheets import read_sheet, write_sheet
    from ind_risk.core.worlds.outcomes import played

    note, truth = folder / WORLD_FILE, folder / "truth.parquet"
    if not note.is_file() or not truth.is_file():
        raise UnusableFile(
            f"{folder} is no synthetic world with its truth. Make one with `ind-risk synth`."
        )
    name = str(json.loads(note.read_text(encoding="utf-8"))["world"])
    tables = take_in(RunSettings(source=str(folder)), ()).tables
    asked = read_sheet(sheet)
    _refuse_other_world(asked, tables["sponsors"], sheet=sheet, folder=folder)
    filled = played(
        asked, world=name, truth=pd.read_parquet(truth),
        since=latest_known_date(tables), response=response, seed=seed,
    )  # fmt: skip
    write_sheet(out, filled)
    return len(filled), int((filled["opened_on"] != "").sum())


def _refuse_other_world(
    asked: pd.DataFrame, sponsors: pa.Table, *, sheet: Path, folder: Path
) -> None:
    """Worlds of another seed or size have the same numbers under other names."""
    if not {"sponsor_id", "legal_name"} <= set(asked.columns):
        return  # typed anew, without names: `played` asks whether the numbers are known
    known = sponsors.select(["sponsor_id", "legal_name"]).to_pandas().fillna("")
    both = asked[["sponsor_id", "legal_name"]].merge(
        known, on="sponsor_id", how="left", suffixes=("", "_here")
    )
    given = both["legal_name"].str.strip().str.removeprefix("'")
    unknown = both["legal_name_here"].isna()
    other = unknown | ((given != "") & (given != both["legal_name_here"]))
    if not other.any():
        return
    first = both[other].iloc[0]
    here = "is not there" if unknown[other].iloc[0] else f"is {first['legal_name_here']!r} there"
    raise IndRiskError(
        f"{sheet} was drawn from another world than {folder}: {int(other.sum()):,} of its "
        f"{len(both):,} sponsors are others. {first['sponsor_id']} is {first['legal_name']!r} on "
        f"the sheet and {here}. Name the folder that the sample was drawn from; or run "
        f"`ind-risk run --data {folder}` and draw a sample from that."
    )
