"""Whether non-compliance is as frequent as the scores say, on the random arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.random_arm import cannot_judge, random_arm
from ind_risk.core.accuracy.rates import Interval, Rate, quantile, weighted_rate, wilson
from ind_risk.core.findings import Finding, judge_difference

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.policy import Policy

ENDS = {
    "equivalent": "within the margin of {margin:.1f} points.",
    "disparity": "more than chance explains, and not shown to be within {margin:.1f} points.",
    "risk_signalled": "at least the margin of {margin:.1f} points, though chance may explain it.",
    "insufficient_data": "too wide for the margin of {margin:.1f} points: inspect more at random.",
}


def outcome_gap_finding(*, judged: pd.DataFrame, policy: Policy) -> Finding:
    """Judge the gap at ± `policy.drift.outcome_gap_margin`, at the level of the accuracy claims.

    low and high are the (1 − 2·alpha) interval that decides on equivalence; the (1 − alpha) one,
    which decides on a disparity, stands in the details.

    Raises:
        IndRiskError: if a column of `judged` is missing.
    """
    arm, alpha = random_arm(judged), policy.accuracy_level
    margin = policy.drift.outcome_gap_margin
    details = arm.counts(policy.disclosure.minimum_count)
    if reason := cannot_judge(arm) or _off_scale(arm):
        return _finding(
            "insufficient_data", None, arm, margin,
            f"{reason} Observed and predicted non-compliance cannot be compared.", details,
        )  # fmt: skip
    observed, predicted = _rates(arm)
    inner = gap_interval(observed, predicted, alpha=alpha)
    outer = gap_interval(observed, predicted, alpha=alpha / 2)
    verdict = judge_difference(
        estimate=inner.estimate, tost_low=inner.low, tost_high=inner.high,
        low=outer.low, high=outer.high, margin=margin,
    )  # fmt: skip
    details |= {
        "observed": observed.value, "predicted": predicted,
        "low_at_1_minus_alpha": outer.low, "high_at_1_minus_alpha": outer.high,
    }  # fmt: skip
    sentence = (
        f"On {arm.n:,} random inspections {100 * observed.value:.1f} % were non-compliant where "
        f"the scores predict {100 * predicted:.1f} %: a gap of {100 * inner.estimate:.1f} points "
        f"({100 * (1 - 2 * alpha):.0f} % interval {100 * inner.low:.1f} to "
        f"{100 * inner.high:.1f}), " + ENDS[verdict].format(margin=100 * margin)
    )
    return _finding(verdict, inner, arm, margin, sentence, details)


def gap_interval(observed: Rate, predicted: float, *, alpha: float) -> Interval:
    """Wilson's interval of the observed rate, moved by the mean score.

    A linearised interval of the residuals y − s alone says [−s, −s] where nothing was found;
    Wilson's does not. Its effective size was lowered if residuals vary more than outcomes.
    """
    found = wilson(observed, z=quantile(alpha, observed.effective))
    return Interval(found.estimate - predicted, found.low - predicted, found.high - predicted)


def _rates(arm: RandomArm) -> tuple[Rate, float]:
    observed = weighted_rate(arm.outcome, arm.weight)
    assert observed is not None  # noqa: S101 - cannot_judge has seen that there are rows
    predicted = float(np.average(arm.score, weights=arm.weight))
    residual = arm.outcome - arm.score - (observed.value - predicted)
    variance = float((arm.weight**2 * residual**2).sum() / arm.weight.sum() ** 2)
    p, effective = observed.value, observed.effective
    if 0 < p < 1 and variance > 0:
        effective = min(effective, p * (1 - p) / variance)
    return Rate(p, observed.n, effective), predicted


def _off_scale(arm: RandomArm) -> str | None:
    off = int(((arm.score < 0) | (arm.score > 1)).sum())
    return f"{off:,} scores are not between 0 and 1, so they are no probabilities." if off else None


def _finding(
    verdict: Any,
    found: Interval | None,
    arm: RandomArm,
    margin: float,
    sentence: str,
    details: dict[str, Any],
) -> Finding:
    return Finding(
        check="drift",
        claim="outcome_gap",
        subject="all",
        verdict=verdict,
        estimate=None if found is None else found.estimate,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        margin=margin,
        n=arm.n,
        sentence=sentence + arm.remark(),
        details=details,
    )
