"""The exact test against full enumeration: its size never exceeds the level, whatever the rate."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from ind_risk.core.bias.exact_unconditional import GAMMA, exact_tost_p_value
from ind_risk.core.bias.score_test import score_statistic, tost_p_value
from ind_risk.core.errors import IndRiskError


def brute_force(x1: int, n1: int, x2: int, n2: int, margin: float) -> float:
    """One-sided p-values by adding up all tables on a fine grid of all rates."""
    a, b = (v.ravel() for v in np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij"))
    worst = 0.0
    for sign in (1.0, -1.0):
        z = sign * score_statistic(x1=a, n1=n1, x2=b, n2=n2, delta=sign * margin)
        seen = sign * float(score_statistic(x1=x1, n1=n1, x2=x2, n2=n2, delta=sign * margin))
        region = z <= seen + 1e-9
        rates = np.linspace(0, 1 - margin, 801) + (margin if sign < 0 else 0.0)
        for p2 in rates:
            p1 = np.clip(p2 + sign * margin, 0, 1)
            worst = max(worst, float((binom.pmf(a, n1, p1) * binom.pmf(b, n2, p2))[region].sum()))
    return worst


@pytest.mark.parametrize(
    ("n1", "n2", "margin"), [(1, 1, 0.3), (3, 7, 0.2), (5, 5, 0.4), (8, 4, 0.1), (6, 15, 0.25)]
)
def test_never_below_brute_force_over_the_confidence_set_and_hardly_above_it(
    n1: int, n2: int, margin: float
) -> None:
    for x1, x2 in product(range(0, n1 + 1, 2), range(0, n2 + 1, 3)):
        mine = exact_tost_p_value(x1=x1, n1=n1, x2=x2, n2=n2, margin=margin)
        assert mine <= brute_force(x1, n1, x2, n2, margin) + GAMMA + 1e-6


@pytest.mark.parametrize(("n1", "n2", "margin"), [(4, 9, 0.3), (10, 12, 0.35), (7, 40, 0.3)])
def test_its_size_is_at_most_the_level_at_every_rate(n1: int, n2: int, margin: float) -> None:
    tables = list(product(range(n1 + 1), range(n2 + 1)))
    p = np.array([exact_tost_p_value(x1=a, n1=n1, x2=b, n2=n2, margin=margin) for a, b in tables])
    a, b = (np.array(v) for v in zip(*tables, strict=True))
    assert (p < 0.3).any()
    for level, sign in product((0.01, 0.05, 0.1, 0.3), (1, -1)):
        for p2 in np.linspace(0, 1, 401):
            p1 = p2 + sign * margin
            if 0 <= p1 <= 1:
                weight = binom.pmf(a, n1, p1) * binom.pmf(b, n2, p2)
                assert weight[p <= level].sum() <= level + 1e-9


def test_it_agrees_with_the_score_test_where_groups_are_large() -> None:
    given = {"x1": 22, "n1": 200, "x2": 900, "n2": 9_000, "margin": 0.05}
    exact = exact_tost_p_value(**given)  # type: ignore[arg-type]
    assert exact == pytest.approx(float(tost_p_value(**given)), abs=0.02)


def test_a_group_against_ten_thousand_is_quick() -> None:
    begun = time.perf_counter()
    for x1 in (0, 5, 20):
        exact_tost_p_value(x1=x1, n1=200, x2=1_000, n2=10_000, margin=0.05)
    assert time.perf_counter() - begun < 5  # a guard against work that grows with n1 times n2


@pytest.mark.parametrize(("x1", "n1", "x2", "n2"), [(0, 0, 1, 5), (1, 5, 0, 0), (0, 0, 0, 0)])
def test_nobody_is_never_equivalent(x1: int, n1: int, x2: int, n2: int) -> None:
    assert exact_tost_p_value(x1=x1, n1=n1, x2=x2, n2=n2, margin=0.1) == 1.0


def test_no_count_is_refused() -> None:
    with pytest.raises(IndRiskError, match="no count"):
        exact_tost_p_value(x1=6, n1=5, x2=1, n2=5, margin=0.1)
