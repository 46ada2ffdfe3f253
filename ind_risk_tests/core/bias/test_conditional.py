"""H1 given risk factors: holds its level where the plain one rejects; permutations; findings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.conditional import CLAIM, conditional_findings
from ind_risk.core.bias.cross_counts import cross_counts
from ind_risk.core.bias.independence import STRENGTH, independence_findings
from ind_risk.core.bias.independence_shares import ranked
from ind_risk.core.bias.permutation import global_test
from ind_risk.core.bias.population import Population
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy, parse_policy
from ind_risk_tests.core.bias.ranked_world import (
    KINDS,
    Floats,
    Ints,
    centred_ranks,
    partial,
    people_of,
    residuals,
    scores_of,
    sectors,
    shares_of,
    world,
)

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")
ASKED = replace(POLICY, bias=replace(POLICY.bias, reported_only=()))


def found(
    people: Population, policy: Policy = ASKED, **factors: Ints
) -> tuple[list[Finding], list[Finding]]:
    """(findings without factors, findings given them)."""
    of = ranked(people, policy=policy)
    plain = independence_findings(of, policy=policy, seed=1)
    made = conditional_findings(
        of, of.given(factors), factors=tuple(factors), policy=policy, seed=1, unconditional=plain
    )
    for f in made:
        assert (f.check, f.claim) == ("bias_independence", CLAIM)
        assert f.sentence
        assert f.green == (f.verdict == "equivalent")
        f.to_dict()
    return plain, made


def freedman_lane(score: Floats, share: Floats, stratum: Ints, draws: int, seed: int) -> float:
    """p-value the plain way: permute residuals in their blocks, add the fit, correlate anew."""
    rng = np.random.default_rng(seed)
    ranks, g = centred_ranks(score), residuals(centred_ranks(share), stratum)
    left = residuals(ranks, stratum)
    fit = ranks - left
    seen = abs(partial(score, share, stratum))
    reached = 0.0
    for _ in range(draws):
        made = fit.copy()
        for s in np.unique(stratum):
            at = np.flatnonzero(stratum == s)
            made[at] += rng.permutation(left[at])
        u = residuals(made, stratum)
        reached += float(abs(u @ g) / np.sqrt((u @ u) * (g @ g)) >= seen - 1e-12)
    return reached / draws


@pytest.mark.parametrize("kind", ["ties", "rare", "unequal"])
def test_p_values_are_those_of_freedman_and_lane_by_brute_force(kind: str) -> None:
    """2,000 permutations: Monte Carlo error at p = 0.1: 0.7 points."""
    rng = np.random.default_rng(2)
    stratum, score, share = world(kind, 300, rng)
    score = score + (share > 0.2) * (rng.random(300) < 0.15)
    stratum = np.unique(stratum, return_inverse=True)[1]
    made = global_test(
        cross_counts(scores_of(score, stratum), shares_of(share)), resamples=2_000, seed=1
    )
    expected = freedman_lane(score, share, stratum, draws=2_000, seed=3)
    assert 0.0 < expected < 0.9
    assert made.p_value == pytest.approx(expected, abs=0.025)


@pytest.mark.parametrize("kind", KINDS)
def test_it_holds_its_level_where_the_plain_one_rejects(kind: str) -> None:
    """1,000 worlds in which score and share both depend on the stratum, and on nothing common."""
    rng = np.random.default_rng(21)
    given, plain, across = 0, 0, 0.0
    for _ in range(1_000):
        stratum, score, share = world(kind, 600, rng)
        shares, scores = shares_of(share), scores_of(score, stratum)
        given += global_test(cross_counts(scores, shares), resamples=199, seed=1).p_value <= 0.05
        plain += (
            global_test(cross_counts(scores_of(score), shares), resamples=199, seed=1).p_value
            <= 0.05
        )
        if kind == "unequal":
            u, g = scores.value, residuals(centred_ranks(share), stratum)
            # Residuals permuted across strata: variance |u|^2 |g|^2 / (n - 1).
            across += float(abs(u @ g) / np.sqrt((u @ u) * (g @ g) / 599) > 1.96)
    assert given / 1_000 <= 0.05 + 2.6 * 0.0069
    assert given / 1_000 >= 0.03
    assert plain / 1_000 >= {"unequal": 0.08, "rare": 0.15}.get(kind, 0.5)
    if kind == "unequal":
        assert across / 1_000 >= 0.08, "permuting across strata would have done as well"


def test_what_the_sector_explains_is_said() -> None:
    people, sector = sectors(8_000, seed=1)
    plain, given = found(people, sector=sector)
    before = {f.subject: f for f in plain if f.claim == STRENGTH}
    after = {f.subject: f for f in given}
    assert before["IND"].verdict == "disparity"
    assert after["IND"].verdict == "equivalent"
    assert "Among sponsors of the same sector" in after["IND"].sentence
    assert "Without regard to sector it is +0.2" in after["IND"].sentence
    assert "differences of sector explain" in after["IND"].sentence
    explained = after["IND"].details["share_explained"]
    assert 0.8 < explained < 1.2
    share = people.migrants / people.total[people.sponsor]
    dense = np.zeros((8_000, 4))
    dense[people.sponsor, people.code] = share
    for k, code in enumerate(people.codes):
        expected = partial(people.score, dense[:, k], sector)
        assert after[code].estimate == pytest.approx(expected, abs=1e-10)
    assert {f.verdict for f in given} == {"equivalent"}
    assert all(f.required for f in given)
    unrelated = replace(people, score=np.random.default_rng(1).normal(size=8_000))
    for f in found(unrelated, sector=sector)[1][1:]:
        assert "nothing to explain" in f.sentence
        assert f.details["share_explained"] is None


def test_what_the_sector_does_not_explain_is_named() -> None:
    people, sector = sectors(8_000, seed=2, tilt=0.8)
    _, given = found(people, sector=sector, province=np.arange(8_000) % 3)
    after = {f.subject: f for f in given}
    assert after["TUR"].verdict == "disparity"
    assert after["all"].verdict == "disparity"
    assert (
        "adjusted for looking at all, beyond chance: : TUR"
        in after["all"].sentence.replace("CHN, ", "")
        or "TUR" in after["all"].sentence
    )
    assert after["TUR"].details["max_type_p_value"] < 1e-6
    assert "sector and province" in after["TUR"].sentence


def test_unasked_it_is_reported_only() -> None:
    people, sector = sectors(4_000, seed=3)
    _, given = found(people, POLICY, sector=sector)
    assert given
    assert not any(f.required for f in given)


def test_a_factor_that_is_the_nationality_leaves_nothing_to_judge() -> None:
    """IND only where the sector is 1, and there always: no comparison among the like."""
    rng = np.random.default_rng(5)
    n = 4_000
    sector = rng.integers(0, 2, n)
    migrants = np.column_stack([rng.poisson(1.0, n), sector, rng.poisson(1.0, n)])
    migrants[:, 0] *= 1 - sector
    migrants[:, 2] = np.where(sector == 1, 0, migrants[:, 2] + 1)
    people = people_of(("CHN", "IND", "USA"), migrants, rng.normal(size=n))
    _, given = found(people, sector=sector)
    after = {f.subject: f for f in given}
    assert after["IND"].verdict == "insufficient_data"
    assert after["IND"].estimate is None
    assert after["IND"].required
    assert "hardly differs" in after["IND"].sentence
    assert after["USA"].estimate is not None
    assert after["all"].verdict != "equivalent"


def test_missing_values_are_a_category_and_a_lone_sponsor_is_said() -> None:
    people, sector = sectors(3_000, seed=6)
    sector = np.where(np.arange(3_000) % 10 == 0, -1, sector)
    sector[:2] = (98, 99)
    _, given = found(people, sector=sector)
    overall = given[0]
    assert overall.details["strata"] == 7
    assert "less than 0.4 % of the sponsors with migrants have no others" in overall.sentence


@pytest.mark.parametrize("strata", ["all alone", "all alike", "pairs"])
@pytest.mark.parametrize("n", [1, 7, 900])
def test_odd_factors_give_a_verdict(strata: str, n: int) -> None:
    people, _ = sectors(n, seed=7)
    number = {"all alone": np.arange(n), "all alike": np.zeros(n, int), "pairs": np.arange(n) // 2}
    plain, given = found(people, sector=number[strata])
    assert given[0].subject == "all"
    if n < 900 or strata == "all alone":
        assert all(f.verdict == "insufficient_data" for f in given)
    if n == 900 and strata == "all alike":
        before = {f.subject: f.estimate for f in plain}
        for f in given[1:]:
            assert f.estimate == pytest.approx(before[f.subject], abs=1e-12)


def test_constant_scores_and_determined_scores_are_insufficient() -> None:
    people, sector = sectors(2_000, seed=8)
    for score in (np.zeros(2_000), sector.astype(float)):
        _, given = found(replace(people, score=score), sector=sector)
        assert {f.verdict for f in given} == {"insufficient_data"}
        assert "have equal scores" in given[1].sentence


def test_nobody_and_wrong_lengths() -> None:
    people, sector = sectors(2_000, seed=9)
    with pytest.raises(IndRiskError, match="sector has 5 codes"):
        ranked(people, policy=POLICY).given({"sector": sector[:5]})
    nobody = people_of(("IND",), np.zeros((0, 1), dtype=np.int64), np.zeros(0))
    _, made = found(nobody, sector=np.zeros(0, dtype=np.int64))
    assert [f.verdict for f in made] == ["insufficient_data"]


def test_a_view_given_factors_leaves_the_plain_one_as_it_was() -> None:
    people, sector = sectors(2_500, seed=10)
    of = ranked(people, policy=ASKED)
    before = independence_findings(of, policy=ASKED, seed=1)
    of.given({"sector": sector})
    after = independence_findings(of, policy=ASKED, seed=1)
    assert [f.to_dict() for f in before] == [f.to_dict() for f in after]


def test_sponsors_without_migrants_are_in_no_stratum() -> None:
    people, sector = sectors(3_000, seed=11)
    none = np.arange(3_000) < 400
    kept = ~none[people.sponsor]
    fewer = replace(
        people, total=np.where(none, 0, people.total), sponsor=people.sponsor[kept],
        code=people.code[kept], migrants=people.migrants[kept],
    )  # fmt: skip
    without = replace(
        fewer, score=people.score[400:], selected=people.selected[400:],
        total=people.total[400:], sponsor=fewer.sponsor - 400,
    )  # fmt: skip
    with_them = found(fewer, sector=np.where(none, 77, sector))
    for some, others in zip(with_them, found(without, sector=sector[400:]), strict=True):
        assert [f.to_dict() for f in some] == [f.to_dict() for f in others]
