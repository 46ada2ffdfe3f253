"""The stratified view: Simpson's paradox both ways, what is left out, and nonsense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_groups import majority_groups
from ind_risk.core.bias.population import Population
from ind_risk.core.bias.stratified import CLAIM, stratified_findings
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy
from ind_risk_tests.core.bias.stratified_world import (
    POLICY,
    people_of,
    sectors_and_nations,
    with_bias,
)

ASKED = with_bias(reported_only=())


def judged(
    people: Population,
    strata: Any,
    policy: Policy = POLICY,
    factors: tuple[str, ...] = ("sector",),
) -> dict[str, Finding]:
    bias = policy.bias
    member = membership(people, share=bias.majority_share, minimum=bias.minimum_group_sponsors)
    found = stratified_findings(
        member=member, selected=people.selected, strata=np.asarray(strata), factor_names=factors,
        policy=policy,
    )  # fmt: skip
    for finding in found:
        assert (finding.check, finding.claim) == ("bias_selection_parity", CLAIM)
        assert finding.sentence
        assert "nan" not in finding.sentence
        if finding.verdict == "equivalent":
            assert finding.green
    assert len({f.subject for f in found}) == len(found)
    return {f.subject: f for f in found}


def crude_differences(people: Population) -> dict[str, float | None]:
    member = membership(people, share=0.5, minimum=400)
    groups, pooled, whole = majority_groups(people, member)
    found = parity_findings(groups=groups, pooled=pooled, whole=whole, policy=POLICY, ratios=False)
    return {f.subject: f.estimate for f in found}


def test_a_difference_that_the_sector_explains_wholly() -> None:
    """Selection by sector alone, groups unlike by sector: a crude difference, none within."""
    sector, nation, rng = sectors_and_nations(20_000, seed=1)
    people = people_of(nation, rng.random(20_000) < np.array([0.25, 0.05, 0.03, 0.05])[sector])
    found = judged(people, sector)["IND"]
    crude = found.details["crude_difference"]
    assert crude > 0.07
    assert crude == pytest.approx(crude_differences(people)["IND"], abs=1e-12)
    assert found.verdict == "equivalent"
    assert found.details["share_explained"] == pytest.approx(1.0, abs=0.15)
    assert "remain among sponsors of the same sector" in found.sentence
    assert "The sector explains" in found.sentence


def test_a_difference_that_the_sector_hides() -> None:
    """Within every sector the group is selected more, over all it is not."""
    sector, nation, rng = sectors_and_nations(20_000, seed=2)
    rate = np.array([0.02, 0.15, 0.2, 0.15])[sector] + 0.09 * (nation == "IND")
    people = people_of(nation, rng.random(20_000) < rate)
    found = judged(people, sector)["IND"]
    assert abs(found.details["crude_difference"]) < 0.05
    assert found.estimate == pytest.approx(0.09, abs=0.02)
    assert found.verdict == "disparity"
    assert "without 0: a disparity" in found.sentence
    assert "%" not in found.sentence.split("a disparity.")[1]


def test_a_factor_that_has_nothing_to_do_with_it_explains_nothing() -> None:
    sector, nation, rng = sectors_and_nations(20_000, seed=3, mixed=True)
    people = people_of(nation, rng.random(20_000) < 0.05 + 0.08 * (nation == "IND"))
    found = judged(people, sector)["IND"]
    assert found.details["share_explained"] == pytest.approx(0.0, abs=0.03)
    whole = judged(people, np.zeros(20_000, dtype=int))["IND"]
    assert whole.estimate == pytest.approx(whole.details["crude_difference"], abs=1e-12)
    assert "explains none of it" in whole.sentence


def test_a_known_share_is_found() -> None:
    """Expected values: the crude difference and the weighted one from the model itself."""
    n = 200_000
    sector, nation, rng = sectors_and_nations(n, seed=4)
    base, extra = np.array([0.20, 0.05, 0.05, 0.05]), 0.06
    people = people_of(nation, rng.random(n) < base[sector] + extra * (nation == "IND"))
    found = judged(people, sector, factors=("sector", "legal_form"))["IND"]
    mine, rest = (np.bincount(sector[m]) for m in (nation == "IND", nation != "IND"))
    crude = extra + base @ (mine / mine.sum() - rest / rest.sum())
    assert found.details["share_explained"] == pytest.approx(1 - extra / crude, abs=0.05)
    assert "The sector and legal form together explain" in found.sentence


def test_sponsors_without_anybody_like_them_are_left_out_and_said() -> None:
    sector, nation, rng = sectors_and_nations(20_000, seed=5)
    alone = (nation == "IND") & (np.arange(20_000) % 4 == 0)
    strata = np.where(alone, 1_000, sector)
    people = people_of(nation, rng.random(20_000) < 0.1 + 0.02 * (nation == "IND"))
    found = judged(people, strata)
    mine = found["IND"]
    share = alone.sum() / (nation == "IND").sum()
    assert mine.n == (nation == "IND").sum() - alone.sum()
    assert f"{100 * share:.1f} % of the group's sponsors are left out" in mine.sentence
    assert mine.details["share_explained"] is None
    assert "too many of the group are left out" in mine.sentence
    assert mine.verdict == "equivalent"
    assert found["TUR"].n == (nation == "TUR").sum()
    assert "left out" not in found["TUR"].sentence


def test_few_left_out_are_not_counted() -> None:
    sector, nation, rng = sectors_and_nations(20_000, seed=6)
    strata = sector.copy()
    strata[np.flatnonzero(nation == "IND")[:3]] = -7
    mine = judged(people_of(nation, rng.random(20_000) < 0.1), strata)["IND"]
    assert mine.n is None
    assert "less than" in mine.sentence


def test_a_group_with_hardly_anybody_like_it_is_not_judged() -> None:
    sector, nation, rng = sectors_and_nations(20_000, seed=7)
    people = people_of(nation, rng.random(20_000) < 0.1)
    kept = np.flatnonzero(nation == "IND")[:350]
    strata = np.where(nation == "IND", 99, sector)
    strata[kept] = 0
    some = judged(people, strata, ASKED)["IND"]
    assert (some.verdict, some.estimate, some.required) == ("insufficient_data", None, True)
    assert "only 350 sponsors of the group" in some.sentence
    assert "400" in some.sentence
    none = judged(people, np.where(nation == "IND", 99, sector), ASKED)["IND"]
    assert none.verdict == "insufficient_data"
    assert "no others" in none.sentence


def test_small_groups_are_named_together_and_not_asked_for() -> None:
    sector, nation, rng = sectors_and_nations(5_000, seed=8)
    nation = nation.astype(object)
    nation[:40], nation[40:45] = "FJI", "NGA"
    people = people_of(nation, rng.random(5_000) < 0.1)
    found = judged(people, sector, ASKED)
    assert not found["too small"].required
    assert "FJI and NGA" in found["too small"].sentence
    assert found["too small"].n is None or found["too small"].n >= 10
    assert all(f.required for name, f in found.items() if name != "too small")
    assert not any(f.required for f in judged(people, sector, POLICY).values())


def test_if_nobody_can_be_judged_it_is_asked_for() -> None:
    people = people_of(["IND", "TUR"] * 50, [True, False] * 50)
    found = judged(people, np.zeros(100, dtype=int), ASKED)
    assert [(f.verdict, f.required) for f in found.values()] == [("insufficient_data", True)]


def test_few_selected_are_not_told() -> None:
    sector, nation, rng = sectors_and_nations(20_000, seed=9)
    selected = rng.random(20_000) < 0.02
    mine = np.flatnonzero(nation == "BRA")
    selected[mine] = False
    selected[mine[:4]] = True
    found = judged(people_of(nation, selected), sector)["BRA"]
    assert found.verdict == "equivalent"
    assert (found.estimate, found.low, found.high) == (0.0, -0.05, 0.0)
    assert found.p_value is None
    assert found.details["crude_difference"] is None
    assert found.details["odds_ratio"] is None
    assert "Figures are not shown" in found.sentence


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("groups", [("BRA", "CHN"), ("IND", "BRA")])
def test_no_figure_tells_small_numerators_apart(flipped: bool, groups: tuple[str, str]) -> None:
    """0 to 9 selected of one group, 19 to 10 of another in the same strata, all else alike."""
    sector, nation, rng = sectors_and_nations(9_000, seed=10, mixed=True)
    base = rng.random(9_000) < 0.04
    one, other = (np.flatnonzero((nation == code) & (sector == 1)) for code in groups)
    base[np.isin(nation, groups)] = False
    told = []
    for x in range(10):
        selected = base.copy()
        selected[one[:x]] = True
        selected[other[: 19 - x]] = True
        people = people_of(nation, selected != flipped)
        told.append({k: f.to_dict() for k, f in judged(people, sector).items()})
    assert any("Figures are not shown" in f["sentence"] for f in told[0].values())
    for others in told[1:]:
        assert others == told[0]


def test_a_hidden_verdict_is_that_of_the_whole_block() -> None:
    """Whatever the strata of the few selected are, it is not equivalent unless the exact one is."""
    sector, nation, rng = sectors_and_nations(9_000, seed=11, mixed=True)
    plain = replace(POLICY, disclosure=replace(POLICY.disclosure, minimum_count=1))
    mine = np.flatnonzero(nation == "BRA")
    for base in (0.02, 0.045, 0.05, 0.055, 0.09):
        selected = rng.random(9_000) < base
        selected[mine] = False
        selected[rng.choice(mine, 4, replace=False)] = True
        people = people_of(nation, selected)
        hidden, exact = (judged(people, sector, p)["BRA"].verdict for p in (POLICY, plain))
        assert hidden != "equivalent" or exact == "equivalent"


NONSENSE: dict[str, Any] = {
    "nobody selected": lambda n, s, x: (n, s, np.zeros_like(x)),
    "everybody selected": lambda n, s, x: (n, s, np.ones_like(x)),
    "a stratum each": lambda n, s, x: (n, np.arange(len(n)), x),
    "a nationality each sector": lambda n, s, x: (n, np.unique(n, return_inverse=True)[1], x),
    "one nationality": lambda n, s, x: (np.full_like(n, "IND"), s, x),
    "no migrants": lambda n, s, x: (np.full_like(n, ""), s, x),
    "no sponsors": lambda n, s, x: (n[:0], s[:0], x[:0]),
    "unheard of": lambda n, s, x: (np.full_like(n, "??"), s, x),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_never_equivalent(case: str) -> None:
    sector, nation, rng = sectors_and_nations(3_000, seed=10)
    nation, strata, selected = NONSENSE[case](nation, sector, rng.random(3_000) < 0.1)
    found = judged(people_of(nation, selected), strata, ASKED)
    assert found
    assert {f.verdict for f in found.values()} == {"insufficient_data"}
    assert any(f.required for f in found.values())


def test_strata_can_be_any_numbers() -> None:
    sector, nation, rng = sectors_and_nations(5_000, seed=11)
    people = people_of(nation, rng.random(5_000) < 0.1)
    plain = judged(people, sector)
    odd = judged(people, np.array([-(2**62), 0, 7, 2**62])[sector])
    assert {k: f.estimate for k, f in plain.items()} == {k: f.estimate for k, f in odd.items()}


def test_no_factor_and_wrong_lengths() -> None:
    people = people_of(["IND"] * 20, [True, False] * 10)
    member = membership(people, share=0.5, minimum=400)
    found = stratified_findings(
        member=member, selected=people.selected, strata=np.zeros(20, dtype=int),
        factor_names=(), policy=ASKED,
    )  # fmt: skip
    assert [(f.verdict, f.required) for f in found] == [("insufficient_data", True)]
    assert "no factor" in found[0].sentence
    with pytest.raises(IndRiskError, match="do not belong together"):
        stratified_findings(
            member=member, selected=people.selected, strata=np.zeros(3, dtype=int),
            factor_names=("sector",), policy=ASKED,
        )  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(
    n=st.integers(0, 80),
    seed=st.integers(0, 10_000),
    strata=st.integers(1, 20),
    rate=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    minimum=st.sampled_from([1, 5, 20]),
)
def test_whatever_comes_there_is_a_verdict(
    n: int, seed: int, strata: int, rate: float, minimum: int
) -> None:
    rng = np.random.default_rng(seed)
    nation = rng.choice(["IND", "TUR", "NGA", "", "unknown"], n)
    people = people_of(nation, rng.random(n) < rate)
    policy = with_bias(minimum_group_sponsors=minimum)
    for finding in judged(people, rng.integers(0, strata, n), policy).values():
        numbers = (finding.estimate, finding.low, finding.high)
        assert all(v is None for v in numbers) or np.isfinite(np.array(numbers, dtype=float)).all()
