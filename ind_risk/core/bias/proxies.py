"""How well the features give a majority nationality away, one by one and together.

A model that never sees nationality can still rank by it, if its features tell who is who.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.auc import auc_interval
from ind_risk.core.accuracy.rates import Interval
from ind_risk.core.bias.proxy_scores import Drawn, drawn, joint_scores, single_aucs
from ind_risk.core.bias.wording import codes, confidence
from ind_risk.core.findings import Finding, judge_bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy
    from ind_risk.core.training.encoding import Feature

CHECK = "bias_alternatives"
CLAIM = "nationality_given_away"
GIVEN_AWAY = 0.70
"""AUC from which a nationality counts as given away.

Below 0.7 discrimination is "poor … not much better than a coin toss", from 0.7 on "acceptable"
(Hosmer, Lemeshow and Sturdivant, 2013, Applied Logistic Regression, third edition, section 5.2.4).
With normal scores it means that two groups lie three quarters of a standard deviation apart: half
of the group are then among the highest quarter of the others.
"""
_NAMED = 3
_FEWEST = 10  # sponsors inside and outside a group, in each half


def proxy_findings(
    *,
    member: Membership,
    features: pd.DataFrame,
    specs: Sequence[Feature],
    policy: Policy,
    seed: int,
) -> list[Finding]:
    """One finding for each group that reaches the minimum; at least one whatever comes in.

    The claim is "the features together do not give the group away": the AUC of a score that they
    predict is below `GIVEN_AWAY`. Established if the upper bound of the interval is, refuted if the
    lower bound is not. The score is fitted on one half of the sponsors and judged on the other, and
    the other way round, so that nothing is learned by heart.

    Args:
        member: sponsors and their groups; those with migrants are compared.
        features: one row a sponsor of `member`, in its order, with the columns of `specs`.
        specs: the features to look at: those that the model reads.
        policy: level of one look, smallest count to be shown, and whether the claim is asked for.
        seed: of the halves, and of the sample where sponsors are many.

    Returns:
        Findings of the check "bias_alternatives", with the AUC of every feature in the details.
    """
    wrong = _wrong(member, features, specs)
    if wrong is not None:
        return [_nothing("all", wrong, policy)]
    groups = np.flatnonzero(member.grouping.assessable)
    sample = drawn(member.group, member.compared, groups, seed=seed)
    alone = single_aucs(features, specs, sample)
    scores = joint_scores(features, specs, sample)
    found = []
    for k, g in enumerate(groups):
        subject, label = member.subject(member.grouping.names[g]), member.label(int(g))
        if (few := _few(sample, k)) is not None:
            found.append(_nothing(subject, few, policy))
            continue
        interval = halves_interval(scores[:, k], sample, group=k, alpha=policy.bias.level)
        strongest = dict(zip((s.name for s in specs), alone[:, k].tolist(), strict=True))
        n = int((member.group == g).sum())
        found.append(_finding(subject, label, interval, strongest, n, policy))
    return found


def halves_interval(
    score: NDArray[np.float64], sample: Drawn, *, group: int, alpha: float
) -> Interval:
    """Mean of the AUCs of both halves, and its interval; each limit errs at most at `alpha`.

    Limits of a mean from the limits of its parts: Zou and Donner (2008), Statistics in Medicine
    27:1693, equation 7.

    Args:
        score: shape (m,), to be compared within a half only.
        sample: the sponsors, at least one in and one outside the group in each half.
        group: number of the group.
        alpha: one-sided level of each limit.
    """
    parts = []
    for half in (0, 1):
        here = sample.half == half
        inside = (sample.group[here] == group).astype(float)
        weight = sample.weight[here]
        parts.append(auc_interval(score=score[here], outcome=inside, weight=weight, alpha=alpha))
    estimate = (parts[0].estimate + parts[1].estimate) / 2
    below = hypot(*(p.estimate - p.low for p in parts)) / 2
    above = hypot(*(p.high - p.estimate for p in parts)) / 2
    return Interval(estimate, estimate - below, estimate + above)


def _wrong(member: Membership, features: pd.DataFrame, specs: Sequence[Feature]) -> str | None:
    """Why nothing can be said, as a sentence; None if something can."""
    if len(features) != len(member.group):
        return "The features are not of the sponsors that are audited."
    if not specs:
        return "The model reads no feature."
    missing = [s.name for s in specs if s.name not in features.columns]
    if missing:
        return f"The features {codes(missing)} are missing."
    if not member.grouping.assessable.any():
        return "No group of sponsors is large enough to be told from others."
    return None


def _few(sample: Drawn, group: int) -> str | None:
    """Why a group cannot be told from the others, None if it can."""
    for half in (0, 1):
        inside = sample.group[sample.half == half] == group
        if min(inside.sum(), (~inside).sum()) < _FEWEST:
            return "Too few sponsors are in the group, or are not, to learn on one half of them."
    return None


def _finding(
    subject: str,
    label: str,
    interval: Interval,
    alone: dict[str, float],
    n: int,
    policy: Policy,
) -> Finding:
    verdict = judge_bound(low=-interval.high, high=-interval.low, at_least=-GIVEN_AWAY)
    strongest = sorted(alone.items(), key=lambda item: -item[1])[:_NAMED]
    minimum = policy.disclosure.minimum_count
    return Finding(
        check=CHECK, claim=CLAIM, subject=subject, verdict=verdict,
        estimate=interval.estimate, low=interval.low, high=interval.high, margin=GIVEN_AWAY,
        n=n if n >= minimum else None, required=policy.bias.asks_for(CLAIM),
        sentence=_sentence(label, interval, strongest, verdict, n, policy),
        details={
            "confidence": 1 - 2 * policy.bias.level,
            "auc_of_each_feature": dict(sorted(alone.items(), key=lambda item: -item[1])),
            "method": "ridge regression on deciles and categories, cross-fitted on two halves",
        },
    )  # fmt: skip


def _sentence(
    label: str,
    interval: Interval,
    strongest: Sequence[tuple[str, float]],
    verdict: Verdict,
    n: int,
    policy: Policy,
) -> str:
    named = codes([f"{name} ({_auc(value)})" for name, value in strongest])
    end = {
        "established": "below",
        "refuted": "above",
    }.get(verdict, "around")
    told = {
        "established": "The nationality is not given away: established.",
        "refuted": "The nationality is given away: refuted.",
    }.get(verdict, _wanted(interval, n))
    return (
        f"The features together tell sponsors {label} from others with an AUC of "
        f"{_auc(interval.estimate)} ({confidence(1 - 2 * policy.bias.level)} interval "
        f"{_auc(interval.low)} to {_auc(interval.high)}; 0.5 is chance), {end} the bound of "
        f"{GIVEN_AWAY:.2f}. Alone the strongest {'is' if len(strongest) == 1 else 'are'} {named}. "
        f"{told}"
    )


def _wanted(interval: Interval, n: int) -> str:
    """What would decide it, by the distance to the bound that the interval has to be short of."""
    reach = max(interval.high - interval.estimate, interval.estimate - interval.low)
    short = abs(interval.estimate - GIVEN_AWAY)
    text = "Whether the nationality is given away cannot be told: insufficient data"
    if short < reach / 100:
        return f"{text}; it lies so close to the bound that no number of sponsors would tell."
    return f"{text}; about {n * (reach / short) ** 2:,.0f} sponsors in the group would tell."


def _auc(value: float) -> str:
    """Three digits where two would put it on the bound."""
    return f"{value:.3f}" if f"{value:.2f}" == f"{GIVEN_AWAY:.2f}" else f"{value:.2f}"


def _nothing(subject: str, why: str, policy: Policy) -> Finding:
    return Finding(
        check=CHECK, claim=CLAIM, subject=subject, verdict="insufficient_data", estimate=None,
        low=None, high=None, margin=GIVEN_AWAY, n=None, required=policy.bias.asks_for(CLAIM),
        sentence=f"{why} Insufficient data; features of the scored sponsors and groups of at "
        f"least {policy.bias.minimum_group_sponsors:,} sponsors are needed.",
    )  # fmt: skip
