"""The certificate on the screen: a line a block, what does not hold, and one last line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ind_risk.core.bias.certificate_probability import FALSE_ALARM
from ind_risk.dossier.terminal.screen import console, plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ind_risk.core.bias.certificate import Certificate
    from ind_risk.core.bias.certificate_probability import Block, Probability, Say

NAMED = 3  # configurations that contradict a requirement, of each block


def certificate_table(certificate: Certificate) -> Table:
    """One row a block, for a screen of 100 columns."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.HORIZONTALS, expand=True, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("measured, in %", ratio=1, overflow="fold")
    for name in ("level", "cases", "worlds"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("must be", no_wrap=True)
    for name in ("worst", "±", "exact"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("holds", no_wrap=True)
    for block in certificate.blocks:
        p = block.told.of
        holds = Text("yes", style="green") if block.holds else Text("NO", style="bold red")
        if too_few(block):
            holds = Text("too few", style="yellow")
        table.add_row(
            block.name, f"{100 * block.alpha:g}", f"{len(block.rows):,}", f"{block.worlds:,}",
            f"{asked(p)}\n{within_chance(block)}".strip() if block.judged else "",
            f"{100 * p.measured:.2f}", f"{100 * p.error:.2f}",
            "" if p.exact is None else f"{100 * p.exact:.2f}",
            holds if block.judged else Text("-"),
        )  # fmt: skip
    return table


def asked(p: Probability) -> str:
    """Where the probability of one case is asked to lie, in per cent."""
    low, high = f"{100 * p.lowest:.4g}", f"{100 * p.highest:.4g}"
    if p.lowest <= 0:
        return f"≤ {high}"
    return f"≥ {low}" if p.highest >= 1 else f"{100 * p.lowest:.1f} to {100 * p.highest:.1f}"


def within_chance(block: Block) -> str:
    """The bound that so many worlds are really held to; empty where the sum is exact."""
    from scipy.stats import binom

    p = block.told.of
    if p.exact is not None:
        return ""
    level = FALSE_ALARM / max(len(block.rows), 1)
    parts = []
    if p.lowest > 0:
        parts.append(f"≥ {100 * binom.ppf(level, p.worlds, p.lowest) / p.worlds:.2f}")
    if p.highest < 1:
        parts.append(f"≤ {100 * binom.isf(level, p.worlds, p.highest) / p.worlds:.2f}")
    return f"({', '.join(parts)})" if parts else ""


def too_few(block: Block) -> bool:
    """Whether the worst lies outside what is asked and so few worlds may yet be chance."""
    p = block.told.of
    return block.judged and block.holds and p.exact is None and p.beyond > 0


def show_certificate(screen: Console, certificate: Certificate) -> None:
    """The table, what is behind it, what does not hold, and the last line."""
    from rich.padding import Padding

    screen.print(certificate_table(certificate))
    screen.print(
        "Each line shows its worst case. ±: Monte Carlo standard error; exact: a sum over all "
        "tables.\nIn brackets: what is still taken for chance in so many worlds, looking at so "
        "many cases. Too few: the\nworst lies outside what is asked, and in so few that may be "
        f"chance.\n{certificate.compared:,} tables had the same verdict in {certificate.calls:,} "
        "calls of the findings themselves.",
        markup=False,
    )
    for block in certificate.failing:
        number, cases = len(block.failing), len(block.rows)
        screen.print(f"\n{block.title}: must be {block.asked}. Not so in {number:,} of {cases:,}:")
        for row in block.failing[:NAMED]:
            screen.print(Padding(plain(f"{row.label}: {in_numbers(row.of)}"), (0, 0, 0, 2)))
        if number > NAMED:
            screen.print(f"  … and {number - NAMED:,} more; --json has them all.")
    screen.print(plain(last_line(certificate), style="bold"))


def in_numbers(p: Probability) -> str:
    """A probability and what it is compared with, in per cent."""
    exact = "" if p.exact is None else f", exact {100 * p.exact:.2f}"
    return f"{100 * p.measured:.2f} ± {100 * p.error:.2f}{exact}, target {100 * p.target:.4g}"


def last_line(certificate: Certificate) -> str:
    """Whether everything holds, or what does not."""
    judged = sum(b.judged for b in certificate.blocks)
    if certificate.holds and (open_ones := [b for b in certificate.blocks if too_few(b)]):
        names = "; ".join(b.title for b in open_ones)
        return (
            f"Nothing contradicts the {judged} requirements, but the worlds are too few to tell "
            f"of {len(open_ones)}: {names}. Give more with --worlds."
        )
    if certificate.holds:
        return f"All {judged} requirements hold."
    names = "; ".join(b.title for b in certificate.failing)
    return f"{len(certificate.failing)} of {judged} requirements do not hold: {names}."


@contextmanager
def certificate_progress(*, quiet: bool) -> Iterator[Say]:
    """A bar a part on a terminal, a line a finished part anywhere else; nothing if quiet."""
    screen = console(stderr=True)
    if quiet:
        yield lambda _name, _done, _total: None
    elif sys.stderr.isatty() and screen.is_interactive and not screen.is_dumb_terminal:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description:<46}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=screen) as bars:
            tasks = {}

            def bar(name: str, done: int, total: int) -> None:
                if name not in tasks:
                    tasks[name] = bars.add_task(name, total=total)
                bars.update(tasks[name], completed=done)

            yield bar
    else:
        yield _line


def _line(name: str, done: int, total: int) -> None:
    if done == total:
        print(f"  {name}: {total:,} done", file=sys.stderr, flush=True)
