"""The claim that enough migrants work where error parity compares a group: for planning.

It rests on all groups at once. A group that misses its numbers is pooled with others, who may then
be too few themselves, so that the claim is planned as if each group had to reach them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.coverage import CHECK, CLAIM
from ind_risk.core.sampling.claims import TINY, Claim, Pull, deviate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.sampling.claims_parity import ParityQuestion

    Floats = NDArray[np.float64]

COVERAGE = Claim(CHECK, CLAIM, "error parity")
_EVEN = 4  # how much more a group counts that lacks more; much sharper, and no allocation settles


@dataclass(frozen=True, eq=False)
class CoverageQuestion:
    """Every group has compliant random inspections enough to be judged.

    Args:
        parity: the question of these groups, one or more.
    """

    parity: ParityQuestion

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The one claim."""
        return (COVERAGE,)

    def power(self, n: Floats) -> Floats:
        """Chance that all groups reach their numbers, as if they did so independently."""
        return np.array([float(np.prod(self.parity.enough(n)))])

    def pull(self, n: Floats, *, target: float, power: Floats | None = None) -> Pull:
        """See `Question`."""
        mean, deviation = self.parity.compliant(n)
        z = deviate(target ** (1 / len(mean)))
        numbers = (self.parity.minimum - 0.5 + z * deviation) / np.maximum(mean, TINY)
        weight = (numbers / numbers.max()) ** _EVEN
        of_group = self.parity.found * n / np.maximum(mean, TINY)[:, None]
        share = weight @ of_group / weight.sum()
        return Pull(np.array([numbers.max()]), share[None, :] / max(float(share.sum()), TINY))

    def design_effect(self, n: Floats) -> Floats:
        """A count knows none."""
        return np.ones(1)

    def why_not(self, n: Floats) -> tuple[str, ...]:
        """See `Question`."""
        mean = self.parity.compliant(n)[0]
        least = int(np.argmin(mean))
        return (
            f"About {mean[least]:,.0f} random inspections with a compliant outcome in group "
            f"{self.parity.groups[least]} if all of it were drawn, and {self.parity.minimum:,.0f} "
            "are asked for each group; without it coverage may still be enough.",
        )
