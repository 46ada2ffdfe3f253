"""Which sponsors a year's inspections go to, by route; only the random arm has a known chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.contracts import SELECTIONS
from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import YEAR, year_start
from ind_risk.core.worlds.draws import weighted_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.signals import Signals
    from ind_risk.core.worlds.spec import WorldSpec
    from ind_risk.core.worlds.sponsors import Sponsors

RANDOM = SELECTIONS.index("random")
THEMES = (6, 4, 6, 0, 8, 6, 2, 1, 6)  # (a) the sector each year's theme looks at
JUDGED_BY_EYE = 1.0  # (a) how steeply selection by risk follows conduct, in noise of sd 1


@dataclass(frozen=True)
class Chosen:
    """Sponsors chosen in one year; arrays of shape (chosen,).

    Args:
        sponsor: row number.
        route: place in `SELECTIONS`.
        probability: with which the sample included the sponsor; NaN unless random.
    """

    sponsor: NDArray[np.int64]
    route: NDArray[np.int64]
    probability: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What selection in one year goes by; arrays of shape (n,).

    Args:
        year: calendar year.
        here: recognised on the day before the year.
        level: conduct, which selection by risk sees through noise.
        signals: received by the day before the year.
        failed: found non-compliant in the year before.
        proxy: who carries the world's proxy.
    """

    year: int
    here: NDArray[np.bool_]
    level: NDArray[np.float64]
    signals: Signals
    failed: NDArray[np.bool_]
    proxy: NDArray[np.bool_]


def choose(rng: np.random.Generator, spec: WorldSpec, sponsors: Sponsors, known: Known) -> Chosen:
    """The sponsors a year's inspections go to, the random arm first."""
    parts = [_random_arm(rng, known)] if spec.random_arm else []
    wanted = spec.selected_share * int(known.here.sum())
    for route, share in facts.ROUTES.items():
        weights = np.where(known.here, _WEIGHTS[route](rng, spec, sponsors, known), 0.0)
        picked = weighted_sample(rng, weights, round(wanted * share))
        parts.append(_of_route(picked, route))
    columns = zip(*((c.sponsor, c.route, c.probability) for c in parts), strict=True)
    return Chosen(*(np.concatenate(column) for column in columns))


def _random_arm(rng: np.random.Generator, known: Known) -> Chosen:
    """A simple random sample of the register, without replacement."""
    register = np.flatnonzero(known.here)
    share = facts.RANDOM_SHARE.get(known.year, facts.RANDOM_SHARE_NOW)
    size = min(len(register), max(1, round(share * len(register))))
    picked = rng.choice(register, size=size, replace=False)
    probability = np.full(size, size / max(len(register), 1))
    return Chosen(picked, np.full(size, RANDOM), probability)


def _of_route(picked: NDArray[np.int64], route: str) -> Chosen:
    place = SELECTIONS.index(route)
    return Chosen(picked, np.full(len(picked), place), np.full(len(picked), np.nan))


def _by_risk(
    rng: np.random.Generator, spec: WorldSpec, sponsors: Sponsors, known: Known
) -> NDArray[np.float64]:
    seen = JUDGED_BY_EYE * known.level + rng.standard_normal(len(sponsors))
    return np.exp(1.5 * seen)


def _by_signal(
    rng: np.random.Generator, spec: WorldSpec, sponsors: Sponsors, known: Known
) -> NDArray[np.float64]:
    day = year_start(known.year) - 1
    return known.signals.per_sponsor(
        after=day - round(1.5 * YEAR), until=day, sponsors=len(sponsors)
    )


def _by_theme(
    rng: np.random.Generator, spec: WorldSpec, sponsors: Sponsors, known: Known
) -> NDArray[np.float64]:
    theme = THEMES[(known.year - facts.YEARS[0]) % len(THEMES)]
    weights = np.where(sponsors.sector == theme, 1.0, 0.02)
    if spec.proxy is not None:
        weights = np.where(known.proxy, spec.proxy.attention, weights)
    return weights


def _by_history(
    rng: np.random.Generator, spec: WorldSpec, sponsors: Sponsors, known: Known
) -> NDArray[np.float64]:
    return known.failed.astype(np.float64)


_WEIGHTS = {
    "risk_model": _by_risk,
    "signal": _by_signal,
    "theme": _by_theme,
    "reinspection": _by_history,
}
