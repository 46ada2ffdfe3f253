"""The ratio's score test against brute force, a published example, and its own error rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from ind_risk.core.bias.score_ratio import (
    ratio_equivalence_interval,
    ratio_interval,
    ratio_statistic,
    ratio_tost_p_value,
)
from ind_risk.core.errors import IndRiskError


def brute_force(x1: int, n1: int, x2: int, n2: int, theta: float) -> float:
    """The statistic with the constrained rates found by numerical maximisation."""

    def loss(p2: float) -> float:
        p1 = theta * p2
        total = 0.0
        for x, n, p in ((x1, n1, p1), (x2, n2, p2)):
            total += x * np.log(p) if x else 0.0
            total += (n - x) * np.log1p(-p) if n - x else 0.0
        return -total

    most = min(1.0, 1 / theta)
    p2 = minimize_scalar(loss, bounds=(0, most), method="bounded", options={"xatol": 1e-13}).x
    p1 = theta * p2
    total = n1 + n2
    variance = p1 * (1 - p1) / n1 + theta**2 * p2 * (1 - p2) / n2
    return float((x1 / n1 - theta * x2 / n2) / np.sqrt(variance * total / (total - 1)))


def test_agrees_with_brute_force_on_a_thousand_tables() -> None:
    rng = np.random.default_rng(1)
    compared = 0
    for _ in range(1_500):
        n1, n2 = (int(v) for v in rng.choice([3, 8, 30, 200, 5_000], 2))
        x1, x2 = int(rng.binomial(n1, rng.random())), int(rng.binomial(n2, rng.random()))
        theta = float(np.exp(rng.normal()))
        if x1 + x2 in (0, n1 + n2) or (x1 in (0, n1) and x2 in (0, n2)):
            continue  # the likelihood is highest at an end, where numbers give no minimum
        mine = float(ratio_statistic(x1=x1, n1=n1, x2=x2, n2=n2, ratio=theta))
        assert mine == pytest.approx(brute_force(x1, n1, x2, n2, theta), abs=2e-4, rel=2e-4)
        compared += 1
    assert compared >= 1_000


def test_published_interval() -> None:
    """Koopman (1984), Biometrics 40:513: 36 of 40 against 16 of 80, 95 %: 2.94 to 7.15.

    Koopman's interval lacks the factor N / (N - 1), which widens by less than half a per cent here.
    """
    low, high = ratio_interval(x1=36, n1=40, x2=16, n2=80, confidence=0.95)
    assert float(low) == pytest.approx(2.94, abs=0.02)
    assert float(high) == pytest.approx(7.15, abs=0.05)


tables = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400), st.integers(0, 400))


@given(table=tables, level=st.sampled_from([0.05, 0.0125]))
def test_never_nan_and_inverse_to_the_p_value(
    table: tuple[int, int, int, int], level: float
) -> None:
    n1, n2 = max(table[0], table[1]), max(table[2], table[3])
    counts = {"x1": min(table[:2]), "n1": n1, "x2": min(table[2:]), "n2": n2}
    low, high = (float(v) for v in ratio_equivalence_interval(**counts, alpha=level))
    assert not np.isnan([low, high]).any()
    assert 0 <= low <= high
    for margin in (1.25, 2.0, 5.0):
        p = float(ratio_tost_p_value(**counts, margin=margin))
        assert 0 <= p <= 1
        if abs(p - level) > 1e-6:
            assert (p < level) == (1 / margin < low and high < margin)


def test_swapping_the_groups_inverts_the_interval() -> None:
    low, high = ratio_interval(x1=30, n1=500, x2=90, n2=2_000, confidence=0.9, skewness=True)
    back = ratio_interval(x1=90, n1=2_000, x2=30, n2=500, confidence=0.9, skewness=True)
    assert float(low) == pytest.approx(1 / float(back[1]), rel=1e-6)
    assert float(high) == pytest.approx(1 / float(back[0]), rel=1e-6)


@pytest.mark.parametrize("theta", [2.0, 0.5])
def test_a_ratio_at_the_margin_is_rarely_called_equivalent(theta: float) -> None:
    """Exact sum over all tables of 400 against 4,000 at 10 % among the others."""
    n1, n2, p2 = 400, 4_000, 0.1
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(300, 501)
    weight = binom.pmf(x1, n1, theta * p2) * binom.pmf(x2, n2, p2)
    kept = weight > 1e-12
    a, b = np.broadcast_arrays(x1, x2)
    p = ratio_tost_p_value(x1=a[kept], n1=n1, x2=b[kept], n2=n2, margin=2.0)
    for level in (0.05, 0.0125):
        assert weight[kept][p < level].sum() <= level * 1.06
        assert weight[kept][p < level].sum() >= level * 0.8


def test_the_statistic_is_normal_under_the_hypothesis() -> None:
    rng = np.random.default_rng(2)
    n1, n2 = 800, 5_000
    x1, x2 = rng.binomial(n1, 0.15, 20_000), rng.binomial(n2, 0.10, 20_000)
    z = ratio_statistic(x1=x1, n1=n1, x2=x2, n2=n2, ratio=1.5)
    for level in (0.05, 0.95):
        share = float((z < norm.ppf(level)).mean())
        assert share == pytest.approx(level, abs=4 * np.sqrt(0.05 * 0.95 / 20_000) + 0.003)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_no_ratio_is_refused(ratio: float) -> None:
    with pytest.raises(IndRiskError, match="above 0"):
        ratio_statistic(x1=1, n1=2, x2=1, n2=2, ratio=ratio)
