"""The `ind-risk` command: thin, quick to start, one exit status a kind of ending."""

from __future__ import annotations

import atexit
import gc
import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ind_risk.adapters.home import HOME_VARIABLE, Home
from ind_risk.core.errors import IndRiskError, InputRefused, PolicyError
from ind_risk.core.worlds import LARGEST, SMALLEST, WORLDS

FAILED, USAGE, REFUSED = 1, 2, 3
WORLD_NAMES = ", ".join(WORLDS)
# Importing makes a million objects that all stay; looking for garbage among them costs a tenth.
RARE_COLLECTION = (200_000, 20, 100)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Takes a risk model for recognised sponsors from raw data to use, and lets it into use "
    "only when evidence says that it is accurate, robust and even-handed.",
    epilog="Exit status: 0 done, whatever was decided; 2 usage; 3 input refused; 1 anything else."
    "\n\nBegin with `ind-risk run --world audited`, then `ind-risk ui`.",
)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        help="Where everything is kept. Else IND_RISK_HOME, else .ind_risk/ here.",
        envvar=HOME_VARIABLE,
        file_okay=False,
        show_envvar=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, no more.")]
SeedOption = Annotated[int, typer.Option(help="Seed of every random draw.", min=0)]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


def _usage(message: str) -> NoReturn:
    typer.echo(f"Usage: {message}", err=True)
    raise typer.Exit(USAGE)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, allow_nan=False, ensure_ascii=False))


@app.command(
    epilog="Examples: `ind-risk run --world audited` · `ind-risk run --data tables/` · "
    "`ind-risk run --data 'postgresql://reader@db/risk?schema=landing' --as-of 2025-12-31`"
)
def run(
    data: Annotated[
        str | None, typer.Option(help="Folder of Parquet or CSV tables, or an SQLAlchemy URL.")
    ] = None,
    world: Annotated[
        str | None, typer.Option(help=f"An embedded synthetic world: {WORLD_NAMES}.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Your policy file; else the shipped one.")
    ] = None,
    home: HomeOption = None,
    as_of: Annotated[
        str | None, typer.Option(help="Cut-off, YYYY-MM-DD; else the latest known date.")
    ] = None,
    seed: SeedOption = 0,
    sponsors: Annotated[
        int | None, typer.Option(help="Size of the synthetic world.", min=SMALLEST, max=LARGEST)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the whole lifecycle, from tables to the gate, and release if it opens."""
    from ind_risk.dossier.terminal import progress
    from ind_risk.session import run_lifecycle

    _check_run(data, world, as_of, sponsors)
    landing = {
        "source": data if data is not None else f"world:{world}",
        "seed": seed,
        "sponsors": sponsors or 0,
        "as_of": as_of or "",
        "own_policy": _policy_text(policy),
    }
    where = Home.resolve(home)
    with progress(quiet=quiet or as_json):
        outcome = run_lifecycle(where, landing)
    if as_json:
        _print_json(outcome.to_json())
    else:
        _show(outcome, where)


def _check_run(
    data: str | None, world: str | None, as_of: str | None, sponsors: int | None
) -> None:

    if (data is None) == (world is None):
        _usage("give either --data DIR or --world NAME; see `ind-risk run --help`.")
    if world is not None and world not in WORLDS:
        _usage(f"there is no world {world!r}; known are {', '.join(WORLDS)}.")
    if sponsors is not None and world is None:
        _usage("--sponsors sizes a synthetic world; give it with --world.")
    _check_date(as_of)


def _check_date(as_of: str | None) -> None:
    from ind_risk.adapters.intake import parse_date

    if as_of is not None:
        try:
            parse_date(as_of)
        except IndRiskError as error:
            _usage(f"--as-of: {error}")


def _policy_text(path: Path | None) -> str:
    """The text of a user's policy, checked before any work begins."""
    from ind_risk.adapters.settings import read_policy_text
    from ind_risk.core.policy import parse_policy

    if path is None:
        return ""
    text = read_policy_text(path)
    parse_policy(text, source=str(path))
    return text


def _show(outcome: Any, home: Home) -> None:
    from ind_risk.dossier import terminal

    screen, decision = terminal.console(), outcome.decision
    terminal.show_notes(
        screen,
        warnings=outcome.warnings,
        synthetic=outcome.synthetic,
        policy=outcome.policy_name,
    )
    screen.print(terminal.findings_table(outcome.findings, reasons=decision.reasons))
    terminal.show_decision(
        screen,
        is_open=decision.open,
        reasons=decision.reasons,
        in_use=outcome.in_use,
        candidate=outcome.candidate["version"],
        brief=True,
    )
    terminal.show_next(
        screen,
        seconds=outcome.timings["total"],
        home=home.root,
        is_default=Home.resolve(None).root == home.root,
    )


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
        _usage(f"there is no world {world!r}; known are {', '.join(WORLDS)}.")
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


@app.command(epilog="Examples: `ind-risk gate` · `ind-risk gate --json`")
def gate(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Ask the gate about the candidate trained last; changes nothing."""
    from ind_risk.dossier.terminal import console, show_decision, show_notes
    from ind_risk.session import ask_gate

    answer = ask_gate(Home.resolve(home))
    decision, in_use = answer.decision, answer.in_use
    candidate = decision.candidate.model_version if decision.candidate else None
    if as_json:
        _print_json(
            {
                "decision": "open" if decision.open else "closed",
                "in_use": in_use,
                "reasons": [r.sentence for r in decision.reasons],
                "opens_with": [r.opens_with for r in decision.reasons],
                "candidate": candidate,
                "policy": answer.policy_name,
                "synthetic": answer.synthetic,
            }
        )
        return
    screen = console()
    show_notes(screen, synthetic=answer.synthetic, policy=answer.policy_name)
    show_decision(
        screen,
        is_open=decision.open,
        reasons=decision.reasons,
        in_use=in_use,
        candidate=candidate,
    )


@app.command(epilog="Example: `ind-risk withdraw --reason 'complaint 12 is being looked into'`")
def withdraw(
    reason: Annotated[str, typer.Option(help="Why; it goes into the ledger.")],
    home: HomeOption = None,
) -> None:
    """Take the model in use out of use, at once and with a reason."""
    from ind_risk.session import withdraw_now

    if not reason.strip():
        _usage("--reason must say why.")
    typer.echo(withdraw_now(Home.resolve(home), reason.strip()))


@app.command(epilog="Example: `ind-risk worklist --size 50 --out worklist.csv`")
def worklist(
    home: HomeOption = None,
    as_of: Annotated[str | None, typer.Option(help="As-of date, YYYY-MM-DD.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="CSV to write; else in the home.", dir_okay=False)
    ] = None,
    size: Annotated[int | None, typer.Option(help="How many sponsors.", min=1)] = None,
    quiet: QuietOption = False,
) -> None:
    """Write a worklist for inspectors: by the model in use, or at random while there is none."""
    from ind_risk.dossier.terminal import console, progress, worklist_table
    from ind_risk.session import write_worklist

    _check_date(as_of)
    with progress(quiet=quiet):
        issued = write_worklist(Home.resolve(home), as_of=as_of, size=size, out=out)
    screen = console()
    screen.print(worklist_table(issued.frame))
    screen.print(
        f"{len(issued.frame)} sponsors: {issued.basis}.\nWritten to {issued.file}.", markup=False
    )


@app.command(epilog="Example: `ind-risk ui --port 3000 --mlflow-port 5000`")
def ui(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(help="Dagster's port.", min=1, max=65535)] = 3000,
    mlflow_port: Annotated[int, typer.Option(help="MLflow's port.", min=1, max=65535)] = 5000,
) -> None:
    """Start Dagster's screens and daemon and MLflow's screen, on this machine only."""
    from ind_risk.adapters.servers import serve

    if port == mlflow_port:
        _usage("--port and --mlflow-port must differ.")
    serve(Home.resolve(home), port=port, mlflow_port=mlflow_port, say=typer.echo)


def main() -> None:
    """Entry point: every error of a user's becomes a message and an exit status."""
    gc.set_threshold(*RARE_COLLECTION)
    atexit.register(gc.freeze)  # the process ends: nothing of it need be looked through once more
    try:
        app()
    except InputRefused as refused:
        typer.echo("The input was refused; nothing of it was kept.", err=True)
        for problem in refused.problems[:20]:
            typer.echo(f"  - {problem}", err=True)
        if len(refused.problems) > 20:
            typer.echo(f"  … and {len(refused.problems) - 20} more problems.", err=True)
        sys.exit(REFUSED)
    except PolicyError as error:
        typer.echo(str(error), err=True)
        sys.exit(USAGE)
    except OSError as error:  # a path that is no folder, no rights, no room
        named = f"{error.filename}: " if error.filename else ""
        typer.echo(
            f"{named}{error.strerror or error}. Check the path, its rights and its room.", err=True
        )
        sys.exit(FAILED)
    except IndRiskError as error:
        typer.echo(str(error), err=True)
        sys.exit(FAILED)
