"""The gate's decision: one panel, then the reasons under what would open the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.dossier.terminal.screen import plain

if TYPE_CHECKING:
    from rich.console import Console

    from ind_risk.core.gate_evidence import Reason

SUBJECTS = 4  # of those of which the same is said
SENTENCE = 1_500  # characters of a reason; --json has the whole
MADE_OF = ("_evidence", "candidate_")  # assets of which the check's own name says enough


@dataclass(frozen=True)
class Entry:
    """Reasons that say the same of several subjects.

    Args:
        first, last: their numbers, from 1.
        text: the subjects and what is wrong with them.
    """

    first: int
    last: int
    text: str

    @property
    def numbers(self) -> str:
        """As shown: "3." or "3–7."."""
        return f"{self.first}." if self.first == self.last else f"{self.first}–{self.last}."


def grouped(reasons: Sequence[Reason]) -> list[tuple[str, list[Entry]]]:
    """What would open the gate, each with the reasons it would take away, in order of appearance.

    Args:
        reasons: of the gate.
    """
    groups: dict[str, dict[str, list[str]]] = {}
    for reason in reasons:
        fault, subject = _fault(reason)
        groups.setdefault(reason.opens_with, {}).setdefault(fault, []).append(subject)
    number, result = 0, []
    for opens_with, faults in groups.items():
        entries = []
        for fault, subjects in faults.items():
            named = _named([named_check(s) for s in subjects if s])
            text = f"{named}: {fault}" if named else fault
            entries.append(Entry(number + 1, number + len(subjects), text))
            number += len(subjects)
        result.append((opens_with, entries))
    return result


def _named(subjects: Sequence[str]) -> str:
    """The subjects, cut short so that what is wrong with them is still read."""
    subjects = list(dict.fromkeys(subjects))
    more = len(subjects) - SUBJECTS
    tail = f" and {more} more" if more > 0 else ""
    return ", ".join(subjects[:SUBJECTS]) + tail


def named_check(key: str) -> str:
    """`asset:check` as people say it.

    >>> named_check("bias_evidence:bias_error_parity"), named_check("sponsors:data_contract")
    ('bias error parity', 'data contract of sponsors')
    """
    asset, _, check = key.rpartition(":")
    said = check.replace("_", " ")
    if not asset or any(part in asset for part in MADE_OF):
        return said
    return f"{said} of {asset.replace('_', ' ')}"


def _fault(reason: Reason) -> tuple[str, str]:
    """What is wrong and with what; subjects of which the same is said can then stand together."""
    prefix = f"{reason.subject}: "
    if reason.subject is None or not reason.sentence.startswith(prefix):
        return reason.sentence, ""
    return reason.sentence.removeprefix(prefix), reason.subject


def show_decision(
    screen: Console,
    *,
    is_open: bool,
    reasons: Sequence[Reason],
    in_use: str | None,
    candidate: str | None = None,
) -> None:
    """The decision in a panel with what is in use now, then the reasons.

    Args:
        screen: where to print.
        is_open: the decision.
        reasons: why not.
        in_use: the model version in use now.
        candidate: the model version decided on, if known.
    """
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    colour = "green" if is_open else "red"
    headline = plain(_headline(is_open, len(reasons), candidate), style=f"bold {colour}")
    text = Text("\n").join([headline, plain(_use(in_use, candidate))])
    screen.print()
    screen.print(Panel(text, border_style=colour, padding=(0, 1)))
    if not reasons:
        if is_open and in_use != candidate:
            screen.print(
                "Not released yet. The next `ind-risk run` asks once more and releases it; so does "
                "the sensor deployment_sensor within half a minute while `ind-risk ui` is on, or "
                "the job `release` there."
            )
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for opens_with, entries in grouped(reasons):
        for entry in entries:
            grid.add_row(f" {entry.numbers}", plain(entry.text, limit=SENTENCE))
        if opens_with:
            grid.add_row("", plain(f"→ {opens_with}", style="bold"))
    screen.print("What keeps it closed; below it, after an arrow, what would open it:")
    screen.print(grid)


def _headline(is_open: bool, count: int, candidate: str | None) -> str:
    about = "this candidate" if candidate is None else f"candidate version {candidate}"
    if is_open:
        return f"THE GATE IS OPEN for {about}."
    return f"THE GATE IS CLOSED for {about}, for {count} reason{'s' * (count != 1)}."


def _use(in_use: str | None, candidate: str | None) -> str:
    if in_use is None:
        return "No model is in use; worklists are random samples."
    if in_use == candidate:
        return f"In use: model version {in_use}, this very candidate."
    return f"In use: model version {in_use}."
