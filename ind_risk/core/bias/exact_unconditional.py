"""Exact unconditional test of equivalence: valid however small the groups are.

For groups too small for the score test to be trusted; slower, and never below the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.exact_limits import exact_limits
from ind_risk.core.bias.score_test import checked_tables, score_statistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GAMMA = 1e-5  # probability that the nuisance rate lies outside the range searched
_GRID = 201  # values of the nuisance rate, then so many again around the worst


def exact_tost_p_value(*, x1: int, n1: int, x2: int, n2: int, margin: float) -> float:
    """p-value of "the difference is at least the margin": at most alpha means equivalent.

    The larger of two one-sided p-values, each the highest probability over all rates of the others
    in a (1 - gamma) confidence set, plus gamma: Berger and Boos (1994), Journal of the American
    Statistical Association 89:1012. Tables are ordered by the Miettinen–Nurminen statistic, as in
    Chan and Zhang (1999), Biometrics 55:1202. Cost grows with n1, hardly with n2.

    Args:
        x1, n1: selected and sponsors of the group, whole numbers.
        x2, n2: of the others.
        margin: in (0, 1).

    Returns:
        In (0, 1]; 1 where a group is empty.

    Raises:
        IndRiskError: where not 0 <= x <= n.
    """
    checked_tables(x1, n1, x2, n2)
    if n1 == 0 or n2 == 0:
        return 1.0
    upper = _one_sided(x1, n1, x2, n2, margin)
    # "At most -margin" is "at least margin" of those not selected.
    lower = _one_sided(n1 - x1, n1, n2 - x2, n2, margin)
    return max(upper, lower)


def _one_sided(x1: int, n1: int, x2: int, n2: int, margin: float) -> float:
    """p-value of p1 - p2 >= margin."""
    observed = float(score_statistic(x1=x1, n1=n1, x2=x2, n2=n2, delta=margin))
    first = np.arange(n1 + 1)
    fewest = _fewest(first, n1, n2, margin, observed)
    ends = exact_limits(np.array(float(x2)), np.array(float(n2)), GAMMA / 2)
    low, high = float(ends[0]), min(float(ends[1]), 1 - margin)
    if low >= high:  # H0 is impossible with what was seen, but for gamma
        last = _probability(np.array([1 - margin]), first, fewest, n1, n2, margin)
        return float(GAMMA + last[0])
    grid = np.linspace(low, high, _GRID)
    chance = _probability(grid, first, fewest, n1, n2, margin)
    worst, step = grid[int(np.argmax(chance))], grid[1] - grid[0]
    near = np.linspace(max(low, worst - step), min(high, worst + step), _GRID)
    closer = _probability(near, first, fewest, n1, n2, margin)
    return float(min(max(chance.max(), closer.max()) + GAMMA, 1.0))


def _fewest(first: NDArray[np.int64], n1: int, n2: int, margin: float, observed: float) -> Floats:
    """For each x1 the fewest x2 that speak as much against H0 as what was seen; n2 + 1 if none.

    The statistic falls as x2 rises, so that they are found by bisection.
    """
    below, enough = np.full(len(first), -1), np.full(len(first), n2 + 1)
    while np.any(enough - below > 1):
        middle = (below + enough) // 2
        inside = np.clip(middle, 0, n2)
        z = score_statistic(x1=first, n1=n1, x2=inside, n2=n2, delta=margin)
        good = z <= observed + 1e-9
        open_ = enough - below > 1
        enough = np.where(open_ & good, middle, enough)
        below = np.where(open_ & ~good, middle, below)
    return enough.astype(float)


def _probability(
    rates: Floats, first: NDArray[np.int64], fewest: Floats, n1: int, n2: int, margin: float
) -> Floats:
    """Probability of the tables that speak as much against H0, at each rate of the others."""
    from scipy.stats import binom

    p2 = rates[:, None]
    own = binom.pmf(first, n1, np.clip(p2 + margin, 0.0, 1.0))
    return np.asarray((own * binom.sf(fewest - 1, n2, p2)).sum(axis=1), dtype=float)
