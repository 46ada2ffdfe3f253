"""Exact limits against statsmodels, and what they are for: sparse tables at the margin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from ind_risk.core.bias.exact_limits import exact_limits, recovered_interval
from ind_risk.core.bias.score_test import called_equivalent, equivalence_interval, tost_p_value


def test_limits_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 400, 500).astype(float)
    x = np.floor(rng.random(500) * (n + 1))
    low, high = exact_limits(x, n, 0.025)
    expected = proportion_confint(x, n, alpha=0.05, method="beta")
    assert low == pytest.approx(np.nan_to_num(expected[0]), abs=1e-12)
    assert high == pytest.approx(np.nan_to_num(expected[1], nan=1.0), abs=1e-12)


def test_with_others_beyond_doubt_it_is_the_groups_own_interval() -> None:
    x, n = np.array([2.0]), np.array([30.0])
    low, high = recovered_interval(x, n, np.array([0.0]), np.array([1e9]), 0.05)
    own_low, own_high = exact_limits(x, n, 0.05)
    assert low[0] == pytest.approx(own_low[0], abs=1e-6)
    assert high[0] == pytest.approx(own_high[0], abs=1e-6)


@pytest.mark.parametrize(
    ("n1", "n2", "p1", "p2", "margin"),
    [
        (20, 50_000, 0.12, 0.02, 0.10),  # 7.0 % by score statistics alone
        (50, 200, 0.0, 0.10, 0.10),
        (5_000, 200, 0.0, 0.10, 0.10),
        (100, 9_000, 0.0, 0.10, 0.10),
        (700, 9_300, 0.15, 0.10, 0.05),
        (700, 9_300, 0.05, 0.10, 0.05),
    ],
)
@pytest.mark.parametrize("alpha", [0.05, 0.0125])
def test_a_difference_at_the_margin_is_called_equivalent_in_at_most_alpha(
    n1: int, n2: int, p1: float, p2: float, margin: float, alpha: float
) -> None:
    """Exact sums over all tables that are not next to impossible."""
    x1, x2 = (
        np.arange(binom.ppf(1e-9, n, p), binom.isf(1e-9, n, p) + 1) for n, p in ((n1, p1), (n2, p2))
    )
    called = called_equivalent(x1=x1[:, None], n1=n1, x2=x2, n2=n2, margin=margin, alpha=alpha)
    size = float(binom.pmf(x1, n1, p1) @ called @ binom.pmf(x2, n2, p2))
    assert size <= alpha + 2 * np.sqrt(alpha * (1 - alpha) / 20_000)


def test_interval_verdict_and_p_value_say_the_same() -> None:
    rng = np.random.default_rng(2)
    n1, n2 = rng.integers(0, 900, 3_000), rng.integers(0, 9_000, 3_000)
    x1, x2 = rng.binomial(n1, 0.1), rng.binomial(n2, 0.1)
    counts = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    for alpha, margin in ((0.05, 0.05), (0.0125, 0.1)):
        low, high = equivalence_interval(**counts, alpha=alpha)
        inside = (low > -margin) & (high < margin)
        called = called_equivalent(**counts, margin=margin, alpha=alpha)
        p = tost_p_value(**counts, margin=margin)
        near = np.abs(p - alpha) < 1e-6
        assert (called[~near] == inside[~near]).all()
        assert (called[~near] == (p < alpha)[~near]).all()
        assert called.any()
        assert not called.all()
