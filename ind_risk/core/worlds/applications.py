"""When sponsors apply: as many applications a sponsor as its size and time in the register ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import FIRST, LAST, NEVER, year_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.sponsors import Sponsors

PER_SPONSOR = 10  # (a) applications in all, in the mean
FIRST_WITHIN = 90  # (a) days after recognition in which a sponsor first applies


def draw_applications(
    rng: np.random.Generator, sponsors: Sponsors
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sponsor and day of each application, in order of day; about ten a sponsor.

    The last one falls on the cut-off.
    """
    begin = _volume(np.maximum(sponsors.recognised, FIRST))
    span = _volume(np.minimum(sponsors.ended, LAST + 1)) - begin
    new = np.flatnonzero(sponsors.recognised >= FIRST)
    expected = sponsors.size * span
    expected *= (PER_SPONSOR * len(sponsors) - len(new)) / expected.sum()
    who, part = _spread(rng, expected)
    first = sponsors.recognised[new] + rng.integers(0, FIRST_WITHIN, len(new))
    first = np.minimum(first, np.minimum(sponsors.ended[new], LAST + 1) - 1)
    who = np.concatenate([new, who])
    day = np.concatenate([first, _day(begin[who[len(new) :]] + part * span[who[len(new) :]])])
    day[np.argmax(np.where(sponsors.ended[who] == NEVER, day, -1))] = LAST
    order = np.lexsort((who, day))
    return who[order], day[order]


def _spread(
    rng: np.random.Generator, expected: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Row and place in [0, 1) of points that many a row, more evenly than by chance.

    A sponsor replaces who leaves, so its applications keep a distance: one in each cell of a grid
    that begins at random, which makes the process the same at any time.
    """
    cells = np.ceil(expected).astype(np.int64) + 1
    who = np.repeat(np.arange(len(expected)), cells)
    cell = np.arange(len(who)) - np.repeat(np.cumsum(cells) - cells, cells)
    place = cell - rng.random(len(expected))[who] + rng.random(len(who))
    inside = (place >= 0) & (place < expected[who])
    return who[inside], place[inside] / expected[who[inside]]


_STARTS = np.array([year_start(y) for y in (*facts.YEARS, facts.YEARS[-1] + 1)])
_REACHED = np.concatenate([[0.0], np.cumsum([facts.APPLICATIONS[y] for y in facts.YEARS])])


def _volume(days: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a sponsor of one migrant would have applied for by a day, up to a constant."""
    return np.asarray(np.interp(days, _STARTS, _REACHED))


def _day(volume: NDArray[np.float64]) -> NDArray[np.int64]:
    """The day by which a volume is reached."""
    return np.asarray(np.interp(volume, _REACHED, _STARTS), dtype=np.int64)
