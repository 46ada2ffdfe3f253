"""Claims that a random sample can decide: their power as a function of how many are inspected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.sampling.strata import Strata

    Floats = NDArray[np.float64]

TINY = 1e-9  # inspections, in place of none
_MOST_SKEW, _FAR = 0.6, 30.0  # beyond it the correction is none


@dataclass(frozen=True, order=True)
class Claim:
    """What a finding will be about; the three names are those of the finding."""

    check: str
    name: str
    subject: str = "all"

    def __str__(self) -> str:
        return f"{self.name}, {self.subject}"


@dataclass(frozen=True, eq=False)
class Truth:
    """What a plan takes to be true.

    Args:
        strata: the frame.
        rate: probability of non-compliance of each sponsor, shape (n,).
        response: share of drawn sponsors whose outcome comes back, alike everywhere.
    """

    strata: Strata
    rate: Floats
    response: float

    @property
    def by_stratum(self) -> Floats:
        """Rate of each stratum, shape (H,)."""
        return self.strata.mean(self.rate)

    def influence(self, bad: Floats, good: Floats, *, response: float = 1.0) -> Influence:
        """The influence of each sponsor if found non-compliant and if found compliant, (n,).

        Args:
            bad, good: shape (n,).
            response: 1 where weights make those who answer stand for those of their stratum who
                do not, else that of the plan.
        """
        p = self.rate
        mean, square, cube = (self.strata.mean(p * bad**k + (1 - p) * good**k) for k in (1, 2, 3))
        return Influence(self.strata.weight, mean, square, cube, response)


@dataclass(frozen=True, eq=False)
class Influence:
    """An estimate made linear (Hájek): it deviates by the weighted mean of each one's influence.

    Args:
        weight: share of all sponsors in each stratum, shape (H,).
        mean, square, cube: expected powers of the influence, shape (H,).
        response: as in `Truth.influence`.
    """

    weight: Floats
    mean: Floats
    square: Floats
    cube: Floats
    response: float

    def judged(self, n: Floats) -> Floats:
        """Parts of the variance that the evaluation sees, shape (H,): it does not know strata."""
        return self.weight**2 / np.maximum(n, TINY) * self.square

    def true(self, n: Floats) -> Floats:
        """Parts of the variance in repeated samples, shape (H,).

        Cochran (1977), eq. 5.6, outcomes being random and so without a finite-population
        correction. Where weights are those of the sponsors drawn, part of the spread between
        strata comes back with the outcomes that do not.
        """
        spread = self.square - self.response * self.mean**2
        return self.weight**2 / np.maximum(n, TINY) * np.maximum(spread, 0.0)

    def skewness(self, n: Floats) -> float:
        """Of the estimate in repeated samples: heavy inspections with rare outcomes skew it."""
        third = self.cube - 3 * self.mean * self.square + 2 * self.mean**3
        cubes = float((self.weight**3 / np.maximum(n, TINY) ** 2 * third).sum())
        made = cubes / max(float(self.true(n).sum()), TINY**2) ** 1.5
        return float(min(max(made, -_MOST_SKEW), _MOST_SKEW))

    def design_effect(self, n: Floats) -> float:
        """Variance that the evaluation sees over that of equal weights (Kish, 1965, 8.2)."""
        equal = max(float(self.weight @ self.square), TINY)
        return float(self.judged(n).sum()) * float(n.sum()) / equal


class Question(Protocol):
    """One claim, or some that are judged together; arrays over claims have shape (k,)."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What it asks."""
        ...

    def power(self, n: Floats) -> Floats:
        """Probability that each claim is established.

        Args:
            n: inspections with a known outcome that are expected in each stratum, shape (H,).
        """
        ...

    def pull(self, n: Floats, *, target: float, power: Floats | None = None) -> Pull:
        """How much larger the sample must be for power `target`, and on account of which strata.

        Args:
            n: as for `power`.
            target: power wanted.
            power: at n, where it is known: makes the answer exact.
        """
        ...

    def design_effect(self, n: Floats) -> Floats:
        """`Influence.design_effect` of each claim."""
        ...

    def why_not(self, n: Floats) -> tuple[str, ...]:
        """For each claim why even so many inspections do not establish it."""
        ...


@dataclass(frozen=True, eq=False)
class Pull:
    """What claims ask of an allocation.

    Args:
        scale: factor by which the whole allocation would have to grow, shape (k,).
        share: of each stratum in what is too uncertain, shape (k, H); each row adds up to 1.
    """

    scale: Floats
    share: Floats


def deviate(power: float) -> float:
    """Normal quantile of a power."""
    from scipy.special import ndtri

    return float(ndtri(power))


@dataclass(frozen=True, eq=False)
class OneSided:
    """A claim that is established where an estimate passes a bound by more than its `reach`.

    Args:
        claim: its names.
        gap: by how much the estimate passes the bound if the assumption is true.
        influence: of the estimate.
        reach: inspections by stratum → distance from the bound at which the limit meets it.
        truth_said: what the assumption says of the estimate, "the AUC is 0.58 and 0.60 is asked".
    """

    claim: Claim
    gap: float
    influence: Influence
    reach: Callable[[Floats], float]
    truth_said: str

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The one claim."""
        return (self.claim,)

    def power(self, n: Floats) -> Floats:
        """Normal approximation with the first Edgeworth term (Hall, 1992, eq. 2.17)."""
        from scipy.special import ndtr

        spread = max(float(np.sqrt(self.influence.true(n).sum())), TINY)
        z = min(max((self.gap - self.reach(n)) / spread, -_FAR), _FAR)
        density = float(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
        skewed = self.influence.skewness(n) / 6 * (z**2 - 1) * density
        return np.array([min(max(float(ndtr(z)) + skewed, 0.0), 1.0)])

    def pull(self, n: Floats, *, target: float, power: Floats | None = None) -> Pull:
        """See `Question`; the power adds nothing here."""
        reach, z = self.reach(n), deviate(target)
        z -= self.influence.skewness(n) / 6 * (z**2 - 1)  # Cornish and Fisher (1938)
        judged, true = self.influence.judged(n), self.influence.true(n)
        spread = float(np.sqrt(true.sum()))
        whole = max(reach + z * spread, TINY)
        share = reach * judged / max(judged.sum(), 1e-300) + z * spread * true / max(
            true.sum(), 1e-300
        )
        return Pull(np.array([(whole / max(self.gap, TINY)) ** 2]), share[None, :] / share.sum())

    def design_effect(self, n: Floats) -> Floats:
        """See `Question`."""
        return np.array([self.influence.design_effect(n)])

    def why_not(self, n: Floats) -> tuple[str, ...]:
        """See `Question`."""
        if self.gap <= 0:
            return (f"By the assumption {self.truth_said}: the claim would be false.",)
        return (
            f"By the assumption {self.truth_said}; even if every sponsor were drawn it would be "
            f"shown in {100 * float(self.power(n)[0]):.0f} % of cases.",
        )
