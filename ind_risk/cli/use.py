"""`ind-risk gate`, `withdraw`, `monitor`, `worklist` and `ui`: a home that has a candidate."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ind_risk.adapters.home import Home
from ind_risk.cli.application import (
    FAILED,
    HomeOption,
    JsonOption,
    LangOption,
    QuietOption,
    app,
    check_date,
    check_list_file,
    language_asked,
    print_json,
    usage,
)
from ind_risk.core.errors import NothingInUse


@app.command(epilog="Examples: `ind-risk gate` · `ind-risk gate --json`")
def gate(home: HomeOption = None, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Ask the gate about the candidate trained last; changes nothing."""
    from ind_risk.actions import ask_gate
    from ind_risk.dossier.terminal import console, show_decision, show_notes, waiting

    with waiting(quiet=quiet or as_json):
        answer = ask_gate(Home.resolve(home))
    decision, in_use = answer.decision, answer.in_use
    candidate = decision.candidate.model_version if decision.candidate else None
    if as_json:
        print_json(
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
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Say what would happen; nothing does.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Take the model in use out of use, at once and with a reason."""
    from ind_risk.actions import rehearse_withdrawal, withdraw_now
    from ind_risk.dossier.terminal import waiting

    if not reason.strip():
        usage("--reason must say why.")
    where = Home.resolve(home)
    with waiting(quiet=quiet):
        said = rehearse_withdrawal(where) if rehearse else withdraw_now(where, reason.strip())
    typer.echo(said)


@app.command(
    epilog="Example: `ind-risk monitor`\n\nExit status: 0 nothing is out of line; 1 something is; "
    "2 no model is in use."
)
def monitor(
    home: HomeOption = None, as_json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """Look at the model in use on what came in since it was judged; status 1 if out of line."""
    from ind_risk.actions import monitor_now
    from ind_risk.dossier.terminal import console, progress
    from ind_risk.dossier.terminal.monitoring import show_monitored

    try:
        with progress(quiet=quiet or as_json):
            found = monitor_now(Home.resolve(home))
    except NothingInUse as nothing:  # status 1 says that a model is out of line
        usage(f"{nothing} `ind-risk gate` says what is lacking.")
    if as_json:
        print_json(found.to_json())
    else:
        show_monitored(console(), found.to_json())
    if found.wrong:
        raise typer.Exit(FAILED)


@app.command(
    epilog="Example: `ind-risk worklist --size 50 --out worklist.csv`. Inspectors get the page "
    "(worklist.html) and the workbook (worklist.xlsx), without band and rank, which the CSV has."
)
def worklist(
    home: HomeOption = None,
    as_of: Annotated[str | None, typer.Option(help="As-of date, YYYY-MM-DD.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="CSV to write; else in the home.", dir_okay=False)
    ] = None,
    size: Annotated[int | None, typer.Option(help="How many sponsors.", min=1)] = None,
    lang: LangOption = "nl",
    quiet: QuietOption = False,
) -> None:
    """Write a worklist for inspectors: by the model in use, or at random while there is none.

    Beside the CSV go a page to read and print and an Excel workbook to fill in.
    """
    from ind_risk.actions import write_worklist
    from ind_risk.dossier.terminal import console, progress, worklist_table

    check_date(as_of)
    check_list_file(out)
    language = language_asked(lang)
    with progress(quiet=quiet):
        issued = write_worklist(
            Home.resolve(home), as_of=as_of, size=size, out=out, language=language
        )
    screen = console()
    screen.print(worklist_table(issued.frame))
    screen.print(
        f"{len(issued.frame):,} sponsors: {issued.basis}.\n"
        + (
            "Band, rank and reasons are empty: chance chose these sponsors, and no model.\n"
            if issued.model_version is None
            else ""
        )
        + f"Written to {issued.files.csv}; for "
        f"inspectors {issued.files.page.name} and {issued.files.workbook.name} beside it.",
        markup=False,
    )


@app.command(epilog="Examples: `ind-risk ui` · `ind-risk ui --read-only` (for auditors, on 3001)")
def ui(
    home: HomeOption = None,
    port: Annotated[
        int | None,
        typer.Option(help="Dagster's port: 3000, or 3001 to read only.", min=1, max=65535),
    ] = None,
    mlflow_port: Annotated[
        int | None, typer.Option(help="MLflow's port: 5000.", min=1, max=65535)
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Dagster's screens alone, and nothing to start.")
    ] = False,
    path_prefix: Annotated[
        str, typer.Option(help="Path of Dagster's screens behind a reverse proxy, as /engineers.")
    ] = "",
) -> None:
    """Start Dagster's screens and daemon and MLflow's screen, on this machine only."""
    from ind_risk.adapters.servers import serve

    if read_only and mlflow_port is not None:
        usage("--read-only starts no MLflow; its screen is that of `ind-risk ui` without it.")
    if path_prefix and not re.fullmatch(r"(/[\w-]+)+", path_prefix):
        usage("--path-prefix begins with a slash and ends without one, as /engineers.")
    port = port or (3001 if read_only else 3000)
    mlflow_port = None if read_only else mlflow_port or 5000
    if port == mlflow_port:
        usage("--port and --mlflow-port must differ.")
    serve(
        Home.resolve(home), port=port, mlflow_port=mlflow_port, path_prefix=path_prefix,
        say=typer.echo,
    )  # fmt: skip
