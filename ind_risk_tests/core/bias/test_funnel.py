"""The funnel: bias of people shows at its stage and nowhere else; nonsense is never equivalent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.bias.funnel import BAND, funnel_findings
from ind_risk.core.bias.funnel_path import Flow, path, ratios
from ind_risk.core.bias.population import Population, population
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy
from ind_risk_tests.core.bias.stratified_world import POLICY, people_of, with_bias

ASKED = with_bias(reported_only=())
INSPECTION, INTERVENTION = "inspection_rate_difference", "intervention_rate_difference"
WORKLIST = "worklist_rate_difference"
CLAIMS = (BAND, WORKLIST, INSPECTION, INTERVENTION)


def judged(
    people: Population, stages: pd.DataFrame, policy: Policy = POLICY
) -> dict[tuple[str, str], Finding]:
    found = funnel_findings(people=people, stages=stages, policy=policy)
    for finding in found:
        assert finding.check == "bias_funnel"
        assert finding.sentence
        assert "nan" not in finding.sentence
    assert len({(f.claim, f.subject) for f in found}) == len(found)
    times = [f for f in found if f.claim.endswith("_ratio")]
    # Of the band it is judged by selection parity; here it is only told.
    assert {f.claim for f in times} <= {c.replace("difference", "ratio") for c in CLAIMS[1:]}
    assert not any(f.required for f in times)
    told = {(f.claim.replace("ratio", "difference"), f.subject) for f in times}
    kept = {(f.claim, f.subject): f for f in found if f not in times}
    assert {claim for claim, _ in kept} == set(CLAIMS)
    assert told <= set(kept)
    return kept


def world(
    n: int, *, seed: int, model: float = 0.0, people: float = 0.0, harsh: float = 0.0
) -> tuple[Population, pd.DataFrame, np.ndarray]:
    """Turkish majorities more often in band high, inspected, and intervened against, by so much."""
    rng = np.random.default_rng(seed)
    nation = rng.choice(["IND", "TUR", "CHN", "NGA"], n)
    turkish = nation == "TUR"
    high = rng.random(n) < 0.1 + model * turkish
    inspected = rng.random(n) < np.where(high, 0.6, 0.1) + people * turkish
    intervened = rng.random(n) < 0.3 + harsh * turkish
    stages = pd.DataFrame({"inspected": inspected, "intervened": intervened & inspected})
    return people_of(nation, high), stages, nation


def test_fair_at_every_stage() -> None:
    people, stages, _ = world(60_000, seed=1)
    found = judged(people, stages.assign(worklist=people.selected), ASKED)
    assert {f.verdict for f in found.values()} == {"equivalent"}
    assert all(f.required and f.green for f in found.values())
    for finding in found.values():
        assert "stays small" in finding.details["along_the_funnel"]["sentence"]


@pytest.mark.parametrize(
    ("changed", "claim"),
    [("model", BAND), ("people", INSPECTION), ("harsh", INTERVENTION)],
)
def test_bias_shows_where_it_is_added(changed: str, claim: str) -> None:
    size = {"model": 0.08, "people": 0.08, "harsh": 0.12}[changed]
    people, stages, _ = world(60_000, seed=2, **{changed: size})
    found = judged(people, stages)
    red = {c for (c, subject), f in found.items() if subject == "TUR" and f.verdict == "disparity"}
    assert claim in red
    assert red <= {claim, *CLAIMS[CLAIMS.index(claim) :]}
    way = found[claim, "TUR"].details["along_the_funnel"]["sentence"]
    place = {
        BAND: "in band high", INSPECTION: "at the inspection by choice",
        INTERVENTION: "at the intervention",
    }[claim]  # fmt: skip
    assert f"arises {place}" in way


def test_the_numbers_are_the_plain_ones() -> None:
    people, stages, nation = world(20_000, seed=3, model=0.05, people=0.05)
    found = judged(people, stages)
    there = stages["inspected"].to_numpy()
    outcomes = {
        BAND: (np.ones(20_000, dtype=bool), people.selected),
        INSPECTION: (np.ones(20_000, dtype=bool), there),
        INTERVENTION: (there, stages["intervened"].to_numpy()),
    }
    for claim, (risk, passed) in outcomes.items():
        for code in ("IND", "TUR", "CHN", "NGA"):
            mine, rest = risk & (nation == code), risk & (nation != code)
            made = found[claim, code]
            assert made.n == mine.sum()
            assert made.estimate == pytest.approx(passed[mine].mean() - passed[rest].mean())
            ratio = made.details["along_the_funnel"]["ratio_to_others"]["in band high"]
            high = people.selected
            expected = high[nation == code].mean() / high[nation != code].mean()
            assert ratio == pytest.approx(expected, abs=0.006)


def test_a_ratio_says_what_points_do_not() -> None:
    """Inspected in 2 % of cases instead of 0.5 %: equivalent in points, four times as often."""
    people, stages, nation = world(60_000, seed=8)
    rng = np.random.default_rng(8)
    inspected = rng.random(60_000) < np.where(nation == "TUR", 0.02, 0.005)
    few = stages.assign(inspected=inspected, intervened=False)
    assert judged(people, few)[INSPECTION, "TUR"].verdict == "equivalent"
    found = funnel_findings(people=people, stages=few, policy=POLICY)
    made = {f.subject: f for f in found if f.claim == "inspection_rate_ratio"}["TUR"]
    assert made.verdict == "disparity"
    mine = nation == "TUR"
    assert made.estimate == pytest.approx(inspected[mine].mean() / inspected[~mine].mean())
    assert made.sentence.startswith("Sponsors with a majority from TUR are inspected by choice")
    assert "times as often as others" in made.sentence


def test_required_as_the_policy_says() -> None:
    people, stages, _ = world(20_000, seed=4)
    found = judged(people, stages.assign(worklist=people.selected))
    asked = {claim: {f.required for (c, _), f in found.items() if c == claim} for claim in CLAIMS}
    assert asked == {BAND: {True}, WORKLIST: {False}, INSPECTION: {True}, INTERVENTION: {False}}


def test_without_a_worklist_it_says_so_and_nobody_asks() -> None:
    people, stages, _ = world(5_000, seed=5)
    found = judged(people, stages, ASKED)[WORKLIST, "all"]
    assert "No worklist by a model has been issued since the judging date." in found.sentence
    assert (found.verdict, found.required) == ("insufficient_data", False)


def test_those_at_risk_pool_the_groups_at_each_stage() -> None:
    """Few are inspected, so nationalities are pooled there that stand alone in the band."""
    rng = np.random.default_rng(6)
    n = 12_000
    nation = rng.choice(["GHA", "NGA", "IND"], n, p=[0.05, 0.05, 0.9])
    people = people_of(nation, rng.random(n) < 0.1)
    inspected = rng.random(n) < 0.4
    stages = pd.DataFrame({"inspected": inspected, "intervened": rng.random(n) < 0.3})
    found = judged(people, stages, ASKED)
    assert (BAND, "GHA") in found
    pooled = found[INTERVENTION, "region:Western Africa"]
    assert pooled.details["members"] == ["GHA", "NGA"]
    assert pooled.n == (inspected & (nation != "IND")).sum()


def test_the_small_are_named_once_a_stage_and_asked_for_only_if_nobody_is_judged() -> None:
    people, stages, nation = world(6_000, seed=7)
    stages["inspected"] &= np.cumsum(stages["inspected"]) <= 300
    found = judged(people, stages, ASKED)
    small = found[INTERVENTION, "too small"]
    assert small.required
    assert small.verdict == "insufficient_data"
    for code in np.unique(nation):
        assert code in small.sentence
    assert "400 sponsors inspected by choice" in small.sentence
    assert (BAND, "too small") not in found
    nation = nation.astype(object)
    nation[:20] = "FJI"
    found = judged(people_of(nation, people.selected), stages, ASKED)
    assert not found[BAND, "too small"].required
    assert "FJI" in found[BAND, "too small"].sentence


def test_a_small_nationality_far_off_is_named() -> None:
    people, stages, nation = world(8_000, seed=8)
    nation = nation.astype(object)
    nation[:60] = "FJI"
    stages.loc[:59, "inspected"] = True
    found = judged(people_of(nation, people.selected), stages, ASKED)
    made = found[INSPECTION, "FJI"]
    assert (made.verdict, made.required) == ("disparity", True)
    assert not judged(people_of(nation, nation == "FJI"), stages, ASKED)[BAND, "FJI"].required
    assert "are inspected by choice more often than others beyond chance" in made.sentence


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        (lambda s: s.drop(columns="inspected"), "no column inspected"),
        (lambda s: s.drop(columns="intervened"), "no column intervened"),
        (lambda s: s[:-1], "rows for"),
        (lambda s: s.assign(inspected=None), "true or false"),
        (lambda s: s.assign(inspected="yes"), "true or false"),
        (lambda s: s.assign(inspected=np.nan), "true or false"),
        (lambda s: s.assign(inspected=2), "true or false"),
    ],
)
def test_stages_that_do_not_fit_are_said(stages: Any, words: str) -> None:
    people, good, _ = world(5_000, seed=9)
    found = judged(people, stages(good), ASKED)
    wrong = found[INTERVENTION, "all"]
    assert (wrong.verdict, wrong.required) == ("insufficient_data", True)
    assert words in wrong.sentence
    assert found[BAND, "IND"].estimate is not None


def test_a_worklist_that_is_not_known_of_everybody_is_asked_for() -> None:
    people, stages, _ = world(5_000, seed=9)
    found = judged(
        people, stages.assign(worklist=np.array([None, *[True] * 4_999], dtype=object)), ASKED
    )
    assert found[WORKLIST, "all"].required


def test_numbers_and_nullable_booleans_will_do() -> None:
    people, stages, _ = world(5_000, seed=10)
    plain = judged(people, stages)
    for kind in (int, float, object, "boolean"):
        again = judged(people, stages.astype(kind))
        assert {k: f.to_dict() for k, f in again.items()} == {
            k: f.to_dict() for k, f in plain.items()
        }


NONSENSE: dict[str, Any] = {
    "nobody passes": lambda n, h, s: (n, np.zeros_like(h), s & False),
    "everybody passes": lambda n, h, s: (n, np.ones_like(h), s | True),
    "one nationality": lambda n, h, s: (np.full_like(n, "IND"), h, s),
    "no migrants": lambda n, h, s: (np.full_like(n, ""), h, s),
    "no sponsors": lambda n, h, s: (n[:0], h[:0], s[:0]),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_never_equivalent(case: str) -> None:
    people, stages, nation = world(4_000, seed=11)
    nation, high, stages = NONSENSE[case](nation, people.selected, stages)
    found = judged(people_of(nation, high), stages, ASKED)
    assert {f.verdict for f in found.values()} == {"insufficient_data"}
    for claim in (BAND, INSPECTION, INTERVENTION):
        assert any(f.required for (c, _), f in found.items() if c == claim)


@settings(deadline=None, max_examples=50)
@given(
    n=st.integers(0, 80),
    seed=st.integers(0, 10_000),
    rate=st.sampled_from([0.0, 0.1, 0.6, 1.0]),
    minimum=st.sampled_from([1, 5, 20]),
)
def test_whatever_comes_there_is_a_verdict(n: int, seed: int, rate: float, minimum: int) -> None:
    rng = np.random.default_rng(seed)
    people = people_of(rng.choice(["IND", "TUR", "GHA", "", "unknown"], n), rng.random(n) < rate)
    columns = ("inspected", "intervened", "worklist")
    stages = pd.DataFrame({c: rng.random(n) < rate for c in columns})
    judged(people, stages, with_bias(minimum_group_sponsors=minimum))


def flow(rates: list[tuple[float, float]], *, at_risk: int = 1_000) -> Flow:
    """One group and as many others; rate of each at each stage, the last among those before."""
    n = np.full((len(rates), 2), float(at_risk))
    x = n * np.array(rates)
    stages = ("in band high", "at the inspection", "at the intervention")[: len(rates)]
    return Flow(stages, (False, False, True)[: len(rates)], n, x, n.sum(1), x.sum(1))


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([(0.2, 0.1), (0.4, 0.2), (0.5, 0.5)],
         "arises in band high, hardly changes at the inspection and hardly changes"),
        ([(0.2, 0.1), (0.4, 0.1), (0.3, 0.3)], "grows at the inspection"),
        ([(0.2, 0.1), (0.3, 0.2), (0.3, 0.3)], "shrinks at the inspection"),
        ([(0.2, 0.1), (0.2, 0.2), (0.6, 0.3)],
         "disappears at the inspection and arises at the intervention"),
        ([(0.2, 0.1), (0.1, 0.2), (0.3, 0.3)], "turns round at the inspection"),
        ([(0.1, 0.1), (0.1, 0.1), (0.3, 0.3)], "stays small in band high"),
        ([(0.1, 0.2), (0.1, 0.4), (0.3, 0.3)], "grows at the inspection"),
    ],
)  # fmt: skip
def test_the_way_in_words(rates: list[tuple[float, float]], words: str) -> None:
    made = flow(rates)
    table = ratios(made, [[0], [1]], minimum=10)
    assert table[:, 0] == pytest.approx([a / b for a, b in rates])
    assert table[:, 0] * table[:, 1] == pytest.approx(np.ones(3))
    assert words in path(made, table[:, 0])["sentence"]


def test_small_counts_have_no_ratio() -> None:
    made = flow([(0.2, 0.1), (0.009, 0.2), (0.5, 0.5)])
    table = ratios(made, [[0], [1]], minimum=10)
    assert np.isnan(table[1]).all()
    way = path(made, table[:, 0])
    assert way["ratio_to_others"]["at the inspection"] is None
    assert "Too few to tell: at the inspection, at the intervention." in way["sentence"]
    none = path(made, np.full(3, np.nan))
    assert none["sentence"].startswith("Too few sponsors")


def test_those_without_a_majority_are_a_group_at_every_stage() -> None:
    """Half and half: no nationality has a majority there, and anybody can hide among them."""
    people, stages, nation = world(20_000, seed=9)
    half = np.flatnonzero(nation == "NGA")
    table = pd.DataFrame({"sponsor": np.arange(len(nation)), "nationality": nation})
    second = pd.DataFrame({"sponsor": half, "nationality": "GHA"})
    composition = pd.concat([table, second]).assign(migrants=2)
    composition["sponsor_id"] = composition["sponsor"].map(lambda k: f"S{k:06d}")
    scores = pd.DataFrame(
        {"sponsor_id": [f"S{k:06d}" for k in range(len(nation))], "score": 0.5,
         "band": np.where(people.selected, "high", "low")}
    )  # fmt: skip
    mixed = population(
        scores=scores, composition=composition[["sponsor_id", "nationality", "migrants"]]
    )
    stages.loc[half, "inspected"] |= np.random.default_rng(9).random(len(half)) < 0.2
    found = judged(mixed, stages, ASKED)
    assert found[BAND, "no majority"].verdict == "equivalent"
    made = found[INSPECTION, "no majority"]
    assert (made.verdict, made.required, made.n) == ("disparity", True, len(half))
    assert "without a majority of any one nationality" in made.sentence
    few = judged(mixed, stages.assign(inspected=np.arange(len(nation)) < 120), ASKED)
    assert "no majority" in few[INTERVENTION, "too small"].details["members"]
