"""What can be said of error rates where outcomes are missing: bounds that no outcome can break.

Worst-case bounds of a rate and of the difference between two groups, and intervals for the true
difference that also hold against sampling error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.outcome_cells import (
    Rates,
    completed_rates,
    constant,
    tables,
)
from ind_risk.core.bias.score_test import equivalence_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.outcome_cells import Cells, Filled, Measure

    Floats = NDArray[np.float64]

_HALVINGS = 40
_GRID = 50  # critical values are rounded up to multiples of 1 / so many


@dataclass(frozen=True, eq=False)
class RateBounds:
    """The lowest and highest value of a rate, one for each group."""

    low: Rates
    high: Rates


@dataclass(frozen=True, eq=False)
class DifferenceBounds:
    """Bounds of the difference group minus others, and what their intervals rest on.

    Args:
        low, high: ends of the identified set, shape (groups,).
        at_low, at_high: arguments of the score test for each end.
        se_low, se_high: standard errors of the ends, never 0.
    """

    low: Floats
    high: Floats
    at_low: dict[str, Floats]
    at_high: dict[str, Floats]
    se_low: Floats
    se_high: Floats

    def outer(self, *, alpha: float) -> tuple[Floats, Floats]:
        """Each end moved out to its one-sided (1 - alpha) limit: what "equivalent" rests on.

        It covers the true difference with a probability from 1 - 2 alpha (nothing missing) to
        1 - alpha, and errs on either side in at most alpha of cases, however wide the set is. The
        (1 - 2 alpha) interval of Imbens and Manski does not: for a wide set it errs on one side in
        2 alpha of cases, which would double the false "equivalent".
        """
        return self._moved_out(np.full_like(self.low, alpha))

    def imbens_manski(self, *, alpha: float) -> tuple[Floats, Floats]:
        """Interval that covers the true difference, not the whole set, with 1 - alpha.

        Imbens and Manski (2004), Econometrica 72:1845, equation 7, with limits of the score test
        in place of Wald's. Their condition that the width is known better than the ends where it
        is small (Stoye, 2009, Econometrica 77:1299) holds: the width is a share of missing.
        """
        from scipy.special import ndtr

        critical = imbens_manski_critical(
            width=self.high - self.low, se=np.maximum(self.se_low, self.se_high), alpha=alpha
        )
        return self._moved_out(ndtr(-critical))

    def _moved_out(self, tail: Floats) -> tuple[Floats, Floats]:
        """Each end moved out to its one-sided (1 - tail) limit, both ends in one pass."""
        both = {name: np.concatenate((v, self.at_high[name])) for name, v in self.at_low.items()}
        low, high = equivalence_interval(**both, alpha=np.concatenate((tail, tail)))
        return low[: len(tail)], high[len(tail) :]


def manski_bounds(cells: Cells, measure: Measure, *, arm: Cells, level: float) -> RateBounds:
    """Worst-case bounds of a rate over all outcomes that the missing could have.

    Manski (1990), American Economic Review 80:319: every missing sponsor is given the outcome that
    lowers, or raises, the rate. Outcomes that leave the rate undefined are left out; where all do,
    the bounds are 0 and 1.

    Args:
        cells, measure, arm, level: as in `completed_rates`.
    """
    up = np.array(measure.up, dtype=float)
    least, most = constant(1 - up, cells), constant(up, cells)
    return filled_bounds(cells, measure, least=least, most=most, arm=arm, level=level)


def filled_bounds(
    cells: Cells, measure: Measure, *, least: Filled, most: Filled, arm: Cells, level: float
) -> RateBounds:
    """A rate with the missing filled in so that it is lowest, and highest."""
    low, high = (
        completed_rates(cells, measure, filled=filled, arm=arm, level=level)
        for filled in (least, most)
    )
    no_low, no_high = low.count == 0, high.count == 0
    lowest = np.where(no_low, np.where(no_high, 0.0, high.value), low.value)
    highest = np.where(no_high, np.where(no_low, 1.0, low.value), high.value)
    return RateBounds(
        Rates(lowest, np.where(no_low, high.size, low.size), low.count),
        Rates(highest, np.where(no_high, low.size, high.size), high.count),
    )


def difference_bounds(group: RateBounds, others: RateBounds) -> DifferenceBounds:
    """Bounds of group minus others; sharp, because nobody is missing in both.

    Args:
        group, others: one rate each for each group.
    """
    at_low, at_high = tables(group.low, others.high), tables(group.high, others.low)
    return DifferenceBounds(
        low=group.low.value - others.high.value,
        high=group.high.value - others.low.value,
        at_low=at_low,
        at_high=at_high,
        se_low=_standard_error(**at_low),
        se_high=_standard_error(**at_high),
    )


def imbens_manski_critical(*, width: Floats, se: Floats, alpha: float) -> Floats:
    """The c with Φ(c + width / se) - Φ(-c) = 1 - alpha, rounded up to multiples of 0.02.

    Between the one-sided quantile of a wide set and the two-sided one of a point, which is not
    rounded.
    """
    from scipy.special import ndtr, ndtri

    low, high = (np.full_like(width, -ndtri(tail)) for tail in (alpha, alpha / 2))
    two_sided = high.copy()
    ratio = width / se
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = ndtr(middle + ratio) - ndtr(-middle) >= 1 - alpha
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.minimum(np.ceil(high * _GRID) / _GRID, two_sided)


def _standard_error(*, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Of the difference, from rates with one success and one failure added, so never 0."""
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    return np.sqrt(p1 * (1 - p1) / np.maximum(n1, 1.0) + p2 * (1 - p2) / np.maximum(n2, 1.0))
