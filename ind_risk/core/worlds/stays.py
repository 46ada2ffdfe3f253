"""What becomes of an application: decision, validity, and how the stay ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.contracts import DECISIONS
from ind_risk.core.dates import months_before
from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import LAST, NEVER, YEAR, day_number, known
from ind_risk.core.worlds.draws import by_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.conduct import Conduct
    from ind_risk.core.worlds.spec import WorldSpec

    Days = NDArray[np.int64]

GRANTED, REFUSED, WITHDRAWN = (DECISIONS.index(d) for d in ("granted", "refused", "withdrawn"))
PENDING = -1
# All (a). The slopes: log of the chance, a standard deviation of conduct.
REFUSED_SLOPE = 0.7
SHORT, SHORT_SLOPE = 0.06, 0.7  # share that ends within a year
LATE, LATE_SLOPE = 0.10, 0.7  # share of stays that run to the end and are reported too late
EARLY = 0.25  # share that ends after a year and before the permit does
UNREPORTED = 0.4  # share of the rest whose end is not seen: they stay on another ground
VALID_YEARS = {1: 0.06, 2: 0.14, 3: 0.25, 5: 0.55}
COUNTED_FROM = months_before(facts.CUTOFF, 36)
AFTER_RECOGNITION = 60  # days in which stays end once the recognition has ended


@dataclass(frozen=True, kw_only=True)
class Stays:
    """Arrays of shape (permits,); days as in `days`, NEVER where there is none or not yet.

    Args:
        decided: day of decision.
        decision: place in `DECISIONS`; PENDING where undecided.
        begins, until: first and last day of validity.
        ended: day the stay ended.
    """

    decided: Days
    decision: NDArray[np.int64]
    begins: Days
    until: Days
    ended: Days

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Granted, and neither run out nor ended before the last 36 months.

        Whom the bias evaluation counts as a sponsor's migrants: see `bias.composition`.
        """
        last = np.where(self.ended == NEVER, self.until, self.ended)
        return np.asarray((self.decision == GRANTED) & (last >= day_number(COUNTED_FROM)))


def draw_stays(
    rng: np.random.Generator,
    spec: WorldSpec,
    conduct: Conduct,
    *,
    sponsor: NDArray[np.int64],
    applied: Days,
    recognition_ended: Days,
) -> Stays:
    """Decide every application and let the stays run.

    Args:
        rng: of the world.
        spec: what changes in the last twelve months.
        conduct: of the sponsors.
        sponsor: row number, for each application.
        applied: day, for each application.
        recognition_ended: day, of the sponsor of each application.
    """
    size = len(sponsor)
    decided, decision = _decisions(rng, spec, conduct, sponsor, applied)
    granted = decision == GRANTED
    begins = np.where(granted, decided + rng.integers(0, 40, size), NEVER)
    years = np.array(list(VALID_YEARS))[by_share(rng.random(size), VALID_YEARS.values())]
    until = np.where(granted, begins + (years * YEAR).astype(np.int64), NEVER)
    ended = np.full(size, NEVER)
    rows = np.flatnonzero(granted)
    ended[rows] = _ends(rng, spec, conduct, sponsor[rows], begins[rows], until[rows])
    # Nobody stays on with a sponsor that is none any more.
    over = granted & (recognition_ended <= LAST) & (until > recognition_ended)
    last = np.maximum(recognition_ended + AFTER_RECOGNITION, begins)
    ended = np.where(over, np.minimum(ended, last), ended)
    return Stays(decided=decided, decision=decision, begins=begins, until=until, ended=known(ended))


def _decisions(
    rng: np.random.Generator,
    spec: WorldSpec,
    conduct: Conduct,
    sponsor: NDArray[np.int64],
    applied: Days,
) -> tuple[Days, NDArray[np.int64]]:
    """Day and kind of each decision, as far as known at the cut-off."""
    decided = known(applied + 4 + rng.gamma(2.0, 10.0, len(sponsor)).astype(np.int64))
    u = rng.random(len(sponsor))
    refused = _chance(spec, conduct, sponsor, applied, facts.REFUSED, REFUSED_SLOPE)
    decision = np.where(u < refused, REFUSED, GRANTED)
    decision[u > 1 - facts.WITHDRAWN] = WITHDRAWN
    decision[decided == NEVER] = PENDING
    return decided, decision


def _ends(
    rng: np.random.Generator,
    spec: WorldSpec,
    conduct: Conduct,
    sponsor: NDArray[np.int64],
    begins: Days,
    until: Days,
) -> Days:
    """Days on which granted stays end: within a year, before the permit does, with it, or late."""
    size = len(sponsor)
    u, place = rng.random(size), rng.random(size)
    short = _chance(spec, conduct, sponsor, begins, SHORT, SHORT_SLOPE)
    late = _chance(spec, conduct, sponsor, until, LATE, LATE_SLOPE)
    rest = until - begins - 366
    ended = np.where(rng.random(size) < UNREPORTED, NEVER, until)
    ended = np.where(rng.random(size) < late, until + 1 + (place * 150).astype(np.int64), ended)
    early = (u < short + EARLY) & (rest > 0)
    ended = np.where(early, begins + 366 + (place * rest).astype(np.int64), ended)
    return np.where(u < short, begins + 20 + (place * 340).astype(np.int64), ended)


def _chance(
    spec: WorldSpec,
    conduct: Conduct,
    sponsor: NDArray[np.int64],
    day: Days,
    mean: float,
    slope: float,
) -> NDArray[np.float64]:
    """A chance that rises with conduct on a day and is `mean` among all sponsors."""
    logarithm = slope * conduct.at(sponsor, day) - slope**2 / 2
    if spec.change is not None:
        logarithm += spec.change.stays * (day > LAST - round(YEAR))
    return np.minimum(mean * np.exp(logarithm), 0.9)
