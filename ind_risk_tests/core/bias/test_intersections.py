"""Nationality by sector: as by hand, differences that cancel are found, the small are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.bias.factors import factor
from ind_risk.core.bias.intersections import CLAIM, Values, intersection_findings
from ind_risk.core.bias.majorities import count_majorities, majorities
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
