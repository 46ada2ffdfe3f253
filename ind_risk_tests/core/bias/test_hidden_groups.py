"""Nobody hides behind a blank nationality, a mixed sponsor, a missing column or a broken table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.bias.evidence import bias_findings
from ind_risk.core.findings import Finding
from ind_risk_tests.core.bias.mixed_world import (
    POLICY,
    N,
    composition_of,
    evidence,
    green,
    scores_of,
    sponsors_of,
)

NATIONS = np.array(["IND", "USA", "NGA", "CHN"], dtype=object)
DIFFERENCE, LARGEST = "selection_rate_difference", "selection_rate_difference_largest_share"


def of(found: list[Finding], claim: str, subject: str) -> Finding:
    return next(f for f in found if (f.claim, f.subject) == (claim, subject))


def test_a_fair_world_is_green_and_has_no_row_on_mixed_sponsors() -> None:
    rng = np.random.default_rng(0)
    found = evidence(rng.random(N), composition_of(rng.choice(NATIONS, N)))
    assert all(green(found).values())
    assert not any(f.subject == "no majority" for f in found)
    assert not any(f.required for f in found if f.claim == LARGEST)


def test_a_fair_world_of_mixed_sponsors_is_green() -> None:
    """One in eleven is mixed; among them as many are in band high as among the others."""
    rng = np.random.default_rng(1)
    main = rng.choice(NATIONS, N)
    second = np.where(np.arange(N) < 900, np.roll(main, 1), main)
    found = evidence(rng.random(N), composition_of(main, second))
    assert all(green(found).values())
    mixed = of(found, DIFFERENCE, "no majority")
    assert (mixed.verdict, mixed.required) == ("equivalent", True)
    assert "Sponsors without a majority of any one nationality" in mixed.sentence


@pytest.mark.parametrize("blank", [0.8, 0.9, 0.95])
def test_blank_nationalities_do_not_open_the_gate(blank: float) -> None:
    rng = np.random.default_rng(5)
    nation = rng.choice(NATIONS, N)
    nation[rng.random(N) < blank] = None
    found = evidence(rng.random(N), composition_of(nation))
    assert not green(found)["bias_coverage"]
    for f in found:
        if f.check == "bias_coverage":
            assert f.verdict == "refuted"
            assert "of the migrants, who never count" in f.sentence


def test_most_sponsors_mixed_is_too_little_coverage() -> None:
    """58 % have no majority, and those with half of one nationality are selected twice as often."""
    rng = np.random.default_rng(1)
    codes = np.array(["IND", "USA", "NGA", "CHN", "TUR", "BRA"], dtype=object)
    pairs = codes[np.array([rng.choice(6, 2, replace=False) for _ in range(N)])]
    for k, code in enumerate(codes):
        pairs[k * 700 : (k + 1) * 700] = code
    mixed = (pairs == "NGA").any(axis=1) & (np.arange(N) >= 4_200)
    score = rng.random(N)
    score = np.where(mixed & (rng.random(N) < 0.08), 0.95 + 0.05 * rng.random(N), score)
    found = evidence(score, composition_of(pairs[:, 0], pairs[:, 1]))
    assert not green(found)["bias_selection_parity"]
    red = of(found, LARGEST, "NGA")
    assert (red.verdict, red.required) == ("disparity", True)
    assert "by at least the margin of 5 points, beyond chance: a disparity" in red.sentence
    parity = of(found, "share_of_migrants_in_assessable_groups", "selection parity")
    assert (parity.verdict, parity.estimate) == ("refuted", 0.42)


@pytest.mark.parametrize("more", [0.1, 0.15])
def test_half_and_half_sponsors_cannot_be_singled_out(more: float) -> None:
    rng = np.random.default_rng(1)
    first = np.where(np.arange(N) < 4_000, "USA", "IND").astype(object)
    second = np.where(np.arange(N) >= 9_000, "NGA", first).astype(object)
    half = second == "NGA"
    score = np.where(half & (rng.random(N) < more), 0.93 + 0.07 * rng.random(N), rng.random(N))
    found = evidence(score, composition_of(first, second))
    for claim, subject in ((DIFFERENCE, "no majority"), (LARGEST, "NGA")):
        assert (of(found, claim, subject).verdict, of(found, claim, subject).required) == (
            "disparity", True,
        )  # fmt: skip


def test_few_mixed_sponsors_are_listed_and_close_only_as_a_disparity() -> None:
    rng = np.random.default_rng(3)
    main = rng.choice(NATIONS, N)
    second = np.where(np.arange(N) < 200, np.roll(main, 1), main)
    score = rng.random(N)
    fair = of(evidence(score, composition_of(main, second)), DIFFERENCE, "no majority")
    assert (fair.verdict, fair.required) == ("insufficient_data", False)
    score[:100] += 1
    unfair = of(evidence(score, composition_of(main, second)), DIFFERENCE, "no majority")
    assert (unfair.verdict, unfair.required) == ("disparity", True)


def _first(column: Any, value: Any) -> np.ndarray:
    made = np.array(column, dtype=object)
    made[0] = value
    return made


NO_COLUMNS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "key twice": lambda s: pd.concat([s, s.iloc[:1]]),
    "no column": lambda s: s.drop(columns="sector"),
    "no key": lambda s: s.drop(columns="sponsor_id"),
    "column twice": lambda s: pd.concat([s, s[["sector"]]], axis=1),
    "a dictionary": lambda s: s.assign(sector=_first(s["sector"], {"a": 1})),
}


@pytest.mark.parametrize("case", NO_COLUMNS)
def test_claims_asked_for_do_not_vanish_with_their_column(case: str) -> None:
    rng = np.random.default_rng(2)
    score, composition = rng.random(3_000), composition_of(rng.choice(NATIONS, 3_000))
    sponsors = NO_COLUMNS[case](sponsors_of(3_000))
    for reported in ((), POLICY.bias.reported_only):
        policy = replace(POLICY, bias=replace(POLICY.bias, reported_only=reported))
        found = evidence(score, composition, policy, sponsors=sponsors)
        for claim in (
            "rank_correlation_given_factors", "selection_rate_difference_given_factors",
            "selection_rate_difference_within",
        ):  # fmt: skip
            made = of(found, claim, "sector")
            assert (made.verdict, made.required) == ("insufficient_data", not reported)
            assert "The sponsors have" in made.sentence
        assert any(green(found).values()) == bool(reported) or not green(found)["bias_independence"]


def test_an_audited_column_that_cannot_be_read_is_said() -> None:
    rng = np.random.default_rng(2)
    policy = replace(POLICY, bias=replace(POLICY.bias, sponsor_attributes=("sector",)))
    sponsors = NO_COLUMNS["a dictionary"](sponsors_of(1_000))
    found = evidence(
        rng.random(1_000), composition_of(rng.choice(NATIONS, 1_000)), policy, sponsors=sponsors
    )
    made = of(found, DIFFERENCE, "sector")
    assert (made.verdict, made.required) == ("insufficient_data", True)
    assert "lists or tables instead of values in sector" in made.sentence


BROKEN: dict[str, tuple[Callable[[Any, Any], tuple[Any, Any]], str]] = {
    "text of digits": (lambda s, c: (s, c.assign(migrants="5.0")), "no count"),
    "text of a whole number": (lambda s, c: (s, c.assign(migrants="5")), "no count"),
    "beyond all bounds": (
        lambda s, c: (s, c.assign(migrants=_first(c["migrants"], 2**70))), "no count",
    ),
    "nearly so": (lambda s, c: (s, c.assign(migrants=2**62)), "no count"),
    "without a sponsor": (
        lambda s, c: (s, c.assign(sponsor_id=_first(c["sponsor_id"], None))), "without a sponsor",
    ),
    "score twice": (
        lambda s, c: (pd.concat([s, s[["score"]]], axis=1), c), "column score more than once",
    ),
    "a list as score": (
        lambda s, c: (s.assign(score=_first(s["score"], [1])), c), "lists or tables",
    ),
    "scores as text": (lambda s, c: (s.assign(score=s["score"].astype(str)), c), "without a score"),
    "complex scores": (lambda s, c: (s.assign(score=s["score"] + 0j), c), "without a score"),
    "a list as nationality": (
        lambda s, c: (s, c.assign(nationality=_first(c["nationality"], [1]))), "lists or tables",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_is_a_finding_and_no_exception(case: str) -> None:
    rng = np.random.default_rng(4)
    change, words = BROKEN[case]
    scores, composition = change(
        scores_of(rng.random(800)), composition_of(rng.choice(NATIONS, 800))
    )
    found = bias_findings(
        scores=scores, composition=composition, sponsors=sponsors_of(800), policy=POLICY, seed=0
    )
    assert {f.check for f in found} == {
        "bias_independence", "bias_selection_parity", "bias_coverage",
    }  # fmt: skip
    for f in found:
        assert (f.verdict, f.required) == ("insufficient_data", True)
        assert words in f.sentence
