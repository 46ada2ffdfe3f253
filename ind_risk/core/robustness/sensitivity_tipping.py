"""The tipping point: how many of those never looked at may fail before a conclusion turns."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.robustness.sensitivity_lift import filled_lift, filled_rates

if TYPE_CHECKING:
    from ind_risk.core.accuracy.rates import Interval
    from ind_risk.core.robustness.sensitivity_labels import Selected

_HALVINGS = 24
_SHARES = (0.0, *np.geomspace(1e-4, 1.0, 25).tolist())


@dataclass(frozen=True)
class Tipping:
    """Shares of non-compliance among sponsors without an outcome; 1 where no share turns it.

    Args:
        point: at which the lift falls to its bound; 0 where it is below it anyhow.
        low: up to which the lift is shown to reach the bound.
        high: from which it is shown not to.
    """

    point: float
    low: float
    high: float


def tipping_point(labels: Selected, *, bound: float, ratio: float, alpha: float) -> Tipping:
    """Where the lift of precision in band high over the rate of all falls to its bound.

    A tipping-point analysis (Yan, Lee and Li, 2009, Journal of Biopharmaceutical Statistics
    19:1085): with a small share among the missing the lift rests on the outcomes there are, with a
    larger one it goes to that of the assumed ratio. It is followed from 0 up to the first crossing.

    Args:
        labels: with sponsors in both parts and some outcome.
        bound: of the lift.
        ratio: how many times the share is in band high what it is elsewhere, up to 1 there; with 1
            the model sorts the missing no better than chance.
        alpha: one-sided level of either limit.
    """

    def limits(share: float) -> Interval:
        return filled_lift(labels, elsewhere=share, high=min(ratio * share, 1.0), alpha=alpha)

    return Tipping(
        turning_share(labels, bound=bound, ratio=ratio),
        _last(lambda share: limits(share).low >= bound),
        _last(lambda share: limits(share).high >= bound),
    )


def turning_share(labels: Selected, *, bound: float, ratio: float) -> float:
    """The `point` of a tipping point alone."""

    def holds(share: float) -> bool:
        rest, top, part = filled_rates(labels, elsewhere=share, high=min(ratio * share, 1.0))
        return top.value >= bound * (part.value * top.value + (1 - part.value) * rest.value) > 0

    return _last(holds)


def _last(holds: Callable[[float], bool]) -> float:
    """The last share, from 0 up, for which it holds without a break."""
    if not holds(0.0):
        return 0.0
    for below, above in itertools.pairwise(_SHARES):
        if not holds(above):
            return _halved(holds, below, above)
    return 1.0


def _halved(holds: Callable[[float], bool], below: float, above: float) -> float:
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        below, above = (middle, above) if holds(middle) else (below, middle)
    return below
