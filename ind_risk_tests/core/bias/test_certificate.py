"""The certificate measures what it says, notices what is wrong, and never judges by other code."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias import certificate_populations, certificate_proof
from ind_risk.core.bias.certificate_configurations import (
    Configuration,
    at_the_margin,
    to_be_covered,
    to_be_covered_small,
    with_promise,
    without_difference,
)
from ind_risk.core.bias.certificate_coverage import _weight_covered
from ind_risk.core.bias.certificate_populations import (
    GROUP_COUNTS,
    SMALLEST,
    SPONSORS,
    Setting,
    fixture,
    group_sizes,
    only_asked,
    scores_of,
)
from ind_risk.core.bias.certificate_probability import Block, Effort, Probability, Row, with_sums
from ind_risk.core.bias.certificate_proof import prove
from ind_risk.core.bias.certificate_tables import drawn, equivalent, every
from ind_risk.core.bias.score_test import score_interval
from ind_risk.core.errors import IndRiskError
from ind_risk.core.policy import parse_policy

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")
ONE = Configuration(n1=12, n2=30, base=0.3, difference=0.1, margin=0.1)


def quiet(_name: str, _done: int, _total: int) -> None:
    """Nobody listens."""


def block(happened: list[int], *, worlds: int = 1_000, highest: float = 0.05) -> Block:
    rows = tuple(
        Row(label=str(k), facts={}, of=Probability(
            happened=x, worlds=worlds, lowest=0.0, highest=highest, target=highest
        ))
        for k, x in enumerate(happened)
    )  # fmt: skip
    return Block(name="example", alpha=highest, asked="", rows=rows)


def test_every_table_has_its_binomial_probability() -> None:
    tables = every(ONE)
    x1, x2 = np.meshgrid(np.arange(13), np.arange(31), indexing="ij")
    expected = {
        (a, b): comb(12, a) * 0.4**a * 0.6 ** (12 - a) * comb(30, b) * 0.3**b * 0.7 ** (30 - b)
        for a, b in zip(x1.ravel().tolist(), x2.ravel().tolist(), strict=True)
    }
    assert tables.weight.sum() == pytest.approx(1, abs=1e-7)
    for a, b, weight in zip(tables.x1, tables.x2, tables.weight, strict=True):
        assert weight == pytest.approx(expected[int(a), int(b)], rel=1e-9)


def test_worlds_that_are_drawn_follow_the_exact_probabilities() -> None:
    worlds = 50_000
    tables = drawn(ONE, worlds=worlds, rng=np.random.default_rng(1))
    assert tables.weight.sum() == worlds
    assert len(tables.x1) == len(set(zip(tables.x1.tolist(), tables.x2.tolist(), strict=True)))
    exact = every(ONE)
    for least in (5, 10, 15):
        p = exact.weight[exact.x1 + exact.x2 >= least].sum()
        seen = tables.weight[tables.x1 + tables.x2 >= least].sum() / worlds
        assert seen == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / worlds))


def test_many_sizes_both_directions_and_no_impossible_rate() -> None:
    some = at_the_margin()
    assert len(some) >= 200
    assert {np.sign(c.difference) for c in some} == {1.0, -1.0}
    assert all(abs(abs(c.difference) - c.margin) < 1e-12 for c in some)
    for c in [*some, *without_difference(), *to_be_covered(), *to_be_covered_small()]:
        assert 0 <= c.rate <= 1
    assert {c.n1 for c in to_be_covered_small()} == {1, 3, 5, 10, 15}
    assert all(0.2 <= p <= 0.999 for p in with_promise(without_difference(), alpha=0.05).values())


def test_equivalence_of_a_table_is_two_intervals_inside_the_margin() -> None:
    c = Configuration(n1=400, n2=2_000, base=0.1, difference=0.05, margin=0.05)
    tables = drawn(c, worlds=300, rng=np.random.default_rng(2))
    inside = np.ones(len(tables.x1), dtype=bool)
    for skewness in (False, True):
        low, high = score_interval(
            x1=tables.x1, n1=c.n1, x2=tables.x2, n2=c.n2, confidence=0.9, skewness=skewness
        )
        inside &= (low > -c.margin) & (high < c.margin)
    judged = equivalent(c, tables, alpha=0.05)
    assert not (judged & ~inside).any()


def test_nobody_selected_is_never_equivalent() -> None:
    c = Configuration(n1=5_000, n2=5_000, base=0.0, difference=0.0, margin=0.1)
    tables = drawn(c, worlds=10, rng=np.random.default_rng(3))
    assert not equivalent(c, tables, alpha=0.05).any()


def test_coverage_of_shared_tables_is_that_of_each_alone() -> None:
    some = [Configuration(n1=15, n2=60, base=0.2, difference=d) for d in (0.0, 0.05, -0.05)]
    worlds = [drawn(c, worlds=400, rng=np.random.default_rng(k)) for k, c in enumerate(some)]
    together = _weight_covered(some, worlds, [0.05, 0.025])
    for k, (c, tables) in enumerate(zip(some, worlds, strict=True)):
        assert _weight_covered([c], [tables], [0.05])[0, 0] == together[k, 0]
        assert together[k, 0] <= together[k, 1] <= tables.weight.sum()


def test_the_real_findings_agree() -> None:
    calls = 6
    some = [c for c in at_the_margin() if c.n1 in (50, 1_000)]
    rng = np.random.default_rng(4)
    compared = prove(some, alphas=(0.05, 0.0125), policy=POLICY, calls=calls, rng=rng, say=quiet)
    assert compared >= 4 * calls


def test_other_code_than_the_findings_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def kind(configuration: Configuration, tables: Any, *, alpha: float) -> Any:
        return equivalent(configuration, tables, alpha=alpha * 1.25)

    monkeypatch.setattr(certificate_proof, "equivalent", kind)
    some = [Configuration(n1=500, n2=9_000, base=0.1, difference=0.05, margin=0.05)]
    with pytest.raises(IndRiskError, match=r"500 against .* of 9000"):
        for seed in range(20):
            rng = np.random.default_rng(seed)
            prove(some, alphas=(0.05,), policy=POLICY, calls=1, rng=rng, say=quiet)


@pytest.mark.parametrize(
    ("happened", "exact", "wrong"),
    [(70, None, False), (120, None, True), (120, 0.0499, False), (40, 0.0501, True)],
)
def test_an_exact_sum_decides_and_chance_does_not(
    happened: int, exact: float | None, wrong: bool
) -> None:
    some = block([happened] + [50] * 99)
    if exact is not None:
        effort = Effort(worlds=1, sums=1, seed=0, say=quiet)
        some = with_sums(block([happened]), lambda _: exact, effort)
    assert some.holds is not wrong
    assert some.failing == ((some.rows[0],) if wrong else ())


def test_a_sound_block_is_rarely_called_unsound() -> None:
    """200 cases exactly at 5 %: a false alarm in 1 % of runs at most; 300 runs, error 0.6 %."""
    rng = np.random.default_rng(5)
    alarms = sum(not block(rng.binomial(1_000, 0.05, 200).tolist()).holds for _ in range(300))
    assert alarms <= 300 * 0.01 + 3 * np.sqrt(300 * 0.01)


def test_an_unsound_block_is_found_out() -> None:
    """One case in 200 at 9 % for 5 %, 2,000 worlds: found by simulation alone."""
    rng = np.random.default_rng(6)
    rates = np.full(200, 0.05)
    rates[17] = 0.09
    found = block(rng.binomial(2_000, rates).tolist(), worlds=2_000)
    assert [r.label for r in found.failing] == ["17"]


def test_a_probability_of_nothing_still_has_an_error() -> None:
    p = Probability(happened=0, worlds=2_000, lowest=0.0, highest=0.05, target=0.05)
    assert p.measured == 0
    assert 0 < p.error < 0.001


def test_the_worst_are_those_closest_to_the_edge_that_is_asked() -> None:
    assert [r.label for r in block([0, 49, 20, 60]).worst(3)] == ["3", "1", "2"]
    full = Probability(happened=1_000, worlds=1_000, lowest=0.9, highest=1.0, target=0.9)
    nearly = Probability(happened=910, worlds=1_000, lowest=0.9, highest=1.0, target=0.9)
    assert full.beyond < nearly.beyond < 0


@pytest.mark.parametrize("groups", GROUP_COUNTS)
def test_groups_are_unequal_large_enough_and_add_up(groups: int) -> None:
    sizes = group_sizes(groups)
    assert len(sizes) == groups
    assert sizes.sum() == SPONSORS
    assert sizes.min() >= SMALLEST
    assert (np.diff(sizes) <= 0).all()
    assert sizes[0] > 1.5 * sizes[-1]


def test_a_population_is_what_its_setting_says() -> None:
    rng = np.random.default_rng(7)
    setting = Setting(groups=5, different=0, difference=-0.05)
    made = fixture(setting, rng=rng)
    drawn_ones = [scores_of(setting, made, policy=POLICY, rng=rng) for _ in range(20)]
    high = np.mean([s["band"] == "high" for s in drawn_ones], axis=0)
    rates = [high[made.group == g].mean() for g in range(5)]
    assert rates == pytest.approx([0.05, 0.1, 0.1, 0.1, 0.1], abs=0.01)
    for scores in drawn_ones:
        value = scores["score"].to_numpy()
        low, middle, top = (value[scores["band"] == b] for b in ("low", "middle", "high"))
        assert low.max() <= middle.min() <= middle.max() <= top.min()
    totals = made.composition.groupby("sponsor_id")["migrants"].sum()
    assert (totals == 3).all()
    assert (
        f"smallest ({group_sizes(14)[-1]} sponsors) 5 points above"
        in Setting(groups=14, different=13, difference=0.05).label
    )


def test_views_that_are_only_reported_may_be_left_out() -> None:
    asked = only_asked(POLICY)
    assert (asked.bias.intersections, asked.bias.risk_factors) == ((), ())
    rng = np.random.default_rng(8)
    for setting in (Setting(groups=5), Setting(groups=5, different=0, difference=0.05)):
        made = fixture(setting, rng=rng)
        scores = scores_of(setting, made, policy=POLICY, rng=rng)
        decisions = {certificate_populations._green(scores, made, p) for p in (asked, POLICY)}
        assert decisions == {setting.different is None}
