"""The smallest stratified random sample by which every claim that can be decided is decided.

How it is found:

1. Strata, and what is taken to be true of each sponsor (`assumption`).
2. A claim without its power even if everybody is drawn is set aside, with the reason; so is one
   that the policy only reports.
3. The shape: Neyman's allocation for the overall rate to start with, then the smallest allocation
   under the constraints of all claims (`allocation.optimal`), made twice: the second time with the
   approximations of the first corrected by the exact powers there.
4. The size: along the `Path` of that shape, which begins with the policy's minimum in every
   stratum, the smallest total at which every claim has its power, by bisection.

All numbers are of sponsors to be drawn; of these the policy's response rate is expected back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.planning import AUC, PREVALENCE
from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.assumption import assumption_said, planned_rates
from ind_risk.core.sampling.claims import Truth
from ind_risk.core.sampling.required import (
    CHECKS,
    Groups,
    Wanted,
    asked,
    groups_of,
    questions_of,
)
from ind_risk.core.sampling.solve import best_path, smallest_total, total_for_overall_rate
from ind_risk.core.sampling.strata import Key, strata_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.allocation import Path
    from ind_risk.core.sampling.claims import Claim, Question

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplePlan:
    """What to draw and what it will decide.

    Args:
        truth: frame and assumption.
        assumption: completes "…, if".
        policy: by which it was made.
        groups: that error parity is to judge.
        checks, inspections: planned for, as in `plan_sample`.
        questions: the claims.
        unattainable: claims that no sample of this frame establishes, with the reason.
        existing: random inspections with a known outcome that are already there, shape (H,).
        path: allocations of every total.
        total: sponsors to be drawn.
        first_total: of these in a first phase; None if there is one phase only.
    """

    truth: Truth
    assumption: str
    policy: Policy
    groups: Groups
    checks: tuple[str, ...]
    inspections: int | None
    questions: tuple[Question, ...]
    unattainable: Mapping[Claim, str]
    existing: Ints
    path: Path
    total: int
    first_total: int | None

    @property
    def drawn(self) -> Ints:
        """Sponsors to be drawn from each stratum, shape (H,)."""
        return self.path.at(self.total)

    @property
    def allocation(self) -> dict[Key, int]:
        """Sponsors to be drawn by stratum."""
        return dict(zip(self.truth.strata.keys, self.drawn.tolist(), strict=True))

    @property
    def first_phase(self) -> dict[Key, int] | None:
        """The first phase by stratum, a part of `allocation`; None if there is none."""
        if self.first_total is None:
            return None
        numbers = self.path.at(self.first_total).tolist()
        return dict(zip(self.truth.strata.keys, numbers, strict=True))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, those that cannot be established included."""
        return tuple(claim for q in self.questions for claim in q.claims)

    @property
    def capped(self) -> tuple[Key, ...]:
        """Strata of which everybody is drawn who was not inspected yet."""
        strata = self.truth.strata
        full = self.drawn >= strata.size - self.existing
        return tuple(key for key, at in zip(strata.keys, full, strict=True) if at)

    def outcomes(self, total: int) -> Floats:
        """Known outcomes to be expected in each stratum if so many are drawn, shape (H,)."""
        return self.existing + self.truth.response * self.path.at(total)

    def power(self, total: int | None = None) -> dict[Claim, float]:
        """Power of each claim if so many are drawn, by default as many as planned."""
        n = self.outcomes(self.total if total is None else total)
        values = [float(p) for q in self.questions for p in q.power(n)]
        return dict(zip(self.claims, values, strict=True))

    def design_effect(self) -> dict[Claim, float]:
        """How much wider than equal weights the plan makes what each claim rests on."""
        n = self.outcomes(self.total)
        values = [float(d) for q in self.questions for d in q.design_effect(n)]
        return dict(zip(self.claims, values, strict=True))


def plan_sample(
    *,
    frame: pd.DataFrame,
    policy: Policy,
    prevalence: float = PREVALENCE,
    auc: float = AUC,
    trust: float = 0.0,
    existing: Mapping[Key, int] | None = None,
    checks: Collection[str] = CHECKS,
    groups: Wanted = "all",
    migrants: Mapping[str, float] | None = None,
    inspections_for_inspectors: int | None = None,
    first_phase: float | None = None,
    spent: Mapping[Key, int] | None = None,
) -> SamplePlan:
    """Plan a stratified random audit sample.

    Args:
        frame: as for `strata_of`.
        policy: claims, strata, power, response rate, smallest stratum.
        prevalence, auc, trust: the assumption, as in `planned_rates`.
        existing: random inspections with a known outcome by stratum that will judge as well.
        checks: that are planned for; all by default.
        groups, migrants: as in `groups_of`.
        inspections_for_inspectors: outcomes that the inspector effect needs in all.
        first_phase: share of the sample that is drawn first, above 0 and below 1; `second_phase`
            then plans the rest anew. Each phase that is evaluated is a look, and the policy allows
            few of them: one phase is therefore the default.
        spent: sponsors by stratum that are drawn for another purpose and cannot be drawn to judge.

    Raises:
        IndRiskError: if the frame or an argument cannot be used.
    """
    strata = strata_of(frame, policy.sampling.strata)
    rate = planned_rates(strata.score, prevalence=prevalence, auc=auc, trust=trust)
    truth = Truth(strata=strata, rate=rate, response=policy.sampling.response_rate)
    return solved(
        truth=truth,
        assumption=assumption_said(prevalence, auc, trust),
        policy=policy,
        groups=groups_of(strata, policy, wanted=groups, migrants=migrants),
        checks=tuple(checks),
        inspections=inspections_for_inspectors,
        existing=strata.counts(existing),
        gone=strata.counts(existing) + strata.counts(spent),
        first_phase=first_phase,
    )


def solved(
    *,
    truth: Truth,
    assumption: str,
    policy: Policy,
    groups: Groups,
    checks: tuple[str, ...],
    inspections: int | None,
    existing: Ints,
    gone: Ints,
    first_phase: float | None,
) -> SamplePlan:
    """The plan for an assumption; see the top of this module for how.

    Args:
        gone: sponsors of each stratum that cannot be drawn any more, shape (H,).
        truth, assumption, policy, groups, checks, inspections, existing: as in `SamplePlan`.
        first_phase: as in `plan_sample`.
    """
    if first_phase is not None and not 0 < first_phase < 1:
        raise IndRiskError(f"The first phase is {first_phase} of the sample; expected 0 to 1.")
    questions = questions_of(truth, policy, groups, checks=checks, inspections=inspections)
    target, most = policy.sampling.power, truth.strata.size - gone
    census = [q.power(existing + truth.response * most) for q in questions]
    attained = [power >= target for power in census]
    wanted = [a & asked(q, policy) for q, a in zip(questions, attained, strict=True)]
    path = best_path(truth, policy, questions, wanted, existing=existing, most=most)
    total = smallest_total(path, questions, wanted, existing, truth.response, target)
    total = max(total, min(total_for_overall_rate(truth, policy, existing), path.most))
    return SamplePlan(
        truth=truth, assumption=assumption, policy=policy, groups=groups, checks=checks,
        inspections=inspections, questions=questions, existing=existing, path=path, total=total,
        unattainable=_unattainable(questions, attained, existing + truth.response * most),
        first_total=None if first_phase is None else round(first_phase * total),
    )  # fmt: skip


def _unattainable(
    questions: tuple[Question, ...], attained: list[NDArray[np.bool_]], census: Floats
) -> dict[Claim, str]:
    return {
        claim: reason
        for q, kept in zip(questions, attained, strict=True) if not kept.all()
        for claim, reason, good in zip(q.claims, q.why_not(census), kept, strict=True) if not good
    }  # fmt: skip
