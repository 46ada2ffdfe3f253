"""Scores that guess a group from features: each feature alone, and all in one linear model.

Features are cut into cells once. What follows works on tables of cells by group, or on products of
small matrices, so that fifty features and ten groups cost a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.training.encoding import Feature

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

AT_MOST = 20_000  # sponsors drawn
RIDGE = 300.0  # as if so many more sponsors of every cell were like all others
_CELLS = 10  # deciles, for the linear model
_FINE = 100  # percentiles, for a feature alone
_LEVELS = 30  # categories with a column of their own
_PRIOR = 20.0  # sponsors like all others, added to a category
_STREAM = 7_001  # of its own: a seed shared with what made the data would draw by the data


@dataclass(frozen=True, eq=False)
class Drawn:
    """The sponsors looked at.

    Args:
        row: numbers of the sponsors, rising, shape (m,).
        group: number of the group among those asked for, the last plus one for all others, (m,).
        groups: number of groups asked for.
        weight: how many sponsors each stands for, shape (m,).
        half: 0 or 1, shape (m,).
    """

    row: Ints
    group: Ints
    groups: int
    weight: Floats
    half: Ints


def drawn(group: Ints, compared: NDArray[np.bool_], wanted: Ints, *, seed: int) -> Drawn:
    """All sponsors compared; of more than `AT_MOST` as many of each group, so none gets too few.

    Args:
        group: number of each sponsor's group, -1 without, shape (n,).
        compared: shape (n,).
        wanted: numbers of the groups asked for.
        seed: of the draw and of the halves; every group is halved.
    """
    number = np.full(max(int(group.max(initial=-1)) + 2, 1), len(wanted), dtype=np.int64)
    number[wanted] = np.arange(len(wanted))
    row = np.flatnonzero(compared)
    of_row = number[group[row]]  # -1, no group, is the last of `number`
    rng = np.random.default_rng([seed, _STREAM])
    order = np.argsort(of_row + rng.random(len(row)) * 0.5)  # shuffled within each group
    size = np.bincount(of_row, minlength=len(wanted) + 1)
    place = np.empty(len(row), dtype=np.int64)
    place[order] = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    most = AT_MOST // (len(wanted) + 1) if len(row) > AT_MOST else len(row)
    taken = np.flatnonzero(place < most)
    weight = size / np.maximum(np.minimum(size, most), 1)
    return Drawn(
        row[taken], of_row[taken], len(wanted), weight[of_row[taken]], place[taken] % 2
    )  # fmt: skip


def single_aucs(features: pd.DataFrame, specs: Sequence[Feature], sample: Drawn) -> Floats:
    """AUC of each feature alone for each group, whichever way round; shape (features, groups).

    Numbers rank as they are, a missing one below all, cut into percentiles. Categories rank by the
    group's share in them among the other half of the sponsors. In [0.5, 1] for numbers; a category
    below 0.5 tells nothing beyond chance.
    """
    made = np.empty((len(specs), sample.groups))
    for k, spec in enumerate(specs):
        if spec.kind == "number":
            cell = _cells(features[spec.name], sample, _FINE)
            aucs = _table_aucs(_table(cell, sample))
            made[k] = np.maximum(aucs, 1 - aucs)
        else:
            made[k] = _category_aucs(_levels(features[spec.name], sample), sample)
    return made


def joint_scores(features: pd.DataFrame, specs: Sequence[Feature], sample: Drawn) -> Floats:
    """The score that all features together give each sponsor, for each group; (m, groups).

    One-against-all-others least squares with a ridge penalty (Hoerl and Kennard, 1970,
    Technometrics 12:55) on indicators of deciles and categories, fitted on the other half; so
    scores of one half compare with each other only.
    """
    from threadpoolctl import threadpool_limits

    cells = [
        _cells(features[s.name], sample, _CELLS)
        if s.kind == "number"
        else _levels(features[s.name], sample)
        for s in specs
    ]
    inside = (sample.group[:, None] == np.arange(sample.groups)).astype(np.float32)
    x = _indicators(cells)
    made = np.empty((len(sample.row), sample.groups))
    # Matrices this small lose more by waiting for a second core than they gain.
    with threadpool_limits(limits=1, user_api="blas"):
        for half in (0, 1):
            there, here = sample.half != half, sample.half == half
            score = x[here].astype(float) @ _ridge(x[there], inside[there])
            # Rounded, so that sponsors of the same cells tie whatever the order of the sums.
            made[here] = np.round(score, 9)
    return made


def _ridge(x: NDArray[np.float32], y: NDArray[np.float32]) -> Floats:
    """Coefficients of centred least squares; the products are counts, exact in single precision."""
    from scipy.linalg import cho_factor, cho_solve

    n = max(len(x), 1)
    mean_x, mean_y = x.mean(axis=0, dtype=float), y.mean(axis=0, dtype=float)
    gram = (x.T @ x).astype(float) - n * np.outer(mean_x, mean_x)
    both = (x.T @ y).astype(float) - n * np.outer(mean_x, mean_y)
    gram[np.diag_indices_from(gram)] += RIDGE
    return np.asarray(cho_solve(cho_factor(gram), both))


def _indicators(cells: Sequence[Ints]) -> NDArray[np.float32]:
    """One column for each cell of each feature, shape (m, columns)."""
    widths = np.array([int(c.max(initial=0)) + 1 for c in cells])
    first = np.cumsum(widths) - widths
    m = len(cells[0])
    x = np.zeros((m, int(widths.sum())), dtype=np.float32)
    x[np.arange(m)[:, None], np.column_stack(cells) + first] = 1.0
    return x


def _cells(column: pd.Series[Any], sample: Drawn, cells: int) -> Ints:
    """Number of the quantile cell of each sponsor drawn, by midrank; missing is cell 0.

    By midrank, so that a value that most sponsors share is a cell of its own.
    """
    from scipy.stats import rankdata

    values = column.to_numpy(dtype=np.float64, na_value=np.nan)[sample.row]
    known = np.isfinite(values)
    made = np.zeros(len(values), dtype=np.int64)
    place = (rankdata(values[known]) - 0.5) / max(int(known.sum()), 1)
    made[known] = 1 + np.floor(place * cells).astype(np.int64)
    return np.unique(made, return_inverse=True)[1].astype(np.int64)


def _levels(column: pd.Series[Any], sample: Drawn) -> Ints:
    """Number of the category of each sponsor drawn; missing is one, and all rare ones are one."""
    import pandas as pd

    values = column.astype(object).iloc[sample.row]
    code, _ = pd.factorize(values.where(values.notna(), None), use_na_sentinel=False)
    size = np.bincount(code)
    place = np.empty(len(size), dtype=np.int64)
    place[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return np.minimum(place[code], _LEVELS).astype(np.int64)


def _table(cell: Ints, sample: Drawn, kept: NDArray[np.bool_] | None = None) -> Floats:
    """Weight of the sponsors by cell and group, all others last; shape (cells, groups + 1)."""
    width, height = sample.groups + 1, int(cell.max(initial=0)) + 1
    key = cell * width + sample.group
    weight = sample.weight if kept is None else sample.weight * kept
    return np.bincount(key, weight, width * height).reshape(height, width).astype(float)


def _table_aucs(table: Floats, order: Ints | None = None) -> Floats:
    """AUC of the cells' order for each group against all others, ties half; 0.5 if one is empty.

    Args:
        table: as `_table` makes it.
        order: rank of every cell for each group, shape (cells, groups); rising rows if None.
    """
    inside, outside = table[:, :-1], table.sum(axis=1, keepdims=True) - table[:, :-1]
    if order is not None:
        inside, outside = (np.take_along_axis(part, order, axis=0) for part in (inside, outside))
    below = np.cumsum(outside, axis=0) - outside / 2
    pairs = inside.sum(axis=0) * outside.sum(axis=0)
    return np.where(pairs > 0, (inside * below).sum(axis=0) / np.maximum(pairs, 1e-12), 0.5)


def _category_aucs(level: Ints, sample: Drawn) -> Floats:
    """AUC of each half by the shares in the other, averaged; categories of one share tie."""
    made = []
    for half in (0, 1):
        learned = _table(level, sample, sample.half != half)
        total = learned.sum(axis=0)
        base = total[:-1] / max(float(total.sum()), 1e-12)
        share = (learned[:, :-1] + _PRIOR * base) / (learned.sum(axis=1, keepdims=True) + _PRIOR)
        order = np.argsort(share, axis=0, kind="stable").astype(np.int64)
        made.append(_table_aucs(_table(level, sample, sample.half == half), order))
    return np.asarray(np.mean(made, axis=0), dtype=float)
