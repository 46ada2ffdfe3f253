"""Where the conclusion would turn, beside what is found among those never looked at."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

from ind_risk.core.accuracy.random_arm import cannot_judge, random_arm
from ind_risk.core.accuracy.rates import Interval, quantile, weighted_rate, wilson
from ind_risk.core.bias.wording import per_cent
from ind_risk.core.findings import Finding
from ind_risk.core.robustness.sensitivity_tipping import Tipping, tipping_point, turning_share

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.robustness.sensitivity_labels import Selected

CHECK, CLAIM = "sensitivity", "tipping_point"
RATIOS = (1.0, 1.25, 1.5, 2.0)
COARSE = 0.005  # shares are rounded down to it where counts must not be read from them


def tipping_finding(*, judged: pd.DataFrame, labels: Selected, policy: Policy) -> Finding:
    """Where the lift would fall to its bound, and whether sponsors without an outcome are below.

    "Established" if the random arm shows fewer non-compliant among them than the lift can bear,
    "refuted" if it shows more; both numbers with their limits.

    Args:
        judged: as for `random_arm`, one row a sponsor.
        labels: outcomes of inspections that were not random, of the same sponsors.
        policy: bound of the lift, level, smallest count to be shown.
    """
    if reason := labels.reason():
        return _finding(None, labels, policy, "insufficient_data", reason, {})
    bound, alpha = policy.accuracy.precision_lift_at_least, policy.robustness_level
    tip = tipping_point(labels, bound=bound, ratio=1.0, alpha=alpha)
    points = {f"{r:g}": turning_share(labels, bound=bound, ratio=r) for r in RATIOS}
    if None in labels.counts(policy.disclosure.minimum_count).values():
        tip = Tipping(_coarse(tip.point), _coarse(tip.low), min(_coarse(tip.high) + COARSE, 1.0))
        points = {ratio: _coarse(v) for ratio, v in points.items()}
    arm = random_arm(judged.loc[labels.without])
    found = _found(arm, alpha)
    verdict = _verdict(tip, found)
    few = arm.few(policy.disclosure.minimum_count)
    details = {
        "by_ratio": points,
        "among_them": None if found is None or few else found.estimate,
        "among_them_low": None if found is None or few else found.low,
        "among_them_high": None if found is None or few else found.high,
    }
    sentence = _sentence(tip, None if few else found, verdict, policy)
    return _finding(tip, labels, policy, verdict, sentence, details)


def _coarse(share: float) -> float:
    return floor(share / COARSE + 1e-9) * COARSE


def _found(arm: RandomArm, alpha: float) -> Interval | None:
    rate = weighted_rate(arm.outcome, arm.weight)
    if rate is None or cannot_judge(arm):
        return None
    return wilson(rate, z=quantile(alpha, rate.effective))


def _verdict(tip: Tipping, found: Interval | None) -> Verdict:
    if found is None:
        return "insufficient_data"
    if found.high <= tip.low:
        return "established"
    return "refuted" if found.low > tip.high else "insufficient_data"


def _sentence(tip: Tipping, found: Interval | None, verdict: Verdict, policy: Policy) -> str:
    bound = f"{policy.accuracy.precision_lift_at_least:g} times the rate of all"
    if tip.point <= 0:
        start = (
            "Even if every sponsor without an outcome were compliant, precision in band high "
            f"would not be {bound}"
        )
    elif tip.point >= 1:
        start = f"Whatever share of sponsors without an outcome fails, precision stays {bound}"
    else:
        start = (
            f"Precision in band high is no more {bound} if more than {per_cent(tip.point)} of "
            "sponsors without an outcome fail and the model sorts them no better than chance"
        )
    return f"{start}; {_beside(found, verdict, policy)}"


def _beside(found: Interval | None, verdict: Verdict, policy: Policy) -> str:
    if verdict == "insufficient_data" and found is None:
        return "no random inspections tell how many of them fail."
    ends = {
        "established": "so the conclusion holds without a random arm.",
        "refuted": "so without a random arm nothing could be concluded.",
        "insufficient_data": "which does not decide it.",
    }
    if found is None:
        return f"random inspections tell how many do, {ends[verdict]}"
    level = 100 * (1 - 2 * policy.robustness_level)
    return (
        f"random inspections found {per_cent(found.estimate)} of them failing ({level:.0f} % "
        f"interval {per_cent(found.low)} to {per_cent(found.high)}), {ends[verdict]}"
    )


def _finding(
    tip: Tipping | None,
    labels: Selected,
    policy: Policy,
    verdict: Verdict,
    sentence: str,
    details: dict[str, Any],
) -> Finding:
    return Finding(
        check=CHECK,
        claim=CLAIM,
        subject="all",
        verdict=verdict,
        estimate=None if tip is None else tip.point,
        low=None if tip is None else tip.low,
        high=None if tip is None else tip.high,
        margin=policy.accuracy.precision_lift_at_least,
        n=labels.total,
        sentence=sentence,
        details={**labels.counts(policy.disclosure.minimum_count), **details},
        required=False,
    )
