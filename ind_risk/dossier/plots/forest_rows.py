"""Which findings a forest plot draws, in what order, and what it says of those it cannot draw."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.dossier.plots.style import clean, finite

if TYPE_CHECKING:
    from ind_risk.core.findings import Finding

MOST_ROWS = 60
NAME = 34  # characters of a subject
WORST_FIRST = (
    "refuted", "disparity", "risk_signalled", "insufficient_data", "established", "equivalent",
)  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """The findings of a forest plot.

    Args:
        drawn: with an estimate and an interval, from the top down: by claim, then by estimate.
        small: on too few units to be shown.
        unassessable: without an estimate or an interval.
        left_off: how many more there are than fit, of no worse verdict than those drawn.
    """

    drawn: list[Finding]
    small: list[Finding]
    unassessable: list[Finding]
    left_off: int

    @property
    def claims(self) -> list[str]:
        """The claims drawn, from the top down."""
        return list(dict.fromkeys(f.claim for f in self.drawn))

    @property
    def places(self) -> list[int]:
        """Row numbers from the top; of several claims each has a row before it for its name."""
        if len(self.claims) == 1:
            return list(range(len(self.drawn)))
        return [i + self.claims.index(f.claim) + 1 for i, f in enumerate(self.drawn)]


def arranged(findings: Sequence[Finding], *, minimum: int) -> Rows:
    """Sort the findings into what is drawn and what is not.

    Args:
        findings: of one check, any order.
        minimum: findings on fewer units are not drawn.
    """
    known = [f for f in findings if finite(f.estimate, f.low, f.high)]
    large = [f for f in known if f.n is not None and f.n >= minimum]
    kept = sorted(large, key=lambda f: (_rank(f.verdict), -abs(estimate(f))))[:MOST_ROWS]
    claims = list(dict.fromkeys(f.claim for f in findings))
    return Rows(
        drawn=sorted(kept, key=lambda f: (claims.index(f.claim), -estimate(f), f.subject)),
        small=[f for f in known if f.n is None or f.n < minimum],
        unassessable=[f for f in findings if not finite(f.estimate, f.low, f.high)],
        left_off=max(0, len(large) - MOST_ROWS),
    )


def estimate(finding: Finding) -> float:
    """The estimate of a finding that has one."""
    return 0.0 if finding.estimate is None else float(finding.estimate)


def _rank(verdict: str) -> int:
    """Worst first; a verdict that nobody knows comes before all."""
    return WORST_FIRST.index(verdict) if verdict in WORST_FIRST else -1


def words(name: str) -> str:
    """A machine name as words."""
    return name.replace("_", " ")


def label(finding: Finding) -> str:
    """A row's name with the number of units it rests on."""
    return f"{clean(finding.subject, limit=NAME)} ({finding.n:,})"


def counted(findings: Sequence[Finding]) -> str:
    """How many findings there are of each verdict."""
    verdicts = sorted((f.verdict for f in findings), key=_rank)
    each = ", ".join(f"{verdicts.count(v)} {words(v)}" for v in dict.fromkeys(verdicts))
    return f"{len(verdicts)} finding{'s' * (len(verdicts) != 1)}: {each}"


def notes(rows: Rows, *, minimum: int) -> list[str]:
    """Lines below the plot, for what it does not draw."""
    said = []
    for why, some in (
        ("Not assessable, without an estimate", rows.unassessable),
        (f"Not shown, on fewer than {minimum}", rows.small),
    ):
        if some:
            text = f"{why} ({len(some)}): {', '.join(clean(f.subject, limit=NAME) for f in some)}"
            said += textwrap.wrap(text, 108, max_lines=3, placeholder=" …")
    if rows.left_off:
        said.append(f"Left off: {rows.left_off} more, of no worse verdict than those drawn.")
    return said


def in_words(findings: Sequence[Finding], rows: Rows, *, title: str) -> str:
    """What the plot shows, for who does not see it: the counts and the most telling finding."""
    red = [f for f in rows.drawn if not f.green]
    telling = max(red or rows.drawn, key=lambda f: abs(estimate(f)))
    against = "" if telling.margin is None else f" against a margin of {telling.margin:g}"
    text = (
        f"{title}, {counted(findings)}. The largest {'that is not green' if red else 'of all'} is "
        f"{clean(telling.subject)}: {telling.estimate:.3f} "
        f"({telling.low:.3f} to {telling.high:.3f}){against}."
    )
    absent = len(rows.small) + len(rows.unassessable)
    return text + (f" {absent} cannot be drawn and are named below it." if absent else "")
