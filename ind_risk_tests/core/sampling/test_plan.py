"""Plans: every claim gets its power, the impossible is named, more budget never decides less."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.errors import IndRiskError
from ind_risk.core.policy import Policy
from ind_risk.core.sampling.plan import SamplePlan, plan_sample
from ind_risk.core.sampling.price_list import decided_from, price_list
from ind_risk.core.sampling.second_phase import Observed, second_phase
from ind_risk_tests.core.sampling.example import SHIPPED, frame, with_sampling

TWO = {"": 0.1, "IND": 0.5, "CHN": 0.4}
TARGET = SHIPPED.sampling.power


def small_groups(policy: Policy = SHIPPED, **changes: Any) -> Policy:
    """The policy with small minimums, for small worlds."""
    bias = {"minimum_group_sponsors": 300, "minimum_group_audited": 100} | changes
    return replace(policy, bias=replace(policy.bias, **bias))


@cache
def shipped_plan() -> SamplePlan:
    return plan_sample(frame=frame(), policy=SHIPPED, inspections_for_inspectors=500)


def kept(plan: SamplePlan) -> None:
    """What holds of every plan."""
    size, rule = plan.truth.strata.size, plan.policy.sampling
    n = plan.drawn
    assert (n <= size - plan.existing).all()
    assert (n + plan.existing >= np.minimum(rule.minimum_per_stratum, size)).all()
    power = plan.power()
    for claim in plan.claims:
        asked = claim.name != "never_intervened_failing"
        assert not asked or claim in plan.unattainable or power[claim] >= rule.power


def test_the_shipped_plan() -> None:
    plan = shipped_plan()
    kept(plan)
    assert not plan.unattainable
    assert 2_000 < plan.total < 3_500
    assert len(plan.claims) == 6 + 6 + 1 + 1 + 1  # the last is coverage
    assert set(plan.groups.asked) == {"IND", "CHN", "TUR", "region:Europe", "USA", "other"}
    assert list(plan.groups.left) == ["ZAF"]
    assert "10 % of sponsors" in plan.assumption
    assert all(d > 0 for d in plan.design_effect().values())
    # One sponsor fewer, and a claim lacks power.
    fewer = plan.power(plan.total - 1)
    asked = [p for c, p in fewer.items() if c.name != "never_intervened_failing"]
    assert min(asked) < TARGET


def test_the_price_list_decides_more_for_more() -> None:
    lines = price_list(shipped_plan())
    drawn = [line.drawn for line in lines]
    assert drawn == sorted(drawn)
    assert drawn[:3] == [100, 200, 300]
    assert drawn[-1] >= shipped_plan().total
    decided = [len(line.decided) for line in lines]
    assert decided == sorted(decided)
    assert [line.drawn for line in lines if line.planned] == [shipped_plan().total]
    assert next(line for line in lines if line.planned).decided == shipped_plan().claims
    assert lines[0].below_minimum
    first = decided_from(lines)
    assert first[shipped_plan().claims[-1]] == 600  # 500 outcomes, of which 88 % come back
    assert all(f is not None and f <= shipped_plan().total for f in first.values())


def test_the_order_of_rows_is_of_no_effect() -> None:
    sponsors = frame(n=1_500, groups=TWO)
    made = plan_sample(frame=sponsors, policy=small_groups())
    again = plan_sample(frame=sponsors.sample(frac=1, random_state=2), policy=small_groups())
    assert made.allocation == again.allocation


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 99),
    share=st.floats(0.2, 0.8),
    prevalence=st.sampled_from([0.02, 0.1, 0.3]),
    auc=st.sampled_from([0.55, 0.7, 0.85]),
    minimum=st.sampled_from([1, 10, 60]),
)
def test_any_plan_keeps_its_bounds_and_its_promise(
    seed: int, share: float, prevalence: float, auc: float, minimum: int
) -> None:
    groups = {"": 0.1, "IND": 0.9 * share, "CHN": 0.9 * (1 - share)}
    policy = small_groups(with_sampling(minimum_per_stratum=minimum, price_step=150))
    plan = plan_sample(
        frame=frame(n=1_200, seed=seed, groups=groups), policy=policy, prevalence=prevalence,
        auc=auc,
    )  # fmt: skip
    kept(plan)
    decided = [set(line.decided) for line in price_list(plan) if not line.below_minimum]
    assert all(before <= after for before, after in pairwise(decided))


def test_what_no_sample_decides_is_named_with_the_reason() -> None:
    plan = plan_sample(
        frame=frame(n=900, groups=TWO), policy=small_groups(minimum_group_audited=400), auc=0.55,
        inspections_for_inspectors=10_000,
    )  # fmt: skip
    said = {claim.name: reason for claim, reason in plan.unattainable.items()}
    assert "the AUC is 0.55 and 0.60 is asked: the claim would be false" in said["auc"]
    assert "Too few sponsors" in said["false_positive_rate_difference"]
    assert "10,000 are asked" in said["inspector_spread"]
    assert "even if every sponsor were drawn" in said["high_above_middle"]
    # What is left still says what the overall rate is.
    assert plan.total >= 100


def test_a_group_that_the_model_singles_out_is_named() -> None:
    sponsors = frame(n=3_000, groups=TWO)
    sponsors.loc[sponsors["band"] == "high", "group"] = "CHN"
    plan = plan_sample(frame=sponsors, policy=small_groups())
    reasons = [r for c, r in plan.unattainable.items() if c.subject == "CHN"]
    assert len(reasons) == 1
    assert "the claim would be false" in reasons[0]


def test_groups_by_coverage_of_migrants() -> None:
    migrants = {
        "IND": 5_000.0, "CHN": 2_000.0, "TUR": 1_500.0, "USA": 600.0, "other": 500.0, "ZAF": 400.0
    }  # fmt: skip
    given: dict[str, Any] = {"frame": frame(), "policy": SHIPPED, "groups": "coverage"}
    plan = plan_sample(**given, migrants=migrants)
    assert plan.groups.asked == ("IND", "CHN", "TUR")
    assert plan.groups.coverage == pytest.approx(0.85)
    assert "without it" in plan.groups.left["USA"]
    assert plan.total < shipped_plan().total
    with pytest.raises(IndRiskError, match="migrants"):
        plan_sample(**given)


def test_non_response_is_drawn_for_up_to_everybody() -> None:
    sponsors = frame(n=3_000, groups=TWO)
    every, other = (small_groups(with_sampling(response_rate=r)) for r in (1.0, 0.5))
    all_answer = plan_sample(frame=sponsors, policy=every, auc=0.70)
    half = plan_sample(frame=sponsors, policy=other, auc=0.70)
    assert half.total > 1.6 * all_answer.total
    kept(half)
    full = set(half.capped)
    size = dict(zip(half.truth.strata.keys, half.truth.strata.size, strict=True))
    assert full == {key for key, n in half.allocation.items() if n == size[key]}


def test_inspections_that_are_there_already_count() -> None:
    sponsors = frame(n=3_000, groups=TWO)
    fresh = plan_sample(frame=sponsors, policy=small_groups(), auc=0.70)
    there = {key: n // 2 for key, n in fresh.allocation.items()}
    rest = plan_sample(frame=sponsors, policy=small_groups(), existing=there, auc=0.70)
    kept(rest)
    assert 0.4 * fresh.total < rest.total < 0.65 * fresh.total
    with pytest.raises(IndRiskError, match="no stratum"):
        plan_sample(frame=sponsors, policy=small_groups(), existing={("high", "?"): 1})


def test_only_the_checks_that_are_wanted_and_only_known_ones() -> None:
    sponsors = frame(n=2_000, groups=TWO)
    plan = plan_sample(frame=sponsors, policy=small_groups(), checks=["band_order"])
    assert {claim.check for claim in plan.claims} == {"band_order"}
    with pytest.raises(IndRiskError, match="planned for"):
        plan_sample(frame=sponsors, policy=SHIPPED, checks=["drift"])


def test_a_second_phase_learns_from_the_first() -> None:
    sponsors = frame(n=4_000, groups=TWO)
    plan = plan_sample(frame=sponsors, policy=small_groups(), first_phase=0.4)
    assert plan.first_phase is not None
    assert sum(plan.first_phase.values()) == round(0.4 * plan.total)
    rate = dict(zip(plan.truth.strata.keys, plan.truth.by_stratum, strict=True))

    def seen(times: float) -> dict[Any, Observed]:
        assert plan.first_phase is not None
        return {
            key: Observed(drawn=n, known=n, non_compliant=round(min(times * rate[key], 1.0) * n))
            for key, n in plan.first_phase.items()
        }

    as_assumed, rarer = second_phase(plan, seen(1.0)), second_phase(plan, seen(0.3))
    assert as_assumed.truth.by_stratum == pytest.approx(plan.truth.by_stratum, abs=0.03)
    assert rarer.truth.rate.mean() < 0.7 * plan.truth.rate.mean()
    for after in (as_assumed, rarer):
        kept(after)
        assert (after.drawn + after.existing <= after.truth.strata.size).all()
    whole = as_assumed.total + sum(plan.first_phase.values())
    assert 0.75 * plan.total < whole < 1.25 * plan.total
    with pytest.raises(IndRiskError, match="must not decrease"):
        second_phase(plan, {("high", "IND"): Observed(drawn=3, known=2, non_compliant=3)})
    with pytest.raises(IndRiskError, match="expected 0 to 1"):
        plan_sample(frame=sponsors, policy=small_groups(), first_phase=1.5)
