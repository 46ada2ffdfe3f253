"""Statements by people on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.dossier.terminal.screen import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ind_risk.core.statements import Listed


def show_statements(screen: Console, listed: Sequence[Listed]) -> None:
    """Who stated what and when, and whether it counts now."""
    from rich import box
    from rich.table import Table

    if not listed:
        screen.print("Nobody has stated anything in this home. `ind-risk state --help` says how.")
        return
    table = Table(box=box.HORIZONTALS)
    for name in ("entry", "recorded", "statement", "by", "counts now"):
        table.add_column(name, justify="right" if name == "entry" else "left")
    for one in listed:
        table.add_row(
            str(one.seq), one.recorded_at[:16].replace("T", " "), one.kind.replace("_", " "),
            plain(one.signer), plain("yes" if not one.why_not else f"no. {one.why_not}"),
        )  # fmt: skip
        said = ": ".join(t for t in (one.difference, one.text) if t)
        if said:
            table.add_row("", "", "", "", plain(f"“{said}”", limit=400))
    screen.print(table)
