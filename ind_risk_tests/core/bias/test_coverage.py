"""Coverage: the share of migrants of whom something can be said, and by name who is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.coverage import Reach, coverage_findings
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.population import Population, population
from ind_risk.core.findings import Finding
from ind_risk.core.policy import parse_policy
from ind_risk_tests.core.bias.test_membership import people

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")
POLICY = replace(POLICY, bias=replace(POLICY.bias, coverage_at_least=0.8))


def of_sponsors(rows: list[tuple[str, str | None, int]], times: int = 100) -> Population:
    """The same few sponsors so many times over: name, value and migrants of each entry."""
    entries = [(f"{name}{k}", value, count) for k in range(times) for name, value, count in rows]
    composition = pd.DataFrame(entries, columns=["sponsor_id", "nationality", "migrants"])
    ids = composition["sponsor_id"].unique()
    scores = pd.DataFrame({"sponsor_id": ids, "score": 0.5, "band": "low"})
    return population(scores=scores, composition=composition)


def covered(some: Population, *, minimum: int = 100, by_majority: bool = True) -> Finding:
    member = membership(some, share=0.5, minimum=minimum)
    reach = Reach(
        hypothesis="h", grouping=member.grouping, majority=member.majority if by_majority else None
    )
    return coverage_findings(some, [reach], policy=POLICY)[0]


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
    # Told in tenths of a per cent, rounded down.
    assert found.estimate == np.floor(1000 * inside / some.migrants.sum()) / 1000
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


@pytest.mark.parametrize("blank", [None, "??", "XXX", "unknown"])
@pytest.mark.parametrize("by_majority", [True, False])
def test_who_is_of_unknown_nationality_never_counts(blank: str | None, by_majority: bool) -> None:
    """A group of unknown nationality is judged, and its migrants are not covered by that."""
    found = covered(of_sponsors([("A", "IND", 1), ("B", blank, 9)]), by_majority=by_majority)
    assert (found.verdict, found.estimate) == ("refuted", 0.1)
    assert "Of unknown nationality are 90.0 % of the migrants, who never count." in found.sentence
    assert "None is left out" not in found.sentence
    assert found.details["share_unknown"] == "90.0 %"


def test_the_unknown_at_a_judged_sponsor_do_not_count_either() -> None:
    found = covered(of_sponsors([("A", "IND", 6), ("A", None, 4)]))
    assert found.estimate == 0.6


def test_sponsors_without_a_majority_are_in_no_group() -> None:
    some = of_sponsors([("A", "IND", 7), ("B", "IND", 1), ("B", "NGA", 1), ("C", "NGA", 1)])
    by_majority, by_nationality = covered(some), covered(some, by_majority=False)
    assert by_majority.estimate == 0.8
    assert "At sponsors without a majority of one nationality work 20.0 %" in by_majority.sentence
    assert by_nationality.estimate == 1.0


def test_everybody_at_a_judged_sponsor_counts_whatever_the_nationality() -> None:
    found = covered(of_sponsors([("A", "IND", 7), ("A", "FJI", 2), ("B", "IND", 1)]))
    assert found.estimate == 1.0


def test_of_a_small_remainder_no_count_follows() -> None:
    """Three of a thousand migrants are left out: it is told as if ten were."""
    composition = pd.DataFrame(
        {"sponsor_id": [f"S{k}" for k in range(100)] + ["S0"],
         "nationality": ["IND"] * 100 + [None], "migrants": [10] * 100 + [3]}
    )  # fmt: skip
    ids = composition["sponsor_id"].unique()
    scores = pd.DataFrame({"sponsor_id": ids, "score": 0.5, "band": "low"})
    found = covered(population(scores=scores, composition=composition))
    assert found.estimate is not None
    assert (1 - found.estimate) * 1_003 >= 9.9


def test_another_attribute_has_unknown_values_too() -> None:
    ids = np.array([f"S{k}" for k in range(100)])
    scores = pd.DataFrame({"sponsor_id": ids, "score": 0.5, "band": "low"})
    gender = ["F"] * 30 + [None] * 70
    composition = pd.DataFrame({"sponsor_id": ids, "gender": gender, "migrants": 2})
    some = population(scores=scores, composition=composition, attribute="gender")
    member = membership(some, share=0.5, minimum=20, attribute="gender")
    reach = Reach(
        hypothesis="h", grouping=member.grouping, attribute="gender", majority=member.majority
    )
    (found,) = coverage_findings(some, [reach], policy=POLICY)
    assert (found.verdict, found.estimate) == ("refuted", 0.3)
    assert "Of unknown gender are 70.0 % of the migrants" in found.sentence
