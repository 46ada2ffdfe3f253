"""Coverage as a claim of the plan: its chance agrees with drawing, and the plan pays for it."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.sampling.claims_coverage import COVERAGE, CoverageQuestion
from ind_risk.core.sampling.plan import SamplePlan, plan_sample
from ind_risk.core.sampling.required import CHECKS
from ind_risk_tests.core.sampling.example import SHIPPED, frame

FRAME = frame(n=10_000)


@pytest.fixture(scope="module")
def plan() -> SamplePlan:
    return plan_sample(frame=FRAME, policy=SHIPPED)


def question(plan: SamplePlan) -> CoverageQuestion:
    return next(q for q in plan.questions if isinstance(q, CoverageQuestion))


def test_the_plan_promises_it_and_drawing_keeps_the_promise(plan: SamplePlan) -> None:
    """Every group reaches its numbers in as many draws as promised, outcomes by chance."""
    asked, repeats = question(plan), 4_000
    promised = plan.power()[COVERAGE]
    assert promised >= SHIPPED.sampling.power
    rng = np.random.default_rng(5)
    chance = plan.truth.response * asked.parity.found  # (k, H): of a draw to be one that counts
    reached = np.ones(repeats, dtype=bool)
    for of_group in chance:
        counts = rng.binomial(plan.drawn, of_group, size=(repeats, len(of_group))).sum(axis=1)
        reached &= counts >= asked.parity.minimum
    error = np.sqrt(promised * (1 - promised) / repeats)
    assert abs(reached.mean() - promised) <= 4 * error + 0.002


def test_it_takes_a_little_more_than_each_group_for_itself(plan: SamplePlan) -> None:
    others = [c for c in CHECKS if c != COVERAGE.check]
    without = plan_sample(frame=FRAME, policy=SHIPPED, checks=others)
    assert COVERAGE not in without.power()
    assert without.total < plan.total < 1.05 * without.total


def test_where_a_group_is_too_small_it_is_set_aside_with_the_reason() -> None:
    few = frame(n=3_000, groups={"IND": 0.7, "CHN": 0.21, "": 0.09})
    made = plan_sample(frame=few, policy=SHIPPED, prevalence=0.6)
    assert "in group CHN" in made.unattainable[COVERAGE]
