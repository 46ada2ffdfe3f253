"""The check "sensitivity": what would be known without random inspections, and what would turn it.

All of it is reported: it says what the random arm is for, and how far labels alone can carry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.core.bias.wording import per_cent
from ind_risk.core.findings import Finding, judge_bound
from ind_risk.core.robustness.sensitivity_bounds import miss_rate_bounds, precision_bounds
from ind_risk.core.robustness.sensitivity_labels import selected_labels
from ind_risk.core.robustness.sensitivity_lift import filled_lift
from ind_risk.core.robustness.sensitivity_turning import tipping_finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.robustness.sensitivity_bounds import Bounded
    from ind_risk.core.robustness.sensitivity_labels import Selected

CHECK = "sensitivity"
PRECISION, MISSED = "precision_without_random_arm", "miss_rate_without_random_arm"
METHOD = "Manski's bounds; Imbens-Manski interval with Wilson limits"


def sensitivity_findings(*, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Report what outcomes of inspections that were not random bear; always three findings.

    - "precision_without_random_arm" and "miss_rate_without_random_arm": between which values they
      lie if every sponsor without such an outcome may be compliant or not. Judged by whether the
      policy's lift and recall are reached whatever is missing.
    - "tipping_point": the share of non-compliance among those sponsors at which the lift falls to
      the policy's bound, beside what random inspections found among them.

    Args:
        judged: one row a sponsor: band, label, selection, and what `random_arm` asks for.
        policy: bounds of accuracy, level of robustness, smallest count to be shown.

    Raises:
        IndRiskError: if a column is missing.
    """
    labels = selected_labels(judged)
    return [
        _precision(labels, policy),
        _miss_rate(labels, policy),
        tipping_finding(judged=judged, labels=labels, policy=policy),
    ]


def _precision(labels: Selected, policy: Policy) -> Finding:
    bound, alpha = policy.accuracy.precision_lift_at_least, policy.robustness_level
    asked = f"that it is at least {bound:g} times the rate of all"
    if reason := labels.reason():
        return _finding(PRECISION, None, labels, policy, bound, "insufficient_data", reason, {})
    found = precision_bounds(labels, alpha=alpha, minimum=policy.disclosure.minimum_count)
    worst = filled_lift(labels, elsewhere=1.0, high=0.0, alpha=alpha)
    best = filled_lift(labels, elsewhere=0.0, high=1.0, alpha=alpha)
    verdict = judge_bound(low=worst.low, high=best.high, at_least=bound)
    sentence = _sentence("precision in band high", asked, verdict)
    return _finding(PRECISION, found, labels, policy, bound, verdict, sentence, {})


def _miss_rate(labels: Selected, policy: Policy) -> Finding:
    bound, alpha = 1 - policy.accuracy.recall_at_least, policy.robustness_level
    asked = f"that at most {per_cent(bound)} are missed"
    if reason := labels.reason():
        return _finding(MISSED, None, labels, policy, bound, "insufficient_data", reason, {})
    found = miss_rate_bounds(labels, alpha=alpha, minimum=policy.disclosure.minimum_count)
    verdict = judge_bound(low=-found.high, high=-found.low, at_least=-bound)
    sentence = _sentence("the share of non-compliant sponsors outside band high", asked, verdict)
    return _finding(MISSED, found, labels, policy, bound, verdict, sentence, {})


def _sentence(what: str, asked: str, verdict: Verdict) -> str:
    ends = {"established": "shown", "refuted": "refuted"}
    return f"{what} lies between {{ends}}; {asked} is {ends.get(verdict, 'left open')}."


def _told(labels: Selected, policy: Policy) -> bool:
    """Whether every count that the bounds are made of may be shown."""
    return None not in labels.counts(policy.disclosure.minimum_count).values()


def _start(labels: Selected, policy: Policy) -> str:
    few = policy.disclosure.minimum_count
    known = f"{labels.known:,}" if labels.known >= few else f"fewer than {few}"
    return (
        f"Without random inspections {known} of {labels.total:,} sponsors have an outcome. "
        "Whatever the others are, "
    )


def _finding(
    claim: str,
    found: Bounded | None,
    labels: Selected,
    policy: Policy,
    margin: float,
    verdict: Verdict,
    sentence: str,
    details: dict[str, Any],
) -> Finding:
    if found is not None:
        found = found if _told(labels, policy) else found.coarse()
        level = 100 * (1 - policy.robustness_level)
        ends = (
            f"{per_cent(found.least)} and {per_cent(found.most)} ({level:g} % interval "
            f"{per_cent(found.low)} to {per_cent(found.high)})"
        )
        sentence = _start(labels, policy) + sentence.format(ends=ends)
        details = {
            **details, "least": found.least, "most": found.most, "method": METHOD,
            "confidence": 1 - policy.robustness_level, "rounded": not _told(labels, policy),
        }  # fmt: skip
    return Finding(
        check=CHECK,
        claim=claim,
        subject="all",
        verdict=verdict,
        estimate=None if found is None else found.seen,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        margin=margin,
        n=labels.total,
        sentence=sentence,
        details={**labels.counts(policy.disclosure.minimum_count), **details},
        required=False,
    )
