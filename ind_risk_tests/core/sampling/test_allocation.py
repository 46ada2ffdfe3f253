"""Allocations: textbook numbers, exact optima by enumeration, and paths that only grow."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ind_risk.core.sampling.allocation import Path, neyman, neyman_total

TWICE = 2 * (1 - norm.cdf(2))  # Cochran rounds the normal quantile to 2


def test_cochran_s_64_cities() -> None:
    """Cochran (1977), chapter 5: 64 cities, variances 53,843 and 5,581, samples of 24."""
    size, spread = np.array([16.0, 48.0]), np.sqrt([53_843.0, 5_581.0])
    made = neyman(size=size, spread=spread, total=24)
    assert made == pytest.approx(24 * np.array([3_712.6, 3_585.9]) / 7_298.5, abs=1e-3)
    assert np.round(made).tolist() == [12, 12]


def test_a_stratum_that_is_too_small_is_taken_whole() -> None:
    made = neyman(size=[10, 100, 100], spread=[50.0, 1.0, 3.0], total=50)
    assert made == pytest.approx([10, 10, 30])
    assert neyman(size=[4, 6], spread=[1.0, 1.0], total=99) == pytest.approx([4, 6])


def test_a_proportion_with_the_finite_population_correction() -> None:
    """Cochran (1977), section 4.4: 400 without it, 356 of 3,200 islanders, ±5 points at t = 2."""
    made = neyman_total(size=[3_200], spread=[0.5], half_width=0.05, alpha=TWICE)
    assert made == 356
    assert neyman_total(size=[10**9], spread=[0.5], half_width=0.05, alpha=TWICE) == 400
    assert neyman_total(size=[30], spread=[0.5], half_width=1e-6, alpha=TWICE) == 30


def test_the_total_is_the_one_at_which_the_variance_is_met() -> None:
    size, spread = np.array([300.0, 500.0, 200.0]), np.array([0.2, 0.4, 0.5])
    total = neyman_total(size=size, spread=spread, half_width=0.04, alpha=0.05)

    def half_width(n: int) -> float:
        own = neyman(size=size, spread=spread, total=n)
        parts = (size / size.sum()) ** 2 * spread**2 * (1 / own - 1 / size)
        return float(norm.ppf(0.975) * np.sqrt(parts.sum()))

    assert half_width(total) <= 0.04 < half_width(total - 1)


def test_equal_proportions_are_the_exact_optimum() -> None:
    """Wright (2012): compared with every whole allocation of the same total."""
    aim = np.array([7.3, 2.1, 4.9])
    path = Path(target=aim, minimum=np.ones(3, dtype=np.int64), most=np.full(3, 12))
    for total in (5, 9, 14):
        costs = {
            n: float((aim**2 / np.array(n)).sum())
            for n in product(range(1, 13), repeat=3) if sum(n) == total
        }  # fmt: skip
        assert costs[tuple(path.at(total).tolist())] == pytest.approx(min(costs.values()))


STRATUM = st.tuples(st.floats(0, 500), st.integers(0, 12), st.integers(1, 60), st.floats(0, 40))


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(STRATUM, min_size=1, max_size=12), total=st.integers(0, 900))
def test_a_path_keeps_bounds_and_contains_what_came_before(rows: Any, total: int) -> None:
    aim, minimum, most, already = (np.array(v) for v in zip(*rows, strict=True))
    minimum = np.minimum(minimum, most)
    path = Path(target=aim, minimum=minimum, most=most, already=already)
    here = min(total, path.most)
    n, more = path.at(here), path.at(min(here + 7, path.most))
    assert n.sum() == here
    assert (n <= most).all()
    assert (more >= n).all()
    if here >= path.least:
        assert (n >= minimum).all()
