"""The permits of a world: applications, decisions, stays, salaries and the migrants behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.applications import draw_applications
from ind_risk.core.worlds.draws import by_share
from ind_risk.core.worlds.migrants import Migrants, draw_migrants
from ind_risk.core.worlds.salaries import criterion, draw_salaries
from ind_risk.core.worlds.stays import Stays, draw_stays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.worlds.conduct import Conduct
    from ind_risk.core.worlds.nationality import Mix
    from ind_risk.core.worlds.spec import WorldSpec
    from ind_risk.core.worlds.sponsors import Sponsors


@dataclass(frozen=True, kw_only=True)
class Permits:
    """Permits by day of application; arrays of shape (permits,).

    Args:
        sponsor: row number.
        applied: day.
        stays: decision, validity and end.
        asked, salary: criterion and gross salary, EUR a month.
        occupation: place in the dictionary of `facts`.
        migrants: who they are for.
    """

    sponsor: NDArray[np.int64]
    applied: NDArray[np.int64]
    stays: Stays
    asked: NDArray[np.float64]
    salary: NDArray[np.float64]
    occupation: NDArray[np.int64]
    migrants: Migrants

    def __len__(self) -> int:
        return len(self.sponsor)


def draw_permits(
    rng: np.random.Generator,
    spec: WorldSpec,
    sponsors: Sponsors,
    conduct: Conduct,
    mix: Mix,
    proxy: NDArray[np.bool_],
) -> Permits:
    """Draw all permits of all sponsors."""
    who, applied = draw_applications(rng, sponsors)
    migrants = draw_migrants(rng, mix, who, applied)
    asked = criterion(rng, applied, migrants.age)
    own = rng.standard_normal(len(sponsors))
    return Permits(
        sponsor=who,
        applied=applied,
        stays=draw_stays(
            rng, spec, conduct, sponsor=who, applied=applied, recognition_ended=sponsors.ended[who]
        ),
        asked=asked,
        salary=draw_salaries(
            rng, spec, asked=asked, level=conduct.at(who, applied), own=own[who],
            proxy=proxy[who], applied=applied,
        ),
        occupation=by_share(rng.random(len(who)), facts.OCCUPATIONS.values()),
        migrants=migrants,
    )  # fmt: skip
