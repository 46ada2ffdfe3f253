"""Bounds against enumeration of all completions; intervals by simulated coverage."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

from ind_risk.core.bias.bounds import (
    DifferenceBounds,
    difference_bounds,
    imbens_manski_critical,
    manski_bounds,
)
from ind_risk.core.bias.outcome_cells import (
    FALSE_POSITIVE_RATE,
    MISS_RATE,
    PRECISION,
    Cells,
    Measure,
)
from ind_risk.core.bias.score_test import equivalence_interval

WORLDS = 10_000
ALPHA = 0.05
BY_HAND: dict[str, tuple[Measure, Callable[..., float | None]]] = {
    "false-positive rate": (FALSE_POSITIVE_RATE, lambda c, n: _share(c[1], c[0])),
    "miss rate": (MISS_RATE, lambda c, n: _share(n[0], n[1])),
    "precision": (PRECISION, lambda c, n: _share(n[1], c[1])),
}


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None


def cells(counts: np.ndarray) -> Cells:
    """Cells of equal weights: counts of shape (..., 2, 3)."""
    x = counts.astype(float)
    return Cells(x, x, x, x)


def every_completion(
    table: np.ndarray, rate: Callable[..., float | None]
) -> tuple[float, float] | None:
    """Lowest and highest defined rate over all outcomes of the missing."""
    (c0, n0, m0), (c1, n1, m1) = table
    found = [
        rate((c0 + m0 - a, c1 + m1 - b), (n0 + a, n1 + b))
        for a, b in product(range(m0 + 1), range(m1 + 1))
    ]
    defined = [r for r in found if r is not None]
    return (min(defined), max(defined)) if defined else None


@pytest.mark.parametrize("name", BY_HAND)
def test_the_bounds_are_those_of_all_completions(name: str) -> None:
    measure, rate = BY_HAND[name]
    tables = np.random.default_rng(1).integers(0, 4, (800, 2, 3))
    tables[:300] *= np.random.default_rng(2).integers(0, 2, (300, 2, 3))
    all_cells = cells(tables)
    made = manski_bounds(all_cells, measure, arm=all_cells, level=ALPHA)
    undefined = 0
    for k, table in enumerate(tables):
        expected = every_completion(table, rate)
        undefined += expected is None
        low, high = expected or (0.0, 1.0)
        assert float(made.low.value[k]) == pytest.approx(low, abs=1e-12), table
        assert float(made.high.value[k]) == pytest.approx(high, abs=1e-12), table
    assert undefined > 10


def differences(group: np.ndarray, others: np.ndarray, measure: Measure) -> DifferenceBounds:
    own, rest = cells(group), cells(others)
    arm = own.plus(rest)
    return difference_bounds(
        *(manski_bounds(c, measure, arm=arm, level=ALPHA / 2) for c in (own, rest))
    )


@pytest.mark.parametrize("name", BY_HAND)
def test_bounds_of_a_difference_are_those_of_all_completions(name: str) -> None:
    measure, rate = BY_HAND[name]
    rng = np.random.default_rng(3)
    group, others = rng.integers(1, 4, (2, 50, 2, 3))
    made = differences(group, others, measure)
    for k in range(50):
        ends = [every_completion(t[k], rate) for t in (group, others)]
        assert ends[0] is not None
        assert ends[1] is not None
        assert float(made.low[k]) == pytest.approx(ends[0][0] - ends[1][1], abs=1e-12)
        assert float(made.high[k]) == pytest.approx(ends[0][1] - ends[1][0], abs=1e-12)


def test_weighted_bounds_by_hand() -> None:
    """Selected compliant 2, missing 4; not selected compliant 10, missing 6 (weights)."""
    weight = np.array([[[10.0, 5.0, 6.0], [2.0, 3.0, 4.0]]])
    made = Cells(weight, 2 * weight, 8 * weight, weight / 2)
    bounds = manski_bounds(made, FALSE_POSITIVE_RATE, arm=made, level=ALPHA)
    assert float(bounds.low.value[0]) == pytest.approx(2 / (2 + 10 + 6))
    assert float(bounds.high.value[0]) == pytest.approx((2 + 4) / (2 + 4 + 10))


def test_the_critical_value_solves_its_equation_between_two_known_ends() -> None:
    width = np.array([0.0, 1e-9, 0.1, 0.5, 1.0, 2.0, 5.0, 50.0])
    found = imbens_manski_critical(width=width, se=np.ones_like(width), alpha=ALPHA)
    assert found[0] == norm.isf(ALPHA / 2)
    assert norm.isf(ALPHA) <= found[-1] <= norm.isf(ALPHA) + 0.02
    assert (np.diff(found) <= 0).all()
    covered = norm.cdf(found + width) - norm.cdf(-found)
    assert (covered >= 1 - ALPHA - 1e-9).all()
    assert (covered <= 1 - ALPHA + 0.005).all()


def test_with_nothing_missing_the_intervals_are_the_score_tests() -> None:
    rng = np.random.default_rng(4)
    group, others = rng.integers(0, 60, (2, 200, 2, 3))
    group[..., 2] = others[..., 2] = 0
    made = differences(group, others, MISS_RATE)
    counts = {
        "x1": group[:, 0, 1], "n1": group[..., 1].sum(1),
        "x2": others[:, 0, 1], "n2": others[..., 1].sum(1),
    }  # fmt: skip
    for found, tail in (
        (made.outer(alpha=ALPHA), ALPHA), (made.imbens_manski(alpha=ALPHA), ALPHA / 2)
    ):  # fmt: skip
        expected = equivalence_interval(**counts, alpha=tail)
        for mine, plain in zip(found, expected, strict=True):
            assert np.allclose(mine, plain, atol=1e-8)


def worlds(
    missing: float, rng: np.random.Generator, *, sizes: tuple[int, int] = (300, 1_000)
) -> tuple[DifferenceBounds, float, float]:
    """Simulated bounds of the false-positive rate difference, and the true ends of the set."""
    chance = []
    for selected, bad in ((0.25, 0.2), (0.15, 0.1)):
        table = np.outer([1 - selected, selected], [1 - bad, bad])
        seen = 1 - missing * np.array([[1.0], [0.6]])  # response differs between bands
        chance.append(np.concatenate((table * seen, (table * (1 - seen)).sum(1)[:, None]), axis=1))
    drawn = [
        rng.multinomial(n, p.ravel(), WORLDS).reshape(WORLDS, 2, 3)
        for n, p in zip(sizes, chance, strict=True)
    ]
    truth = differences(chance[0][None] * 1e9, chance[1][None] * 1e9, FALSE_POSITIVE_RATE)
    made = differences(drawn[0], drawn[1], FALSE_POSITIVE_RATE)
    return made, float(truth.low[0]), float(truth.high[0])


MC = 2 * float(np.sqrt(ALPHA * (1 - ALPHA) / WORLDS))


@pytest.mark.parametrize("missing", [0.0, 0.005, 0.02, 0.10, 0.40])
def test_imbens_manski_covers_either_end_of_the_set(missing: float) -> None:
    """A point, sets narrower and wider than the sampling error: 95 % within 2 MC errors of 0.4."""
    made, low, high = worlds(missing, np.random.default_rng(int(1000 * missing)))
    assert high - low >= missing / 2
    left, right = made.imbens_manski(alpha=ALPHA)
    for truth in (low, high):
        covered = ((left <= truth) & (truth <= right)).mean()
        assert covered >= 1 - ALPHA - MC
        assert covered <= 1 - ALPHA + 0.02


@pytest.mark.parametrize("missing", [0.0, 0.02, 0.40])
def test_outer_limits_err_on_either_side_in_alpha_of_cases(missing: float) -> None:
    """What "equivalent" rests on: a difference at the margin is missed in at most 5 %."""
    made, low, high = worlds(missing, np.random.default_rng(7))
    left, right = made.outer(alpha=ALPHA)
    assert (left > low).mean() <= ALPHA + MC
    assert (right < high).mean() <= ALPHA + MC


def test_the_shorter_interval_would_double_the_false_equivalence() -> None:
    """Why "equivalent" does not rest on the (1 - 2 alpha) interval of Imbens and Manski."""
    made, _, high = worlds(0.40, np.random.default_rng(8))
    _, right = made.imbens_manski(alpha=2 * ALPHA)
    assert (right < high).mean() > 1.5 * ALPHA


def test_empty_tables_leave_everything_open() -> None:
    nothing = np.zeros((1, 2, 3))
    made = differences(nothing, nothing, PRECISION)
    assert (float(made.low[0]), float(made.high[0])) == (-1.0, 1.0)
    for low, high in (made.outer(alpha=ALPHA), made.imbens_manski(alpha=ALPHA)):
        assert (float(low[0]), float(high[0])) == (-1.0, 1.0)
