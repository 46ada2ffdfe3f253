"""The check "accuracy_established": AUC and precision at capacity, each at least its bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.accuracy.auc import auc_interval
from ind_risk.core.accuracy.band_order import band_order_findings
from ind_risk.core.accuracy.lift import lift_interval
from ind_risk.core.accuracy.planning import inspections_for_auc, inspections_for_lift, needed
from ind_risk.core.accuracy.random_arm import RandomArm, cannot_judge, random_arm
from ind_risk.core.accuracy.rates import Interval, Rate, quantile, weighted_rate, wilson
from ind_risk.core.findings import Finding, judge_bound

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.policy import Policy

__all__ = ["accuracy_findings", "band_order_findings"]


def accuracy_findings(*, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Judge ranking and precision at capacity on the random arm; always two findings.

    Each interval is a (1 − 2·alpha) one, so that its lower end is a one-sided (1 − alpha) bound:
    "established" means that the lower end reaches the policy's bound.

    Args:
        judged: one row a recognised sponsor at the judging date: score, band, audit_label,
            audit_inclusion_probability.
        policy: bounds, level, capacity, smallest count to be shown.

    Returns:
        "auc" and "precision_lift_at_capacity"; the details of the latter hold precision, recall
        and the overall rate with intervals of their own, which no bound is set for.

    Raises:
        IndRiskError: if a column is missing.
    """
    arm = random_arm(judged)
    return [_auc(arm, policy), _lift(arm, policy)]


def _auc(arm: RandomArm, policy: Policy) -> Finding:
    bound, n_needed = policy.accuracy.auc_at_least, inspections_for_auc(policy)
    claim = _Claim(
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
        score=arm.score, outcome=arm.outcome, weight=arm.weight, alpha=policy.accuracy.alpha
    )
    return claim.judged(
        found,
        f"a non-compliant sponsor outranks a compliant one in {100 * found.estimate:.1f} % of "
        f"pairs: AUC {claim.said(found)}, at least {bound:.2f} is asked",
    )


def _lift(arm: RandomArm, policy: Policy) -> Finding:
    bound, n_needed = policy.accuracy.precision_lift_at_least, inspections_for_lift(policy)
    claim = _Claim(
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
        claim.add(precision=high, overall_rate=overall, recall=recall)
    z = quantile(policy.accuracy.alpha, high.effective, rest.effective)
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


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A one-sided claim and what its finding says whatever the verdict."""

    name: str
    bound: float
    arm: RandomArm
    policy: Policy
    shows: str
    details: dict[str, Any]

    def add(self, **rates: Rate) -> None:
        """Put rates with their own intervals into the details."""
        for name, rate in rates.items():
            limits = wilson(rate, z=quantile(self.policy.accuracy.alpha, rate.effective))
            self.details.update(
                {name: rate.value, f"{name}_low": limits.low, f"{name}_high": limits.high}
            )

    def said(self, found: Interval) -> str:
        """An interval in words."""
        level = 100 * (1 - 2 * self.policy.accuracy.alpha)
        return f"{found.estimate:.2f} ({level:.0f} % interval {found.low:.2f} to {found.high:.2f})"

    def without(self, reason: str) -> Finding:
        """Nothing can be said, and what would change that."""
        return self._finding(None, reason + self.shows)

    def judged(self, found: Interval, said: str) -> Finding:
        """The verdict of the design by the interval against the bound."""
        verdict = judge_bound(low=found.low, high=found.high, at_least=self.bound)
        open_end = ", which these inspections neither show nor refute." + self.shows
        ends = {"established": ", and shown.", "refuted": ", and refuted."}
        sentence = f"On {self.arm.n:,} random inspections {said}{ends.get(verdict, open_end)}"
        return self._finding(found, sentence)

    def _finding(self, found: Interval | None, sentence: str) -> Finding:
        limits = (None, None, None) if found is None else (found.estimate, found.low, found.high)
        return Finding(
            check="accuracy_established",
            claim=self.name,
            subject="all",
            verdict="insufficient_data"
            if found is None
            else judge_bound(low=found.low, high=found.high, at_least=self.bound),
            estimate=limits[0],
            low=limits[1],
            high=limits[2],
            margin=self.bound,
            n=self.arm.n,
            sentence=sentence + self.arm.remark(),
            details={**self.arm.counts(self.policy.disclosure.minimum_count), **self.details},
        )
