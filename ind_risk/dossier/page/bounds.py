"""Where an interval must lie for a claim to be shown: what is drawn as the strip of a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from ind_risk.dossier.page.words import Words, bound_unit_of, good_side, unit_of

Found = Mapping[str, Any]


def strip(claim: str, findings: Sequence[Found]) -> tuple[float, float] | None:
    """Lowest and highest value that speak for the claim, infinite where there is no end.

    None where no one interval and bound decide: then a text beside the chart says the rule.
    """
    finding = next((f for f in findings if f["margin"] is not None), None)
    if finding is None or bound_unit_of(claim) != unit_of(claim):
        return None
    margin, details = float(finding["margin"]), finding.get("details") or {}
    side = good_side(claim)
    if side == "within":
        return (1 / margin, margin) if unit_of(claim) == "ratio" else (-margin, margin)
    if side == "least":
        return (margin, inf)
    if side == "most":
        return (-inf, margin)
    if "gain_excluded" in details:
        return (-inf, float(details["gain_excluded"]))
    if {"at_least", "at_most"} <= set(details):
        return (float(details["at_least"]), float(details["at_most"]))
    return None


def bound_in_words(finding: Found, words: Words) -> str:
    """The bound as people read it: within ±5.0 pp, at least 0.600."""
    claim = str(finding["claim"])
    number = words.figure(finding["margin"], bound_unit_of(claim))
    if finding["margin"] is None or unit_of(claim) == "flag":
        return number
    side, details = good_side(claim), finding.get("details") or {}
    if side == "within" and unit_of(claim) == "ratio":
        low = words.figure(1 / float(finding["margin"]), "ratio")
        return words("bound_between", low=low, high=number)
    if {"at_least", "at_most"} <= set(details) and not side:
        low, high = (words.figure(details[k], unit_of(claim)) for k in ("at_least", "at_most"))
        return words("bound_between", low=low, high=high)
    return words(f"bound_{side}", bound=number.lstrip("+")) if side else number


def rule_of(claim: str, findings: Sequence[Found], words: Words) -> str:
    """How the verdict of a claim comes about where the strip does not say it; else empty."""
    details = next((f.get("details") or {} for f in findings if f.get("details")), {})
    margin = next((f["margin"] for f in findings if f["margin"] is not None), None)
    asked = words.figure(margin, bound_unit_of(claim))
    if claim == "no_reasonable_alternative":
        excluded = details.get("gain_excluded")
        told = words("rule_no_alternative", asked=asked)
        if excluded is not None:
            more = words.figure(excluded, unit_of(claim))
            told += f" {words('rule_gain_excluded', excluded=more)}"
        return told
    if claim == "alternative":
        return words("rule_alternative", asked=asked)
    if bound_unit_of(claim) != unit_of(claim):
        return words("rule_other_unit", asked=asked)
    return ""
