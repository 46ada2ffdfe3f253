"""Outcomes: pools hide nobody, coverage speaks of who is judged, broken tables are findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.bias.audited import audited
from ind_risk.core.bias.error_parity_small import small_findings
from ind_risk.core.bias.error_rates import FALSE_POSITIVE, MISS, random_arm
from ind_risk.core.bias.outcome_evidence import outcome_findings
from ind_risk.core.bias.population import population
from ind_risk.core.findings import Finding
from ind_risk_tests.core.bias.mixed_world import IDS, POLICY, composition_of, green, scores_of

N = 9_000
OTHERS = np.array(["IND", "USA", "CHN"], dtype=object)
FALSE_POSITIVES, MISSES = "false_positive_rate_difference", "miss_rate_difference"
COVERED = "share_of_migrants_in_assessable_groups"


def outcomes(
    score: np.ndarray, *, seed: int = 0, chance: Any = 0.5, **changes: Any
) -> pd.DataFrame:
    """Judged sponsors, each randomly inspected with its chance; one in seven is not compliant."""
    rng = np.random.default_rng(seed)
    n = len(score)
    drawn = rng.random(n) < chance
    truth = np.where(rng.random(n) < 0.15, "non_compliant", "compliant").astype(object)
    label = truth.copy()
    label[~drawn] = None
    return scores_of(score).assign(
        audit_label=label, label=label,
        audit_inclusion_probability=np.where(drawn, chance, np.nan), **changes,
    )  # fmt: skip


def stages_of(inspected: Any, n: int = N) -> pd.DataFrame:
    return pd.DataFrame({"sponsor_id": IDS[:n], "inspected": inspected, "intervened": False})


def judged(nation: Any, table: pd.DataFrame, stages: Any = None) -> list[Finding]:
    rng = np.random.default_rng(1)
    n = len(table)
    return outcome_findings(
        judged=table, composition=composition_of(nation), policy=POLICY,
        stages=stages_of(rng.random(n) < 0.3, n) if stages is None else stages,
    )  # fmt: skip


def west_africa(each: int = 380) -> np.ndarray:
    rng = np.random.default_rng(2)
    nation = rng.choice(OTHERS, N)
    nation[:each], nation[each : 2 * each] = "NGA", "GHA"
    return nation


def opposite(nation: np.ndarray) -> np.ndarray:
    """Nigerian sponsors are selected more often, Ghanaian never; together as often as others."""
    rng = np.random.default_rng(3)
    score = rng.random(N)
    more = (nation == "NGA") & (rng.random(N) < 0.15)
    score = np.where(more, 0.95 + 0.05 * rng.random(N), score)
    return np.where(nation == "GHA", 0.85 * score, score)


def test_a_pool_in_which_errors_cancel_is_not_green() -> None:
    nation = west_africa()
    found = judged(nation, outcomes(opposite(nation)))
    rates = {f.subject: f for f in found if f.claim == FALSE_POSITIVES}
    assert rates["region:Western Africa"].verdict == "equivalent"
    assert not green(found)["bias_error_parity"]
    for code, way in (("NGA", "more"), ("GHA", "less")):
        made = rates[code]
        assert (made.verdict, made.required, made.estimate) == ("disparity", True, None)
        assert f"with a majority from {code} are {way} often in band high" in made.sentence


def test_a_small_group_far_off_is_a_disparity_once() -> None:
    nation = west_africa(each=60)
    score = np.random.default_rng(4).random(N) + 0.6 * (nation == "NGA") + 0.6 * (nation == "GHA")
    found = judged(nation, outcomes(score))
    keys = [(f.claim, f.subject) for f in found]
    assert len(set(keys)) == len(keys)
    red = [f for f in found if f.claim == FALSE_POSITIVES and f.required and not f.green]
    assert {"NGA", "GHA"} <= {c for f in red for c in (f.subject, *f.details.get("members", []))}


def test_a_fair_world_is_green_with_pools_and_small_groups() -> None:
    nation = west_africa()
    nation[760:820], nation[820:860] = "FJI", "KEN"
    found = judged(nation, outcomes(np.random.default_rng(5).random(N)))
    assert green(found)["bias_error_parity"]
    assert green(found)["bias_coverage"]


@pytest.mark.parametrize("chances", [(0.5, 0.5), (0.5, 0.15), (0.15, 0.5)])
def test_small_groups_close_a_fair_world_in_at_most_the_level(chances: tuple[float, float]) -> None:
    """Inclusion probabilities by band, as a planned sample has them; 120 worlds, 3 by chance."""
    nation = west_africa()
    nation[760:820], nation[820:860] = "FJI", "KEN"
    closed = {FALSE_POSITIVES: 0, MISSES: 0}
    for seed in range(120):
        rng = np.random.default_rng(seed)
        score = rng.random(N)
        chance = np.where(scores_of(score)["band"] == "high", *chances)
        table = outcomes(score, seed=seed, chance=chance)
        people = population(scores=table, composition=composition_of(nation))
        for rate in (FALSE_POSITIVE, MISS):
            arm = random_arm(people, audited(table), rate, POLICY)
            closed[rate.claim] += bool(small_findings(people, arm, POLICY))
    assert max(closed.values()) <= 8  # probability below 1 in 100 at the level


def test_unequal_probabilities_do_not_hide_a_great_difference() -> None:
    nation = west_africa()
    score = opposite(nation) + 0.3 * (nation == "NGA")
    chance = np.where(scores_of(score)["band"] == "high", 0.7, 0.4)
    found = judged(nation, outcomes(score, chance=chance))
    rates = {f.subject: f.verdict for f in found if f.claim == FALSE_POSITIVES}
    assert rates["NGA"] == "disparity"


def test_a_small_nationality_that_is_visited_too_often_closes_the_funnel() -> None:
    rng = np.random.default_rng(6)
    nation = rng.choice(OTHERS[:2], N)
    nation[:200] = "NGA"
    visited = rng.random(N) < np.where(nation == "NGA", 0.6, 0.03)
    found = judged(nation, outcomes(rng.random(N)), stages_of(visited))
    assert not green(found)["bias_funnel"]
    made = next(f for f in found if (f.claim, f.subject) == ("inspection_rate_difference", "NGA"))
    assert (made.verdict, made.required) == ("disparity", True)


def text(column: Any) -> Any:
    return [None if pd.isna(v) else str(v) for v in column]


def first(column: Any, value: Any) -> Any:
    made = np.array(column, dtype=object)
    made[0] = value
    return made


OUTCOMES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "no audit label": (lambda j: j.drop(columns="audit_label"), "no column audit_label"),
    "no label": (lambda j: j.drop(columns="label"), "no column label"),
    "no probability": (
        lambda j: j.drop(columns="audit_inclusion_probability"), "audit_inclusion_probability",
    ),
    "probability twice": (
        lambda j: pd.concat([j, j[["audit_inclusion_probability"]]], axis=1), "more than once",
    ),
    "probabilities as text": (
        lambda j: j.assign(audit_inclusion_probability=text(j["audit_inclusion_probability"])),
        "no number",
    ),
    "one as text": (
        lambda j: j.assign(
            audit_inclusion_probability=first(j["audit_inclusion_probability"], "x")
        ),
        "no number",
    ),
    "a list as label": (lambda j: j.assign(label=first(j["label"], [1])), "lists or tables"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTCOMES)
def test_broken_outcomes_are_findings_and_cover_nobody(case: str) -> None:
    change, words = OUTCOMES[case]
    rng = np.random.default_rng(7)
    found = judged(rng.choice(OTHERS, N), change(outcomes(rng.random(N))))
    for claim in (FALSE_POSITIVES, MISSES):
        (made,) = [f for f in found if f.claim == claim]
        assert made.verdict == "insufficient_data"
        assert made.required == (claim == FALSE_POSITIVES)
        assert words in made.sentence
    (covered,) = [f for f in found if f.claim == COVERED]
    assert (covered.verdict, covered.required) == ("insufficient_data", True)
    assert green(found)["bias_funnel"]


@pytest.mark.parametrize("chance", [2.0, 0.0, -1.0, np.inf, np.nan])
def test_probabilities_that_cannot_be_cover_nobody(chance: float) -> None:
    rng = np.random.default_rng(8)
    table = outcomes(rng.random(N)).assign(audit_inclusion_probability=chance)
    found = judged(rng.choice(OTHERS, N), table)
    assert not green(found)["bias_coverage"]
    assert not green(found)["bias_error_parity"]


STAGES: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "nothing": (lambda _: pd.DataFrame(), "no column sponsor_id"),
    "no sponsors": (lambda s: s.drop(columns="sponsor_id"), "no column sponsor_id"),
    "numbers as keys": (lambda s: s.assign(sponsor_id=range(len(s))), "every judged sponsor"),
    "some sponsors": (lambda s: s[:-5], "every judged sponsor"),
    "a key twice": (lambda s: pd.concat([s, s[:3]]), "a sponsor twice"),
    "a stage twice": (lambda s: pd.concat([s, s[["inspected"]]], axis=1), "more than once"),
    "a list": (lambda s: s.assign(inspected=first(s["inspected"], [1])), "true or false"),
}


@pytest.mark.parametrize("case", STAGES)
def test_broken_stages_are_findings(case: str) -> None:
    change, words = STAGES[case]
    rng = np.random.default_rng(9)
    found = judged(
        rng.choice(OTHERS, N), outcomes(rng.random(N)), change(stages_of(rng.random(N) < 0.3))
    )
    made = next(f for f in found if (f.claim, f.subject) == ("inspection_rate_difference", "all"))
    assert (made.verdict, made.required) == ("insufficient_data", True)
    assert words in made.sentence
    assert not green(found)["bias_funnel"]
    assert green(found)["bias_error_parity"]


def test_stages_in_another_order_are_the_same() -> None:
    rng = np.random.default_rng(10)
    nation, table = rng.choice(OTHERS, N), outcomes(rng.random(N))
    stages = stages_of(rng.random(N) < 0.3)
    shuffled = stages.sample(frac=1, random_state=1)
    assert judged(nation, table, stages) == judged(nation, table, shuffled)


def test_unusable_tables_are_findings_of_every_check() -> None:
    rng = np.random.default_rng(11)
    table = outcomes(rng.random(N)).drop(columns="band")
    found = judged(rng.choice(OTHERS, N), table)
    assert {f.check for f in found} >= {"bias_error_parity", "bias_funnel", "bias_coverage"}
    assert not any(green(found).values())
    assert all("no column band" in f.sentence for f in found)


def test_who_works_at_a_mixed_sponsor_is_not_covered() -> None:
    rng = np.random.default_rng(12)
    first_, second = rng.choice(OTHERS, N), rng.choice(OTHERS, N)
    table = outcomes(rng.random(N))
    found = outcome_findings(
        judged=table, composition=composition_of(first_, second),
        stages=stages_of(rng.random(N) < 0.3),
        policy=replace(POLICY, bias=replace(POLICY.bias, minimum_group_audited=100)),
    )  # fmt: skip
    (covered,) = [f for f in found if f.claim == COVERED]
    assert covered.verdict == "refuted"
    assert covered.estimate == pytest.approx((first_ == second).mean(), abs=0.002)
    assert "At sponsors without a majority of one nationality work" in covered.sentence
