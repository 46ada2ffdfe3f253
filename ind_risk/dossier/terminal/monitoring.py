"""What a look at the model in use found, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ind_risk.dossier.terminal.checks import findings_table
from ind_risk.dossier.terminal.screen import plain

if TYPE_CHECKING:
    from rich.console import Console


def show_monitored(screen: Console, found: Mapping[str, Any]) -> None:
    """The random arm month by month, the findings, and what is out of line.

    Args:
        screen: where to print.
        found: as `ind-risk monitor --json` gives it.
    """
    from rich import box
    from rich.table import Table

    screen.print(
        f"Model version {plain(found['model_version'])}, judged by tables until {found['since']}; "
        f"looked at until {found['until']}, at a twelfth of the policy's levels."
    )
    if found["months"]:
        table = Table(box=box.HORIZONTALS)
        table.add_column("month")
        for heading in ("random inspections", "non-compliant", "predicted"):
            table.add_column(heading, justify="right")
        for month in found["months"]:
            table.add_row(
                month["month"], str(month["inspections"]), _per_cent(month["observed"]),
                _per_cent(month["predicted"]),
            )  # fmt: skip
        screen.print(table)
    screen.print(findings_table(found["findings"], reasons=()))
    if not found["wrong"]:
        screen.print("[green]Nothing is shown to be out of line.[/]")
        return
    screen.print("[bold red]Out of line.[/] The withdrawal sensor takes it out of use:")
    for sentence in found["wrong"]:
        screen.print(plain(f"  {sentence}", limit=400))


def _per_cent(value: float | None) -> str:
    return "not shown" if value is None else f"{100 * value:.1f} %"
