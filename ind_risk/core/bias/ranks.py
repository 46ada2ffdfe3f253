"""Midranks of scores and of nationality shares, kept sparse: most sponsors have a share of 0.

Centred mid-distribution values (midrank - 1/2) / n - 1/2 with mean 0, in [-1/2, 1/2].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ScoreRanks:
    """Scores as cells of equal score, in rising order.

    Args:
        cell: shape (n,), cell of each sponsor.
        count: shape (cells,), sponsors in each.
        value: shape (cells,), centred mid-distribution value.
    """

    cell: Ints
    count: Ints
    value: Floats

    @property
    def of_sponsor(self) -> Floats:
        """Centred value of each sponsor, shape (n,)."""
        return self.value[self.cell]


@dataclass(frozen=True, eq=False)
class ShareRanks:
    """Shares above 0 of every group, sorted by group and rising share.

    Args:
        start: shape (groups + 1,), where each group's entries begin.
        sponsor: shape (entries,).
        value: shape (entries,), centred value of the share among all n sponsors.
        first, past: shape (entries,), the run of equal shares an entry belongs to.
        zero: shape (groups,), centred value of the sponsors with share 0.
        n: sponsors.
    """

    start: Ints
    sponsor: Ints
    value: Floats
    first: Ints
    past: Ints
    zero: Floats
    n: int

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.zero)

    @property
    def present(self) -> Ints:
        """Sponsors with a share above 0, shape (groups,)."""
        return np.diff(self.start)

    @property
    def excess(self) -> Floats:
        """Value of each entry above that of share 0, shape (entries,)."""
        return self.value - np.repeat(self.zero, self.present)

    def part(self, group: int) -> slice:
        """Where the entries of a group stand."""
        return slice(int(self.start[group]), int(self.start[group + 1]))


def score_ranks(score: Floats) -> ScoreRanks:
    """Rank the scores of n sponsors; equal scores share their midrank."""
    _, cell, count = np.unique(score, return_inverse=True, return_counts=True)
    n = max(len(score), 1)
    value = (np.cumsum(count) - count / 2) / n - 0.5
    return ScoreRanks(cell.astype(np.int64), count.astype(np.int64), value)


def share_ranks(*, group: Ints, sponsor: Ints, share: Floats, groups: int, n: int) -> ShareRanks:
    """Rank each group's shares among all n sponsors, those without any at share 0.

    Args:
        group, sponsor, share: entries with share > 0, at most one for each (group, sponsor), a
            group's in order of sponsors.
        groups: number of groups; a group may have no entry.
        n: sponsors.
    """
    order = np.argsort(narrow(group, groups), kind="stable")
    start = np.searchsorted(group[order], np.arange(groups + 1)).astype(np.int64)
    for g in range(groups):
        part = slice(int(start[g]), int(start[g + 1]))
        order[part] = order[part][np.argsort(share[order[part]], kind="stable")]
    group, sponsor, share = group[order], sponsor[order], share[order]
    new = np.ones(len(group), dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (share[1:] != share[:-1])
    runs = np.flatnonzero(new).astype(np.int64)
    run = np.cumsum(new) - 1
    first = runs[run]
    past = np.append(runs[1:], len(group)).astype(np.int64)[run]
    zeros = n - np.diff(start)
    below = zeros[group] + first - start[group]
    value = (below + (past - first) / 2) / max(n, 1) - 0.5
    zero = zeros / (2 * max(n, 1)) - 0.5
    return ShareRanks(start, sponsor, value, first, past, zero, n)


def narrow(numbers: Ints, count: int) -> NDArray[np.integer]:
    """Numbers below `count`, as 16 bits where they suffice.

    Numpy sorts those by radix, in time proportional to their number.
    """
    return numbers.astype(np.int16) if count <= np.iinfo(np.int16).max else numbers
