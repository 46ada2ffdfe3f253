"""`ind-risk run`: the whole lifecycle, and what is shown at its end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from ind_risk.adapters.home import HOME_VARIABLE, Home
from ind_risk.adapters.protected_source import set_protected_source
from ind_risk.cli.application import (
    WORLD_NAMES,
    HomeOption,
    JsonOption,
    ProtectedOption,
    QuietOption,
    SeedOption,
    app,
    check_date,
    print_json,
    usage,
)
from ind_risk.core.worlds import LARGEST, SMALLEST, WORLDS


@app.command(
    epilog="Examples: `ind-risk run --world audited` · `ind-risk run --data tables/` · "
    "`ind-risk run --data 'postgresql://reader@db/risk?schema=landing' --as-of 2025-12-31`"
)
def run(
    data: Annotated[
        str | None, typer.Option(help="Folder of Parquet or CSV tables, or an SQLAlchemy URL.")
    ] = None,
    protected_data: ProtectedOption = None,
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
    demo_statements: Annotated[
        bool,
        typer.Option(
            "--demo-statements",
            help="Ask for statements by demonstration people too; `state --demo` signs for them.",
        ),
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the whole lifecycle, from tables to the gate, and release if it opens."""
    from ind_risk.dossier.terminal import progress
    from ind_risk.session import run_lifecycle

    _check_run(data, world, as_of, sponsors)
    if demo_statements and (world is None or policy is not None):
        usage("--demo-statements goes with --world, and with no policy of your own.")
    if protected_data is not None:
        if world is not None:
            usage("--protected-data goes with --data; an embedded world has no logins.")
        set_protected_source(protected_data)
    landing = {
        "source": data if data is not None else f"world:{world}",
        "seed": seed,
        "sponsors": sponsors or 0,
        "as_of": as_of or "",
        "own_policy": _demo_policy() if demo_statements else _policy_text(policy),
    }
    where = Home.resolve(home)
    with progress(quiet=quiet or as_json):
        outcome = run_lifecycle(where, landing)
    if as_json:
        print_json(outcome.to_json())
    else:
        show_outcome(outcome, where)


def _check_run(
    data: str | None, world: str | None, as_of: str | None, sponsors: int | None
) -> None:

    if (data is None) == (world is None):
        usage("give either --data DIR or --world NAME; see `ind-risk run --help`.")
    if world is not None and world not in WORLDS:
        usage(f"there is no world {world!r}; known are {', '.join(WORLDS)}.")
    if sponsors is not None and world is None:
        usage("--sponsors sizes a synthetic world; give it with --world.")
    check_date(as_of)


def _policy_text(path: Path | None) -> str:
    """The text of a user's policy, checked before any work begins."""
    from ind_risk.adapters.settings import read_policy_text
    from ind_risk.core.policy import parse_policy

    if path is None:
        return ""
    text = read_policy_text(path)
    parse_policy(text, source=str(path))
    return text


def _demo_policy() -> str:
    from ind_risk.adapters.demo_people import demo_policy_text
    from ind_risk.adapters.settings import shipped_policy_text

    return demo_policy_text(shipped_policy_text())


def show_outcome(outcome: Any, home: Home) -> None:
    """The end of a run: every check, the decision, and where to look next."""
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
    )
    terminal.show_next(
        screen,
        seconds=outcome.timings["total"],
        home=home.root,
        is_default=HOME_VARIABLE not in os.environ and Home.resolve(None).root == home.root,
    )
