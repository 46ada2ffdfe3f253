"""From which band to which: a table of shares that gives no small count away.

Besides the cells, the sums of rows and columns are known (capacity sets them), and so is the sum
of the diagonal, from the share of sponsors that keep their band. A small cell stays hidden only if
none of these sums, nor all together, gives it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bands import BANDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Cells = NDArray[np.bool_]

_SIZE = len(BANDS)
_NUMBERS = np.arange(_SIZE * _SIZE).reshape(_SIZE, _SIZE)
# Sets of cells with a known sum, as rows of 0 and 1 over the cells.
_SUMS = np.array(
    [
        np.isin(_NUMBERS.ravel(), line)
        for line in (*_NUMBERS, *_NUMBERS.T, np.diag(_NUMBERS), _NUMBERS[0, :1])
    ],
    dtype=float,
)  # the last: those who stay in band high, from the overlap


def transition_counts(candidate: NDArray[np.int8], refits: NDArray[np.int8]) -> NDArray[np.float64]:
    """Sponsors by band of the candidate and band of a refit, the mean over refits.

    Args:
        candidate: places in `BANDS`, shape (n,).
        refits: the same, shape (refits, n), at least one refit.

    Returns:
        Shape (3, 3).
    """
    pairs = _SIZE * candidate.astype(np.int64) + refits
    counts = np.bincount(pairs.ravel(), minlength=_SIZE * _SIZE)
    return counts.reshape(_SIZE, _SIZE) / len(refits)


def transition_shares(
    counts: NDArray[np.float64], *, minimum: int
) -> dict[str, dict[str, float | None]]:
    """By band of the candidate: the share that a refit puts in each band, rounded to one point.

    Args:
        counts: as `transition_counts` gives them.
        minimum: smallest mean count that may be shown; a hidden share is None.
    """
    hide, totals = hidden_cells(counts, minimum=minimum), counts.sum(axis=1)
    return {
        before: {
            after: None if hide[i, j] else round(float(counts[i, j] / totals[i]), 2)
            for j, after in enumerate(BANDS)
        }
        for i, before in enumerate(BANDS)
    }


def hidden_cells(counts: NDArray[np.float64], *, minimum: int) -> Cells:
    """Which cells must be hidden: the small ones, and others until no sum gives a small one back.

    The smallest are taken first; if that is not enough all are hidden (Hundepool and others, 2012,
    Statistical Disclosure Control, section 4.2).
    """
    cells = counts.ravel()
    small = cells < minimum
    hide = small.copy()
    for cell in np.argsort(cells, kind="stable"):
        if not _given_back(hide, small, cells, minimum):
            return hide.reshape(counts.shape)
        hide[cell] = True
    return np.ones(counts.shape, dtype=bool)


def _given_back(hide: Cells, small: Cells, cells: NDArray[np.float64], minimum: int) -> bool:
    """Whether what is shown and the known sums determine a small cell or a small rest."""
    if not small.any():
        return False
    rests = _SUMS[:, hide]
    touched = rests.any(axis=1)
    if ((rests @ cells[hide])[touched] < minimum).any():
        return True
    rank = np.linalg.matrix_rank(rests)
    unit = np.eye(len(cells))[small][:, hide]
    return any(np.linalg.matrix_rank(np.vstack([rests, one])) == rank for one in unit)
