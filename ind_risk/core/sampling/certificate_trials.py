"""Trials of a plan: outcomes by its assumption, a sample by its numbers, the real evaluation.

What a claim is judged by are the parts that the findings consist of, without their words: that both
establish the same is tested.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.auc import auc_interval
from ind_risk.core.accuracy.lift import lift_interval
from ind_risk.core.accuracy.random_arm import random_arm
from ind_risk.core.accuracy.rates import newcombe_difference, quantile, weighted_rate
from ind_risk.core.bias.audited import audited
from ind_risk.core.bias.error_rates import FALSE_POSITIVE
from ind_risk.core.bias.error_rates import random_arm as parity_arm
from ind_risk.core.bias.outcome_cells import as_known, completed_rates, constant, tables
from ind_risk.core.bias.population import population
from ind_risk.core.bias.score_test import called_equivalent
from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.estimates import korn_graubard, survey_proportion
from ind_risk.core.sampling.strata import NO_MAJORITY, NO_MIGRANTS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.accuracy.rates import Interval, Rate
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.plan import SamplePlan

    Floats = NDArray[np.float64]
    Names = tuple[str, str]  # of a claim and its subject

_NOBODY = "In a trial of the plan nobody answered in a band; draw a larger sample of it."


def people_of(plan: SamplePlan) -> Population:
    """Sponsors in the plan's order; a group is one nationality."""
    import pandas as pd

    strata = plan.truth.strata
    entries = [
        (sponsor, nationality, 1)
        for sponsor, group in zip(strata.sponsor_id, strata.group, strict=True)
        if group != NO_MIGRANTS
        for nationality in (("IND", "CHN") if group == NO_MAJORITY else (group,))
    ]
    scores: dict[str, Any] = {
        "sponsor_id": strata.sponsor_id, "score": strata.score, "band": strata.band
    }  # fmt: skip
    columns = ["sponsor_id", "nationality", "migrants"]
    return population(
        scores=pd.DataFrame(scores), composition=pd.DataFrame(entries, columns=columns)
    )


def established(
    plan: SamplePlan,
    *,
    total: int,
    trials: int,
    rng: np.random.Generator,
    said: Callable[[int], None] | None = None,
) -> dict[Names, int]:
    """Trials in which each (claim, subject) is established; claims that never are, are left out.

    Args:
        plan: what is drawn, and what is true.
        total: sponsors to be drawn, along the plan's path.
        trials: how many.
        rng: of who is drawn, who answers and what is found.
        said: told of the number of trials that are done.
    """
    hits: Counter[Names] = Counter()
    people, n = people_of(plan), plan.path.at(total)
    for trial in range(trials):
        judged = outcomes(plan, n, rng)
        hits.update(accuracy_shown(plan, judged))
        hits.update(parity_shown(people, judged, plan.policy))
        if said is not None:
            said(trial + 1)
    return dict(hits)


def outcomes(plan: SamplePlan, n: NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
    """A judging table: who was drawn, who answered, and what was found.

    Args:
        plan: strata, rates and response.
        n: sponsors to be drawn from each stratum, shape (H,).
        rng: of all of it.
    """
    import pandas as pd

    truth, strata = plan.truth, plan.truth.strata
    order = np.lexsort((rng.random(len(strata.of)), strata.of))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(
        np.cumsum(strata.size) - strata.size, strata.size
    )
    drawn = place < n[strata.of]
    label = np.where(rng.random(len(order)) < truth.rate, "non_compliant", "compliant")
    label = label.astype(object)
    label[rng.random(len(order)) >= truth.response] = "unobserved"
    label[~drawn] = None
    chance = np.where(drawn, (n / strata.size)[strata.of], np.nan)
    columns: dict[str, Any] = {
        "score": strata.score, "band": strata.band, "audit_label": label,
        "audit_inclusion_probability": chance, "label": "unobserved",
        "never_intervened": strata.untouched,
    }  # fmt: skip
    return pd.DataFrame(columns)


def accuracy_shown(plan: SamplePlan, judged: pd.DataFrame) -> list[Names]:
    """What the parts of the accuracy evaluation establish."""
    policy, rule = plan.policy, plan.policy.accuracy
    arm = random_arm(judged)
    y, w, high, bad = arm.outcome, arm.weight, arm.band == "high", arm.outcome > 0
    auc = auc_interval(score=arm.score, outcome=y, weight=w, alpha=policy.accuracy_level)
    rates = {b: _rate(y, w, arm.band == b) for b in ("high", "middle", "low")}
    rest, share = _rate(y, w, ~high), _rate(high.astype(float), w, np.ones_like(high))
    z = quantile(policy.accuracy_level, rates["high"].effective, rest.effective)
    lift = lift_interval(high=rates["high"], rest=rest, share=share, z=z)
    low = arm.band == "low"
    never = random_arm(judged[judged["never_intervened"].to_numpy(dtype=bool)])
    worst = policy.robustness.never_intervened_failing_at_most
    limits = {
        "recall": _limits(high[bad].astype(float), w[bad], policy.accuracy_level),
        "low": _limits(y[low], w[low], policy.accuracy_level),
        "never": _limits(never.outcome, never.weight, policy.robustness_level),
    }
    shown = {
        ("auc", "all"): auc.low >= rule.auc_at_least,
        ("precision_lift_at_capacity", "all"): lift.low >= rule.precision_lift_at_least,
        ("recall_at_capacity", "all"): limits["recall"].low >= rule.recall_at_least,
        ("low_band_rate", "all"): limits["low"].high <= rule.low_band_rate_at_most,
        ("never_intervened_failing", "never intervened against"): limits["never"].high <= worst,
    }
    for a, b in (("high", "middle"), ("middle", "low")):
        z = quantile(policy.band_order_level, rates[a].effective, rates[b].effective)
        found = newcombe_difference(rates[a], rates[b], z=z)
        shown[f"{a}_above_{b}", f"{a} vs {b}"] = found.low > 0
    return [key for key, yes in shown.items() if yes]


def _rate(y: Floats, w: Floats, at: NDArray[np.bool_]) -> Rate:
    rate = weighted_rate(y[at], w[at])
    if rate is None:
        raise IndRiskError(_NOBODY)
    return rate


def _limits(y: Floats, w: Floats, alpha: float) -> Interval:
    found = survey_proportion(outcome=y, weight=w)
    if found is None:
        raise IndRiskError(_NOBODY)
    return korn_graubard(found, alpha=alpha)


def parity_shown(people: Population, judged: pd.DataFrame, policy: Policy) -> list[Names]:
    """The groups that error parity judges, and whose false-positive rates it calls equivalent."""
    arm, level = parity_arm(people, audited(judged), FALSE_POSITIVE, policy), policy.bias.level
    own, others = arm.own.of(arm.judged), arm.others.of(arm.judged)
    first, second = (
        completed_rates(
            as_known(c), FALSE_POSITIVE.measure, filled=constant(np.zeros(2), c),
            arm=own.plus(others), level=level / 2,
        )
        for c in (own, others)
    )  # fmt: skip
    margin = policy.bias.false_positive_margin
    called = called_equivalent(**tables(first, second), margin=margin, alpha=level)
    names = [arm.members.grouping.names[g] for g in np.flatnonzero(arm.judged)]
    return [(FALSE_POSITIVE.claim, name) for name, yes in zip(names, called, strict=True) if yes]
