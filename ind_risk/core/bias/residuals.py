"""Score ranks less their mean among the like: what the declared risk factors leave of a score.

The like are a stratum, such as all sponsors of one sector; without factors all are one stratum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.distinct import labelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.ranks import ScoreRanks

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOST_BINS = 4_096  # of score ranks, whatever n: see the tests on what that changes
FEWEST_BINS = 64
_CELLS = 2**17  # of score bin and stratum together, roughly


@dataclass(frozen=True, eq=False)
class ScoreResiduals:
    """Residuals of the score ranks of n sponsors from the means of their strata.

    Sums that need no more than that are over cells: sponsors of one stratum and one score bin.

    Args:
        value: shape (n,), centred mid-distribution value minus the mean of the stratum.
        stratum: shape (n,), from 0.
        size: shape (strata,), sponsors in each; none is empty.
        spread: shape (strata,), sums of squared residuals.
        total: sum of squares before the means were taken off.
        cell: shape (n,), numbered by stratum and rising score bin.
        cell_stratum, cell_bin, cell_count: shape (cells,).
        cell_value: shape (cells,), mean residual.
        bins: number of score bins, numbered in rising order.
    """

    value: Floats
    stratum: Ints
    size: Ints
    spread: Floats
    total: float
    cell: Ints
    cell_stratum: Ints
    cell_bin: Ints
    cell_count: Ints
    cell_value: Floats
    bins: int

    @property
    def n(self) -> int:
        """Sponsors."""
        return len(self.value)

    @property
    def strata(self) -> int:
        """Number of strata."""
        return len(self.size)

    @property
    def freedom(self) -> int:
        """Sponsors minus strata."""
        return self.n - self.strata

    @property
    def variance(self) -> Floats:
        """Of the residuals in each stratum, shape (strata,); 0 of a lone sponsor."""
        return self.spread / np.maximum(self.size - 1, 1)


def crossed(factors: list[Ints]) -> Ints:
    """Number of each sponsor's combination of codes, from 0 without gaps."""
    import pandas as pd

    stratum, _ = pd.factorize(factors[0])
    for code in factors[1:]:
        number, values = pd.factorize(code)
        stratum, _ = pd.factorize(stratum * max(len(values), 1) + number)
    return np.asarray(stratum, dtype=np.int64)


def score_residuals(
    scores: ScoreRanks, stratum: Ints | None = None, *, bins: int = MOST_BINS
) -> ScoreResiduals:
    """Residuals of score ranks from their means in each stratum (the saturated model).

    Args:
        scores: of n sponsors.
        stratum: shape (n,), numbers from 0 without gaps; one stratum if None.
        bins: where there are more distinct scores, they are put into so many quantile bins. The
            residuals stay exact, and only standard errors are computed from the bins.
    """
    u = scores.of_sponsor
    if stratum is None:
        stratum, size = np.zeros(len(u), dtype=np.int64), np.full(min(len(u), 1), len(u))
        value = u - u.mean() if len(u) else u
        spread = np.array([(value * value).sum()])[: len(size)]
    else:
        size = np.bincount(stratum)
        value = u - (np.bincount(stratum, u) / np.maximum(size, 1))[stratum]
        spread = np.bincount(stratum, value * value).astype(float)
    most = min(bins, max(FEWEST_BINS, _CELLS // max(len(size), 1)))
    number, count = _bin_of_cell(scores, most)
    kept, cell, cell_count = _cells(stratum, number[scores.cell], len(size), count)
    return ScoreResiduals(
        value=value, stratum=stratum, size=size, spread=spread,
        total=float((scores.count * scores.value**2).sum()),
        cell=cell, cell_stratum=kept // max(count, 1),
        cell_bin=kept % max(count, 1), cell_count=cell_count, bins=count,
        cell_value=np.bincount(cell, value, len(kept)) / np.maximum(cell_count, 1),
    )  # fmt: skip


def _bin_of_cell(scores: ScoreRanks, most: int) -> tuple[Ints, int]:
    """Quantile bin of each score cell, and the number of bins."""
    cells = len(scores.count)
    if cells <= most:
        return np.arange(cells, dtype=np.int64), cells
    quantile = np.clip((scores.value + 0.5) * most, 0, most - 1).astype(np.int64)
    number = np.cumsum(np.diff(quantile, prepend=quantile[0]) > 0, dtype=np.int64)
    return number, int(number[-1]) + 1


def _cells(stratum: Ints, score_bin: Ints, strata: int, bins: int) -> tuple[Ints, Ints, Ints]:
    """Stratum and score bin of the cells that occur, as one number; cell of each; their sizes."""
    if strata <= 1:
        return np.arange(bins, dtype=np.int64), score_bin, np.bincount(score_bin, minlength=bins)
    return labelled(stratum * bins + score_bin, strata * bins)
