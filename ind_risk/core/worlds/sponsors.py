"""The sponsors of a world: when recognised, how large, what kind; conduct comes apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import LAST, NEVER, YEAR, day_number
from ind_risk.core.worlds.draws import by_share

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Sponsors:
    """Sponsors, one a place in each array of shape (n,); days as in `days`.

    Args:
        size: standing number of migrants.
        recognised, ended, founded: days; ended is NEVER while recognised at the cut-off.
        revoked: whether the recognition ended by revocation, without an inspection.
        sector, legal_form, province: places in the dictionaries of `facts`.
        employees: number.
    """

    size: NDArray[np.float64]
    recognised: NDArray[np.int64]
    ended: NDArray[np.int64]
    revoked: NDArray[np.bool_]
    founded: NDArray[np.int64]
    sector: NDArray[np.int64]
    legal_form: NDArray[np.int64]
    province: NDArray[np.int64]
    employees: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.size)

    def recognised_at(self, day: int) -> NDArray[np.bool_]:
        """Recognised on or before a day, and not ended by then."""
        return (self.recognised <= day) & (self.ended > day)


def draw_sponsors(rng: np.random.Generator, n: int) -> Sponsors:
    """Draw n sponsors, in order of recognition."""
    recognised = _recognised(rng, n)
    ended = recognised + (rng.exponential(YEAR / facts.LEAVERS, n) + 90).astype(np.int64)
    # Who left before the history began is not in the register; such draws stay instead.
    ended = np.where((ended > LAST) | (ended < day_number(facts.FIRST_DAY)), NEVER, ended)
    ended[-1] = NEVER  # somebody is left, however few are drawn
    size = rng.permutation(size_quantiles(n))
    lag = np.minimum(60 + rng.gamma(1.1, 6 * YEAR, n), 80 * YEAR).astype(np.int64)
    return Sponsors(
        size=size,
        recognised=recognised,
        ended=ended,
        revoked=(ended <= LAST) & (rng.random(n) < facts.LEAVERS_REVOKED),
        founded=recognised - lag,
        sector=by_share(rng.random(n), (share for share, _ in facts.SECTORS.values())),
        legal_form=by_share(rng.random(n), (share for share, _ in facts.LEGAL_FORMS.values())),
        province=by_share(rng.random(n), facts.PROVINCES.values()),
        employees=np.ceil(size * (1 + rng.lognormal(1.6, 1.0, n))).astype(np.int64),
    )


def size_quantiles(n: int) -> NDArray[np.float64]:
    """Standing numbers of migrants in rising order: the same heavy tail in every draw."""
    u = (np.arange(n) + 0.5) / n
    ends = np.cumsum(facts.SIZE_SHARES)
    rest = 1 - float(ends[-1])
    tail = facts.TAIL_START * ((1 - u) / rest) ** (-1 / facts.TAIL_EXPONENT)
    small = np.asarray(facts.SIZES, dtype=np.float64)[np.minimum(np.searchsorted(ends, u), 1)]
    return np.where(u < ends[-1], small, np.minimum(tail, facts.TAIL_CAP))


def _recognised(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Days of recognition: entries grow exponentially, so ages keep their distribution."""
    rate = facts.NET_GROWTH
    span = (LAST - day_number(facts.SCHEME_BEGAN)) / YEAR
    u = rng.random(n)
    age = -np.log(1 - u * (1 - np.exp(-rate * span))) / rate
    days = np.sort(LAST - 30 - age * YEAR).astype(np.int64)
    return np.maximum(days, day_number(facts.SCHEME_BEGAN))
