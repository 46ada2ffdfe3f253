"""Midranks of scores and of nationality shares, kept sparse: most sponsors have a share of 0.

Centred mid-distribution values (midrank - 1/2) / n - 1/2 with mean 0, in [-1/2, 1/2].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.distinct import distinct, labelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_DENSE = 2**22  # possible pairs of migrants and total that are counted rather than sorted


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
    """Shares above 0 of every group, as runs of equal shares: by group and by rising share.

    Args:
        sponsor, run: shape (entries,), who has a share of which run; in order of sponsors.
        start: shape (groups + 1,), where each group's runs begin.
        count: shape (runs,), sponsors in each.
        value: shape (runs,), centred value of the share among all n sponsors.
        zero: shape (groups,), centred value of the sponsors with share 0.
        n: sponsors.
    """

    sponsor: Ints
    run: Ints
    start: Ints
    count: Ints
    value: Floats
    zero: Floats
    n: int

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.zero)

    @property
    def runs(self) -> int:
        """Number of runs of all groups."""
        return len(self.value)

    @property
    def group(self) -> Ints:
        """Group of each run, shape (runs,)."""
        return np.repeat(np.arange(self.groups), np.diff(self.start))

    @property
    def excess(self) -> Floats:
        """Value of each run above that of share 0, shape (runs,)."""
        return self.value - self.zero[self.group]

    def part(self, group: int) -> slice:
        """Where the runs of a group stand."""
        return slice(int(self.start[group]), int(self.start[group + 1]))


def score_ranks(score: Floats) -> ScoreRanks:
    """Rank the scores of n sponsors; equal scores share their midrank."""
    _, cell, count = np.unique(score, return_inverse=True, return_counts=True)
    n = max(len(score), 1)
    value = (np.cumsum(count) - count / 2) / n - 0.5
    return ScoreRanks(cell.astype(np.int64), count.astype(np.int64), value)


def share_ranks(
    *, group: Ints, sponsor: Ints, share: NDArray[Any], groups: int, n: int
) -> ShareRanks:
    """Rank each group's shares among all n sponsors, those without any at share 0.

    Args:
        group, sponsor, share: entries with share > 0, at most one for each (group, sponsor). In
            place of shares, whole numbers from 0 that rise with them do as well.
        groups: number of groups; a group may have no entry.
        n: sponsors.
    """
    if np.any(sponsor[1:] < sponsor[:-1]):
        order = np.argsort(sponsor, kind="stable")
        group, sponsor, share = group[order], sponsor[order], share[order]
    number = share if share.dtype.kind == "i" else np.unique(share, return_inverse=True)[1]
    width = int(number.max(initial=0)) + 1
    key, run, count = labelled(group * width + number, groups * width)
    of = key // width
    start = np.searchsorted(of, np.arange(groups + 1)).astype(np.int64)
    before = np.append(0, np.cumsum(count))
    zeros = n - np.diff(before[start])
    below = zeros[of] + before[:-1] - before[start[of]]
    value = (below + count / 2) / max(n, 1) - 0.5
    return ShareRanks(
        sponsor=sponsor, run=run, start=start, count=count, value=value,
        zero=zeros / (2 * max(n, 1)) - 0.5, n=n,
    )  # fmt: skip


def share_numbers(migrants: Ints, total: Ints) -> Ints:
    """Numbers from 0 that rise with the shares migrants / total; equal shares have one.

    Shares are ratios of small whole numbers, so that only the distinct pairs are divided and
    sorted.

    Args:
        migrants, total: shape (entries,), 0 < migrants <= total.
    """
    width = int(total.max(initial=0)) + 1
    if width * width > _DENSE:
        return np.unique(migrants / total, return_inverse=True)[1].astype(np.int64)
    key = total * width + migrants
    pair, _ = distinct(key, width * width)
    number = np.zeros(width * width, dtype=np.int64)
    number[pair] = np.unique(pair % width / (pair // width), return_inverse=True)[1]
    return np.asarray(number[key])
