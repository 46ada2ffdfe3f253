"""Conduct: a latent number a sponsor and year, and the chance that an inspection would find fault.

Higher is worse. Everything that is known of a sponsor comes from it, and so does what inspections
find, whichever route selected the sponsor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import LAST, NEVER, YEAR, year_start, years_of
from ind_risk.core.worlds.draws import level_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.spec import WorldSpec
    from ind_risk.core.worlds.sponsors import Sponsors

LASTING = 0.85  # (a) share of the variance of conduct that never changes
KEPT = 0.6  # (a) what is left of the rest after a year


@dataclass(frozen=True)
class Conduct:
    """Per sponsor and year, from the first year to the one after the cut-off.

    Args:
        level: standard normal, shape (n, years + 1).
        log_odds: of non-compliance at an inspection in that year, shape (n, years + 1).
    """

    level: NDArray[np.float64]
    log_odds: NDArray[np.float64]

    def at(self, sponsor: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Level of these sponsors on these days."""
        place = np.clip(years_of(day) - facts.YEARS[0], 0, len(facts.YEARS))
        return self.level[sponsor, place]


def draw_level(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A lasting part and one that fades (an autoregression of order 1), shape (n, years + 1)."""
    lasting = rng.standard_normal(n) * np.sqrt(LASTING)
    part = rng.standard_normal(n)
    level = np.empty((n, len(facts.YEARS) + 1))
    for year in range(level.shape[1]):
        level[:, year] = lasting + np.sqrt(1 - LASTING) * part
        part = KEPT * part + np.sqrt(1 - KEPT**2) * rng.standard_normal(n)
    return level


def log_odds(
    spec: WorldSpec, sponsors: Sponsors, level: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-odds of non-compliance up to a constant, before any proxy or change; shape as `level`."""
    sector = np.array([effect for _, effect in facts.SECTORS.values()])[sponsors.sector]
    form = np.array([effect for _, effect in facts.LEGAL_FORMS.values()])[sponsors.legal_form]
    starts = np.array([year_start(y) for y in (*facts.YEARS, facts.YEARS[-1] + 1)])
    new = starts[None, :] - sponsors.recognised[:, None] < facts.NEW_SPONSOR_YEARS * YEAR
    traits = (sector + form)[:, None] + facts.NEW_SPONSOR_EFFECT * new
    return np.asarray(spec.conduct_effect * level + spec.traits_effect * traits)


def settle(
    spec: WorldSpec,
    sponsors: Sponsors,
    level: NDArray[np.float64],
    odds: NDArray[np.float64],
    proxy: NDArray[np.bool_],
) -> Conduct:
    """Bring the log-odds to the world's rate; add what the proxy and the change bring."""
    if spec.proxy is not None:
        odds = odds + spec.proxy.effect * proxy[:, None]
    here = (sponsors.ended == NEVER) & (sponsors.recognised <= LAST)
    odds = odds + level_for(odds[here, -1], spec.base_rate)
    if spec.change is not None:
        odds[:, -2:] += spec.change.effect
    return Conduct(level, odds)
