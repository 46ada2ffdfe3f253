"""What the terminal shows: progress while it works, and a short table of what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 100
STAGES = {
    "importing": "loading the libraries",
    "landing": "reading the tables and checking them against the contract",
    "features": "computing point-in-time features",
    "labels": "deriving labels and how each came to be seen",
    "training": "training and choosing a candidate",
    "registering": "registering the candidate in MLflow",
    "scoring": "scoring sponsors",
    "drift": "comparing use with training",
    "bias": "testing the bias hypotheses",
    "accuracy": "judging accuracy on random inspections",
    "gate": "asking the gate",
    "reasons": "finding reasons",
    "writing": "writing",
}
COLOURS = {
    "equivalent": "green", "established": "green", "disparity": "red", "refuted": "red",
    "risk_signalled": "yellow", "insufficient_data": "yellow",
}  # fmt: skip


def console(*, stderr: bool = False) -> Console:
    """A console of at most 100 columns; colour only on terminals."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if made.width > WIDTH or not made.is_terminal:
        made.width = WIDTH
    return made


@contextmanager
def progress(*, quiet: bool) -> Iterator[None]:
    """Say on stderr what is being done and, when done, how long it took."""
    from ind_risk.adapters.progress import stopwatch

    if quiet:
        yield
        return
    screen = console(stderr=True)
    with screen.status("starting") as status:

        def listener(stage: str, seconds: float | None) -> None:
            text = STAGES.get(stage, stage)
            if seconds is None:
                status.update(text)
            else:
                screen.print(f"  {text:<64}{seconds:6.1f} s", style="dim")

        stopwatch.listener = listener
        try:
            yield
        finally:
            stopwatch.listener = None


def findings_table(findings: Sequence[Mapping[str, Any]]) -> Table:
    """One row a check and claim: the worst verdicts are named, the green ones counted."""
    from rich.table import Table

    table = Table(title="Evidence on this candidate", title_justify="left", width=WIDTH - 2)
    table.add_column("check", no_wrap=True)
    table.add_column("claim", no_wrap=True)
    table.add_column("green", justify="right")
    table.add_column("verdicts that are not green", overflow="fold")
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for finding in findings:
        groups[finding["check"], finding["claim"]].append(finding)
    for (check, claim), members in groups.items():
        green = [f for f in members if COLOURS.get(f["verdict"]) == "green"]
        red = [f for f in members if f not in green]
        text = ", ".join(
            f"[{COLOURS.get(f['verdict'], 'red')}]{f['subject']}: {f['verdict']}[/]" for f in red[:4]
        )
        more = f" and {len(red) - 4} more" if len(red) > 4 else ""
        table.add_row(check, claim, f"{len(green)}/{len(members)}", text + more)
    return table


def show_decision(
    screen: Console, *, is_open: bool, reasons: Sequence[Any], in_use: str | None
) -> None:
    """The gate's decision with its reasons and what would open it."""
    if is_open:
        screen.print("\n[bold green]The gate is OPEN[/] for this candidate.")
    else:
        screen.print(f"\n[bold red]The gate is CLOSED[/], for {len(reasons)} reasons:")
    for number, reason in enumerate(reasons, start=1):
        screen.print(f" {number:>2}. {reason.sentence}", soft_wrap=False)
        if reason.opens_with:
            screen.print(f"     → {reason.opens_with}", style="dim")
    said = f"Model version {in_use} is in use." if in_use else "No model is in use."
    screen.print(f"[bold]{said}[/]")


def quality_table(reports: Mapping[str, Any]) -> Table:
    """One row a landing table: rows and rules."""
    from rich.table import Table

    table = Table(title="Landing tables", title_justify="left")
    for name in ("table", "rows", "rules", "broken"):
        table.add_column(name, justify="left" if name == "table" else "right")
    for name, report in reports.items():
        table.add_row(
            name, f"{report.rows:,}", str(len(report.expectations)), str(len(report.problems))
        )
    return table


def worklist_table(frame: Any, *, rows: int = 10) -> Table:
    """The first rows of a worklist."""
    from rich.table import Table

    table = Table(title=f"The first {min(rows, len(frame))}", title_justify="left", width=WIDTH - 2)
    for name in ("sponsor_id", "band", "rank"):
        table.add_column(name, no_wrap=True)
    table.add_column("strongest reasons", overflow="fold")
    for row in frame.head(rows).fillna("").astype(str).to_dict("records"):
        reasons = [row[f"reason_{i}"] for i in (1, 2, 3) if row[f"reason_{i}"]]
        table.add_row(row["sponsor_id"], row["band"], row["rank"], "; ".join(reasons))
    return table
