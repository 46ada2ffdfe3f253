"""The sensitivity model at its two limits, by hand, by search, and by simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ind_risk.core.bias.bounds import DifferenceBounds, difference_bounds, manski_bounds
from ind_risk.core.bias.outcome_cells import (
    FALSE_POSITIVE_RATE,
    MISS_RATE,
    PRECISION,
    Cells,
    Measure,
    completed_rates,
)
from ind_risk.core.bias.selection_odds import LARGEST, sensitivity_bounds, tilted, tipping_gamma
from ind_risk_tests.core.bias.test_bounds import cells

ALPHA, MARGIN = 0.05, 0.10
MEASURES = (FALSE_POSITIVE_RATE, MISS_RATE, PRECISION)


def range_at(
    group: np.ndarray, others: np.ndarray, measure: Measure, gamma: float
) -> DifferenceBounds:
    return sensitivity_bounds(cells(group), cells(others), measure, gamma=gamma, level=ALPHA)


def completed(table: np.ndarray, odds: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Compliant and non-compliant by band, the missing having these multiples of the odds."""
    share = odds * table[:, 1] / (odds * table[:, 1] + table[:, 0])
    return table[:, 0] + (1 - share) * table[:, 2], table[:, 1] + share * table[:, 2]


def rate(table: np.ndarray, odds: tuple[float, float], measure: Measure) -> float:
    both = completed(table, odds)
    part, rest = (both[y][s] for s, y in (measure.part, measure.rest))
    return float(part / (part + rest))


def some(seed: int, size: int = 40) -> tuple[np.ndarray, np.ndarray]:
    group, others = np.random.default_rng(seed).integers(1, 60, (2, size, 2, 3))
    return group, others


def test_by_hand() -> None:
    """Selected: 8 compliant, 2 not, 10 missing; not selected: 60 compliant, 20 not, 20 missing.

    At gamma 3 the odds 2/8 of the selected become 1/12 to 3/4, so that of the 10 missing 10/13 to
    30/7 are non-compliant; the odds 1/3 become 1/9 to 1, so that of the 20 missing 2 to 10 are.
    """
    table = np.array([[[60, 20, 20], [8, 2, 10]]])
    nobody = np.array([[[100, 0, 0], [0, 0, 0]]])
    found = range_at(table, nobody, FALSE_POSITIVE_RATE, 3.0)
    most, least = 8 + 10 - 10 / 13, 8 + 10 - 30 / 7
    assert float(found.high[0]) == pytest.approx(most / (most + 60 + 20 - 10))
    assert float(found.low[0]) == pytest.approx(least / (least + 60 + 20 - 2))
    missed = range_at(table, np.array([[[0, 0, 0], [0, 100, 0]]]), MISS_RATE, 3.0)
    assert float(missed.high[0]) == pytest.approx((20 + 10) / (20 + 10 + 2 + 10 / 13))


@pytest.mark.parametrize("measure", MEASURES)
def test_gamma_one_is_missing_at_random_within_cells(measure: Measure) -> None:
    group, others = some(1)
    found = range_at(group, others, measure, 1.0)
    expected = [
        rate(g, (1.0, 1.0), measure) - rate(o, (1.0, 1.0), measure)
        for g, o in zip(group, others, strict=True)
    ]
    assert np.allclose(found.low, expected)
    assert np.allclose(found.high, expected)


@pytest.mark.parametrize("measure", MEASURES)
def test_without_limit_it_is_manski(measure: Measure) -> None:
    group, others = some(2)
    group[:20, 1, :2] = 0  # nobody known among the selected
    group[20:25, 0, 1] = 0  # nobody known to be non-compliant
    own, rest = cells(group), cells(others)
    bounds = [manski_bounds(c, measure, arm=own.plus(rest), level=ALPHA) for c in (own, rest)]
    worst = difference_bounds(*bounds)
    for gamma, near in ((np.inf, 1e-12), (1e9, 1e-5)):
        found = range_at(group, others, measure, gamma)
        assert np.allclose(found.low, worst.low, atol=near)
        assert np.allclose(found.high, worst.high, atol=near)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_range_is_that_of_all_odds_and_grows_with_gamma(measure: Measure) -> None:
    group, others = some(3, 12)
    before = range_at(group, others, measure, 1.0)
    for gamma in (1.5, 4.0):
        found = range_at(group, others, measure, gamma)
        steps = gamma ** np.linspace(-1, 1, 9)
        for k in range(len(group)):
            ends = [
                [rate(t[k], pair, measure) for pair in product(steps, steps)]
                for t in (group, others)
            ]
            assert float(found.low[k]) == pytest.approx(min(ends[0]) - max(ends[1]))
            assert float(found.high[k]) == pytest.approx(max(ends[0]) - min(ends[1]))
        assert (found.low < before.low).all()
        assert (found.high > before.high).all()
        before = found


@pytest.mark.parametrize("gamma", [1.0, 2.0])
def test_the_effective_size_is_the_one_of_simulated_worlds(gamma: float) -> None:
    """Weights 1:3, response by band: p(1 - p) / size is the variance over 20,000 worlds."""
    rng, worlds, n = np.random.default_rng(5), 20_000, 800
    chance = np.array([[0.45, 0.12, 0.13], [0.14, 0.08, 0.08]])
    drawn = rng.multinomial(n, np.outer([0.7, 0.3], chance).ravel(), worlds)
    light, heavy = np.moveaxis(drawn.reshape(worlds, 2, 2, 3).astype(float), 1, 0)
    made = Cells(*(light + w * heavy for w in (3, 9, 81, 1)))
    filled = tilted(made, gamma=gamma, up=FALSE_POSITIVE_RATE.up)
    rates = completed_rates(made, FALSE_POSITIVE_RATE, filled=filled, arm=made, level=0.4)
    p = rates.value.mean()
    expected = p * (1 - p) / rates.value.var()
    # The t-quantiles at so mild a level reduce the size by less than 1 %.
    assert float(np.median(rates.size)) == pytest.approx(expected, rel=0.03)


def tables(x1: int, x2: int, missing: int) -> tuple[Cells, Cells]:
    """1,000 and 4,000 compliant sponsors, so many selected, and some without an outcome."""
    group = np.array([[[1000 - x1, 60, missing], [x1, 40, missing]]])
    others = np.array([[[4000 - x2, 240, 4 * missing], [x2, 160, 4 * missing]]])
    return cells(group), cells(others)


@pytest.mark.parametrize(("x1", "equivalent"), [(100, True), (280, False)])
def test_the_verdict_holds_up_to_the_tipping_gamma_and_not_beyond(
    x1: int, equivalent: bool
) -> None:
    group, others = tables(x1, 400, 200)
    claim = np.array([equivalent])
    given = {"equivalent": claim, "margin": MARGIN, "alpha": ALPHA}
    gamma = float(tipping_gamma(group, others, FALSE_POSITIVE_RATE, **given)[0])  # type: ignore[arg-type]
    assert 1 < gamma < LARGEST

    def holds(g: float) -> bool:
        made = sensitivity_bounds(group, others, FALSE_POSITIVE_RATE, gamma=g, level=ALPHA / 2)
        low, high = made.outer(alpha=ALPHA) if equivalent else made.imbens_manski(alpha=ALPHA)
        inside = float(low[0]) > -MARGIN and float(high[0]) < MARGIN
        return inside if equivalent else float(low[0]) > 0 or float(high[0]) < 0

    assert holds(gamma)
    assert holds((1 + gamma) / 2)
    assert not holds(1.01 * gamma)


def test_more_missing_tips_sooner_and_few_never_do() -> None:
    found = []
    for missing in (1, 150, 250, 400):
        group, others = tables(100, 400, missing)
        found.append(
            float(
                tipping_gamma(
                    group, others, FALSE_POSITIVE_RATE, equivalent=np.array([True]),
                    margin=MARGIN, alpha=ALPHA,
                )[0]
            )
        )  # fmt: skip
    assert found[0] == np.inf
    assert found[1] > found[2] > found[3] > 1


def test_a_verdict_that_response_by_band_alone_overturns_tips_at_one() -> None:
    """All known selected sponsors were few of many: with the others filled in, the rates differ."""
    group = np.array([[[900, 50, 0], [100, 10, 900]]])
    others = np.array([[[3600, 200, 0], [400, 40, 0]]])
    found = tipping_gamma(
        cells(group), cells(others), FALSE_POSITIVE_RATE, equivalent=np.array([True]),
        margin=MARGIN, alpha=ALPHA,
    )  # fmt: skip
    assert float(found[0]) == 1.0
