"""Rates within parts of the frame, and what an allocation makes their samples worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.sampling.claims import TINY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.sampling.claims import Influence, Truth

    Floats = NDArray[np.float64]


class Part:
    """The rate within a part of the sponsors.

    Args:
        truth: the assumption.
        inside: which sponsors, shape (n,).
    """

    def __init__(self, truth: Truth, inside: NDArray[np.bool_]) -> None:
        at = inside.astype(float)
        share = max(float(at.mean()), TINY)
        self.rate = float((truth.rate * at).sum() / max(at.sum(), TINY))
        self.bad, self.good = at * (1 - self.rate) / share, -at * self.rate / share
        self.influence: Influence = truth.influence(self.bad, self.good)
        self._truth, self._inside = truth, truth.strata.mean(at)

    def effective(self, n: Floats) -> float:
        """Effective size as `weighted_rate` has it: Kish's, or by linearisation if smaller."""
        v, w = squares(self._truth, n), self._truth.strata.weight
        kish = float((w @ self._inside) ** 2 / max(float(v @ self._inside), TINY**2))
        judged = max(float(self.influence.judged(n).sum()), TINY**2)
        return max(min(kish, self.rate * (1 - self.rate) / judged), TINY)


def squares(truth: Truth, n: Floats) -> Floats:
    """Sum of the squared weights of each stratum, all weights together being 1; shape (H,)."""
    return np.asarray(truth.strata.weight**2 / np.maximum(n, TINY), dtype=float)


def cent(share: float) -> str:
    """A share in per cent.

    >>> cent(0.123)
    '12.3 %'
    """
    return f"{100 * share:.1f} %"
