"""H1: what is asked for, what only listed, and what is said of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.conditional import conditional_findings
from ind_risk.core.bias.independence import OVERALL, independence_findings
from ind_risk.core.bias.independence_shares import fewest, grouped, ranked, sponsors_with_any
from ind_risk.core.bias.population import Population
from ind_risk.core.findings import Finding, all_green
from ind_risk.core.policy import Policy, parse_policy
from ind_risk_tests.core.bias.ranked_world import Floats, people_of, sectors

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")
LEVEL = POLICY.bias.level


def found(
    people: Population, policy: Policy = POLICY, *, attribute: str = "nationality"
) -> dict[str, Finding]:
    of = ranked(people, policy=policy, attribute=attribute)
    made = independence_findings(of, policy=policy, seed=1)
    assert made[0].claim == OVERALL
    for f in made:
        assert f.check == "bias_independence"
        assert f.sentence.endswith(".")
        assert f.green == (f.verdict == "equivalent")
        f.to_dict()
    return {f.subject: f for f in made}


def fair(n: int = 6_000, seed: int = 1, *, rare: tuple[str, ...] = ("FJI",)) -> Population:
    """Scores of nobody's making; a few sponsors with migrants of each rare nationality."""
    rng = np.random.default_rng(seed)
    migrants = rng.poisson(0.9, (n, 3 + len(rare)))
    migrants[:, 3:] *= rng.random((n, len(rare))) < 0.01
    migrants[:, 0] += migrants.sum(axis=1) == 0
    return people_of(("CHN", "IND", "TUR", *rare), migrants, rng.normal(size=n))


def shares(people: Population, *codes: str) -> Floats:
    made = np.zeros(len(people.score))
    at = np.isin(np.array(people.codes)[people.code], codes)
    np.add.at(made, people.sponsor[at], people.migrants[at])
    return made / people.total


def test_the_level_is_that_of_one_look() -> None:
    made = found(fair())
    assert POLICY.bias.alpha / POLICY.bias.looks == LEVEL
    assert made["IND"].details["confidence"] == 1 - 2 * LEVEL
    assert made["IND"].details["wide_confidence"] == 1 - LEVEL
    assert f"{100 * (1 - 2 * LEVEL):g} % interval" in made["IND"].sentence
    once = replace(POLICY, bias=replace(POLICY.bias, looks=1))
    width = [f["IND"].high - f["IND"].low for f in (made, found(fair(), once))]  # type: ignore[operator]
    assert width[0] > width[1]


def test_a_group_too_small_is_listed_and_not_asked_for() -> None:
    made = found(fair())
    other = made["other"]
    assert (other.verdict, other.required, other.estimate) == ("insufficient_data", False, None)
    assert "FJI" in other.sentence
    assert "would be needed" in other.sentence
    assert all(made[s].required for s in ("all", "CHN", "IND", "TUR"))
    assert made["all"].verdict == "equivalent"
    assert "1 could not be judged" in made["all"].sentence
    assert all_green(list(made.values()))


def test_with_no_group_to_judge_nothing_is_equivalent() -> None:
    high = replace(POLICY, bias=replace(POLICY.bias, minimum_group_sponsors=100_000))
    made = found(fair(), high)
    assert {f.verdict for f in made.values()} == {"insufficient_data"}
    assert made["all"].required
    assert not all_green(list(made.values()))
    assert "For no nationality" in made["all"].sentence


def test_void_groups_are_listed_and_not_asked_for() -> None:
    equal = replace(fair(), score=np.full(6_000, 0.5))
    made = found(equal)
    assert made["all"].verdict == "insufficient_data"
    assert made["all"].required
    assert "All scores are equal" in made["IND"].sentence
    assert not made["IND"].required
    # Nearly everybody has only migrants from IND: nothing can be correlated with that.
    rng = np.random.default_rng(2)
    migrants = np.column_stack([np.full(6_000, 5), (rng.random(6_000) < 0.004)]).astype(int)
    made = found(people_of(("IND", "TUR"), migrants, rng.normal(size=6_000)))
    assert "hardly differ between sponsors" in made["IND"].sentence
    assert not made["IND"].required
    assert made["all"].verdict == "insufficient_data"
    assert made["all"].required


def test_one_group_is_named_whatever_the_others_are() -> None:
    people, _ = sectors(6_000, seed=3, tilt=0.7)
    made = found(people)
    assert made["TUR"].verdict == "disparity"
    assert made["all"].verdict == "disparity"
    assert "TUR" in made["all"].sentence.split("beyond chance: ")[1]
    test = made["all"].details["global_test"]
    assert made["all"].p_value == test["p_value"]
    assert test["adjusted"]["TUR"] == made["TUR"].details["max_type_p_value"]
    assert set(test["adjusted"]) == {"CHN", "IND", "TUR", "USA"}
    assert test["p_value"] == min(1.0, 2 * min(test["quadratic_p_value"], test["maximum_p_value"]))


def test_estimates_are_spearmans_of_pools_too() -> None:
    people = fair(4_000, seed=4, rare=("GHA", "NGA", "SEN", "MLI", "CIV", "BEN", "TGO"))
    low = replace(POLICY, bias=replace(POLICY.bias, minimum_group_sponsors=80))
    low = replace(low, bias=replace(low.bias, association_margin=0.05))
    made = found(people, low)
    pools = {s: f for s, f in made.items() if s.startswith("region:")}
    assert pools
    for subject in ("IND", *pools):
        members = made[subject].details["members"]
        expected = spearmanr(people.score, shares(people, *members)).statistic
        assert made[subject].estimate == pytest.approx(expected, abs=1e-10)


def test_fair_scores_are_rarely_called_a_disparity() -> None:
    """300 worlds at a level of one look of 1.25 %: at most 11 (one in 1,000 by chance)."""
    low = replace(POLICY, bias=replace(POLICY.bias, minimum_group_sponsors=50))
    red = 0
    for seed in range(300):
        people = fair(600, seed=seed)
        red += found(people, low)["all"].verdict == "disparity"
    assert red <= 11


def test_other_attributes_have_their_own_words() -> None:
    rng = np.random.default_rng(5)
    migrants = rng.poisson(1.0, (3_000, 2))
    migrants[:, 0] += migrants.sum(axis=1) == 0
    people = people_of(("F", "M"), migrants, rng.normal(size=3_000))
    made = found(people, attribute="gender")
    assert set(made) == {"gender=all", "gender=F", "gender=M"}
    assert "share of migrants of gender F" in made["gender=F"].sentence
    assert "any of 2 gender shares" in made["gender=all"].sentence
    assert "nationality" not in " ".join(f.sentence for f in made.values())
    # They are one variable: looked at once.
    test = made["gender=all"].details["global_test"]
    assert test["freedom"] <= 2


def test_counts_that_are_too_small_are_not_told() -> None:
    few = fair(2_000, seed=6)
    kept = (few.code != 3) | (few.sponsor < 300)
    few = replace(few, sponsor=few.sponsor[kept], code=few.code[kept], migrants=few.migrants[kept])
    made = found(few)
    assert "fewer than 10 sponsors" in made["other"].sentence
    assert made["other"].details["sponsors_with_any"] == "fewer than 10"
    nobody = found(fair(6, seed=7))
    assert all(f.n is None for f in nobody.values())
    # All but three of 200: the three must not be told either.
    rng = np.random.default_rng(8)
    migrants = np.column_stack([np.arange(200) >= 3, np.arange(200) < 3]).astype(int)
    made = found(people_of(("IND", "TUR"), migrants, rng.random(200)))
    assert made["other"].details["sponsors_with_any"] == 200
    low = replace(POLICY, bias=replace(POLICY.bias, minimum_group_sponsors=150))
    made = found(people_of(("IND", "TUR"), migrants, rng.random(200)), low)
    assert made["IND"].details["sponsors_with_any"] == "nearly all"
    assert "197" not in " ".join(f.sentence for f in made.values())


def test_groups_are_those_of_the_check_on_coverage() -> None:
    people = fair()
    made = grouped(people, POLICY)
    assert set(made.names) == set(found(people)) - {"all"}
    assert ranked(people, policy=POLICY).judged == [0, 1, 2]
    per_code = np.bincount(people.code)
    sizes = sponsors_with_any(people, np.array([0, 0, 1, -1]), per_code=per_code)
    dense = np.zeros((6_000, 4), dtype=bool)
    dense[people.sponsor, people.code] = True
    assert sizes.tolist() == [(dense[:, 0] | dense[:, 1]).sum(), dense[:, 2].sum()]


def test_so_many_sponsors_that_twice_the_margin_can_be_reached() -> None:
    n = 100_000
    m = int(np.ceil(fewest(n, POLICY)))
    share = np.zeros(n)
    share[:m] = np.linspace(0.1, 1.0, m)
    best = spearmanr(-np.arange(n), share).statistic
    assert abs(best) == pytest.approx(2 * POLICY.bias.association_margin, abs=0.01)


@pytest.mark.parametrize("others", [1, 5, 19])
def test_nearly_equal_scores_give_no_count_away(others: int) -> None:
    """With two scores rho is a function of how many of the few are the group's."""
    said = []
    for of_ind in (0, others):
        rng = np.random.default_rng(6)
        migrants = np.zeros((4_000, 2), dtype=int)
        migrants[:2_000, 0] = migrants[2_000:, 1] = 3
        score = np.full(4_000, 0.1)
        score[:of_ind] = 0.9
        score[2_000 : 2_000 + others - of_ind] = 0.9
        people = people_of(("IND", "TUR"), migrants, score)
        factor = {"sector": rng.integers(0, 2, 4_000)}
        of = ranked(people, policy=POLICY)
        plain = independence_findings(of, policy=POLICY, seed=1)
        given = conditional_findings(
            of, of.given(factor), factors=["sector"], policy=POLICY, seed=1, unconditional=plain
        )
        made = [*plain, *given]
        assert {f.verdict for f in made} == {"insufficient_data"}
        assert all(f.estimate is None and f.p_value is None for f in made)
        said.append([f.to_dict() | {"details": f.details} for f in made])
    assert said[0] == said[1]
