"""`ind-risk synth` and `check-data`: landing tables before any lifecycle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ind_risk.cli.application import WORLD_NAMES, QuietOption, SeedOption, app, usage
from ind_risk.core.worlds import LARGEST, SMALLEST, WORLDS


@app.command(epilog="Example: `ind-risk synth biased --out tables/ --seed 7`")
def synth(
    world: Annotated[str, typer.Argument(help=f"Which world: {WORLD_NAMES}.")],
    out: Annotated[Path, typer.Option(help="Folder to write; made if absent.", file_okay=False)],
    sponsors: Annotated[
        int | None, typer.Option(help="How many sponsors.", min=SMALLEST, max=LARGEST)
    ] = None,
    seed: SeedOption = 0,
    csv: Annotated[bool, typer.Option("--csv", help="CSV instead of Parquet.")] = False,
) -> None:
    """Write a synthetic world with known truth as landing tables."""
    from ind_risk.adapters.world_files import write_world

    if world not in WORLDS:
        usage(f"there is no world {world!r}; known are {', '.join(WORLDS)}.")
    rows = write_world(world, out=out, sponsors=sponsors, seed=seed, as_csv=csv)
    typer.echo(f"Wrote the synthetic world {world} (seed {seed}) to {out}: {rows}.")
    typer.echo("The truth lies beside it in truth.parquet; nothing of the pipeline reads it.")


@app.command("check-data", epilog="Example: `ind-risk check-data tables/`")
def check_data(
    data: Annotated[str, typer.Argument(metavar="DIR", help="Folder or SQLAlchemy URL.")],
    quiet: QuietOption = False,
) -> None:
    """Check landing tables against the contract; nothing is kept."""
    from ind_risk.adapters.progress import stopwatch
    from ind_risk.dossier.terminal import console, progress, quality_table, show_notes
    from ind_risk.session import check_tables

    with progress(quiet=quiet), stopwatch.stage("landing"):
        intake, reports = check_tables(data)
    screen = console()
    show_notes(screen, warnings=intake.warnings)
    screen.print(quality_table(reports))
    screen.print("The tables obey the contract.")
