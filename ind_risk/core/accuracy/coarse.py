"""What may be shown of a share that rests on few findings: figures of a whole block of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.accuracy.rates import Interval
from ind_risk.core.bias.disclosure import numerator_class
from ind_risk.core.sampling.estimates import korn_graubard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.sampling.estimates import Proportion

ROUNDED = (
    " Figures are rounded, because few sponsors are behind them; the verdict is by the exact ones."
)


def few_found(outcome: NDArray[np.float64] | NDArray[np.bool_], minimum: int) -> bool:
    """Whether so few have the outcome, or have it not, that the share would give them away."""
    positives = int(outcome.sum())
    return min(positives, len(outcome) - positives) < minimum


def coarse_interval(found: Proportion, *, alpha: float, minimum: int) -> Interval:
    """The limits of all shares that must not be told apart, from the lowest to the highest.

    Blocks are of so many findings as the minimum, at the size that Kish's formula gives: one that
    does not depend on what was found.

    Args:
        found: the share.
        alpha: of each side.
        minimum: smallest count that may be shown.

    Returns:
        The middle of the block, the lower limit of its first and the upper limit of its last share.
    """
    size = max(round(1 / sum(found.squares)), 1)
    block = numerator_class(min(round(found.value * size), size), size, minimum)
    first, last = (korn_graubard(found.at(x / size), alpha=alpha) for x in block)
    return Interval((first.estimate + last.estimate) / 2, first.low, last.high)
