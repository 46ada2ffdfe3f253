"""Nationalities: one main one a sponsor, dealt out evenly along risk; a few others beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds.draws import by_share, dealt_out
from ind_risk.core.worlds.nationality_shares import SHARES

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODES = tuple(SHARES)
# (a) Mean share of the main nationality at the smallest sponsors and at one of a hundred migrants,
# how far a sponsor is from that mean, and the part of the rest that the second nationality has.
MAIN_SMALL, MAIN_LARGE, FIRMNESS, SECOND = 0.9, 0.53, 6.0, 0.6


@dataclass(frozen=True)
class Mix:
    """Nationalities of a sponsor's migrants; arrays of shape (n,), places in `CODES`.

    Args:
        main: the first nationality.
        second: the second; may be the same.
        main_share: chance that a migrant has the main one.
    """

    main: NDArray[np.int64]
    second: NDArray[np.int64]
    main_share: NDArray[np.float64]


def draw_mix(
    rng: np.random.Generator, log_odds: NDArray[np.float64], size: NDArray[np.float64]
) -> Mix:
    """Give each sponsor its nationalities, evenly along the log-odds of non-compliance.

    Dealt out instead of drawn, so that a fair world is fair in its sponsors and not only in
    expectation.

    Args:
        rng: of the world.
        log_odds: of non-compliance, before any proxy, shape (n,).
        size: standing number of migrants, shape (n,).
    """
    n = len(log_odds)
    mean = np.interp(np.log10(size), [0.5, 2.0], [MAIN_SMALL, MAIN_LARGE])
    order = np.argsort(log_odds, kind="stable")
    return Mix(
        main=by_share(dealt_out(order, float(rng.random())), SHARES.values()),
        second=by_share(rng.random(n), SHARES.values()),
        main_share=rng.beta(mean * FIRMNESS, (1 - mean) * FIRMNESS),
    )


def of_migrants(
    rng: np.random.Generator, mix: Mix, sponsor: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The nationality of each migrant, a place in `CODES`; `sponsor` has shape (permits,)."""
    u = rng.random(len(sponsor))
    main = mix.main_share[sponsor]
    anybody = by_share(rng.random(len(sponsor)), SHARES.values())
    second = u < main + (1 - main) * SECOND
    return np.where(u < main, mix.main[sponsor], np.where(second, mix.second[sponsor], anybody))


def majority(
    sponsor: NDArray[np.int64], nationality: NDArray[np.int64], *, sponsors: int
) -> NDArray[np.int64]:
    """The nationality of more than half of each sponsor's migrants; -1 where there is none.

    Args:
        sponsor: of each migrant, shape (migrants,).
        nationality: of each migrant.
        sponsors: how many sponsors there are.
    """
    migrants = np.bincount(sponsor, minlength=sponsors)
    pairs, count = np.unique(sponsor * len(CODES) + nationality, return_counts=True)
    who = pairs // len(CODES)
    more = count * 2 > migrants[who]
    found = np.full(sponsors, -1, dtype=np.int64)
    found[who[more]] = pairs[more] % len(CODES)
    return found
