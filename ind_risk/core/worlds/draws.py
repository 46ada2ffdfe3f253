"""Draws that numpy has no name for, all vectorised: shares, weighted samples, fair rounding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(−x))."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)


def by_share(u: NDArray[np.float64], shares: Iterable[float]) -> NDArray[np.int64]:
    """The category of each number in [0, 1): category k has a stretch as long as its share.

    Args:
        u: shape (n,).
        shares: of the categories, in any unit.
    """
    ends = np.cumsum(np.fromiter(shares, dtype=np.float64))
    return np.searchsorted(ends[:-1] / ends[-1], u, side="right").astype(np.int64)


def dealt_out(order: NDArray[np.int64], start: float) -> NDArray[np.float64]:
    """Numbers in [0, 1) that fill any stretch of an order as evenly as numbers can.

    The fractional parts of multiples of the golden ratio; Weyl (1916), Math. Ann. 77:313.

    Args:
        order: row numbers in the order along which to deal, shape (n,).
        start: where in [0, 1) to begin.
    """
    dealt = np.empty(len(order))
    golden = (np.sqrt(5) - 1) / 2
    dealt[order] = (start + golden * np.arange(1, len(order) + 1)) % 1.0
    return dealt


def weighted_sample(
    rng: np.random.Generator, weights: NDArray[np.float64], size: int
) -> NDArray[np.int64]:
    """Row numbers drawn without replacement, with chances that follow the weights.

    Efraimidis and Spirakis (2006), Inf. Process. Lett. 97:181: the largest log(u) / w.

    Args:
        rng: of the world.
        weights: 0 for rows that cannot be drawn, shape (n,).
        size: how many; fewer come back if fewer can be drawn.
    """
    possible = np.flatnonzero(weights > 0)
    size = min(size, len(possible))
    keys = np.log(1.0 - rng.random(len(possible))) / weights[possible]
    return possible[np.argsort(-keys)[:size]]


def level_for(log_odds: NDArray[np.float64], rate: float) -> float:
    """What to add to log-odds so that their mean probability is a rate (by bisection)."""
    low, high = -20.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        if logistic(log_odds + middle).mean() < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2
