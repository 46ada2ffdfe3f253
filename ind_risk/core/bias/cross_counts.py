"""Scores against shares as counts: the one pass over the sponsors that rank correlations need.

What comes after it (standard errors, the covariance under permutation, what is attainable) works
on these counts, which stay as few at a million sponsors as at a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.distinct import distinct
from ind_risk.core.bias.residuals import FEWEST_BINS, MOST_BINS, score_residuals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.ranks import ScoreRanks, ShareRanks
    from ind_risk.core.bias.residuals import ScoreResiduals

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOST_ENTRIES = 2**19  # more entries than these are counted in about so many cells
MOST_STEPS = 64  # of the shares of one group, where entries are so many


@dataclass(frozen=True, eq=False)
class Steps:
    """Sponsors by share step and score cell; a step is a run of equal shares, or some next runs.

    Args:
        start: shape (groups + 1,), where each group's steps begin.
        excess: shape (steps,), mean share rank above that of share 0.
        first: shape (groups + 1,), where each group's counts begin.
        step, cell, count: shape (counts,), in order of steps; none is 0.
    """

    start: Ints
    excess: Floats
    first: Ints
    step: Ints
    cell: Ints
    count: Ints

    def part(self, group: int) -> slice:
        """Where the counts of a group stand."""
        return slice(int(self.first[group]), int(self.first[group + 1]))


@dataclass(frozen=True, eq=False)
class CrossCounts:
    """What is to be known of score residuals and share ranks together.

    Args:
        scores, shares: of the same n sponsors.
        product: shape (groups,), sum of residual times share rank above that of share 0.
        gram: shape (groups, groups), sums of products of two groups' share ranks above those of
            share 0, each stratum times the variance of its residuals.
        run, stratum, count: shape (pairs,), sponsors of one stratum whose share is in one run, in
            order of runs.
        first: shape (groups + 1,), where each group's pairs begin.
        steps: for influence functions.
    """

    scores: ScoreResiduals
    shares: ShareRanks
    product: Floats
    gram: Floats
    run: Ints
    stratum: Ints
    count: Ints
    first: Ints
    steps: Steps

    def pairs(self, group: int) -> tuple[Floats, Ints, Ints]:
        """Share rank above that of share 0, stratum and sponsors of each of a group's pairs."""
        part = slice(int(self.first[group]), int(self.first[group + 1]))
        run = self.run[part]
        excess = self.shares.value[run] - float(self.shares.zero[group])
        return excess, self.stratum[part], self.count[part]


def counted(
    ranks: ScoreRanks,
    shares: ShareRanks,
    stratum: Ints | None = None,
    *,
    most: int = MOST_ENTRIES,
) -> CrossCounts:
    """Count scores against shares, within strata if there are any.

    Args:
        ranks, shares: of the same n sponsors.
        stratum: shape (n,), numbers from 0 without gaps; one stratum if None.
        most: with more entries than these, influence functions rest on score bins and share steps
            so wide that there are hardly more than so many cells.
    """
    strata = 1 if stratum is None else int(stratum.max(initial=0)) + 1
    bins = score_bins(shares, strata=strata, most=most)
    return cross_counts(score_residuals(ranks, stratum, bins=bins), shares, most=most)


def score_bins(shares: ShareRanks, *, strata: int, most: int = MOST_ENTRIES) -> int:
    """How many bins of scores keep the cells of score, share step and stratum below `most`."""
    if len(shares.sponsor) <= most:
        return MOST_BINS
    steps = int(np.minimum(np.diff(shares.start), MOST_STEPS).sum())
    return int(np.clip(most // max(steps * strata, 1), FEWEST_BINS, MOST_BINS))


def cross_counts(
    scores: ScoreResiduals, shares: ShareRanks, *, most: int = MOST_ENTRIES
) -> CrossCounts:
    """The pass over the entries: everything in `CrossCounts` is exact but for the steps.

    Args:
        scores, shares: of the same n sponsors.
        most: as in `counted`.
    """
    of_run = np.bincount(shares.run, scores.value[shares.sponsor], shares.runs)
    product = np.bincount(shares.group, of_run * shares.excess, shares.groups)
    run, stratum, count = _pairs(scores, shares)
    square = count * scores.variance[stratum] * shares.excess[run] ** 2
    diagonal = np.bincount(shares.group[run], square, shares.groups)
    return CrossCounts(
        scores=scores, shares=shares, product=np.asarray(product, dtype=float),
        gram=_gram(scores, shares) + np.diag(diagonal), run=run, stratum=stratum, count=count,
        first=np.searchsorted(run, shares.start), steps=_steps(scores, shares, most),
    )  # fmt: skip


def _pairs(scores: ScoreResiduals, shares: ShareRanks) -> tuple[Ints, Ints, Ints]:
    """Run, stratum and sponsors of each pair that occurs, in order of runs."""
    strata = scores.strata
    if strata <= 1:
        none = np.zeros(shares.runs, dtype=np.int64)
        return np.arange(shares.runs, dtype=np.int64), none, shares.count
    key = shares.run * strata + scores.stratum[shares.sponsor]
    kept, count = distinct(key, shares.runs * strata)
    return kept // strata, kept % strata, count


def _steps(scores: ScoreResiduals, shares: ShareRanks, most: int) -> Steps:
    step, of = shares.run, np.arange(shares.runs, dtype=np.int64)
    if len(shares.sponsor) > most:
        of = _step_of_run(shares)
        step = of[shares.run]
    steps, cells = int(of.max(initial=-1)) + 1, len(scores.cell_count)
    key = step * cells
    key += scores.cell[shares.sponsor]
    kept, count = distinct(key, steps * cells)
    weight = np.maximum(np.bincount(of, shares.count, steps), 1)
    excess = np.bincount(of, shares.count * shares.excess, steps) / weight
    start = np.append(of, steps)[shares.start]
    return Steps(
        start=start, excess=excess, first=np.searchsorted(kept, start * cells),
        step=kept // max(cells, 1), cell=kept % max(cells, 1), count=count,
    )  # fmt: skip


def _step_of_run(shares: ShareRanks) -> Ints:
    """Number of each run's step, rising; quantiles of a group's shares where runs are many."""
    runs = np.diff(shares.start)
    group, before = shares.group, np.append(0, np.cumsum(shares.count))
    inside = before[:-1] - before[shares.start[group]] + shares.count / 2
    quantile = inside / np.diff(before[shares.start])[group]
    place = np.arange(shares.runs) - shares.start[group]
    step = np.where(runs[group] > MOST_STEPS, (quantile * MOST_STEPS).astype(np.int64), place)
    new = np.diff(group * (MOST_STEPS + 1) + step, prepend=-1) > 0
    return np.cumsum(new, dtype=np.int64) - 1


def _gram(scores: ScoreResiduals, shares: ShareRanks) -> Floats:
    """Second moments of the shares, off the diagonal: of sponsors with a share of both groups.

    Entries of one sponsor are neighbours; those `lag` places apart are counted by their runs.
    """
    groups, runs, strata = shares.groups, shares.runs, scores.strata
    made = np.zeros(groups * groups)
    variance, of, excess = scores.variance, shares.group, shares.excess
    sponsor = shares.sponsor
    left, lag = np.flatnonzero(sponsor[1:] == sponsor[:-1]), 1
    while len(left):
        key = shares.run[left] * runs + shares.run[left + lag]
        if strata > 1:
            key = key * strata + scores.stratum[sponsor[left]]
        kept, count = distinct(key, runs * runs * strata)
        first, second = kept // strata // runs, kept // strata % runs
        value = count * variance[kept % strata] * excess[first] * excess[second]
        made += np.bincount(of[first] * groups + of[second], value, groups * groups)
        lag += 1
        left = left[: np.searchsorted(left, len(sponsor) - lag)]
        left = left[sponsor[left + lag] == sponsor[left]]
    half = made.reshape(groups, groups)
    return half + half.T
