"""Bounds of precision and miss rate that no outcome of the others can break."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.rates import Rate, wilson
from ind_risk.core.bias.bounds import imbens_manski_critical, manski_bounds
from ind_risk.core.bias.outcome_cells import MISS_RATE, PRECISION

if TYPE_CHECKING:
    from ind_risk.core.bias.outcome_cells import Measure, Rates
    from ind_risk.core.robustness.sensitivity_labels import Selected


@dataclass(frozen=True)
class Bounded:
    """A rate of which only bounds are known.

    Args:
        least, most: ends of the identified set.
        low, high: interval that also holds against sampling error.
        seen: the rate among sponsors with an outcome; None where there is none.
        step: smallest difference of the ends that `minimum` sponsors make.
    """

    least: float
    most: float
    low: float
    high: float
    seen: float | None
    step: float

    def coarse(self) -> Bounded:
        """Ends moved outwards to whole steps, so that no small count can be read from them."""
        down = (max(floor(v / self.step + 1e-9) * self.step, 0.0) for v in (self.least, self.low))
        up = (min(ceil(v / self.step - 1e-9) * self.step, 1.0) for v in (self.most, self.high))
        (least, low), (most, high) = down, up
        return Bounded(least, most, low, high, None, self.step)


def precision_bounds(labels: Selected, *, alpha: float, minimum: int) -> Bounded:
    """Of the share of band high that is non-compliant."""
    return _bounded(labels, PRECISION, alpha, minimum)


def miss_rate_bounds(labels: Selected, *, alpha: float, minimum: int) -> Bounded:
    """Of the share of non-compliant sponsors outside band high."""
    return _bounded(labels, MISS_RATE, alpha, minimum)


def _bounded(labels: Selected, measure: Measure, alpha: float, minimum: int) -> Bounded:
    """Manski's bounds (1990) and the interval of Imbens and Manski (2004, equation 7).

    That covers the rate itself, not the whole set, with 1 − alpha, and errs on either side in at
    most alpha of cases. Its limits are Wilson's.
    """
    cells = labels.cells
    found = manski_bounds(cells, measure, arm=cells, level=alpha / 2)
    low, high = _rate(found.low), _rate(found.high)
    critical = imbens_manski_critical(
        width=np.array([high.value - low.value]),
        se=np.array([max(_standard_error(r) for r in (low, high))]),
        alpha=alpha,
    )
    z = float(critical[0])
    part, rest = (float(labels.count[cell]) for cell in (measure.part, measure.rest))
    return Bounded(
        least=low.value, most=high.value, low=wilson(low, z=z).low, high=wilson(high, z=z).high,
        seen=part / (part + rest) if part + rest > 0 else None,
        step=min(max(minimum, 1) / max(min(low.n, high.n), 1), 1.0),
    )  # fmt: skip


def _rate(rates: Rates) -> Rate:
    size, value = max(float(rates.size[0]), 1.0), float(rates.value[0])
    return Rate(min(max(value, 0.0), 1.0), int(rates.count[0]), size)


def _standard_error(rate: Rate) -> float:
    """With one success and one failure added, so never 0."""
    p = (rate.value * rate.effective + 1) / (rate.effective + 2)
    return float(np.sqrt(p * (1 - p) / rate.effective))
