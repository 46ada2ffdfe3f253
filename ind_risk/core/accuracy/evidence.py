"""The check "accuracy_established": the model ranks well, and its bands find what they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.accuracy.auc import auc_interval
from ind_risk.core.accuracy.band_order import band_order_findings
from ind_risk.core.accuracy.claims import Claim
from ind_risk.core.accuracy.coarse import few_found
from ind_risk.core.accuracy.lift import lift_interval
from ind_risk.core.accuracy.planning import inspections_for_auc, inspections_for_lift, needed
from ind_risk.core.accuracy.random_arm import RandomArm, cannot_judge, random_arm
from ind_risk.core.accuracy.rate_claims import low_band_rate, recall_at_capacity
from ind_risk.core.accuracy.rates import quantile, weighted_rate
from ind_risk.core.accuracy.response import answered

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy

__all__ = ["accuracy_findings", "band_order_findings"]


def accuracy_findings(*, judged: pd.DataFrame, policy: Policy, absent: int = 0) -> list[Finding]:
    """Judge ranking, precision and recall at capacity, band low, response; always five findings.

    Each interval is a (1 − 2·alpha) one, so that each of its ends is a one-sided (1 − alpha) bound:
    "established" means that the lower end reaches the policy's bound or, of a claim "at most", that
    the upper end does not exceed it.

    Args:
        judged: one row a recognised sponsor at the judging date: score, band, audit_label,
            audit_inclusion_probability.
        policy: bounds, level, capacity, smallest count to be shown.
        absent: sponsors drawn at random to judge that are not among the judged; not answered.

    Returns:
        "auc", "precision_lift_at_capacity", "recall_at_capacity", "low_band_rate" and
        "random_inspections_answered". The details
        of the second hold precision and the overall rate with intervals of their own, which no
        bound is set for, and the recall that the third judges.

    Raises:
        IndRiskError: if a column is missing.
    """
    arm = random_arm(judged)
    return [
        _auc(arm, policy),
        _lift(arm, policy),
        recall_at_capacity(arm, policy),
        low_band_rate(arm, policy),
        answered(arm, policy, absent),
    ]


def _auc(arm: RandomArm, policy: Policy) -> Finding:
    bound, n_needed = policy.accuracy.auc_at_least, inspections_for_auc(policy)
    claim = Claim(
        name="auc",
        bound=bound,
        arm=arm,
        policy=policy,
        shows=needed(n_needed, f"an AUC of at least {bound:.2f}"),
        details={"inspections_needed": n_needed},
    )
    if reason := cannot_judge(arm) or _one_outcome(arm):
        return claim.without(reason)
    found = auc_interval(
        score=arm.score, outcome=arm.outcome, weight=arm.weight, alpha=policy.accuracy_level
    )
    return claim.judged(
        found,
        f"a non-compliant sponsor outranks a compliant one in {100 * found.estimate:.1f} % of "
        f"pairs: AUC {claim.said(found)}, at least {bound:.2f} is asked",
    )


def _lift(arm: RandomArm, policy: Policy) -> Finding:
    bound, n_needed = policy.accuracy.precision_lift_at_least, inspections_for_lift(policy)
    claim = Claim(
        name="precision_lift_at_capacity",
        bound=bound,
        arm=arm,
        policy=policy,
        shows=needed(n_needed, f"a precision of at least {bound:.2f} times the overall rate"),
        details={"inspections_needed": n_needed},
    )
    if reason := cannot_judge(arm) or _one_outcome(arm):
        return claim.without(reason)
    in_high, found_some = arm.band == "high", arm.outcome > 0
    high = weighted_rate(arm.outcome[in_high], arm.weight[in_high])
    rest = weighted_rate(arm.outcome[~in_high], arm.weight[~in_high])
    share = weighted_rate(in_high.astype(float), arm.weight)
    overall = weighted_rate(arm.outcome, arm.weight)
    recall = weighted_rate(in_high[found_some].astype(float), arm.weight[found_some])
    if high is None or rest is None or share is None or overall is None or recall is None:
        where = "in band high" if high is None else "outside band high"
        return claim.without(f"None of {arm.n:,} random inspections is {where}.")
    few = arm.few(policy.disclosure.minimum_count)
    if not few:
        claim.add(precision=high, overall_rate=overall)
        if not few_found(in_high[found_some], policy.disclosure.minimum_count):
            claim.details["recall"] = recall.value
    z = quantile(policy.accuracy_level, high.effective, rest.effective)
    found = lift_interval(high=high, rest=rest, share=share, z=z)
    rates = (
        "sponsors in band high are non-compliant "
        if few
        else f"{100 * high.value:.1f} % of sponsors in band high are non-compliant against "
        f"{100 * overall.value:.1f} % of all, which is "
    )
    asked = f"{claim.said(found)} times as {'often as all' if few else 'many'}"
    return claim.judged(found, f"{rates}{asked}; at least {bound:.2f} times is asked")


def _one_outcome(arm: RandomArm) -> str | None:
    if 0 < arm.positives < arm.n:
        return None
    which = "None" if arm.positives == 0 else "Every one"
    return f"{which} of {arm.n:,} random inspections found non-compliance: nothing to compare."
