"""The check "calibration": whether scores are the probabilities they claim to be, on random checks.

A score that is read as "one in five" must come true in one of five cases.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.random_arm import RandomArm, cannot_judge, random_arm
from ind_risk.core.bias.wording import points, signed
from ind_risk.core.drift.outcome_gap import outcome_gap_finding
from ind_risk.core.findings import Finding
from ind_risk.core.robustness.calibration_curve import reliability_rows
from ind_risk.core.robustness.calibration_slope import slope_interval, spiegelhalter_z

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.accuracy.rates import Interval
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy

CHECK = "calibration"
IN_THE_LARGE, SLOPE = "calibration_in_the_large", "calibration_slope"
ENDS = {
    "equivalent": "this is within the margin of {margin:g} points.",
    "disparity": "this is more than chance explains, and not shown to be within {margin:g} points.",
    "risk_signalled": "this is at least {margin:g} points, though chance may explain it.",
    "insufficient_data": "this is too wide for the margin of {margin:g} points.",
}


def calibration_findings(*, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Judge the level and the spread of the scores on the random arm; always two findings.

    - "calibration_in_the_large": observed minus predicted rate, weighted, as the drift check
      measures it, against ± `policy.drift.outcome_gap_margin`, at `policy.robustness_level`. Its
      details hold Spiegelhalter's z and the rows of a reliability plot.
    - "calibration_slope": established if its (1 − 2·alpha) interval lies between the policy's
      bounds, refuted if it lies wholly beyond one of them.

    Args:
        judged: as for `accuracy_findings`; scores are probabilities.
        policy: margin, bounds, level, smallest count to be shown.

    Raises:
        IndRiskError: if a column is missing.
    """
    arm = random_arm(judged)
    return [_in_the_large(judged, arm, policy), _slope(arm, policy)]


def _in_the_large(judged: pd.DataFrame, arm: RandomArm, policy: Policy) -> Finding:
    level = replace(policy.accuracy, alpha=policy.robustness.alpha)
    gap = outcome_gap_finding(judged=judged, policy=replace(policy, accuracy=level))
    gap = replace(gap, check=CHECK, claim=IN_THE_LARGE)
    if gap.estimate is None or gap.low is None or gap.high is None:
        return gap
    margin, details = policy.drift.outcome_gap_margin, dict(gap.details)
    rates = _rates(details["observed"], details["predicted"])
    if arm.few(policy.disclosure.minimum_count):
        rates = "the rate found and the rate that the scores predict are"
        details |= {"observed": None, "predicted": None}
    details["spiegelhalter_z"] = _z(arm)
    details["spiegelhalter_p"] = _two_sided(details["spiegelhalter_z"])
    details["reliability"] = reliability_rows(arm, policy)
    sentence = (
        f"On {arm.n:,} random inspections {rates} {points(gap.estimate, margin=margin)} points "
        f"apart ({_level(policy)} % interval {points(gap.low, margin=margin)} to "
        f"{points(gap.high, margin=margin)}): {ENDS[gap.verdict].format(margin=100 * margin)}"
    )
    return replace(gap, sentence=sentence + arm.remark(), details=details)


def _rates(observed: float, predicted: float) -> str:
    return (
        f"{100 * observed:.1f} % were non-compliant and the scores predict {100 * predicted:.1f} %,"
    )


def _slope(arm: RandomArm, policy: Policy) -> Finding:
    alpha = policy.robustness_level
    found: Interval | None = None
    reason = cannot_judge(arm) or _off_scale(arm)
    if reason is None:
        found = slope_interval(score=arm.score, outcome=arm.outcome, weight=arm.weight, alpha=alpha)
        reason = _no_slope(arm)
    verdict = _verdict(found, policy)
    rule = policy.robustness
    return Finding(
        check=CHECK,
        claim=SLOPE,
        subject="all",
        verdict=verdict,
        estimate=None if found is None else found.estimate,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        margin=rule.calibration_slope_at_least,
        n=arm.n,
        sentence=(reason if found is None else _sentence(arm, found, verdict, policy))
        + arm.remark(),
        details={
            **arm.counts(policy.disclosure.minimum_count),
            "at_least": rule.calibration_slope_at_least,
            "at_most": rule.calibration_slope_at_most,
            "confidence": 1 - 2 * alpha,
        },
        required=rule.asks_for(SLOPE, verdict),
    )


def _verdict(found: Interval | None, policy: Policy) -> Verdict:
    least = policy.robustness.calibration_slope_at_least
    most = policy.robustness.calibration_slope_at_most
    if found is None:
        return "insufficient_data"
    if found.low >= least and found.high <= most:
        return "established"
    return "refuted" if found.high < least or found.low > most else "insufficient_data"


def _sentence(arm: RandomArm, found: Interval, verdict: Verdict, policy: Policy) -> str:
    least = policy.robustness.calibration_slope_at_least
    most = policy.robustness.calibration_slope_at_most
    marks = (least, most)
    estimate, low, high = (
        signed(v, digits=2, marks=marks).lstrip("+")
        for v in (found.estimate, found.low, found.high)
    )
    said = {
        "established": "this is shown.",
        "refuted": "this is refuted: scores are too "
        + ("far apart." if found.high < least else "close together."),
        "insufficient_data": "these inspections neither show nor refute it: inspect more.",
    }
    return (
        f"On {arm.n:,} random inspections the log-odds of non-compliance rise by {estimate} for "
        f"each 1 that the scores predict ({_level(policy)} % interval {low} to {high}); {least:g} "
        f"to {most:g} is asked: {said[verdict]}"
    )


def _no_slope(arm: RandomArm) -> str:
    if not 0 < arm.positives < arm.n:
        which = "None" if arm.positives == 0 else "Every one"
        return f"{which} of {arm.n:,} random inspections found non-compliance: no slope to be seen."
    if float(arm.score.min()) == float(arm.score.max()):
        return "All randomly inspected sponsors have the same score: no slope to be seen."
    return (
        "Scores separate what was found so sharply, or are so alike, that no slope can be given; "
        "inspect more at random."
    )


def _off_scale(arm: RandomArm) -> str | None:
    off = int(((arm.score < 0) | (arm.score > 1)).sum())
    return f"{off:,} scores are not between 0 and 1, so they are no probabilities." if off else None


def _z(arm: RandomArm) -> float | None:
    return spiegelhalter_z(score=arm.score, outcome=arm.outcome, weight=arm.weight)


def _two_sided(z: float | None) -> float | None:
    from scipy.special import ndtr

    return None if z is None else float(2 * ndtr(-abs(z)))


def _level(policy: Policy) -> str:
    return f"{100 * (1 - 2 * policy.robustness_level):.0f}"
