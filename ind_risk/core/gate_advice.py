"""What opens a shut gate: where data lacks, how many inspections of whom; and where none helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ind_risk.core.sampling.plan_report import GREEN, LACKING, stays_false

if TYPE_CHECKING:
    from ind_risk.core.gate_evidence import Decision, Reason

FAILED = "failed"
MOST_GROUPS = 4
Found = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What helps a candidate, and what does not.

    Args:
        stuck: required findings that no visit makes green: shown to be false, or a risk that was
            signalled in records of everybody.
        undecided: required findings that lack data and that the planned sample judges.
        never: of the others that lack data, those that no sample of these sponsors decides.
        drawn, population: sponsors to be drawn, of how many; 0 where nothing is to be drawn.
        outstanding: what of earlier samples is still out; empty if nothing is.
        no_looks: whether no look at the outcomes of this day is left.
    """

    stuck: Sequence[Found]
    undecided: Sequence[Found]
    never: Sequence[Found]
    drawn: int
    population: int
    outstanding: str
    no_looks: bool

    @property
    def can_open(self) -> bool:
        """Whether visits could open the gate, as far as findings keep it shut."""
        return self.drawn > 0 and not self.stuck and not self.never


def ways(findings: Sequence[Found], plan: Mapping[str, Any] | None) -> Ways:
    """What findings and plan say of the ways to open the gate; every page says it from here.

    Args:
        findings: of the candidate, as JSON.
        plan: `PlanReport.to_dict` for this very candidate; None without one.
    """
    red = [f for f in findings if f["required"] and f["verdict"] not in GREEN]
    made = plan or {"claims": (), "besides": (), "judging": 0, "calibrating": 0, "population": 0}
    planned = {c["check"] for c in made["claims"]}
    hopeless = {(c["check"], c["claim"], c["subject"]) for c in made["claims"] if c["reason"]}
    stuck, undecided, never = list[Found](), list[Found](), list[Found]()
    for f in red:
        key = (f["check"], f["claim"], f["subject"])
        named = f"{f['claim'].replace('_', ' ')}, {f['subject']}"
        sampled = f["check"] in planned or named in made.get("besides", ())
        everybody = f["verdict"] != LACKING and not sampled  # of records that are all there
        if everybody or stays_false(f["check"], f["subject"], f["verdict"]):
            stuck.append(f)
        elif sampled and key not in hopeless:
            undecided.append(f)
        else:
            never.append(f)
    no_looks = made.get("looks_left") == 0
    outstanding = str(made.get("outstanding", ""))
    draws = bool(undecided) and not (no_looks or outstanding) and made.get("needed", True)
    return Ways(
        stuck=stuck, undecided=undecided, never=never,
        drawn=made["judging"] + made["calibrating"] if draws else 0,
        population=made["population"], outstanding=outstanding, no_looks=no_looks,
    )  # fmt: skip


def decidable(decision: Decision, checks: tuple[str, ...]) -> bool:
    """Whether some reason is a failed check that a random sample may decide."""
    return any(_check(r) in checks for r in decision.reasons if r.code == FAILED)


def advised(decision: Decision, plan: Mapping[str, Any] | None) -> Decision:
    """The decision with, for each check that a sample decides, the sample in figures.

    Only what would open the gate is said otherwise; whether it is open, and why not, stays.

    Args:
        decision: of the gate.
        plan: `PlanReport.to_dict` for this very candidate; None without one.
    """
    if plan is None or decision.open:
        return decision
    told = tuple(_told(r, plan) for r in decision.reasons)
    return replace(decision, reasons=told)


def _told(reason: Reason, plan: Mapping[str, Any]) -> Reason:
    claims = [c for c in plan["claims"] if c["check"] == _check(reason)]
    if reason.code != FAILED or not claims:
        return reason
    open_ones = [c for c in claims if _undecided(c)]
    never = [c for c in open_ones if c["reason"]]
    text = ""
    if stuck := any(stays_false(c["check"], c["subject"], c["now"]) for c in claims):
        text = "More data does not undo what was shown: another model, or another policy before "
        text += "anybody looks."
    if len(open_ones) > len(never):
        drawn, among = plan["judging"] + plan["calibrating"], plan["population"]
        least = [c["decided_from"] for c in open_ones if c["decided_from"] is not None]
        of = f"random sample of {drawn:,} of {among:,} sponsors{_of_whom(plan)}"
        sample = f"What is not decided yet takes, without opening the gate, a {of}"
        sample = sample if stuck else f"A {of}"
        if least:
            sample += f"; this check is decided from {max(least):,} drawn to judge"
        sample += ". See `ind-risk sample plan`."
        text += f" {plan.get('outstanding') or sample}"  # what is out first
    for claim in never[:MOST_GROUPS]:
        name = claim["claim"].replace("_", " ")
        text += f" No sample of these sponsors decides {name}, {claim['subject']}: "
        text += claim["reason"]
    return replace(reason, opens_with=text.strip()) if text else reason


def _undecided(claim: Mapping[str, Any]) -> bool:
    false = stays_false(claim["check"], claim["subject"], claim["now"])
    return claim["now"] not in GREEN and not false


def _of_whom(plan: Mapping[str, Any]) -> str:
    groups = [(n, g) for g, n in plan["by_group"].items() if g and g != "no majority"]
    if not groups:
        return ""
    groups.sort(key=lambda pair: (-pair[0], pair[1]))
    named = ", ".join(f"{n:,} {group}" for n, group in groups[:MOST_GROUPS])
    more = len(groups) - MOST_GROUPS
    return f" (by majority: {named}" + (f" and {more} more groups)" if more > 0 else ")")


def _check(reason: Reason) -> str:
    return (reason.subject or "").rpartition(":")[2]
