"""What opens a gate that lacks data: how many random inspections, of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ind_risk.core.gate_evidence import Decision, Reason

FAILED = "failed"
MOST_GROUPS = 4


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
    open_ones = [c for c in claims if c["now"] in ("insufficient_data", "not judged")]
    never = [c for c in open_ones if c["reason"]]
    text = ""
    if len(open_ones) > len(never):
        drawn, among = plan["judging"] + plan["calibrating"], plan["population"]
        least = [c["decided_from"] for c in open_ones if c["decided_from"] is not None]
        text = f"A random sample of {drawn:,} of {among:,} sponsors{_of_whom(plan)}"
        if least:
            text += f"; this check is decided from {max(least):,} drawn to judge"
        text += ". See `ind-risk sample plan`."
        text = plan.get("outstanding") or text  # what is out first
    for claim in never[:MOST_GROUPS]:
        name = claim["claim"].replace("_", " ")
        text += f" No sample of these sponsors decides {name}, {claim['subject']}: "
        text += claim["reason"]
    if any(c["now"] in ("refuted", "disparity") for c in claims):
        text += " More data does not undo what was shown: another model, or another policy before "
        text += "anybody looks."
    return replace(reason, opens_with=text.strip()) if text else reason


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
