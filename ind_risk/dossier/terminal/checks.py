"""The table of checks: one row each, and of a red one what stands out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.findings import GREEN
from ind_risk.dossier.terminal.screen import plain

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ind_risk.core.gate_evidence import Reason

WORST_FIRST = ("refuted", "disparity", "risk_signalled", "insufficient_data")
SUBJECTS, SUBJECT, SENTENCE = 4, 60, 1_500  # how many, and characters of each
SHOWN_ANYWAY = frozenset({"disparity", "refuted"})  # of findings that the gate does not ask for
OF_FINDINGS = frozenset({"failed", "not_green"})  # reasons that say no more than the findings


@dataclass(frozen=True)
class CheckRow:
    """One check: how many of the findings asked for are green, and why it is red, if it is.

    `beside` is what is proved against the model and only reported. A check is `reported` as a whole
    if the gate answered and neither asks for any of its findings nor has anything against it.
    """

    check: str
    green: int
    total: int
    telling: tuple[str, ...]
    beside: tuple[str, ...] = ()
    reported: bool = False

    @property
    def passed(self) -> bool:
        """Whether there is a finding, all are green, and the gate has nothing else against it."""
        return self.total > 0 and self.green == self.total and not self.telling


def check_rows(
    findings: Sequence[Mapping[str, Any]], reasons: Sequence[Reason] | None = None
) -> list[CheckRow]:
    """One row a check, in order of the findings; then the checks that only the gate knows of.

    Args:
        findings: as `Finding.to_dict` gives them.
        reasons: of the gate; those about a check stand in its row unless its findings say as much.
            None where the gate was not asked.
    """
    by_check: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        by_check.setdefault(finding["check"], []).append(finding)
    against: dict[str, list[Reason]] = {}
    for reason in reasons or ():
        if reason.subject and ":" in reason.subject:
            against.setdefault(reason.subject.rpartition(":")[2], []).append(reason)
    names = dict.fromkeys([*by_check, *against])
    rows = []
    for name in names:
        given, held = by_check.get(name, []), against.get(name, [])
        # A check that the gate asks for is held against the candidate if it shows nothing asked.
        unasked = reasons is not None and not held and not any(_asked(f) for f in given)
        rows.append(_row(name, given, held, reported=unasked))
    return rows


def findings_table(
    findings: Sequence[Mapping[str, Any]], *, reasons: Sequence[Reason] | None = None
) -> Table:
    """The table of `check_rows`, for a screen of any width."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.HORIZONTALS, expand=True, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("check", no_wrap=True, max_width=30)
    table.add_column("status", no_wrap=True)
    table.add_column("green", no_wrap=True, justify="right")
    table.add_column("what stands out", ratio=1, overflow="fold")
    for row in check_rows(findings, reasons):
        status = _status(row)
        said = (*row.telling, *row.beside)
        lines: list[Text] = [plain(line, limit=SENTENCE) for line in said]
        counted = "-" if row.reported else f"{row.green} of {row.total}"
        table.add_row(plain(row.check), status, counted, Text("\n").join(lines))
    return table


def _status(row: CheckRow) -> Text:
    from rich.text import Text

    if row.reported:
        return Text("reported", style="dim")
    return Text("green", style="green") if row.passed else Text("RED", style="bold red")


def _asked(finding: Mapping[str, Any]) -> bool:
    return bool(finding.get("required", True))


def _row(
    check: str, findings: list[Mapping[str, Any]], reasons: list[Reason], *, reported: bool
) -> CheckRow:
    asked = [f for f in findings if _asked(f)]
    red = sorted((f for f in asked if not is_green(f)), key=_worst_first)
    telling = (
        []
        if asked or reported
        else ["There is no finding on this candidate that the gate asks for."]
    )
    if len(red) == 1:
        telling.append(f"{_verdict(red[0])}: {red[0]['sentence']}")
    elif red:
        telling += [_by_verdict(red), str(red[0]["sentence"])]
    faults: dict[str, list[str]] = {}
    for reason in reasons:
        if not red or reason.code not in OF_FINDINGS:
            asset = str(reason.subject).rpartition(":")[0]
            fault = reason.sentence.removeprefix(f"{reason.subject}: ")
            faults.setdefault(fault, []).append(asset)
    telling += [f"not accepted for {', '.join(assets)}: {f}" for f, assets in faults.items()]
    shown = [f for f in findings if f not in asked and f["verdict"] in SHOWN_ANYWAY]
    beside = tuple(
        f"reported, not asked for · {claim.replace('_', ' ')}: "
        + _by_verdict(sorted((f for f in shown if f["claim"] == claim), key=_worst_first))
        for claim in dict.fromkeys(str(f["claim"]) for f in shown)
    )
    return CheckRow(check, len(asked) - len(red), len(asked), tuple(telling), beside, reported)


def is_green(finding: Mapping[str, Any]) -> bool:
    """As `Finding.green`, of its dictionary: a green verdict with numbers that are none is red."""
    numbers = [finding.get(k) for k in ("estimate", "low", "high")]
    finite = all(isinstance(x, (int, float)) and math.isfinite(x) for x in numbers)
    return finding["verdict"] in GREEN and finite


def _worst_first(finding: Mapping[str, Any]) -> tuple[int, float]:
    """By verdict, an unknown one first; then by how far it is from nothing."""
    verdict, estimate = finding["verdict"], finding.get("estimate")
    size = abs(estimate) if isinstance(estimate, (int, float)) and math.isfinite(estimate) else 0.0
    return (WORST_FIRST.index(verdict) if verdict in WORST_FIRST else -1), -size


def _verdict(finding: Mapping[str, Any]) -> str:
    """Why it is red, in words: a green verdict is red for want of a number."""
    verdict = str(finding["verdict"])
    return "no number" if verdict in GREEN else verdict.replace("_", " ")


def _subject(finding: Mapping[str, Any]) -> str:
    """What a finding is about; where that is everybody, the claim says more."""
    subject = str(finding["subject"])
    return str(finding["claim"]).replace("_", " ") if subject == "all" else subject


def _by_verdict(red: Sequence[Mapping[str, Any]]) -> str:
    """The subjects of each verdict; of many only the first few."""
    parts = []
    for verdict in dict.fromkeys(map(_verdict, red)):
        mine = list(dict.fromkeys(_subject(f) for f in red if _verdict(f) == verdict))
        subjects = [plain(subject, limit=SUBJECT).plain for subject in mine[:SUBJECTS]]
        more = f" and {len(mine) - SUBJECTS} more" if len(mine) > SUBJECTS else ""
        parts.append(f"{verdict}: {', '.join(subjects)}{more}")
    return " · ".join(parts)
