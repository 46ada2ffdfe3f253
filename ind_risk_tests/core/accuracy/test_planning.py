"""The number of inspections asked for gives about the power it promises, by simulation."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from ind_risk.core.accuracy import planning
from ind_risk.core.accuracy.auc import auc_interval
from ind_risk.core.accuracy.lift import lift_interval
from ind_risk.core.accuracy.rates import newcombe_difference, quantile, weighted_rate
from ind_risk_tests.core.accuracy.example import POLICY, population

MADE = population(auc=planning.AUC, prevalence=planning.PREVALENCE, size=200_000)


def test_rates_of_the_bands_are_those_of_normal_scores() -> None:
    order = np.argsort(-MADE.score)
    edges = [0, 20_000, 60_000, 200_000]
    expected = [MADE.outcome[order[a:b]].mean() for a, b in itertools.pairwise(edges)]
    rates = planning.band_rates(POLICY.capacity)
    assert list(rates) == ["high", "middle", "low"]
    assert list(rates.values()) == pytest.approx(expected, abs=0.006)
    shares = (0.1, 0.2, 0.7)
    assert sum(s * r for s, r in zip(shares, rates.values(), strict=True)) == pytest.approx(0.1)


def test_power_for_the_auc() -> None:
    n = planning.inspections_for_auc(POLICY)
    assert n is not None
    rng, shown = np.random.default_rng(0), 0
    for _ in range(400):
        score, outcome, weight, _ = MADE.draw(n, rng)
        found = auc_interval(score=score, outcome=outcome, weight=weight, alpha=0.025)
        shown += found.low >= POLICY.accuracy.auc_at_least
    assert 0.72 <= shown / 400 <= 0.88


def test_power_for_the_lift() -> None:
    n = planning.inspections_for_lift(POLICY)
    assert n is not None
    rng, shown = np.random.default_rng(0), 0
    for _ in range(400):
        _, y, w, top = MADE.draw(n, rng)
        high, rest = weighted_rate(y[top], w[top]), weighted_rate(y[~top], w[~top])
        share = weighted_rate(top.astype(float), w)
        assert high is not None
        assert rest is not None
        assert share is not None
        z = quantile(0.025, high.effective, rest.effective)
        found = lift_interval(high=high, rest=rest, share=share, z=z)
        shown += found.low >= POLICY.accuracy.precision_lift_at_least
    assert 0.72 <= shown / 400 <= 0.88


def test_power_for_the_bands() -> None:
    n = planning.inspections_for_bands(POLICY, "high", "middle")
    assert n is not None
    rates, rng, shown = planning.band_rates(POLICY.capacity), np.random.default_rng(0), 0
    for _ in range(1000):
        drawn = [
            weighted_rate((rng.random(k) < rates[b]).astype(float), np.ones(k))
            for b, k in (("high", n // 10), ("middle", n // 5))
        ]
        assert drawn[0] is not None
        assert drawn[1] is not None
        z = quantile(0.025, drawn[0].effective, drawn[1].effective)
        shown += newcombe_difference(drawn[0], drawn[1], z=z).low > 0
    assert 0.72 <= shown / 1000 <= 0.88


def test_a_bound_beyond_the_assumption_needs_more_than_any_number() -> None:
    hard = replace(
        POLICY,
        accuracy=replace(POLICY.accuracy, auc_at_least=0.8, precision_lift_at_least=9.9),
    )
    assert planning.inspections_for_auc(hard) is None
    assert planning.inspections_for_lift(hard) is None
    assert "No number" in planning.needed(None, "an AUC of at least 0.80")
    assert "10 % of sponsors" in planning.needed(1234, "it")
    assert "1,234" in planning.needed(1234, "it")
