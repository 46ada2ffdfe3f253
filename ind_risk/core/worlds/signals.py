"""Signals of other services: a Poisson process a source, faster where conduct is worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import YEAR, year_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.spec import WorldSpec
    from ind_risk.core.worlds.sponsors import Sponsors

SOURCES = tuple(facts.SIGNALS)


@dataclass(frozen=True)
class Signals:
    """Signals, one a place in each array of shape (signals,).

    Args:
        sponsor: row number.
        received: day.
        source: place in `SOURCES`.
    """

    sponsor: NDArray[np.int64]
    received: NDArray[np.int64]
    source: NDArray[np.int64]

    def where(self, mask: NDArray[np.bool_]) -> Signals:
        """The signals of a mask."""
        return Signals(self.sponsor[mask], self.received[mask], self.source[mask])

    def per_sponsor(self, *, after: int, until: int, sponsors: int) -> NDArray[np.float64]:
        """Signals of each sponsor received in (after, until], shape (sponsors,)."""
        seen = self.sponsor[(self.received > after) & (self.received <= until)]
        return np.bincount(seen, minlength=sponsors).astype(np.float64)


def draw_signals(
    rng: np.random.Generator,
    spec: WorldSpec,
    sponsors: Sponsors,
    level: NDArray[np.float64],
    proxy: NDArray[np.bool_],
) -> Signals:
    """Draw all signals, in order of their day.

    Args:
        rng: of the world.
        spec: its proxy and its change.
        sponsors: all of them.
        level: of conduct, shape (n, years + 1).
        proxy: who carries the world's proxy, shape (n,).
    """
    begins, length = _recognised_part(sponsors)
    parts = []
    for source, (rate, steepness) in enumerate(facts.SIGNALS.values()):
        pace = rate * np.exp(steepness * level[:, :-1] - steepness**2 / 2)
        pace *= (length / YEAR) * _watched(spec, proxy)
        sponsor, year = _events(rng, pace)
        day = begins[sponsor, year] + rng.random(len(sponsor)) * length[sponsor, year]
        parts.append(Signals(sponsor, day.astype(np.int64), np.full(len(sponsor), source)))
    who = np.concatenate([p.sponsor for p in parts])
    when = np.concatenate([p.received for p in parts])
    what = np.concatenate([p.source for p in parts])
    order = np.lexsort((what, who, when))
    return Signals(who[order], when[order], what[order])


def _watched(spec: WorldSpec, proxy: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Factor on the pace of signals, shape (n, years)."""
    factor = np.ones((len(proxy), len(facts.YEARS)))
    if spec.proxy is not None:
        factor[proxy] *= np.sqrt(spec.proxy.attention)
    if spec.change is not None:
        factor[:, -1] *= spec.change.signals
    return factor


def _recognised_part(sponsors: Sponsors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First day and number of days that each sponsor is recognised in each year, (n, years)."""
    starts = np.array([year_start(y) for y in facts.YEARS])
    ends = np.array([year_start(y + 1) for y in facts.YEARS])
    begins = np.maximum(starts[None, :], sponsors.recognised[:, None])
    length = np.minimum(ends[None, :], sponsors.ended[:, None]) - begins
    return begins, np.maximum(length, 0)


def _events(
    rng: np.random.Generator, pace: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places (row, column) of the events of a Poisson process with these expectations."""
    ends = np.cumsum(pace.ravel())
    count = rng.poisson(ends[-1])
    flat = np.searchsorted(ends, rng.random(count) * ends[-1], side="right")
    flat = np.minimum(flat, pace.size - 1)
    return flat // pace.shape[1], flat % pace.shape[1]
