"""Counts of scores against shares: sums as over the sponsors, and coarse where entries are many."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.bias.association import associations
from ind_risk.core.bias.cross_counts import MOST_STEPS, counted, cross_counts
from ind_risk.core.bias.ranks import score_ranks
from ind_risk_tests.core.bias.ranked_world import centred_ranks, residuals, scores_of, shares_of


def columns(rng: np.random.Generator, n: int, groups: int) -> list[np.ndarray]:
    """Shares of several groups of the same sponsors, most of them 0, with ties and without."""
    made = rng.integers(0, 6, (groups, n)) * (rng.random((groups, n)) < 0.4)
    return list(made / np.maximum(made.sum(axis=0), 1))


@pytest.mark.parametrize("strata", [1, 3])
def test_sums_are_those_over_the_sponsors(strata: int) -> None:
    rng = np.random.default_rng(3)
    n, shares = 400, columns(rng, 400, 4)
    stratum, score = rng.integers(0, strata, n), rng.normal(size=n).round(1)
    made = cross_counts(scores_of(score, stratum), shares_of(*shares))
    u = residuals(centred_ranks(score), stratum)
    above = np.array([centred_ranks(s) - centred_ranks(s)[s == 0][0] for s in shares])
    assert made.product == pytest.approx(above @ u)
    variance = np.array([u[stratum == s].var(ddof=1) for s in range(strata)])[stratum]
    assert made.gram == pytest.approx((above * variance) @ above.T)
    assert made.count.sum() == sum((s > 0).sum() for s in shares)
    for group, share in enumerate(shares):
        excess, of, count = made.pairs(group)
        for s in range(strata):
            there = (stratum == s) & (share > 0)
            assert count[of == s].sum() == there.sum()
            assert (count * excess)[of == s].sum() == pytest.approx(above[group][there].sum())


def test_many_entries_are_counted_in_few_cells_with_hardly_another_result() -> None:
    rng = np.random.default_rng(4)
    n = 20_000
    share, other = rng.random((2, n)) * (rng.random((2, n)) < 0.5)
    score = rng.normal(size=n) + 0.3 * share
    ranks, shares = score_ranks(score), shares_of(share, other)
    fine, coarse = counted(ranks, shares), counted(ranks, shares, most=2_000)
    assert len(coarse.steps.count) < len(fine.steps.count) / 2
    assert len(coarse.steps.excess) <= 2 * (MOST_STEPS + 1)
    assert coarse.steps.count.sum() == fine.steps.count.sum()
    one, two = associations(fine), associations(coarse)
    assert two.rho == pytest.approx(one.rho, abs=1e-12)
    assert two.standard_error == pytest.approx(one.standard_error, rel=0.01)
