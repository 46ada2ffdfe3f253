"""Weights for those who answered, so that they also stand for those of their cell who did not.

A cell in which nobody answered has nobody to stand for it: it is reported, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ResponseCell:
    """One weighting class.

    Args:
        cell: its label.
        drawn: sponsors drawn from it.
        responded: of these, with an answer.
        factor: by which their weights grow, at least 1; None if nobody answered.
        share: of the whole design weight.
    """

    cell: Hashable
    drawn: int
    responded: int
    factor: float | None
    share: float


@dataclass(frozen=True, kw_only=True)
class ResponseWeights:
    """Adjusted weights of a sample of n drawn sponsors.

    Args:
        weight: shape (n,); 0 for who did not answer.
        silent: shape (n,); true in cells where nobody answered.
        cells: all cells, in order of first appearance.
        unseen: share of the population, by design weights, in cells where nobody answered.
    """

    weight: NDArray[np.float64]
    silent: NDArray[np.bool_]
    cells: tuple[ResponseCell, ...]
    unseen: float

    @property
    def silent_cells(self) -> tuple[ResponseCell, ...]:
        """Cells in which nobody answered."""
        return tuple(c for c in self.cells if c.responded == 0)


def response_weights(
    *,
    probability: NDArray[np.float64],
    cell: NDArray[Any],
    responded: NDArray[np.bool_],
) -> ResponseWeights:
    """Weighting-class adjustment (Oh and Scheuren, 1983; Lohr, 2022, section 8.5).

    Within a cell each answer's weight 1 / π is multiplied by the cell's Σ 1/π of all drawn over
    that of those who answered: drawn over answered where π is equal. It is right if, within a cell,
    whether somebody answers has nothing to do with what the answer would be.

    Args:
        probability: inclusion probability π of each drawn sponsor, in (0, 1], shape (n,).
        cell: label of its weighting class, shape (n,).
        responded: whether there is an answer, shape (n,).

    Raises:
        IndRiskError: for a probability that is not in (0, 1].

    >>> made = response_weights(
    ...     probability=np.array([0.1, 0.1, 0.5]),
    ...     cell=np.array(["a", "a", "b"]),
    ...     responded=np.array([True, False, False]),
    ... )
    >>> made.weight.tolist(), [c.cell for c in made.silent_cells], round(made.unseen, 3)
    ([20.0, 0.0, 0.0], ['b'], 0.091)
    """
    import pandas as pd

    if not ((probability > 0) & (probability <= 1)).all():
        raise IndRiskError(
            "An inclusion probability is not above 0 and at most 1; leave such sponsors out."
        )
    code, labels = pd.factorize(np.asarray(cell), use_na_sentinel=False)
    k, design = len(labels), 1 / probability
    drawn, answered = np.bincount(code, minlength=k), np.bincount(code[responded], minlength=k)
    whole = np.bincount(code, design, k)
    known = np.bincount(code[responded], design[responded], k)
    full = drawn == answered  # exactly 1 there, whatever rounding says
    factor = np.where(full, 1.0, whole / np.where(answered > 0, known, 1.0))
    silent = (answered == 0)[code]
    total = float(whole.sum())
    return ResponseWeights(
        weight=np.where(responded, design * factor[code], 0.0),
        silent=silent,
        cells=tuple(
            ResponseCell(
                cell=label,
                drawn=int(drawn[i]),
                responded=int(answered[i]),
                factor=float(factor[i]) if answered[i] else None,
                share=float(whole[i]) / total,
            )
            for i, label in enumerate(labels.tolist())
        ),
        unseen=float(design[silent].sum()) / total if total > 0 else 0.0,
    )


def probability_cells(probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """A number for each distinct inclusion probability, rounding errors aside, shape (n,).

    >>> probability_cells(np.array([0.3, 0.1, 0.1 + 0.2])).tolist()
    [1, 0, 1]
    """
    rounded = np.round(np.log(probability), 10)
    return np.unique(rounded, return_inverse=True)[1].astype(np.int64)
