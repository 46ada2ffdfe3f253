"""Coverage: the share of migrants in judged groups, and by name whom nothing is said of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.coverage import Reach, coverage_findings
from ind_risk.core.bias.membership import membership
from ind_risk.core.policy import parse_policy
from ind_risk_tests.core.bias.test_membership import people

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")


@pytest.mark.parametrize(
    ("bound", "verdict"), [(0.8, "established"), (0.87, "refuted"), (0.99, "refuted")]
)
def test_the_share_is_the_one_counted_by_hand(bound: float, verdict: str) -> None:
    some = people()
    policy = replace(POLICY, bias=replace(POLICY.bias, coverage_at_least=bound))
    grouping = membership(some, share=0.5, minimum=600).grouping  # Western Africa is too small
    (found,) = coverage_findings(some, [Reach(hypothesis="h", grouping=grouping)], policy=policy)
    inside = sum(
        count
        for code, count in zip(some.code, some.migrants, strict=True)
        if some.codes[code] in ("IND", "TUR")
    )
    assert found.estimate == pytest.approx(inside / some.migrants.sum())
    assert found.verdict == verdict
    assert found.green == (verdict == "established")
    assert "GHA (" in found.sentence
    assert len(found.details["unassessable"]) == 3


def test_a_group_that_could_not_be_judged_does_not_count() -> None:
    some = people()
    grouping = membership(some, share=0.5, minimum=400).grouping
    whole, without = coverage_findings(
        some,
        [
            Reach(hypothesis="all", grouping=grouping),
            Reach(hypothesis="without", grouping=grouping, excluded=("IND",)),
        ],
        policy=POLICY,
    )
    assert whole.verdict == "established"
    assert without.verdict == "refuted"


def test_nobody_judged_is_insufficient() -> None:
    some = people()
    grouping = membership(some, share=0.5, minimum=10**6).grouping
    (found,) = coverage_findings(some, [Reach(hypothesis="h", grouping=grouping)], policy=POLICY)
    assert found.verdict == "insufficient_data"
    assert not found.green
