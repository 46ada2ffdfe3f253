"""A claim that needs a number of inspections, whichever: for planning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.sampling.claims import TINY, Pull, deviate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.sampling.claims import Claim

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CountQuestion:
    """Enough random inspections with a known outcome, wherever they are.

    Args:
        claim: its names.
        minimum: inspections in all.
        response: share of drawn sponsors whose outcome comes back, which varies by chance.
    """

    claim: Claim
    minimum: float
    response: float

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The one claim."""
        return (self.claim,)

    def power(self, n: Floats) -> Floats:
        """Chance that so many come back."""
        from scipy.special import ndtr

        return np.array([float(ndtr((n.sum() - self.minimum + 0.5) / self._spread(n)))])

    def pull(self, n: Floats, *, target: float, power: Floats | None = None) -> Pull:
        """See `Question`."""
        wanted = self.minimum - 0.5 + deviate(target) * self._spread(n)
        total = max(float(n.sum()), TINY)
        return Pull(np.array([wanted / total]), n[None, :] / total)

    def design_effect(self, n: Floats) -> Floats:
        """A count knows none."""
        return np.ones(1)

    def why_not(self, n: Floats) -> tuple[str, ...]:
        """See `Question`."""
        return (
            f"About {n.sum():,.0f} outcomes come back if every sponsor is drawn, and "
            f"{self.minimum:,.0f} are asked.",
        )

    def _spread(self, n: Floats) -> float:
        return float(np.sqrt(max(n.sum() * (1 - self.response), TINY)))
