"""`ind-risk sample`: plan, draw and take in the audit sample that decides what is undecided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ind_risk.adapters.home import Home
from ind_risk.cli.application import (
    HomeOption,
    JsonOption,
    LangOption,
    QuietOption,
    app,
    check_list_file,
    language_asked,
    print_json,
    usage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.defs.audit_looks import Looks

sample = typer.Typer(
    no_args_is_help=True, help="Plan, draw and take in the random sample that decides."
)
app.add_typer(sample, name="sample")


@sample.command(
    epilog="Examples: `ind-risk sample plan` · `ind-risk sample plan --prevalence 0.05`"
)
def plan(
    home: HomeOption = None,
    prevalence: Annotated[
        float | None,
        typer.Option(help="Share of sponsors taken to be non-compliant.", min=0.001, max=0.9),
    ] = None,
    auc: Annotated[
        float | None, typer.Option(help="AUC the model is taken to have.", min=0.5, max=0.99)
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what to inspect: the smallest random sample that decides what is undecided."""
    from ind_risk.actions import plan_sample
    from ind_risk.dossier.terminal import console, progress
    from ind_risk.dossier.terminal.sample import show_plan

    with progress(quiet=quiet or as_json):
        report = plan_sample(Home.resolve(home), prevalence=prevalence, auc=auc)
    if as_json:
        print_json(report.to_dict())
        return
    show_plan(console(), report)


@sample.command(
    epilog="Examples: `ind-risk sample draw --out sheet.csv` · `… draw --first-phase 0.5`"
)
def draw(
    home: HomeOption = None,
    out: Annotated[
        Path | None, typer.Option(help="CSV to write; else in the home.", dir_okay=False)
    ] = None,
    visits: Annotated[
        int | None,
        typer.Option(help="Cases on the sheet in all; the other routes fill what is left.", min=1),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the draw; else the ledger's head says it.", min=0)
    ] = None,
    again: Annotated[
        str | None, typer.Option(help="Why another sample of the same frame is drawn.")
    ] = None,
    first_phase: Annotated[
        float | None,
        typer.Option(
            help="Draw only this share now; the rest is planned by its outcomes.",
            min=0.05,
            max=0.95,
        ),
    ] = None,
    lang: LangOption = "nl",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw the planned sample and write one blind sheet for inspectors.

    Beside the CSV go a page to read and print and an Excel workbook to fill in.
    """
    from ind_risk.actions import draw_sample
    from ind_risk.dossier.terminal import console, progress

    if again is not None and not again.strip():
        usage("--again must say why.")
    check_list_file(out)
    language = language_asked(lang)
    with progress(quiet=quiet or as_json):
        drawn = draw_sample(
            Home.resolve(home), out=out, seed=seed, visits=visits,
            again=again.strip() if again else None, first_phase=first_phase,
            language=language,
        )  # fmt: skip
    if as_json:
        print_json({
            "sample": drawn.name, "file": str(drawn.files.csv),
            "page": str(drawn.files.page), "workbook": str(drawn.files.workbook),
            "cases": drawn.cases,
            "judging": drawn.judging, "calibrating": drawn.calibrating, "profile": drawn.profile,
            "signal": drawn.signal, "until": drawn.until.isoformat(),
            "first_phase": drawn.first_phase,
        })  # fmt: skip
        return
    screen = console()
    screen.print(
        f"Sample {drawn.name}: {drawn.cases:,} cases, {drawn.judging:,} of them to judge and "
        f"{drawn.calibrating:,} to set the level of the scores. It is in the ledger; the sheet "
        f"does not say which route chose a case.\nCases opened by {drawn.until} count. Written to "
        f"{drawn.files.csv}; for inspectors {drawn.files.page.name} and "
        f"{drawn.files.workbook.name} beside it.\nHand the workbook or the CSV back, filled "
        f"in, with `ind-risk sample ingest {drawn.files.workbook}`."
        + (
            "\nThis is the first phase: once it is back, `ind-risk sample plan` says how many more "
            "are needed."
            if drawn.first_phase
            else ""
        ),
        markup=False,
    )


@sample.command(
    epilog="Examples: `ind-risk sample ingest sheet.xlsx` · `… ingest sheet.csv`. In the CSV, "
    "outcome is compliant, non_compliant or undetermined, days are written as 2026-03-31 or "
    "31-03-2026, and sample, case and sponsor_id stay as they are; the workbook has its own words."
)
def ingest(
    file: Annotated[Path, typer.Argument(help="Workbook or CSV, filled in whole or in part.")],
    home: HomeOption = None,
    name: Annotated[
        str | None,
        typer.Option("--sample", help="Which sample; else the one the sheet names."),
    ] = None,
    run: Annotated[
        bool | None,
        typer.Option(
            "--run/--no-run",
            help="Judge at once or not; by default once nearly all that is expected came back.",
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take in outcomes that came back, and judge the candidate by them."""
    from ind_risk.actions import ingest_sample
    from ind_risk.cli.lifecycle import show_outcome
    from ind_risk.dossier.terminal import console, progress
    from ind_risk.session import run_lifecycle

    where = Home.resolve(home)
    came = ingest_sample(where, file, sample=name)
    run = came.to_judge if run is None else run
    text = (
        f"Nothing new: all that {file.name} says of sample {came.sample} was on record, and "
        f"nothing was entered. {came.known:,} of {came.drawn:,} cases have a known outcome."
        if came.nothing
        else f"Sample {came.sample}: {came.known:,} of {came.drawn:,} cases have a known outcome, "
        f"{came.new:,} came now"
        + (f"; {came.late:,} were opened too late to judge by" if came.late else "")
        + "."
    )
    text += _of_note(came.ahead, "is dated after today", "are dated after today")
    text += _of_note(came.nameless, "names no inspector", "name no inspector")
    outcome: Any = None
    if not as_json:
        console().print(text, markup=False)
    if run:
        with progress(quiet=quiet or as_json):
            outcome = run_lifecycle(where, {"source": ""})
    if as_json:
        print_json({
            "sample": came.sample, "known": came.known, "drawn": came.drawn, "new": came.new,
            "late": came.late, "looks_used": came.looks.used, "looks": came.looks.allowed,
            **({} if outcome is None else outcome.to_json()),
        })  # fmt: skip
    elif run:
        show_outcome(outcome, where)
    elif came.nothing:
        console().print("`ind-risk run` judges by what is on record, should that be wanted.")
    elif not came.looks.left:
        console().print(
            f"{came.why_not}, so that they cannot judge again. Take a later day with `ind-risk run "
            "--as-of`, and plan a sample of its sponsors."
        )
    elif came.why_not:
        console().print(
            f"{came.why_not}. Hand in what is still out; `ind-risk sample plan` says how many more "
            f"are needed, if any; `ind-risk run` judges at once. {_next_look(came.looks)}"
        )
    else:
        console().print(f"`ind-risk run` judges. {_next_look(came.looks)}")


def _of_note(cases: Sequence[str], one: str, many: str) -> str:
    if not cases:
        return ""
    named = ", ".join(cases[:3]) + (", …" if len(cases) > 3 else "")
    return f" {len(cases):,} {one if len(cases) == 1 else many} ({named}): please check."


def _next_look(looks: Looks) -> str:
    return (
        f"That would be look {looks.used + 1} of the {looks.allowed} that the policy declares at "
        "these outcomes."
    )
