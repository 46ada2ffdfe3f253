"""Which counts may be shown: none under the policy's minimum, nor any that would give one back.

Primary suppression hides small cells. Secondary suppression hides more, until no published total
minus the published parts leaves a small count (Hundepool and others, 2012, Statistical Disclosure
Control, section 4.2). Where a numerator must stay hidden, figures are those of a whole block of so
many numerators as the minimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def hidden(counts: ArrayLike, *, total: float, minimum: int) -> NDArray[np.bool_]:
    """Which cells of a table with a published total must be hidden.

    All below the minimum; then the smallest of the others, until the total minus what is shown is
    0 or at least the minimum. The cells need not add up to the total: what is in none of them is
    hidden with the rest.

    Args:
        counts: disjoint cells, shape (cells,).
        total: published; at least their sum.
        minimum: smallest count that may be shown.

    >>> hidden([3, 40, 25], total=68, minimum=10).tolist()
    [True, False, True]
    >>> hidden([30, 40], total=75, minimum=10).tolist()
    [True, False]
    """
    cells = np.asarray(counts, dtype=float)
    hide = cells < minimum
    for cell in np.argsort(cells, kind="stable"):
        rest = total - cells[~hide].sum()
        if not _tells(rest, cells[hide], minimum):
            break
        hide[cell] = True
    return np.asarray(hide)


def _tells(rest: float, cells: NDArray[np.float64], minimum: int) -> bool:
    """Whether the hidden remainder gives a small count away."""
    return 0 < rest < minimum or (len(cells) > 0 and rest < minimum)


def numerator_class(x: int, n: int, minimum: int) -> tuple[int, int]:
    """The numerators that a coarse figure must not tell apart, lowest and highest.

    Whole blocks of `minimum` numerators, counted from the nearer end of 0 … n.

    >>> numerator_class(3, 400, 10), numerator_class(398, 400, 10), numerator_class(2, 5, 10)
    ((0, 9), (391, 400), (0, 5))
    """
    if n < 2 * minimum:
        return 0, n
    middle = minimum * (n // 2 // minimum)  # where the block begins that belongs to both ends
    if n - 2 * middle + 1 < minimum:
        middle -= minimum
    low = minimum * (min(x, n - x) // minimum)
    if low >= middle:
        return middle, n - middle
    high = low + minimum - 1
    return (low, high) if x <= n - x else (n - high, n - low)


def coarse_share(inside: float, total: float, minimum: int) -> float:
    """A share rounded down or up to where at least `minimum` or nobody is outside.

    >>> coarse_share(997, 1000, 10), coarse_share(900, 1000, 10)
    (0.99, 0.9)
    """
    outside = total - inside
    return (total - minimum) / total if 0 < outside < minimum <= total else inside / total
