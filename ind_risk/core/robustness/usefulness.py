"""The check "usefulness": whether visits by the model find more, and what they cost the compliant.

A model that finds no more than random checks, or than one rule of thumb, is not worth its risks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.planning import POWER, inspections_for_lift, needed
from ind_risk.core.accuracy.random_arm import RandomArm, cannot_judge, random_arm
from ind_risk.core.accuracy.rates import quantile
from ind_risk.core.bias.wording import signed
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, judge_bound
from ind_risk.core.robustness.usefulness_burden import burden_finding
from ind_risk.core.robustness.usefulness_difference import (
    BOTH,
    ONLY_FIRST,
    ONLY_SECOND,
    combined,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ind_risk.core.accuracy.rates import Interval
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.robustness.usefulness_difference import Chosen, Part

CHECK, BASELINE = "usefulness", "baseline_selected"
MORE_THAN_RANDOM, MORE_THAN_ONE_RULE = "more_than_random", "more_than_one_rule"


def usefulness_findings(*, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Judge what visits to band high find on the random arm; always three findings.

    Limits are one-sided at `policy.robustness_level` each.

    - "more_than_random": precision in band high minus the rate among all sponsors, above 0.
    - "more_than_one_rule": precision in band high minus that of as many sponsors chosen by one
      rule, at least 0.
    - "burden", reported: visits to compliant sponsors for each violation found; its details hold
      the share of compliant sponsors that are visited.

    Args:
        judged: as for `accuracy_findings`, and `baseline_selected`: whether the one-rule baseline
            chooses the sponsor at the same capacity.
        policy: level, smallest count to be shown, which claims are asked for.

    Raises:
        IndRiskError: if a column is missing.
    """
    if BASELINE not in judged.columns:
        raise IndRiskError(f"The judged sponsors have no column {BASELINE!r}; score them again.")
    arm = random_arm(judged)
    high = judged["band"].isin(["high"]).to_numpy(dtype=bool)
    rule = judged[BASELINE].isin([True]).to_numpy(dtype=bool)
    claims = (
        _more_than_random(arm, policy, np.ones(len(judged), dtype=bool)),
        _more_than_one_rule(arm, policy, rule),
    )
    made = [_judged(claim, judged, high) for claim in claims]
    return [*made, burden_finding(arm=arm, policy=policy)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Claim:
    """Precision in band high minus that of another choice.

    Args:
        name: of the claim.
        other: who else could be visited, shape (sponsors,).
        called: the other choice in words.
        nobody: what to say if it is empty.
        strictly: above 0 is asked, not only at least 0.
        shows: what would decide, where it can be told without a difference.
        details: further numbers.
    """

    arm: RandomArm
    policy: Policy
    name: str
    other: Chosen
    called: str
    nobody: str
    strictly: bool
    shows: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def _more_than_random(arm: RandomArm, policy: Policy, everybody: Chosen) -> _Claim:
    rule = replace(policy.accuracy, precision_lift_at_least=1.0, alpha=policy.robustness.alpha)
    n = inspections_for_lift(replace(policy, accuracy=rule))
    shows = needed(n, "that visits to band high find more")
    return _Claim(
        arm=arm, policy=policy, name=MORE_THAN_RANDOM, other=everybody,
        called="100 random visits", nobody="There is no sponsor to be visited.", strictly=True,
        shows="" if n is not None and n <= arm.n else shows, details={"inspections_needed": n},
    )  # fmt: skip


def _more_than_one_rule(arm: RandomArm, policy: Policy, rule: Chosen) -> _Claim:
    return _Claim(
        arm=arm, policy=policy, name=MORE_THAN_ONE_RULE, other=rule,
        called="100 visits by the one-rule baseline",
        nobody="The one-rule baseline chooses no sponsor.", strictly=False,
    )  # fmt: skip


def _judged(claim: _Claim, judged: pd.DataFrame, high: Chosen) -> Finding:
    reason = cannot_judge(claim.arm) or _one_outcome(claim.arm)
    if reason is None and not high.any():
        reason = "No sponsor is in band high."
    if reason is None and not claim.other.any():
        reason = claim.nobody
    if reason is not None:
        return _finding(claim, None, reason + claim.shows)
    parts = parts_of(judged, first=high, second=claim.other)
    if lacking := [name for name, part in parts.items() if part.rate is None]:
        return _finding(claim, None, f"{_nobody_of(lacking[0], claim)}{claim.shows}")
    found = combined(parts, alpha=claim.policy.robustness_level)
    return _finding(claim, found, _sentence(claim, found, parts))


def _one_outcome(arm: RandomArm) -> str | None:
    if 0 < arm.positives < arm.n:
        return None
    which = "None" if arm.positives == 0 else "Every one"
    return f"{which} of {arm.n:,} random inspections found non-compliance: nothing to compare."


def _nobody_of(part: str, claim: _Claim) -> str:
    if claim.strictly:
        where = "outside band high" if part == ONLY_SECOND else "in band high"
    else:
        where = {
            ONLY_FIRST: "of sponsors that only the model chooses",
            ONLY_SECOND: "of sponsors that only the one-rule baseline chooses",
            BOTH: "of sponsors that both the model and the one-rule baseline choose",
        }[part]
    return f"None of {claim.arm.n:,} random inspections is {where}."


def _verdict(claim: _Claim, found: Interval | None) -> Verdict:
    if found is None:
        return "insufficient_data"
    if claim.strictly and found.low == 0:
        return "insufficient_data"
    return judge_bound(low=found.low, high=found.high, at_least=0.0)


def _sentence(claim: _Claim, found: Interval, parts: Mapping[str, Part]) -> str:
    start = f"On {claim.arm.n:,} random inspections, "
    if not parts:
        return f"{start}band high finds what {claim.called} find: it holds the same sponsors."
    level = 100 * (1 - 2 * claim.policy.robustness_level)
    low, high = (signed(100 * v, digits=1, marks=(0.0,)) for v in (found.low, found.high))
    more = signed(100 * abs(found.estimate), digits=1, marks=(0.0,)).lstrip("+")
    asked = "more" if claim.strictly else "no fewer"
    verdict = _verdict(claim, found)
    ends = {"established": "and shown.", "refuted": "and refuted."}
    open_end = "which these inspections neither show nor refute." + (
        claim.shows or _would_show(claim, found)
    )
    return (
        f"{start}100 visits to band high find {more} violations "
        f"{'fewer' if found.estimate < 0 else 'more'} than {claim.called} "
        f"({level:.0f} % interval {low} to {high}); {asked} are asked, "
        f"{ends.get(verdict, open_end)}"
    )


def _would_show(claim: _Claim, found: Interval) -> str:
    """How many inspections of the same kind show a difference of the size that was seen."""
    from scipy.special import ndtri

    if found.estimate <= 0 or found.estimate - found.low <= 0:
        return ""
    z = quantile(claim.policy.robustness_level, float(claim.arm.n))
    times = ((z + float(ndtri(POWER))) / z * (found.estimate - found.low) / found.estimate) ** 2
    n = ceil(claim.arm.n * times)
    if n <= claim.arm.n or n > 1_000_000:
        return ""
    return (
        f" About {n:,} random inspections would show a difference of this size in "
        f"{100 * POWER:.0f} % of cases."
    )


def _finding(claim: _Claim, found: Interval | None, sentence: str) -> Finding:
    verdict, policy = _verdict(claim, found), claim.policy
    return Finding(
        check=CHECK,
        claim=claim.name,
        subject="all",
        verdict=verdict,
        estimate=None if found is None else found.estimate,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        margin=0.0,
        n=claim.arm.n,
        sentence=sentence + claim.arm.remark(),
        details={
            **claim.arm.counts(policy.disclosure.minimum_count),
            **claim.details,
            "confidence": 1 - 2 * policy.robustness_level,
        },
        required=policy.robustness.asks_for(claim.name, verdict),
    )
