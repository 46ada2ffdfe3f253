"""The screen: at most 100 columns, readable without colour, and safe from what stands in data."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

WIDTH = 100
MOST_WARNINGS = 8


def console(*, stderr: bool = False) -> Console:
    """A console of at most 100 columns; colour only on terminals."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if not (stream.encoding or "").lower().startswith("utf") and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")  # a dash must not end a run on an old terminal
    made = Console(stderr=stderr, highlight=False, emoji=False)
    if made.width > WIDTH or not made.is_terminal:
        made.width = WIDTH
    return made


def plain(text: object, *, limit: int = 0, style: str = "") -> Text:
    r"""Data as it is: no markup is read in it, and no character in it steers the terminal.

    >>> plain("[red]x\x1b[2J", limit=8).plain
    '[red]x� …'
    """
    from rich.text import Text

    spaced = (" " if c.isspace() else c for c in str(text).strip())
    safe = "".join(c if c.isprintable() else "\ufffd" for c in spaced)
    if limit and len(safe) > limit:
        cut = safe[: limit - 1]
        safe = (cut.rpartition(" ")[0] or cut).rstrip(" ,;:(") + " …"
    return Text(safe, style=style)


def show_notes(
    screen: Console, *, warnings: Sequence[str] = (), synthetic: bool = False, policy: str = ""
) -> None:
    """What to know before reading on: warnings about the tables, what world, which policy."""
    from rich.text import Text

    for warning in warnings[:MOST_WARNINGS]:
        screen.print(Text("Warning: ", style="yellow") + plain(warning))
    if len(warnings) > MOST_WARNINGS:
        screen.print(f"… and {len(warnings) - MOST_WARNINGS} more warnings; --json has them all.")
    if synthetic:
        screen.print("[yellow]Synthetic world:[/] nothing here speaks of real sponsors.")
    if policy:
        screen.print(plain(f"Policy: {policy}"))


def show_next(screen: Console, *, seconds: float, home: Path, is_default: bool) -> None:
    """How long it took and where to look next.

    Args:
        screen: where to print.
        seconds: of the whole run.
        home: where everything is kept.
        is_default: whether the commands find this home by themselves.
    """
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_row(
        "", "make ui" if is_default else "ind-risk ui", "everything, in Dagster and MLflow"
    )
    grid.add_row("", "ind-risk gate", "the gate's answer anew")
    grid.add_row("", "ind-risk dossier", "all of it on one page, in Dutch or English")
    grid.add_row("", "ind-risk worklist", "a worklist for inspectors")
    screen.print(f"\nTook {seconds:.0f} s. Where to look next:")
    screen.print(grid)
    screen.print(plain(f"Everything is kept in {home}"))
    if not is_default:
        screen.print(plain(f"Give each command --home {shlex.quote(str(home))}"))
