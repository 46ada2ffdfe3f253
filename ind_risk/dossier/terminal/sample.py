"""The plan of an audit sample on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console
    from rich.table import Table

    from ind_risk.core.sampling.plan_report import PlanReport

MOST_PRICES = 8


def show_plan(screen: Console, report: PlanReport) -> None:
    """What to draw, what it decides, what it costs to decide less, and what it cannot decide."""
    screen.print(_claims(report))
    screen.print(_counts("draws by band", report.by_band))
    if report.by_group:
        screen.print(_counts("draws by group", report.by_group))
    screen.print(_prices(report))
    for name, why in report.not_asked.items():
        screen.print(f"Not judged: {name} ({why}).", markup=False)
    for claim, verdict in report.elsewhere.items():
        text = f"No random sample undoes: {claim} ({verdict.replace('_', ' ')})."
        screen.print(text, markup=False)
    for claim in report.besides:
        screen.print(f"Judged by the same sample, not planned for: {claim}.", markup=False)
    screen.print(report.sentence, markup=False)
    if report.needed and not report.outstanding:
        screen.print("Draw it with `ind-risk sample draw --out sheet.csv`.", markup=False)


def _table(*columns: tuple[str, bool]) -> Table:
    from rich import box
    from rich.table import Table

    made = Table(box=box.HORIZONTALS)
    for name, right in columns:
        made.add_column(name, justify="right" if right else "left")
    return made


def _claims(report: PlanReport) -> Table:
    table = _table(
        ("claim", False), ("now", False), ("seen", True), ("asked", True), ("power", True),
        ("decided from", True),
    )  # fmt: skip
    for line in report.claims:
        first = "never" if line.decided_from is None else f"{line.decided_from:,}"
        table.add_row(
            f"{line.claim.replace('_', ' ')}, {line.subject}", line.now.replace("_", " "),
            _figure(line.seen), _figure(line.asked), f"{100 * line.power:.0f} %", first,
        )  # fmt: skip
        if line.reason:
            table.add_row(f"  {line.reason}")
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = _table((title, False), ("sponsors", True))
    for name, n in counts.items():
        table.add_row(name or "no migrants", f"{n:,}")
    return table


def _prices(report: PlanReport) -> Table:
    """At most so many lines, the plan among them."""
    table = _table(("sponsors drawn", True), ("claims decided", True))
    lines = sorted(report.prices)
    step = max(1, len(lines) // MOST_PRICES)
    for n in lines:
        planned = n == report.judging
        if planned or lines.index(n) % step == 0:
            decided = f"{report.prices[n]} of {len(report.claims)}"
            table.add_row(f"{n:,}" + (" (planned)" if planned else ""), decided)
    return table
