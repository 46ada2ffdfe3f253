"""The lift against Koopman's published interval, brute force, its edges and simulation."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from ind_risk.core.accuracy.lift import lift_interval, restricted_rate
from ind_risk.core.accuracy.rates import Interval, Rate, quantile, weighted_rate
from ind_risk_tests.core.accuracy.example import misses, population

if TYPE_CHECKING:
    import numpy as np

Z95 = float(norm.ppf(0.975))


def _lift(x1: int, n1: int, x2: int, n2: int, *, sure_share: bool = False) -> Interval:
    share = n1 / (n1 + n2)
    return lift_interval(
        high=Rate(x1 / n1, n1, n1),
        rest=Rate(x2 / n2, n2, n2),
        share=Rate(share, n1 + n2, 1e12 if sure_share else n1 + n2),
        z=Z95,
    )


def _as_ratio(lift: float, share: float) -> float:
    """The ratio of rates that belongs to a lift."""
    return lift * (1 - share) / (1 - lift * share)


def test_koopmans_published_ratio() -> None:
    """Koopman (1984): 36 of 40 against 16 of 80 gives a ratio of 4.5, 2.94 to 7.15."""
    found = _lift(36, 40, 16, 80, sure_share=True)
    ratios = [_as_ratio(v, 1 / 3) for v in (found.estimate, found.low, found.high)]
    assert ratios == pytest.approx([4.5, 2.94, 7.15], abs=0.06)  # N / (N − 1) widens a little


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 29), st.integers(1, 69), st.floats(0.2, 5))
def test_restricted_rate_maximises_the_likelihood(x1: int, x2: int, ratio: float) -> None:
    def loss(p: float) -> float:
        q = min(ratio * p, 1 - 1e-12)
        return -(x1 * log(q) + (30 - x1) * log(1 - q) + x2 * log(p) + (70 - x2) * log(1 - p))

    best = minimize_scalar(
        loss, bounds=(1e-9, min(1, 1 / ratio) - 1e-9), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    made = restricted_rate(ratio, Rate(x1 / 30, 30, 30), Rate(x2 / 70, 70, 70))
    assert made == pytest.approx(best.x, abs=1e-5)


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 180))
def test_finite_and_in_order(x1: int, x2: int) -> None:
    if x1 + x2 == 0:
        return
    found = _lift(x1, 20, x2, 180)
    assert 0 <= found.low <= found.estimate <= found.high < 50
    assert found.high - found.low > 0.05
    assert found.estimate == pytest.approx((x1 / 20) / ((x1 + x2) / 200))


def test_no_finding_in_band_high() -> None:
    found = _lift(0, 20, 20, 180)
    assert (found.estimate, found.low) == (0.0, 0.0)
    assert 1.0 < found.high < 2.5


def test_every_finding_in_band_high() -> None:
    found = _lift(20, 20, 0, 180)
    assert found.estimate == pytest.approx(10)
    assert 3 < found.low < 10 < found.high


CASES = [
    # n, weights, AUC (0.5: lift 1, 0.6: 1.7, 0.75: 3.2, 0.9: 5.6)
    (200, "equal", 0.5),
    (200, "equal", 0.6),
    (200, "equal", 0.75),
    (200, "independent", 0.6),
    (200, "up", 0.6),
    (200, "down", 0.75),
    (200, "outcome", 0.6),
    (1500, "equal", 0.6),
    (1500, "equal", 0.9),
    (1500, "independent", 0.75),
    (1500, "outcome", 0.6),
]


@pytest.mark.parametrize(("n", "weights", "auc"), CASES)
def test_limits_miss_at_their_level(n: int, weights: str, auc: float) -> None:
    made = population(auc=auc, weights=weights)

    def interval(rng: np.random.Generator) -> tuple[float, float] | None:
        _, y, w, top = made.draw(n, rng)
        high, rest = weighted_rate(y[top], w[top]), weighted_rate(y[~top], w[~top])
        share = weighted_rate(top.astype(float), w)
        if high is None or rest is None or share is None or y.sum() == 0:
            return None
        z = quantile(0.05, high.effective, rest.effective)
        found = lift_interval(high=high, rest=rest, share=share, z=z)
        return found.low, found.high

    low, high = misses(interval, made.lift, draws=1000 if n < 1000 else 500)
    assert low <= 0.075
    assert high <= 0.09
