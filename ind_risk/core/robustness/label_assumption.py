"""The check "label_assumption": may whoever was never intervened against count as compliant?

Only random inspections can tell: whom the service chose to visit says nothing of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.accuracy.coarse import ROUNDED, coarse_interval, few_found
from ind_risk.core.accuracy.planning_shares import trials_for_bound
from ind_risk.core.accuracy.random_arm import cannot_judge, random_arm, shown
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, judge_bound
from ind_risk.core.sampling.estimates import korn_graubard, survey_proportion

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.accuracy.rates import Interval
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.estimates import Proportion

CHECK = "label_assumption"
RESTS, FAILING = "rests_on_assumption", "never_intervened_failing"
ASSUMING = "assume_compliant"


def label_assumption_findings(
    *, judged: pd.DataFrame, assumed_rows: int, policy: Policy
) -> list[Finding]:
    """Judge whether the model rests on an assumption, and whether that holds; two findings.

    - "rests_on_assumption", about the policy's label strategy: established where no training row
      was taken to be compliant without an inspection. Otherwise its verdict is the other finding's.
    - "never_intervened_failing": the share of non-compliance among sponsors that were never
      intervened against, by the random arm, is at most `never_intervened_failing_at_most`. It must
      be green where the model rests on the assumption. Where it does not, the finding counts only
      if it is refuted: then more of these sponsors fail than the policy puts up with, so what the
      service itself selects misses them, and neither the labels of its own choosing nor a worklist
      made of them can be relied on, whatever the strategy. `[robustness]` of the policy may ask for
      less of this second finding, not of the first.

    Args:
        judged: one row a recognised sponsor at the judging date: never_intervened, audit_label
            (null: no random inspection), audit_inclusion_probability, score, band; a sponsor
            without a score counts all the same.
        assumed_rows: training rows that were taken to be compliant without an inspection; rows that
            only count as unlabelled are none of them.
        policy: strategy, bound, level, planned power, smallest count to be shown.

    Returns:
        Both findings, in this order.

    Raises:
        IndRiskError: if a column is missing.
    """
    rests = policy.labels.strategy == ASSUMING or assumed_rows > 0
    failing = _failing(judged, policy, rests=rests)
    return [_rests(failing, assumed_rows, policy, rests=rests), failing]


def _rests(failing: Finding, assumed_rows: int, policy: Policy, *, rests: bool) -> Finding:
    """What the strategy assumes: nothing, or what the other finding judges."""
    name, minimum = policy.labels.strategy, policy.disclosure.minimum_count
    if not rests:
        return Finding(
            check=CHECK, claim=RESTS, subject=name, verdict="established",
            estimate=0.0, low=0.0, high=0.0, margin=None, n=None,
            sentence=f"By the label strategy {name} no training row is taken to be compliant "
            "without an inspection: this model does not rest on that assumption.",
            details={"assumed_rows": 0},
        )  # fmt: skip
    rows = f"{assumed_rows:,}" if assumed_rows >= minimum else f"fewer than {minimum:,}"
    ends = {"established": "is shown", "refuted": "is refuted"}
    return Finding(
        check=CHECK, claim=RESTS, subject=name, verdict=failing.verdict,
        estimate=failing.estimate, low=failing.low, high=failing.high, margin=failing.margin,
        n=failing.n,
        sentence=f"By the label strategy {name} {rows} training rows of sponsors that were never "
        "intervened against are taken to be compliant without an inspection, and that few of them "
        f"fail {ends.get(failing.verdict, 'is neither shown nor refuted')}. {failing.sentence}",
        details={**failing.details, "assumed_rows": shown(assumed_rows, minimum)},
    )  # fmt: skip


def _failing(judged: pd.DataFrame, policy: Policy, *, rests: bool) -> Finding:
    if "never_intervened" not in judged.columns:
        raise IndRiskError(
            "The judged sponsors have no column 'never_intervened'; make labels again."
        )
    never = judged[judged["never_intervened"].isin([True])]
    # The claim is about sponsors, whatever a model says of them, so nobody is left out for that.
    arm = random_arm(never.assign(score=0.0, band="low"))
    found = survey_proportion(outcome=arm.outcome, weight=arm.weight, unseen=arm.unseen)
    if found is None:
        reason = cannot_judge(arm) or "No random inspection has a known outcome."
        bound, alpha = policy.robustness.never_intervened_failing_at_most, policy.robustness_level
        plan = _plan(None, bound, alpha, policy, design_effect=1.0)
        return _finding(arm, policy, rests=rests, sentence=_of_never(reason) + plan.sentence,
                        details=plan.details)  # fmt: skip
    return _judged(arm, found, policy, rests=rests)


def _judged(arm: RandomArm, found: Proportion, policy: Policy, *, rests: bool) -> Finding:
    bound, alpha = policy.robustness.never_intervened_failing_at_most, policy.robustness_level
    minimum = policy.disclosure.minimum_count
    exact, few = korn_graubard(found, alpha=alpha), few_found(arm.outcome, minimum)
    said = coarse_interval(found, alpha=alpha, minimum=minimum) if few else exact
    verdict = judge_bound(low=-exact.high, high=-exact.low, at_least=-bound)
    plan = _plan(
        None if few else found.value, bound, alpha, policy,
        design_effect=sum(found.squares) * found.n,
    )  # fmt: skip
    number = f"{arm.n:,}" if arm.n >= minimum else f"fewer than {minimum:,}"
    ends = {"established": ", and shown.", "refuted": ", and refuted."}
    sentence = (
        f"On {number} random inspections of sponsors that were never intervened against, "
        f"{100 * said.estimate:.1f} % ({100 * (1 - 2 * alpha):.0f} % interval {100 * said.low:.1f} "
        f"to {100 * said.high:.1f} %) are non-compliant; at most {100 * bound:.1f} % is asked"
    )
    sentence += ends.get(verdict, f", which they neither show nor refute.{plan.sentence}")
    details = {
        **plan.details, "confidence": 1 - 2 * alpha, "rounded": few,
        "effective_size": None if few else found.effective, "unseen_share": found.unseen,
        "method": "Hájek; Korn and Graubard (1998), at least as wide as Fay and Feuer (1997)",
    }  # fmt: skip
    return _finding(
        arm, policy, rests=rests, sentence=sentence + (ROUNDED if few else ""), details=details,
        said=said, verdict=verdict,
    )  # fmt: skip


def _finding(
    arm: RandomArm,
    policy: Policy,
    *,
    rests: bool,
    sentence: str,
    details: dict[str, Any],
    said: Interval | None = None,
    verdict: Verdict = "insufficient_data",
) -> Finding:
    minimum = policy.disclosure.minimum_count
    asked = policy.robustness.asks_for(FAILING, verdict)
    return Finding(
        check=CHECK, claim=FAILING, subject="never intervened against", verdict=verdict,
        estimate=None if said is None else said.estimate,
        low=None if said is None else said.low,
        high=None if said is None else said.high,
        margin=policy.robustness.never_intervened_failing_at_most,
        n=shown(arm.n, minimum), sentence=sentence + arm.remark(),
        details={**arm.counts(minimum), **details},
        required=asked and (rests or verdict == "refuted"),
    )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """How many inspections would decide, as a sentence and for the details."""

    sentence: str
    details: dict[str, Any]


def _plan(
    estimate: float | None, bound: float, alpha: float, policy: Policy, *, design_effect: float
) -> _Plan:
    """Planned by the exact interval, for the estimate or, without, two thirds of the bound.

    Uneven weights need more inspections, by Kish's (1965) design effect n·Σw² / (Σw)².
    """
    share = 2 * bound / 3 if estimate is None else estimate
    trials = trials_for_bound(share, bound=bound, alpha=alpha, power=policy.sampling.power)
    supposed = (
        f"if {100 * share:.1f} % of them {'were' if estimate is None else 'are'} non-compliant"
    )
    details = {"share_supposed": share, "power": policy.sampling.power}
    if trials is None:
        return _Plan(
            f" No number of random inspections would decide {supposed}.",
            {"inspections_needed": None, **details},
        )
    needed = round(trials * max(design_effect, 1.0))
    return _Plan(
        f" About {needed:,} random inspections of such sponsors with a known outcome would decide "
        f"in {100 * policy.sampling.power:.0f} % of cases {supposed}.",
        {"inspections_needed": needed, **details},
    )


def _of_never(reason: str) -> str:
    return f"Of the sponsors that were never intervened against: {reason[0].lower()}{reason[1:]}"
