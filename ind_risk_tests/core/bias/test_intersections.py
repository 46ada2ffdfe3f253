"""Nationality by sector: as by hand, differences that cancel are found, the small are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ind_risk.core.bias.factors import factor
from ind_risk.core.bias.intersections import CLAIM, Values, intersection_findings
from ind_risk.core.bias.majorities import count_majorities, majorities
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_groups import majority_groups
from ind_risk.core.bias.population import Population
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy
from ind_risk_tests.core.bias.stratified_world import (
    POLICY,
    SECTORS,
    people_of,
    sectors_and_nations,
    with_bias,
)

ASKED = with_bias(reported_only=())


def judged(
    people: Population, values: dict[str, Any], policy: Policy = POLICY
) -> dict[str, Finding]:
    majority = majorities(people, share=policy.bias.majority_share)
    factors = {}
    for name, column in values.items():
        made = factor(pd.Series(column, dtype=object))
        factors[name] = Values(made.names, count_majorities(people, majority, made.number))
    found = intersection_findings(factors=factors, policy=policy)
    for finding in found:
        assert (finding.check, finding.claim) == ("bias_selection_parity", CLAIM)
        assert finding.sentence
        assert "nan" not in finding.sentence
    assert len({f.subject for f in found}) == len(found)
    return {f.subject: f for f in found}


def test_as_by_hand() -> None:
    sector, nation, rng = sectors_and_nations(12_000, seed=1)
    selected = rng.random(12_000) < 0.1
    found = judged(people_of(nation, selected), {"sector": SECTORS[sector]})
    for k, name in enumerate(SECTORS):
        for code in ("IND", "TUR", "CHN", "BRA"):
            there, mine = sector == k, (sector == k) & (nation == code)
            if mine.sum() < POLICY.bias.minimum_group_sponsors:
                assert f"{code} × sector={name}" not in found
                continue
            made = found[f"{code} × sector={name}"]
            assert made.n == mine.sum()
            expected = selected[mine].mean() - selected[there & ~mine].mean()
            assert made.estimate == pytest.approx(expected, abs=1e-12)
            assert made.sentence.startswith(f"Within sector {name}: sponsors with a majority from")
            assert not made.required


def test_differences_that_cancel_are_found_within() -> None:
    """Over all sponsors both are selected alike; in one sector more, in another less."""
    n = 8_000
    rng = np.random.default_rng(2)
    sector = np.arange(n) % 2
    nation = np.where(np.arange(n) % 4 < 2, "IND", "TUR")
    rate = np.where((sector == 0) == (nation == "IND"), 0.2, 0.05)
    found = judged(people_of(nation, rng.random(n) < rate), {"sector": SECTORS[sector]}, ASKED)
    assert {f.verdict for f in found.values()} == {"disparity"}
    estimates = [found[f"IND × sector={s}"].estimate for s in ("ICT", "trade")]
    assert estimates == pytest.approx([0.15, -0.15], abs=0.03)
    assert all(f.required for f in found.values())


def test_pooling_is_within_the_value() -> None:
    """Enough Ghanaian majorities over all, but only pooled ones within each sector."""
    n = 12_000
    rng = np.random.default_rng(3)
    nation = rng.choice(["GHA", "NGA", "IND"], n, p=[0.05, 0.05, 0.9])
    found = judged(people_of(nation, rng.random(n) < 0.1), {"sector": SECTORS[np.arange(n) % 2]})
    assert "region:Western Africa × sector=ICT" in found
    assert found["region:Western Africa × sector=ICT"].details["members"] == ["GHA", "NGA"]
    assert not any(name.startswith("GHA") for name in found)


def test_a_nationality_that_is_a_disparity_in_its_pool_is_named() -> None:
    n = 12_000
    rng = np.random.default_rng(4)
    nation = rng.choice(["GHA", "NGA", "IND"], n, p=[0.05, 0.05, 0.9])
    rate = np.where(nation == "GHA", 0.4, 0.1)
    found = judged(people_of(nation, rng.random(n) < rate), {"sector": SECTORS[np.arange(n) % 2]})
    assert found["GHA × sector=ICT"].verdict == "disparity"


def test_the_small_are_counted_and_not_listed() -> None:
    sector, nation, rng = sectors_and_nations(5_000, seed=5)
    nation = nation.astype(object)
    nation[:60] = np.array(["FJI", "NGA", "PER"])[np.arange(60) % 3]
    nation[60:200] = ""
    people = people_of(nation, rng.random(5_000) < 0.1)
    found = judged(people, {"sector": SECTORS[sector]}, ASKED)
    left = found["sector"]
    assert (left.verdict, left.required) == ("insufficient_data", False)
    judged_codes = {
        (code, f.details["value"])
        for name, f in found.items() if name != "sector" for code in f.details["members"]
    }  # fmt: skip
    pairs = set(zip(nation[nation != ""], SECTORS[sector][nation != ""], strict=True))
    small = pairs - judged_codes
    assert left.details["intersections"] == len(small)
    outside = sum((c, s) in small for c, s in zip(nation, SECTORS[sector], strict=True))
    assert left.n == outside
    assert f"{100 * outside / (nation != '').sum():.1f} %" in left.sentence
    assert "FJI" not in left.sentence


def test_unknown_values_are_a_value() -> None:
    n = 2_000
    rng = np.random.default_rng(6)
    nation = np.where(np.arange(n) % 2, "IND", "TUR")
    values = np.array([None, float("nan"), "unknown"], dtype=object)[np.arange(n) % 3]
    found = judged(people_of(nation, rng.random(n) < 0.1), {"legal_form": values})
    assert set(found) == {"IND × legal_form=unknown", "TUR × legal_form=unknown"}
    assert all("Within legal form unknown" in f.sentence for f in found.values())


def test_a_value_each_is_one_finding() -> None:
    n = 3_000
    people = people_of(np.full(n, "IND"), np.arange(n) % 10 == 0)
    found = judged(people, {"name": np.arange(n).astype(str).astype(object)}, ASKED)
    assert list(found) == ["name"]
    assert found["name"].required
    assert found["name"].details["intersections"] == n


NONSENSE: dict[str, Any] = {
    "nobody selected": lambda n, x: (n, np.zeros_like(x)),
    "everybody selected": lambda n, x: (n, np.ones_like(x)),
    "one nationality": lambda n, x: (np.full_like(n, "IND"), x),
    "no migrants": lambda n, x: (np.full_like(n, ""), x),
    "no sponsors": lambda n, x: (n[:0], x[:0]),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_never_equivalent(case: str) -> None:
    sector, nation, rng = sectors_and_nations(4_000, seed=7)
    nation, selected = NONSENSE[case](nation, rng.random(4_000) < 0.1)
    found = judged(people_of(nation, selected), {"sector": SECTORS[sector[: len(nation)]]}, ASKED)
    assert {f.verdict for f in found.values()} == {"insufficient_data"}
    assert any(f.required for f in found.values())


def test_no_factor_and_wrong_lengths() -> None:
    people = people_of(["IND"] * 20, [True, False] * 10)
    assert intersection_findings(factors={}, policy=POLICY) == []
    with pytest.raises(IndRiskError, match="do not belong together"):
        judged(people, {"sector": SECTORS[[0, 1]]})


@settings(deadline=None, max_examples=50)
@given(n=st.integers(0, 80), seed=st.integers(0, 10_000), minimum=st.sampled_from([1, 5, 20]))
def test_whatever_comes_there_is_a_verdict(n: int, seed: int, minimum: int) -> None:
    rng = np.random.default_rng(seed)
    people = people_of(rng.choice(["IND", "TUR", "GHA", ""], n), rng.random(n) < 0.3)
    policy = with_bias(minimum_group_sponsors=minimum)
    found = judged(people, {"sector": SECTORS[rng.integers(0, 4, n)]}, policy)
    assert found


KINDS = ("sponsors", "sponsors_selected", "left")
Told = list[tuple[frozenset[str], str | None, dict[str, float]]]


def told_by(details: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Counts of the sponsors, the selected and the others that the details of a finding tell."""
    n, x = (details[f"{prefix}{kind}"] for kind in KINDS[:2])
    made = {kind: float(v) for kind, v in zip(KINDS, (n, x), strict=False) if isinstance(v, int)}
    return made | {"left": made["sponsors"] - made["sponsors_selected"]} if len(made) == 2 else made


def published(people: Population, found: dict[str, Finding]) -> tuple[Told, dict[str, float]]:
    """What selection parity and the intersections tell: of nationalities by value, and in all.

    Value None is the total; no nationality at all is the total of a value.
    """
    member = membership(people, share=0.5, minimum=POLICY.bias.minimum_group_sponsors)
    groups, pooled, whole = majority_groups(people, member)
    totals = parity_findings(groups=groups, pooled=pooled, whole=whole, policy=POLICY)
    told: Told = []
    for f in [*totals, *found.values()]:
        if "sponsors" in f.details:
            value, members = f.details.get("value"), frozenset(f.details["members"])
            own, others = told_by(f.details), told_by(f.details, "other_")
            told.append((members, value, own))
            if value is not None:
                both = {k: own[k] + others[k] for k in own.keys() & others.keys()}
                told.append((frozenset(), value, both))
    everybody: dict[str, float] = {"sponsors": whole.n, "sponsors_selected": whole.selected}
    return told, everybody | {"left": whole.n - whole.selected}


def could_be(
    told: Told, everybody: dict[str, float], kind: str, codes: list[str], values: list[str],
    wanted: list[tuple[str, str]],
) -> tuple[float, float]:  # fmt: skip
    """Least and most that the wanted cells could hold together, by what is told (linear programme).

    Args:
        codes: nationalities; "" is no majority.
    """
    place = {cell: k for k, cell in enumerate((c, v) for c in codes for v in values)}
    rows, sums = [np.ones(len(place))], [everybody[kind]]
    for members, value, counts in told:
        if kind in counts:
            row = np.zeros(len(place))
            for (c, v), k in place.items():
                row[k] = (c in members or not members) and value in (None, v)
            rows.append(row)
            sums.append(counts[kind])
    aim = np.zeros(len(place))
    aim[[place[cell] for cell in wanted]] = 1.0
    ends = [
        linprog(sign * aim, A_eq=np.array(rows), b_eq=np.array(sums), method="highs").fun * sign
        for sign in (1.0, -1.0)
    ]
    return float(ends[0]), float(ends[1])


def counts_of(nation: Any, value: Any, selected: Any) -> dict[str, dict[tuple[str, str], int]]:
    made: dict[str, dict[tuple[str, str], int]] = {kind: {} for kind in KINDS}
    for c in np.unique(nation):
        for v in np.unique(value):
            at = (nation == c) & (value == v)
            counts = (int(at.sum()), int((at & selected).sum()), int((at & ~selected).sum()))
            for kind, count in zip(KINDS, counts, strict=True):
                made[kind][str(c), str(v)] = count
    return made


def attack(nation: Any, values: dict[str, Any], selected: Any) -> dict[str, Finding]:
    """Nothing small follows from the totals and the intersections."""
    people = people_of(nation, selected)
    every = judged(people, values)
    for factor_name, column in values.items():
        found = {k: f for k, f in every.items() if f.details["factor"] == factor_name}
        told, everybody = published(people, found)
        true = counts_of(nation, np.asarray(column), selected)
        codes, kinds = sorted(set(nation)), sorted(set(column))
        for kind in KINDS:
            sets = [[cell] for cell, count in true[kind].items() if 0 < count < 10]
            for c in codes:
                inside = [(m, v) for m, v, counts in told if v and kind in counts and c in m]
                sets.append([(c, v) for v in kinds if v not in [w for _, w in inside]])
            for cells in sets:
                count = sum(true[kind][cell] for cell in cells)
                if 0 < count < 10:
                    low, high = could_be(told, everybody, kind, codes, kinds, cells)
                    assert high - low > 1, (kind, cells, count)
    return every


def mostly_in_one_sector(out: int, of_them: int) -> tuple[Any, Any, Any]:
    """1,300 Indian majorities, all but `out` in ICT, of whom `of_them` are selected."""
    n, rng = 8_000, np.random.default_rng(3)
    nation = np.concatenate((np.full(1_300, "IND"), rng.choice(["USA", "CHN"], n - 1_300)))
    sector = np.concatenate(
        (np.repeat(["ICT", "care"], [1_300 - out, out]), rng.choice(["ICT", "care"], n - 1_300))
    )
    selected = np.zeros(n, dtype=bool)
    selected[: 120 - of_them] = True
    selected[1_300 - out : 1_300 - out + of_them] = True
    selected[rng.choice(np.arange(1_300, n), 680, replace=False)] = True
    return nation, sector, selected


@pytest.mark.parametrize(("out", "of_them"), [(15, 3), (7, 2), (40, 4), (12, 11), (9, 0)])
def test_a_total_less_an_intersection_tells_nothing_small(out: int, of_them: int) -> None:
    nation, sector, selected = mostly_in_one_sector(out, of_them)
    found = attack(nation, {"sector": sector}, selected)["IND × sector=ICT"]
    assert found.n is None
    assert found.p_value is None
    assert found.power is None
    assert found.details["rate"] is None
    assert isinstance(found.details["sponsors"], str)
    assert "Figures are not shown" in found.sentence
    assert not any(ch.isdigit() for ch in found.sentence.replace("margin of 5 points", ""))


def test_what_is_hidden_is_the_same_for_all_small_counts() -> None:
    told = [
        {
            name: f.to_dict()
            for name, f in judged(people_of(nation, selected), {"sector": sector}).items()
        }
        for nation, sector, selected in (mostly_in_one_sector(20, x) for x in range(1, 10))
    ]
    for other in told[1:]:
        assert other == told[0]


def test_large_rests_are_told() -> None:
    nation, sector, selected = mostly_in_one_sector(100, 30)
    found = attack(nation, {"sector": sector}, selected)
    assert all(f.n is not None for f in found.values())


@pytest.mark.parametrize("seed", range(12))
def test_no_subtraction_gives_back_a_small_count(seed: int) -> None:
    """Skewed worlds with two factors, pools within values, and sponsors without a majority."""
    rng = np.random.default_rng(seed)
    n = 5_000
    nation = rng.choice(["IND", "TUR", "CHN", "NGA", "GHA"], n, p=[0.45, 0.25, 0.2, 0.06, 0.04])
    values = {}
    for name, kinds in (("sector", ["ICT", "trade", "care"]), ("form", ["bv", "nv"])):
        column = rng.choice(kinds, n, p=rng.dirichlet(np.full(len(kinds), 3.0)))
        for code in rng.choice(["IND", "TUR", "CHN", "NGA"], 3, replace=False):
            mine = np.flatnonzero(nation == code)
            away = rng.choice(mine, int(rng.integers(1, 30)), replace=False)
            column[mine] = kinds[0]
            column[away] = kinds[1]
        values[name] = column
    attack(nation, values, rng.random(n) < rng.choice([0.03, 0.1]))


def test_values_that_are_audited_by_themselves_are_not_told_within() -> None:
    """Sizes of the values among all sponsors would tell how many have no migrants."""
    nation, sector, selected = mostly_in_one_sector(400, 40)
    people = people_of(nation, selected)
    found = judged(people, {"sector": sector}, with_bias(sponsor_attributes=("sector",)))
    assert all(f.n is None for f in found.values())
    assert all(f.details.get("other_sponsors", "not shown") == "not shown" for f in found.values())
    assert {f.verdict for f in found.values()} > {"equivalent"}
