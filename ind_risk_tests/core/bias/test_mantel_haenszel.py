"""Mantel–Haenszel against published examples, statsmodels, brute force, and exact error rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from ind_risk.core.bias.mantel_haenszel import (
    Tables,
    count_tables,
    odds_ratio,
    risk_difference,
    score_statistic,
)
from ind_risk.core.bias.score_test import score_interval
from ind_risk.core.bias.score_test import score_statistic as one_table_statistic
from ind_risk.core.bias.stratified_power import (
    stratified_minimal_margin,
    stratified_power,
    stratified_required,
)

# x1, n1, x2, n2 of each stratum. Agresti (2013), Categorical Data Analysis, 3rd edition, Table 6.9:
# a topical cream against control in eight centres.
CREAM = np.array(
    [(11, 36, 10, 37), (16, 20, 22, 32), (14, 19, 7, 19), (2, 16, 1, 17), (6, 17, 0, 12),
     (1, 11, 0, 10), (1, 5, 1, 9), (4, 6, 6, 7)]
)  # fmt: skip
# Colditz and others (1994), JAMA 271:698: thirteen trials of the BCG vaccine.
BCG = np.array(
    [(4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867),
     (33, 5069, 47, 5808), (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391),
     (29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338), (5, 2498, 3, 2341),
     (27, 16913, 29, 17854)]
)  # fmt: skip


def tables(strata: Any, groups: int = 1, group: Any = None) -> Tables:
    x1, n1, x2, n2 = np.asarray(strata, dtype=float).T
    number = np.zeros(len(x1), dtype=np.int64) if group is None else group
    return Tables(groups, number, x1, n1, x2, n2, np.ones(len(x1)))


def test_published_risk_difference_and_sato_variance() -> None:
    """Agresti (2013), page 231: 0.130, standard error 0.050; odds ratio 2.13, its log's 0.303."""
    made = risk_difference(tables(CREAM))
    assert float(made.estimate[0]) == pytest.approx(0.130, abs=5e-4)
    assert float(np.sqrt(made.variance[0])) == pytest.approx(0.050, abs=5e-4)
    ratio, low, high = (float(v[0]) for v in odds_ratio(tables(CREAM), confidence=0.95))
    assert ratio == pytest.approx(2.13, abs=0.005)
    assert np.log(high / low) / 2 / 1.959964 == pytest.approx(0.303, abs=5e-4)
    statistic = score_statistic(tables(CREAM), np.zeros(1))
    assert float(statistic[0] ** 2) == pytest.approx(6.38, abs=0.005)  # page 229


def test_another_program_on_thirteen_trials() -> None:
    """metafor's rma.mh(measure = "RD") on the same trials gives these digits."""
    made = risk_difference(tables(BCG))
    assert float(made.estimate[0]) == pytest.approx(-3.288181832613e-03, rel=1e-10)
    assert float(np.sqrt(made.variance[0])) == pytest.approx(2.866567485273736e-04, rel=1e-10)


def some_strata(rng: np.random.Generator, strata: int, most: int) -> Any:
    n1, n2 = rng.integers(1, most, size=(2, strata))
    return np.column_stack((rng.integers(0, n1 + 1), n1, rng.integers(0, n2 + 1), n2))


def test_odds_ratio_and_test_as_in_statsmodels() -> None:
    rng = np.random.default_rng(1)
    compared = 0
    for _ in range(200):
        strata = some_strata(rng, int(rng.integers(2, 12)), 25)
        x1, n1, x2, n2 = strata.T
        oracle = StratifiedTable(
            [np.array([[a, b - a], [c, d - c]]) for a, b, c, d in zip(x1, n1, x2, n2, strict=True)]
        )
        made = tables(strata)
        found = oracle.test_null_odds(correction=False)
        z = float(score_statistic(made, np.zeros(1))[0])
        assert z**2 == pytest.approx(found.statistic, rel=1e-9, abs=1e-12)
        with np.errstate(all="ignore"):
            expected, (low, high) = oracle.oddsratio_pooled, oracle.oddsratio_pooled_confint()
        if np.isfinite([expected, low, high]).all() and expected > 0:
            ratio = [float(v[0]) for v in odds_ratio(made, confidence=0.95)]
            assert ratio == pytest.approx([expected, low, high], rel=1e-9)
            compared += 1
    assert compared > 150


def test_one_stratum_is_the_plain_score_test() -> None:
    rng = np.random.default_rng(2)
    strata = some_strata(rng, 400, 300)
    x1, n1, x2, n2 = strata.T
    made = tables(strata, 400, np.arange(400))
    for delta in (-0.2, 0.0, 0.05):
        expected = one_table_statistic(x1=x1, n1=n1, x2=x2, n2=n2, delta=delta)
        assert score_statistic(made, np.full(400, delta)) == pytest.approx(expected, abs=1e-9)
    low, high = risk_difference(made).interval(0.9)
    plain_low, plain_high = score_interval(x1=x1, n1=n1, x2=x2, n2=n2, confidence=0.9)
    assert (low <= plain_low + 1e-9).all()
    assert (high >= plain_high - 1e-9).all()


def test_the_interval_is_the_two_tests() -> None:
    """A difference lies outside exactly where both Sato's and the score interval leave it out."""
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(300), 4)
    made = tables(some_strata(rng, 1200, 60), 300, group)
    difference = risk_difference(made)
    low, high = difference.interval(0.95)
    estimate, spread = difference.estimate, 1.959963984540054 * np.sqrt(difference.variance)
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()
    assert ((low <= estimate) & (estimate <= high)).all()
    for delta in (-0.1, 0.0, 0.07):
        kept = (np.abs(score_statistic(made, np.full(300, delta))) <= 1.959963984540054) | (
            np.abs(estimate - delta) <= spread
        )
        near = np.minimum(np.abs(low - delta), np.abs(high - delta)) < 1e-8
        assert (kept == ((low <= delta) & (delta <= high)))[~near].all()
    assert ((difference.p_value() < 0.05) == ((low > 0) | (high < 0))).all()


def test_counting_as_by_hand() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"group": rng.integers(-1, 3, 3_000), "stratum": rng.integers(-5, 40, 3_000) ** 3,
         "selected": rng.random(3_000) < 0.3}
    )  # fmt: skip
    # One stratum without others, one without any group.
    frame.loc[frame["stratum"] == 8, "group"] = 1
    frame.loc[frame["stratum"] == 27, "group"] = -1
    made = count_tables(
        group=frame["group"].to_numpy(), selected=frame["selected"].to_numpy(),
        strata=frame["stratum"].to_numpy(), groups=3,
    )  # fmt: skip
    rows = []
    for (stratum, group), mine in frame[frame["group"] >= 0].groupby(["stratum", "group"]):
        rest = frame[(frame["stratum"] == stratum) & (frame["group"] != group)]
        if len(rest):
            rows.append(
                (group, mine["selected"].sum(), len(mine), rest["selected"].sum(), len(rest))
            )
    found = np.column_stack((made.group, made.x1, made.n1, made.x2, made.n2))
    found = np.repeat(found, made.times.astype(int), axis=0)
    assert sorted(map(tuple, found.astype(int).tolist())) == sorted(rows)


def test_after_counting_the_work_does_not_grow() -> None:
    """Ten times as many matched pairs of sponsors are the same few tables."""
    sizes = []
    for pairs in (2_000, 20_000):
        rng = np.random.default_rng(5)
        strata = np.repeat(np.arange(pairs), 2)
        group = np.tile([0, -1], pairs)
        made = count_tables(
            group=group, selected=rng.random(2 * pairs) < 0.3, strata=strata, groups=1
        )
        assert made.times.sum() == pairs
        sizes.append(len(made.x1))
    assert sizes == [4, 4]


def test_nothing_to_compare_is_said_and_never_nan() -> None:
    none = count_tables(
        group=np.array([0, 0, 1]), selected=np.array([True, False, True]),
        strata=np.array([1, 1, 2]), groups=3,
    )  # fmt: skip
    made = risk_difference(none)
    low, high = made.interval(0.95)
    assert low.tolist() == [-1.0] * 3
    assert high.tolist() == [1.0] * 3
    assert made.estimate.tolist() == [0.0] * 3
    assert made.p_value().tolist() == [1.0] * 3
    zero = np.zeros(3)
    assert (
        stratified_power(
            none, margin=zero + 0.05, alpha=0.05, difference=zero, times=zero + 1
        ).tolist()
        == [0.0] * 3
    )
    assert np.isinf(stratified_required(none, margin=0.05, alpha=0.05, difference=zero)).all()


@pytest.mark.parametrize("selected", [0, 1])
def test_nobody_or_everybody_selected_still_has_an_interval(selected: int) -> None:
    made = risk_difference(
        tables([(40 * selected, 40, 900 * selected, 900), (9 * selected, 9, 50 * selected, 50)])
    )
    low, high = (float(v[0]) for v in made.interval(0.95))
    assert -0.2 < low < -1e-3
    assert 1e-3 < high < 0.2


def simulated(
    n1: Any, n2: Any, p1: Any, p2: Any, *, worlds: int, rng: np.random.Generator
) -> Tables:
    """Each world is a group."""
    strata = len(n1)
    x1, x2 = rng.binomial(n1, p1, (worlds, strata)), rng.binomial(n2, p2, (worlds, strata))
    return Tables(
        worlds, np.repeat(np.arange(worlds), strata), x1.ravel().astype(float),
        np.tile(n1, worlds).astype(float), x2.ravel().astype(float),
        np.tile(n2, worlds).astype(float), np.ones(x1.size),
    )  # fmt: skip


def sectors(rng: np.random.Generator, strata: int = 15) -> tuple[Any, Any, Any]:
    """A group of about 450 among 8,500 others, unlike in where they are; rates of the others."""
    n1 = np.round(rng.dirichlet(np.ones(strata)) * 450).astype(int) + 1
    n2 = np.round(rng.dirichlet(np.full(strata, 2)) * 8_500).astype(int) + 2
    return n1, n2, rng.uniform(0.05, 0.2, strata)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("difference", [0.0, 0.05])
def test_sato_covers_in_large_and_in_sparse_strata(sparse: bool, difference: float) -> None:
    """95 % intervals over 6,000 worlds: Monte Carlo error 0.3 points."""
    rng = np.random.default_rng(6)
    n1, n2, base = sectors(rng)
    if sparse:
        n1, n2, base = np.ones(300, dtype=int), np.full(300, 4), rng.uniform(0.05, 0.3, 300)
    made = risk_difference(simulated(n1, n2, base + difference, base, worlds=6_000, rng=rng))
    inside = np.abs(made.estimate - difference) <= 1.959964 * np.sqrt(made.variance)
    assert inside.mean() == pytest.approx(0.95, abs=0.012)
    assert made.estimate.mean() == pytest.approx(difference, abs=1.5e-3)


CASES = {
    "more, many sectors": (0.05, 0.0),
    "less, many sectors": (-0.05, 0.0),
    "more, rare": (0.05, 0.01),
    "less, never in the group": (-0.02, 0.02),
    "more, unlike by sector": (None, 0.0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("level", [0.0125, 0.05])
def test_a_difference_at_the_margin_is_rarely_called_equivalent(case: str, level: float) -> None:
    """At most the level, but for three Monte Carlo errors of 20,000 worlds."""
    from scipy.special import ndtri

    worlds = 20_000
    rng = np.random.default_rng(7)
    n1, n2, base = sectors(rng, 8)
    given, rate = CASES[case]
    base = np.full(8, rate) if rate else base
    difference = rng.uniform(0.0, 0.1, 8) if given is None else np.full(8, given)
    weight = n1 * n2 / (n1 + n2)
    edge = float((weight * difference).sum() / weight.sum())
    made = simulated(n1, n2, base + difference, base, worlds=worlds, rng=rng)
    found, side, limit = risk_difference(made), np.sign(edge), float(ndtri(1 - level))
    score = -side * score_statistic(made, np.full(worlds, edge)) > limit
    plain = side * (edge - found.estimate) > limit * np.sqrt(found.variance)
    error = 3 * np.sqrt(level * (1 - level) / worlds)
    assert (score & plain).mean() <= level + error


@pytest.mark.parametrize("difference", [0.0, 0.02])
def test_promised_power_is_met(difference: float) -> None:
    """4,000 worlds: Monte Carlo error below 0.8 points, the approximation's within 4."""
    rng = np.random.default_rng(8)
    n1, n2, base = sectors(rng)
    made = simulated(n1, n2, base + difference, base, worlds=4_000, rng=rng)
    found = risk_difference(made)
    met = np.ones(4_000, dtype=bool)
    for edge in (-0.05, 0.05):
        z = score_statistic(made, np.full(4_000, edge)) * -np.sign(edge)
        plain = np.sign(edge) * (edge - found.estimate) / np.sqrt(found.variance)
        met &= np.minimum(z, plain) > 1.644854
    one = np.ones(1)
    expected = tables(np.column_stack((np.round(n1 * base), n1, np.round(n2 * base), n2)))
    promised = stratified_power(
        expected, margin=0.05 * one, alpha=0.05, difference=difference * one, times=one
    )
    assert float(promised[0]) == pytest.approx(met.mean(), abs=0.04)


def test_required_and_minimal_are_the_same_promise() -> None:
    n1, n2, base = sectors(np.random.default_rng(9))
    made = tables(np.column_stack((np.round(n1 * base), n1, np.round(n2 * base), n2)))
    zero = np.zeros(1)
    needed = stratified_required(made, margin=0.05, alpha=0.05, difference=zero)
    times = needed / n1.sum()
    power = stratified_power(made, margin=zero + 0.05, alpha=0.05, difference=zero, times=times)
    assert float(power[0]) == pytest.approx(0.8, abs=0.01)
    margin = stratified_minimal_margin(made, alpha=0.05)
    power = stratified_power(made, margin=margin, alpha=0.05, difference=zero, times=zero + 1)
    assert float(power[0]) == pytest.approx(0.8, abs=0.01)
    assert np.isinf(stratified_required(made, margin=0.05, alpha=0.05, difference=zero + 0.05))
