"""Who inspects, and how much it matters: a shift of the log-odds for each inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds.draws import level_for
from ind_risk.core.worlds.facts import INSPECTORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.spec import WorldSpec

PSEUDONYMS = tuple(f"INSP-{k + 1:02d}" for k in range(INSPECTORS))


def hit_rates(spec: WorldSpec) -> dict[str, float] | None:
    """Share of non-compliance each inspector would find among random sponsors, by pseudonym.

    Evenly spaced on a logarithmic scale. None if it does not matter who inspects.
    """
    if spec.hit_rates is None:
        return None
    return dict(zip(PSEUDONYMS, np.geomspace(*spec.hit_rates, INSPECTORS).tolist(), strict=True))


def shifts(spec: WorldSpec, log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each inspector adds to the log-odds of a finding, shape (INSPECTORS,).

    Args:
        spec: of the world.
        log_odds: of the sponsors, before any inspector, shape (n,).
    """
    rates = hit_rates(spec)
    if rates is None:
        return np.zeros(INSPECTORS)
    return np.array([level_for(log_odds, rate) for rate in rates.values()])
