"""The letter's conditions, each with the checks that answer it and how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ind_risk.dossier.page.facts import GREEN, Facts

Status = Literal["green", "few", "risk", "red", "not_asked"]
SHOWN_FALSE = ("disparity", "refuted")
WRONG = (*SHOWN_FALSE, "risk_signalled")

# Message of each condition, the checks behind it, and the claim whose figure is told first.
CONDITIONS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("c_independence", ("bias_independence",), "score_nationality_association"),
    ("c_parity", ("bias_selection_parity",), "selection_rate_difference"),
    ("c_errors", ("bias_error_parity",), "false_positive_rate_difference"),
    ("c_people", ("bias_funnel",), "inspection_rate_difference"),
    ("c_coverage", ("bias_coverage",), "share_of_migrants_in_assessable_groups"),
    ("c_alternatives", ("bias_alternatives",), "no_reasonable_alternative"),
    ("c_accuracy", ("accuracy_established", "band_order", "calibration"), "auc"),
    ("c_useful", ("usefulness",), "more_than_random"),
    ("c_assumption", ("label_assumption",), "never_intervened_failing"),
    (
        "c_robust",
        ("backtest", "stability", "perturbation", "inspector_effect", "drift"),
        "band_high_overlap",
    ),
    ("c_data", ("data_contract", "protected_isolation", "loadable", "reproducible"), ""),
    ("c_rules", ("policy_preregistered",), "looks_used"),
)


@dataclass(frozen=True)
class Condition:
    """One condition of the letter.

    Args:
        message: key of its sentence.
        checks: that answer it.
        status: how it stands: "few" where it is not known, "risk" where a difference was seen that
            can be chance, "red" where it is shown to be false.
        key: the finding whose figure is told; None if there is none.
        subjects: groups or parts that keep it from being green.
        beside: findings that the policy does not ask for, and that are not green.
    """

    message: str
    checks: tuple[str, ...]
    status: Status
    key: Mapping[str, Any] | None
    subjects: tuple[str, ...]
    beside: tuple[Mapping[str, Any], ...] = ()

    @property
    def said(self) -> str:
        """Key of the sentence that says how it stands: shown, not known, or false."""
        form = {"red": "r", "few": "u", "risk": "u"}.get(self.status, "c")
        return f"{form}_{self.message.partition('_')[2]}"


def condition_of(check: str) -> str:
    """Message of the condition that a check answers; that on the data where none is named."""
    return next((message for message, checks, _ in CONDITIONS if check in checks), "c_data")


def conditions(facts: Facts) -> list[Condition]:
    """How each condition stands, that on statements last."""
    made = [_one(facts, *row) for row in CONDITIONS]
    return [*made, _statements(facts)]


def _one(facts: Facts, message: str, checks: tuple[str, ...], claim: str) -> Condition:
    asked = [f for f in facts.of(*checks) if f["required"]]
    red = [f for f in asked if f["verdict"] not in GREEN]
    missing = [c for c in checks if c in facts.checks and not facts.of(c)]
    stale = [r for r in facts.reasons if str(r["subject"]).partition(":")[2] in checks]
    status: Status = "green" if asked and not red and not missing and not stale else "few"
    if any(f["verdict"] in SHOWN_FALSE for f in red):
        status = "red"
    elif any(f["verdict"] in WRONG for f in red):
        status = "risk"
    named = dict.fromkeys(str(f["subject"]) for f in _worst_first(red))
    beside = [f for f in facts.of(*checks) if not f["required"] and f["verdict"] not in GREEN]
    return Condition(
        message, checks, status, _key(facts, checks, claim, red), tuple(named), tuple(beside)
    )


def _worst_first(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    def rank(finding: Mapping[str, Any]) -> tuple[int, float]:
        verdict = str(finding["verdict"])
        at = 0 if verdict in ("disparity", "refuted") else 1 if verdict in WRONG else 2
        return at, -abs(finding["estimate"] or 0.0)

    return sorted(findings, key=rank)


def _key(
    facts: Facts, checks: tuple[str, ...], claim: str, red: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """The worst finding that is not green; else the largest of the claim that is told first."""
    if red:
        return _worst_first(red)[0]
    found = [f for f in facts.of(*checks) if f["claim"] == claim and f["estimate"] is not None]
    return max(found, key=lambda f: abs(f["estimate"]), default=None)


def _statements(facts: Facts) -> Condition:
    if not facts.required_statements:
        return Condition("c_statements", (), "not_asked", None, ())
    lacking = [r for r in facts.reasons if str(r["code"]).startswith(("no_statement", "no_appr"))]
    open_kinds = [
        k for k in facts.required_statements
        if any(str(r["subject"]).endswith(k) or k.replace("_", " ") in str(r["sentence"])
               for r in facts.reasons)
    ]  # fmt: skip
    done = not lacking and not open_kinds
    return Condition("c_statements", (), "green" if done else "few", None, tuple(open_kinds))
