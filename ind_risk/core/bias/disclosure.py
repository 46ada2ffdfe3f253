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
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from ind_risk.core.findings import Verdict

_STEPS = 200  # half points in 1


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


def part_of(part: int, *, whole: int, minimum: int) -> str:
    """A count of a part whose whole is told elsewhere, in words; neither gives the rest away.

    >>> part_of(118, whole=119, minimum=10), part_of(100, whole=119, minimum=10)
    ('110 or more', '100')
    >>> part_of(7, whole=300, minimum=10), part_of(119, whole=119, minimum=10)
    ('fewer than 10', '119')
    """
    if part < minimum:
        return f"fewer than {minimum}"
    if 0 < whole - part < minimum:
        return f"{part // minimum * minimum:,} or more"
    return f"{part:,}"


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


def numerators(x: int, n: int, *, selected: int, total: int, minimum: int) -> tuple[int, int]:
    """The numerators of a group that figures must not tell apart, beside others of known totals.

    The block of the smallest of the four cells: of the group or of the others, selected or not.

    >>> numerators(3, 400, selected=100, total=900, minimum=10)
    (0, 9)
    >>> numerators(97, 400, selected=100, total=900, minimum=10)
    (91, 100)
    """
    left = total - n - (selected - x)
    low, high = numerator_class(x, n, minimum)
    small = min(selected - x, left)
    if small < min(x, n - x):
        less, more = numerator_class(small, total - n, minimum)
        shift = (
            [small - less, small - more] if small == selected - x else [less - small, more - small]
        )
        low, high = x + min(shift), x + max(shift)
    least, most = max(selected - (total - n), 0), min(selected, n)
    return min(max(low, least), most), max(min(high, most), least)


def low_end(x: int, n: int, minimum: int, *, total: int) -> tuple[int, int]:
    """Stand-ins for a numerator and its group's size, where neither may be told.

    The same for all sizes of a block that is counted from both ends of the total.

    >>> low_end(4, 1293, 10, total=1300), low_end(1286, 1297, 10, total=1300)
    ((0, 1291), (1281, 1291))
    """
    size = numerator_class(n, total, minimum)[0]
    if x <= n - x:
        return min(numerator_class(x, n, minimum)[0], size), size
    return max(size - numerator_class(n - x, n, minimum)[0], 0), size


def to_marks(low: float, high: float, margin: float) -> tuple[float, float]:
    """Ends moved outwards to 0, the margin or 1, so that they say no more than a verdict.

    >>> to_marks(-0.02, 0.03, 0.05), to_marks(0.01, 0.2, 0.05)
    ((-0.05, 0.05), (0.0, 1.0))
    """
    marks = np.array([-1.0, -margin, 0.0, margin, 1.0])
    return (
        float(marks[marks <= max(low, -1.0)].max()),
        float(marks[marks >= min(high, 1.0)].min()),
    )


def only_verdict(
    verdict: Verdict, estimate: float, margin: float
) -> tuple[float, tuple[float, float]]:
    """An estimate and ends that say no more than the verdict on a difference and its direction.

    >>> only_verdict("equivalent", 0.01, 0.05), only_verdict("disparity", -0.2, 0.05)
    ((0.0, (-0.05, 0.05)), (-0.05, (-1.0, 0.0)))
    """
    if verdict == "equivalent":
        return 0.0, (-margin, margin)
    side = -margin if estimate < 0 else margin
    if verdict == "disparity":
        return side, (-1.0, 0.0) if estimate < 0 else (0.0, 1.0)
    return side if verdict == "risk_signalled" else 0.0, (-1.0, 1.0)


def to_steps(low: float, high: float) -> tuple[float, float]:
    """Ends moved outwards to half points, within [-1, 1].

    >>> to_steps(-0.021, 0.0312), to_steps(0.07, 0.07)
    ((-0.025, 0.035), (0.07, 0.07))
    """
    down, up = np.floor(round(low * _STEPS, 6)), np.ceil(round(high * _STEPS, 6))
    return float(max(down / _STEPS, -1.0)), float(min(up / _STEPS, 1.0))


def exposed(edges: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which hidden cells of a table with published margins can be worked out from the others.

    Every hidden cell joins its row and its column. One that lies on no cycle is determined by the
    margins and the cells that are shown (Gusfield, 1988, SIAM Journal on Computing 17:552).

    Args:
        edges: of each hidden cell, its row and its column, numbered apart; cells that hold unknown
            numbers apart in the same place are two edges.

    >>> exposed([(0, 10), (0, 11), (1, 10), (1, 11), (2, 10)]).tolist()
    [False, False, False, False, True]
    """
    near: dict[int, list[tuple[int, int]]] = {}
    for k, (row, column) in enumerate(edges):
        near.setdefault(row, []).append((column, k))
        near.setdefault(column, []).append((row, k))
    made = np.zeros(len(edges), dtype=bool)
    order: dict[int, int] = {}
    for start in near:
        if start not in order:
            made[_bridges(near, start, order)] = True
    return made


def _bridges(
    near: dict[int, list[tuple[int, int]]], start: int, order: dict[int, int]
) -> list[int]:
    """Edges without which the part around `start` would fall apart (Tarjan, 1974), by one walk."""
    found: list[int] = []
    order[start] = len(order)
    low = {start: order[start]}
    path = [(start, -1, iter(near[start]))]
    while path:
        node, by, left = path[-1]
        step = next(((there, k) for there, k in left if k != by), None)
        if step is None:
            path.pop()
            if path:
                above = path[-1][0]
                low[above] = min(low[above], low[node])
                if low[node] > order[above]:
                    found.append(by)
        elif step[0] in order:
            low[node] = min(low[node], order[step[0]])
        else:
            order[step[0]] = low[step[0]] = len(order)
            path.append((step[0], step[1], iter(near[step[0]])))
    return found


def coarse_share(inside: float, total: float, minimum: int) -> float:
    """A share rounded down or up to where at least `minimum` or nobody is outside.

    >>> coarse_share(997, 1000, 10), coarse_share(900, 1000, 10)
    (0.99, 0.9)
    """
    outside = total - inside
    return (total - minimum) / total if 0 < outside < minimum <= total else inside / total
