"""Two shares with bounds: how much of non-compliance band high holds, and how much is in band low.

Both come from the random arm with exact limits, since either may rest on few findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.accuracy.claims import Claim
from ind_risk.core.accuracy.coarse import ROUNDED, coarse_interval, few_found
from ind_risk.core.accuracy.planning import needed
from ind_risk.core.accuracy.planning_shares import inspections_for_low_band, inspections_for_recall
from ind_risk.core.accuracy.random_arm import cannot_judge
from ind_risk.core.accuracy.random_arm import shown as shown_count
from ind_risk.core.accuracy.rates import Interval
from ind_risk.core.sampling.estimates import korn_graubard, survey_proportion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.estimates import Proportion


def recall_at_capacity(arm: RandomArm, policy: Policy) -> Finding:
    """Share of non-compliant sponsors that are in band high, at least `recall_at_least`."""
    bound, n_needed = policy.accuracy.recall_at_least, inspections_for_recall(policy)
    what = f"that at least {100 * bound:.1f} % of non-compliant sponsors are in band high"
    claim = Claim(
        name="recall_at_capacity",
        bound=bound,
        arm=arm,
        policy=policy,
        shows=needed(n_needed, what),
        details={"inspections_needed": n_needed},
    )
    in_high, bad = arm.band == "high", arm.outcome > 0
    if reason := cannot_judge(arm) or _without_contrast(in_high):
        return claim.without(reason)
    inside = in_high[bad].astype(float)
    found = survey_proportion(outcome=inside, weight=arm.weight[bad])
    if found is None:
        return claim.without(f"None of {arm.n:,} random inspections found non-compliance.")
    # Where somebody is unseen two limits are joined, and each has half of the level.
    alpha = policy.accuracy_level / (2 if arm.unseen else 1)
    exact = _worst_recall(arm, korn_graubard(found, alpha=alpha), alpha)
    shown = exact
    if few := few_found(inside, policy.disclosure.minimum_count):
        shown = coarse_interval(found, alpha=alpha, minimum=policy.disclosure.minimum_count)
        shown = _worst_recall(arm, shown, alpha)
    return claim.judged(
        exact,
        f"{claim.said_per_cent(shown)} of non-compliant sponsors are in band high; at least "
        f"{100 * bound:.1f} % is asked",
        shown=shown,
        remark=ROUNDED if few else "",
    )


def low_band_rate(arm: RandomArm, policy: Policy) -> Finding:
    """Non-compliance rate in band low, at most `low_band_rate_at_most`."""
    bound, n_needed = policy.accuracy.low_band_rate_at_most, inspections_for_low_band(policy)
    claim = Claim(
        name="low_band_rate",
        bound=bound,
        arm=arm,
        policy=policy,
        shows=needed(n_needed, f"that at most {100 * bound:.1f} % in band low are non-compliant"),
        details={"inspections_needed": n_needed},
        at_most=True,
    )
    if reason := cannot_judge(arm):
        return claim.without(reason)
    low = arm.band == "low"
    found = _share(arm, low, silent=~_within(arm, ("high", "middle")))
    if found is None:
        return claim.without(f"None of {arm.n:,} random inspections is in band low.")
    alpha, minimum = policy.accuracy_level, policy.disclosure.minimum_count
    claim.details["in_band_low"] = shown_count(found.n, minimum)
    few = few_found(arm.outcome[low], minimum)
    exact = korn_graubard(found, alpha=alpha)
    shown = coarse_interval(found, alpha=alpha, minimum=minimum) if few else exact
    return claim.judged(
        exact,
        f"{claim.said_per_cent(shown)} of sponsors in band low are non-compliant; at most "
        f"{100 * bound:.1f} % is asked",
        shown=shown,
        remark=ROUNDED if few else "",
    )


def _without_contrast(in_high: NDArray[np.bool_]) -> str | None:
    if 0 < in_high.sum() < len(in_high):
        return None
    where = "outside band high" if in_high.any() else "in band high"
    return f"None of {len(in_high):,} random inspections is {where}."


def _within(arm: RandomArm, bands: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which inspections that nobody stands for are of these bands."""
    import numpy as np

    return np.array([b in bands for b in arm.silent_band], dtype=bool)


def _share(
    arm: RandomArm, rows: NDArray[np.bool_], *, silent: NDArray[np.bool_]
) -> Proportion | None:
    """Rate of some inspections, with the weight of those that nobody stands for as unseen."""
    weight = arm.weight[rows]
    nobody = float(arm.silent_weight[silent].sum())
    total = float(weight.sum()) + nobody
    return survey_proportion(
        outcome=arm.outcome[rows], weight=weight, unseen=nobody / total if nobody else 0.0
    )


def _worst_recall(arm: RandomArm, found: Interval, alpha: float) -> Interval:
    """Recall where the sponsors that nobody stands for are non-compliant: all missed, or all found.

    A sponsor without a band may be in any. The fewer non-compliant there are besides, the more the
    others matter, so the lower limit of their rate is taken.
    """
    if not arm.unseen:
        return found
    answered = float(arm.weight.sum())
    missed = float(arm.silent_weight[~_within(arm, ("high",))].sum()) / answered
    caught = float(arm.silent_weight[~_within(arm, ("middle", "low"))].sum()) / answered
    overall = survey_proportion(outcome=arm.outcome, weight=arm.weight)
    least = 0.0 if overall is None else korn_graubard(overall, alpha=alpha).low
    low = found.low * least / (least + missed) if missed else found.low
    high = (found.high * least + caught) / (least + caught) if caught else found.high
    return Interval(found.estimate, min(low, found.estimate), max(high, found.estimate))
