"""What visits cost sponsors that comply: reported beside what is found, without a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.core.accuracy.random_arm import cannot_judge
from ind_risk.core.accuracy.rates import Interval, quantile, weighted_rate, wilson
from ind_risk.core.bias.wording import per_cent
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.accuracy.rates import Rate
    from ind_risk.core.policy import Policy

CHECK, CLAIM = "usefulness", "burden"


def burden_finding(*, arm: RandomArm, policy: Policy) -> Finding:
    """Visits to compliant sponsors in band high for each violation found there; not required.

    (1 − p) / p falls in the precision p, so its limits come from Wilson's interval. "Established"
    says that both are finite: there is no bound to reach.

    Args:
        arm: random inspections.
        policy: level, smallest count to be shown.
    """
    high = arm.band == "high"
    compliant = arm.outcome <= 0
    precision = weighted_rate(arm.outcome[high], arm.weight[high])
    visited = weighted_rate(high[compliant].astype(float), arm.weight[compliant])
    overall = weighted_rate(arm.outcome, arm.weight)
    few = arm.few(policy.disclosure.minimum_count)
    reason = cannot_judge(arm) or _reason(arm, precision, few=few, policy=policy)
    if reason or precision is None or visited is None or overall is None:
        return _finding(arm, policy, None, reason or "Nothing can be weighed.", {})
    of_high = _limits(precision, policy)
    of_compliant = _limits(visited, policy)
    if of_high.low <= 0:
        reason = "Too little was found in band high to weigh visits by."
        return _finding(arm, policy, None, reason, {})
    cost = Interval(*(_visits(p) for p in (of_high.estimate, of_high.high, of_high.low)))
    details = {
        "random_visits_per_violation": _visits(overall.value),
        "compliant_visited": visited.value, "compliant_visited_low": of_compliant.low,
        "compliant_visited_high": of_compliant.high,
    }  # fmt: skip
    return _finding(arm, policy, cost, _sentence(arm, policy, cost, of_compliant, overall), details)


def _reason(arm: RandomArm, precision: Rate | None, *, few: bool, policy: Policy) -> str | None:
    if precision is None:
        return f"None of {arm.n:,} random inspections is in band high."
    if precision.value == 0:
        return "No random inspection in band high found a violation to weigh visits by."
    if few:
        return (
            f"Fewer than {policy.disclosure.minimum_count} random inspections have one of the two "
            "outcomes: what visits cost cannot be shown."
        )
    return None


def _limits(rate: Rate, policy: Policy) -> Interval:
    return wilson(rate, z=quantile(policy.robustness_level, rate.effective))


def _visits(precision: float) -> float:
    return (1 - precision) / precision


def _sentence(
    arm: RandomArm, policy: Policy, cost: Interval, visited: Interval, overall: Rate
) -> str:
    level = 100 * (1 - 2 * policy.robustness_level)
    return (
        f"On {arm.n:,} random inspections, {cost.estimate:.1f} visits in band high go to compliant "
        f"sponsors for each violation found ({level:.0f} % interval {cost.low:.1f} to "
        f"{cost.high:.1f}), against {_visits(overall.value):.1f} of random visits; band high holds "
        f"{per_cent(visited.estimate)} of compliant sponsors ({per_cent(visited.low)} to "
        f"{per_cent(visited.high)}). No bound is set."
    )


def _finding(
    arm: RandomArm, policy: Policy, cost: Interval | None, sentence: str, details: dict[str, Any]
) -> Finding:
    return Finding(
        check=CHECK,
        claim=CLAIM,
        subject="all",
        verdict="insufficient_data" if cost is None else "established",
        estimate=None if cost is None else cost.estimate,
        low=None if cost is None else cost.low,
        high=None if cost is None else cost.high,
        n=arm.n,
        sentence=sentence + arm.remark(),
        details={**arm.counts(policy.disclosure.minimum_count), **details},
        required=False,
    )
