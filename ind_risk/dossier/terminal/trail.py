"""The trail on the terminal: what was recomputed, and what happened when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.dossier.terminal.screen import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console


def show_verified(screen: Console, parts: Sequence[tuple[str, int, str]]) -> None:
    """Each part with how many there were and whether they hold, then the first fault.

    Args:
        screen: where to print.
        parts: what, how many, and what does not hold, if anything.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.HORIZONTALS)
    table.add_column("recomputed")
    table.add_column("how many", justify="right")
    table.add_column("holds")
    for what, how_many, fault in parts:
        holds = "[red]no[/]" if fault else "yes"
        table.add_row(plain(what), "" if fault else f"{how_many:,}", holds)
    screen.print(table)
    faults = [(what, fault) for what, _, fault in parts if fault]
    if not faults:
        screen.print("[green]The trail holds.[/]")
        return
    screen.print("[bold red]The trail does not hold.[/] First:")
    for what, fault in faults:
        screen.print(plain(f"  {what}: {fault}"))


def show_replayed(screen: Console, found: Sequence[tuple[str, str, str]]) -> None:
    """What was made again, with both digests where they differ.

    Args:
        screen: where to print.
        found: what, digest on record, digest of what was made again.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.HORIZONTALS)
    for heading in ("made again", "on record", "now"):
        table.add_column(heading)
    for what, recorded, rebuilt in found:
        now = "the same" if recorded == rebuilt else f"[red]{rebuilt[:12] or 'nothing'}[/]"
        table.add_row(plain(what), recorded[:12] or "nothing", now)
    screen.print(table)
    other = [what for what, recorded, rebuilt in found if recorded != rebuilt or not recorded]
    if not other:
        screen.print("[green]Made again from the trail, it is the same.[/]")
    elif "code" in other:
        screen.print(
            "[bold red]The code is not the one that made it.[/] Check out the version that did, "
            "then try again."
        )
    else:
        screen.print(f"[bold red]It is not the same:[/] {plain(', '.join(other))}.")


def show_history(screen: Console, told: Sequence[tuple[int, str, str, str]]) -> None:
    """One line an entry: number, moment (UTC) and what happened."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right")
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for seq, at, _, said in told:
        grid.add_row(str(seq), at[:16].replace("T", " "), plain(said, limit=300))
    screen.print(grid)
