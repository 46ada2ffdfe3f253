"""How likely equivalence among the like is to be shown, and how many sponsors it would need.

As `power`, with the strata's own rates and weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.mantel_haenszel import constrained_variance
from ind_risk.core.bias.power import TARGET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.mantel_haenszel import Tables

    Floats = NDArray[np.float64]

_HALVINGS = 20
_MOST = 10**8  # sponsors; beyond this no number is of use


def stratified_power(
    tables: Tables, *, margin: Floats, alpha: float, difference: Floats, times: Floats
) -> Floats:
    """Probability that the (1 - 2 alpha) score interval lies inside (-margin, margin).

    Normal approximation; the group and the others of a stratum have its common rate, plus the
    true difference in the group.

    Args:
        tables: of the groups.
        margin, difference: shape (groups,); margin, and true common difference.
        alpha: level of each one-sided test.
        times: shape (groups,), how many times as large each group would be, the others staying.

    Returns:
        In [0, 1], shape (groups,); 0 where nothing can be compared.
    """
    from scipy.special import ndtr, ndtri

    n1, n2 = tables.n1 * times[tables.group], tables.n2
    rate = (tables.x1 + tables.x2) / (tables.n1 + tables.n2)
    w = n1 * n2 / (n1 + n2)
    total = tables.total(w)
    weight = np.where(total == 0, 1.0, total)
    p1 = np.clip(rate + difference[tables.group], 0.0, 1.0)
    real = tables.total(w * w * (p1 * (1 - p1) / n1 + rate * (1 - rate) / n2))
    spread = np.maximum(np.sqrt(real) / weight, 1e-12)
    chance = np.zeros(tables.groups)
    for side in (1.0, -1.0):
        edge = (side * margin)[tables.group]
        variance = constrained_variance(x1=n1 * rate, n1=n1, x2=n2 * rate, n2=n2, delta=edge)
        reach = float(ndtri(1 - alpha)) * np.sqrt(tables.total(w * w * variance)) / weight
        chance += ndtr((margin - reach - side * difference) / spread)
    return np.where(total == 0, 0.0, np.maximum(chance - 1, 0.0))


def stratified_minimal_margin(tables: Tables, *, alpha: float) -> Floats:
    """Smallest margin at which equivalence has 80 % power if there is no difference; at most 1."""
    none, once = np.zeros(tables.groups), np.ones(tables.groups)
    low, high = none, once
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        power = stratified_power(tables, margin=middle, alpha=alpha, difference=none, times=once)
        low, high = np.where(power >= TARGET, low, middle), np.where(power >= TARGET, middle, high)
    return high


def stratified_required(
    tables: Tables, *, margin: float, alpha: float, difference: Floats
) -> Floats:
    """Comparable sponsors each group needs for 80 % power, spread over the strata as they are.

    Args:
        tables, alpha: as in `stratified_power`.
        margin: of equivalence.
        difference: shape (groups,), true common difference.

    Returns:
        Whole numbers, rounded up; infinite where no number is enough.
    """
    size = np.maximum(tables.total(tables.n1), 1.0)
    edge = np.full(tables.groups, margin)

    def enough(n1: Floats) -> NDArray[np.bool_]:
        power = stratified_power(
            tables, margin=edge, alpha=alpha, difference=difference, times=n1 / size
        )
        return np.asarray(power >= TARGET)

    low, high = np.zeros(tables.groups), np.full(tables.groups, np.log(_MOST))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        good = enough(np.exp(middle))
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return np.where(enough(np.exp(high)), np.ceil(np.exp(high)), np.inf)
