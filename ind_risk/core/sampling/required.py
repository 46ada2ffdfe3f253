"""Which claims a sample is planned for: those that the policy asks for and a sample can decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ind_risk.core.bias.error_rates import CHECK as PARITY
from ind_risk.core.errors import IndRiskError
from ind_risk.core.robustness.inspector_effect import CHECK as INSPECTORS
from ind_risk.core.robustness.inspector_effect import CLAIM as SPREAD
from ind_risk.core.robustness.label_assumption import ASSUMING, FAILING
from ind_risk.core.robustness.label_assumption import CHECK as LABELS
from ind_risk.core.sampling.claims import Claim
from ind_risk.core.sampling.claims_accuracy import (
    ACCURACY,
    ORDER,
    auc_claim,
    lift_claim,
    order_claim,
)
from ind_risk.core.sampling.claims_count import CountQuestion
from ind_risk.core.sampling.claims_coverage import COVERAGE, CoverageQuestion
from ind_risk.core.sampling.claims_parity import parity_question
from ind_risk.core.sampling.claims_share import ceiling_claim, recall_claim
from ind_risk.core.sampling.strata import NO_MAJORITY, NO_MIGRANTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.claims import Question, Truth
    from ind_risk.core.sampling.strata import Strata

Wanted = Literal["all", "coverage"]
CHECKS = (ACCURACY, ORDER, PARITY, COVERAGE.check, LABELS, INSPECTORS)
INSPECTED = Claim(INSPECTORS, SPREAD)


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Which groups the plan makes error parity judge.

    Args:
        asked: their names, from the largest to the smallest.
        left: all others, with the reason.
        coverage: share of migrants in the groups asked for; None if migrants were not given.
    """

    asked: tuple[str, ...]
    left: Mapping[str, str]
    coverage: float | None


def groups_of(
    strata: Strata, policy: Policy, *, wanted: Wanted, migrants: Mapping[str, float] | None
) -> Groups:
    """Choose the groups.

    Args:
        strata: the frame.
        policy: smallest size of a group, coverage asked for.
        wanted: "all" groups that selection parity judges, or as few of the groups with the most
            migrants as give the "coverage" that the policy asks for.
        migrants: of each group by name, counted by nationality wherever they work.

    Raises:
        IndRiskError: if coverage is wanted and the migrants are not given.
    """
    names, counts = np.unique(strata.group.astype(str), return_counts=True)
    size = {str(n): int(c) for n, c in zip(names, counts, strict=True)}
    size = {n: c for n, c in size.items() if n not in (NO_MIGRANTS, NO_MAJORITY)}
    least = policy.bias.minimum_group_sponsors
    left = {
        n: f"{c:,} sponsors; selection parity judges groups from {least:,}"
        for n, c in size.items() if c < least
    }  # fmt: skip
    large = sorted((n for n in size if n not in left), key=lambda n: (-size[n], n))
    if wanted == "coverage":
        if migrants is None:
            raise IndRiskError("Coverage is of migrants; give their number by group, or want all.")
        large, more = _covering(large, migrants, policy.bias.coverage_at_least)
        left |= dict.fromkeys(more, "the groups asked for cover migrants enough without it")
    return Groups(asked=tuple(large), left=left, coverage=coverage_of(large, migrants))


def coverage_of(groups: Collection[str], migrants: Mapping[str, float] | None) -> float | None:
    """Share of the migrants in some groups; None if migrants are not known."""
    if not migrants or sum(migrants.values()) <= 0:
        return None
    return sum(migrants.get(n, 0.0) for n in groups) / sum(migrants.values())


def _covering(
    names: list[str], migrants: Mapping[str, float], share: float
) -> tuple[list[str], list[str]]:
    ordered = sorted(names, key=lambda n: (-migrants.get(n, 0.0), n))
    for k in range(len(ordered)):
        if (coverage_of(ordered[:k], migrants) or 0.0) >= share:
            return ordered[:k], ordered[k:]
    return ordered, []


def questions_of(
    truth: Truth,
    policy: Policy,
    groups: Groups,
    *,
    checks: Collection[str],
    inspections: int | None,
) -> tuple[Question, ...]:
    """All claims to plan for.

    Args:
        truth: what is taken to be true.
        policy: bounds, margins, levels.
        groups: that error parity is to judge.
        checks: some of `CHECKS`.
        inspections: known outcomes that the inspector effect needs in all; None: not planned for.

    Raises:
        IndRiskError: for a check that no sample can be planned for.
    """
    if alien := sorted(set(checks) - set(CHECKS)):
        raise IndRiskError(
            f"No sample is planned for {alien[0]!r}; it can be for {', '.join(CHECKS)}."
        )
    made: list[Question] = []
    if ACCURACY in checks:
        made += [auc_claim(truth, policy), lift_claim(truth, policy), recall_claim(truth, policy)]
        made.append(_low_band(truth, policy))
    if ORDER in checks:
        made += [order_claim(truth, policy, *p) for p in (("high", "middle"), ("middle", "low"))]
    if groups.asked and {PARITY, COVERAGE.check} & set(checks):
        parity = parity_question(truth, groups.asked, policy)
        made += [parity] if PARITY in checks else []
        made += [CoverageQuestion(parity)] if COVERAGE.check in checks else []
    if LABELS in checks:
        made.append(_untouched(truth, policy))
    if INSPECTORS in checks and inspections is not None:
        made.append(CountQuestion(claim=INSPECTED, minimum=inspections, response=truth.response))
    return tuple(made)


def asked(question: Question, policy: Policy) -> NDArray[np.bool_]:
    """Which claims of a question the policy asks for, shape (k,); the others are only reported."""
    return np.array([_asked(claim, policy) for claim in question.claims], dtype=bool)


def _asked(claim: Claim, policy: Policy) -> bool:
    if claim.check == PARITY:
        return policy.bias.asks_for(claim.name)
    if claim.name == FAILING and policy.labels.strategy != ASSUMING:
        return False  # it then counts only if it is refuted
    if claim.check in (LABELS, INSPECTORS):
        return policy.robustness.asks_for(claim.name, "insufficient_data")
    return True


def _low_band(truth: Truth, policy: Policy) -> Question:
    return ceiling_claim(
        truth, truth.strata.band == "low",
        claim=Claim(ACCURACY, "low_band_rate"), alpha=policy.accuracy_level,
        bound=policy.accuracy.low_band_rate_at_most, who="in band low",
    )  # fmt: skip


def _untouched(truth: Truth, policy: Policy) -> Question:
    """Of all sponsors where the frame does not say who was intervened against: nearly all."""
    known = truth.strata.untouched
    return ceiling_claim(
        truth, np.ones(len(truth.rate), dtype=bool) if known is None else known,
        claim=Claim(LABELS, FAILING, "never intervened against"), alpha=policy.robustness_level,
        bound=policy.robustness.never_intervened_failing_at_most,
        who="never intervened against",
    )  # fmt: skip
