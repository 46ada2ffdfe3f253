"""`ind-risk synth` and `check-data`: landing tables before any lifecycle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ind_risk.adapters.protected_source import set_protected_source
from ind_risk.cli.application import (
    WORLD_NAMES,
    ProtectedOption,
    QuietOption,
    SeedOption,
    app,
    usage,
)
from ind_risk.core.worlds import LARGEST, SMALLEST, WORLDS


@app.command(
    epilog="Examples: `ind-risk synth biased --out tables/ --seed 7` · "
    "`ind-risk synth outcomes tables/ --sample sheet.csv --out filled.csv`"
)
def synth(
    world: Annotated[
        str, typer.Argument(help=f"Which world: {WORLD_NAMES}; or `outcomes`, to play inspectors.")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[WORLD_DIR]", help="For `outcomes`: the folder of the world."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; for `outcomes` a CSV.")] = None,
    sponsors: Annotated[
        int | None, typer.Option(help="How many sponsors.", min=SMALLEST, max=LARGEST)
    ] = None,
    seed: SeedOption = 0,
    csv: Annotated[bool, typer.Option("--csv", help="CSV instead of Parquet.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Put it in the place of a world that is there.")
    ] = False,
    sample: Annotated[
        Path | None, typer.Option(help="For `outcomes`: the sheet of `ind-risk sample draw`.")
    ] = None,
    response: Annotated[
        float, typer.Option(help="For `outcomes`: share that comes back.", min=0, max=1)
    ] = 0.9,
) -> None:
    """Write a synthetic world with known truth as landing tables, or play its inspectors."""
    if world == "outcomes":
        _play(folder, sample, out, seed=seed, response=response)
        return
    from ind_risk.adapters.world_files import write_world

    if world not in WORLDS:
        usage(f"there is no world {world!r}; known are {', '.join(WORLDS)}.")
    if folder is not None or sample is not None:
        usage("WORLD_DIR and --sample go with `ind-risk synth outcomes`.")
    if out is None or out.is_file():
        usage("--out must name a folder; it is made if absent.")
    rows = write_world(world, out=out, sponsors=sponsors, seed=seed, as_csv=csv, force=force)
    typer.echo(f"Wrote the synthetic world {world} (seed {seed}) to {out}: {rows}.")
    typer.echo("The truth lies beside it in truth.parquet; nothing of the pipeline reads it.")


def _play(
    folder: Path | None, sample: Path | None, out: Path | None, *, seed: int, response: float
) -> None:
    from ind_risk.adapters.world_files import play_inspectors

    if folder is None or sample is None or out is None:
        usage("play inspectors with `ind-risk synth outcomes WORLD_DIR --sample FILE --out FILE`.")
    cases, back = play_inspectors(folder, sheet=sample, out=out, seed=seed, response=response)
    typer.echo(f"{back:,} of {cases:,} cases came back. Written to {out}.")
    typer.echo(f"Hand them in with `ind-risk sample ingest {out}`.")


@app.command("check-data", epilog="Example: `ind-risk check-data tables/`")
def check_data(
    data: Annotated[str, typer.Argument(metavar="DIR", help="Folder or SQLAlchemy URL.")],
    protected_data: ProtectedOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check landing tables against the contract; nothing is kept."""
    from ind_risk.actions import check_tables
    from ind_risk.adapters.progress import stopwatch
    from ind_risk.dossier.terminal import console, progress, quality_table, show_notes

    if protected_data is not None:
        set_protected_source(protected_data)
    with progress(quiet=quiet), stopwatch.stage("landing"):
        intake, reports = check_tables(data)
    screen = console()
    show_notes(screen, warnings=intake.warnings)
    screen.print(quality_table(reports))
    screen.print("The tables obey the contract.")
