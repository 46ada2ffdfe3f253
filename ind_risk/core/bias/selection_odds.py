"""How different sponsors without an outcome would have to be to overturn a verdict.

Between "they are like the others" and "they could be anything" lies a range with one number on it:
the factor by which their odds of non-compliance differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.bounds import difference_bounds, filled_bounds
from ind_risk.core.bias.outcome_cells import Filled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ind_risk.core.bias.bounds import DifferenceBounds
    from ind_risk.core.bias.outcome_cells import Cells, Measure

    Floats = NDArray[np.float64]

LARGEST = 1e6  # beyond it a factor is of no use
_STEPS = 12  # of the grid from 1 to there
_HALVINGS = 8  # of one step, to 0.5 %


def tilted(cells: Cells, *, gamma: ArrayLike, up: tuple[bool, bool]) -> Filled:
    """Fill in the missing of each band with the odds of the known times gamma, or divided by it.

    In a band where all known outcomes are the same, half an average sponsor is added to both, so
    that odds exist (Haldane, 1956; Anscombe, 1956); in one without any known outcome nothing ties
    the missing to anything, and they are all taken to be what `up` says at any gamma.

    Args:
        cells: shape (groups, 2, 3).
        gamma: at least 1, infinite for "could be anything"; broadcasts to (groups,).
        up: multiply (true) or divide, of those not selected and of those selected.
    """
    known, count = cells.weight[..., :2], cells.count[..., :2]
    seen = count.sum(axis=-1)
    average = known.sum(axis=-1) / np.maximum(seen, 1.0)
    half = np.where((count == 0).any(axis=-1), average / 2, 0.0)
    good, bad = known[..., 0] + half, known[..., 1] + half
    factor = np.broadcast_to(np.asarray(gamma, dtype=float), seen.shape[:-1])[..., None]
    free = (seen == 0) | np.isinf(factor)
    factor = np.where(free, 1.0, factor)
    odds = np.where(up, factor, 1 / factor)
    total = np.where(free, 1.0, odds * bad + good)
    share = np.where(free, np.array(up, dtype=float), odds * bad / total)
    slope = np.stack((-odds * bad, odds * good), axis=-1) / total[..., None] ** 2
    return Filled(share, np.where(free[..., None], 0.0, slope))


def sensitivity_bounds(
    group: Cells, others: Cells, measure: Measure, *, gamma: ArrayLike, level: float
) -> DifferenceBounds:
    """Range of the difference group minus others at a given gamma.

    Within each cell of group and band, the odds of non-compliance of sponsors without an outcome
    are between 1/gamma and gamma times those of the others: the model of Rosenbaum (2002),
    Observational Studies, section 4.2, applied to being observed; with sampling intervals a region
    of uncertainty (Vansteelandt and others, 2006, Statistica Sinica 16:953). At gamma 1 outcomes
    are missing at random within the cells; without limit these are `manski_bounds`.

    Args:
        group, others: cells of each group and of those it is compared with.
        measure: which rate.
        gamma: at least 1; one number, or one for each group.
        level: as in `completed_rates`.
    """
    lower, upper = tuple(not u for u in measure.up), measure.up
    arm = group.plus(others)

    def ends(cells: Cells) -> tuple[Filled, Filled]:
        least = tilted(cells, gamma=gamma, up=(lower[0], lower[1]))
        return least, tilted(cells, gamma=gamma, up=upper)

    made = [
        filled_bounds(cells, measure, least=least, most=most, arm=arm, level=level)
        for cells, (least, most) in ((c, ends(c)) for c in (group, others))
    ]
    return difference_bounds(*made)


def tipping_gamma(
    group: Cells,
    others: Cells,
    measure: Measure,
    *,
    equivalent: NDArray[np.bool_],
    margin: float,
    alpha: float,
) -> Floats:
    """The smallest gamma at which a verdict no longer holds, one for each group.

    "Equivalent" holds while the outer interval lies inside the margin, "disparity" while the
    Imbens–Manski interval excludes 0: both count sampling error.

    Args:
        group, others, measure: as in `sensitivity_bounds`.
        equivalent: the verdict to hold, shape (groups,): "equivalent", else "disparity".
        margin: of equivalence.
        alpha: level.

    Returns:
        1 where the verdict does not even hold with outcomes missing at random within the cells;
        infinite where it holds whatever the missing outcomes are; at most `LARGEST` otherwise.
        Rounded down by up to 0.5 %.
    """

    def holds(gammas: Floats) -> NDArray[np.bool_]:
        """Shape (values, groups), of so many values of gamma for each group; all in one pass."""
        times = len(gammas)
        bounds = sensitivity_bounds(
            group.repeated(times), others.repeated(times), measure, gamma=gammas.ravel(),
            level=alpha / 2,
        )  # fmt: skip
        same = np.tile(equivalent, times)
        held = _holds(bounds, equivalent=same, margin=margin, alpha=alpha)
        return held.reshape(gammas.shape)

    grid = np.geomspace(1.0, LARGEST, _STEPS + 1)
    held = holds(np.tile(np.append(grid, np.inf)[:, None], (1, len(equivalent))))
    # The first failure counts, should rounding or small samples let it hold again further on.
    first = np.argmin(held, axis=0)
    low = np.log(grid[np.clip(first - 1, 0, _STEPS)])
    high = np.log(grid[np.clip(first, 0, _STEPS)])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        good = holds(np.exp(middle)[None, :])[0]
        low, high = np.where(good, middle, low), np.where(good, high, middle)
    return np.where(held.all(axis=0), np.inf, np.where(first == 0, 1.0, np.exp(low)))


def _holds(
    bounds: DifferenceBounds, *, equivalent: NDArray[np.bool_], margin: float, alpha: float
) -> NDArray[np.bool_]:
    low, high = bounds.outer(alpha=alpha)
    inside = (-margin < low) & (high < margin)
    if equivalent.all():
        return np.asarray(inside)
    low, high = bounds.imbens_manski(alpha=alpha)
    return np.where(equivalent, inside, ~inside & ((low > 0) | (high < 0)))
