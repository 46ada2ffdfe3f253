"""Making a world: hidden conduct first, then everything that is known of it, then the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.errors import IndRiskError
from ind_risk.core.worlds import facts
from ind_risk.core.worlds.conduct import Conduct, draw_level, log_odds, settle
from ind_risk.core.worlds.draws import logistic
from ind_risk.core.worlds.nationality import CODES, Mix, draw_mix, majority
from ind_risk.core.worlds.permits import Permits, draw_permits
from ind_risk.core.worlds.signals import draw_signals
from ind_risk.core.worlds.spec import WORLDS, WorldSpec
from ind_risk.core.worlds.sponsors import Sponsors, draw_sponsors
from ind_risk.core.worlds.supervision import supervise

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

SMALLEST, LARGEST = 20, 1_000_000


@dataclass(frozen=True)
class World:
    """A synthetic world.

    Args:
        spec: what it was made after.
        tables: the six tables of the contract, in its types and order.
        truth: one row a sponsor, by sponsor_id: majority_nationality among the migrants of the
            last 36 months (null if none has more than half); p_non_compliant, the probability that
            an inspection in the twelve months after the cut-off finds non-compliance, before any
            inspector's influence; non_compliant, one draw of it; proxy, whether the sponsor carries
            the trait that gives a nationality away.
    """

    spec: WorldSpec
    tables: dict[str, pa.Table]
    truth: pa.Table


def make_world(name: str, *, sponsors: int | None, seed: int) -> World:
    """Make a world; the same name, size and seed make the same tables.

    Args:
        name: one of `WORLDS`.
        sponsors: how many, 20 to 1,000,000; None for the world's default. Permits are ten times
            as many.
        seed: at least 0.

    Raises:
        IndRiskError: for a name, size or seed that cannot be.
    """
    spec = _checked(name, sponsors, seed)
    size = spec.sponsors if sponsors is None else sponsors
    rng = np.random.default_rng(np.random.SeedSequence([seed, *name.encode()]))
    return _tables(rng, spec, _hidden(rng, spec, size))


def _checked(name: str, sponsors: int | None, seed: int) -> WorldSpec:
    if name not in WORLDS:
        raise IndRiskError(f"There is no world {name!r}. Use one of {', '.join(WORLDS)}.")
    if sponsors is not None and not SMALLEST <= sponsors <= LARGEST:
        raise IndRiskError(
            f"A world of {sponsors:,} sponsors cannot be made. Ask for {SMALLEST} to {LARGEST:,}."
        )
    if seed < 0:
        raise IndRiskError(f"The seed {seed} is negative. Give a whole number from 0 on.")
    return WORLDS[name]


@dataclass(frozen=True)
class _Hidden:
    sponsors: Sponsors
    conduct: Conduct
    mix: Mix
    proxy: NDArray[np.bool_]


def _hidden(rng: np.random.Generator, spec: WorldSpec, n: int) -> _Hidden:
    sponsors, level = draw_sponsors(rng, n), draw_level(rng, n)
    mix = draw_mix(rng, log_odds(spec, sponsors, level)[:, -1], sponsors.size)
    proxy = np.zeros(n, dtype=np.bool_)
    if spec.proxy is not None:
        theirs = mix.main == CODES.index(spec.proxy.nationality)
        proxy = rng.random(n) < np.where(theirs, spec.proxy.share, spec.proxy.share_elsewhere)
        sector = np.where(proxy, list(facts.SECTORS).index(spec.proxy.sector), sponsors.sector)
        sponsors = replace(sponsors, sector=sector)
    odds = log_odds(spec, sponsors, level)
    return _Hidden(sponsors, settle(spec, sponsors, level, odds, proxy), mix, proxy)


def _tables(rng: np.random.Generator, spec: WorldSpec, hidden: _Hidden) -> World:
    from ind_risk.core.worlds import columns, tables

    conduct, proxy = hidden.conduct, hidden.proxy
    signals = draw_signals(rng, spec, hidden.sponsors, conduct.level, proxy)
    done = supervise(rng, spec, hidden.sponsors, conduct, signals, proxy)
    sponsors = done.sponsors
    signals = signals.where(signals.received < sponsors.ended[signals.sponsor])
    permits = draw_permits(rng, spec, sponsors, conduct, hidden.mix, proxy)
    ids, permit_ids = columns.keys("S", len(sponsors)), columns.keys("P", len(permits))
    made = {
        "sponsors": tables.sponsor_table(rng, sponsors, ids),
        "permits": tables.permit_table(rng, permits, ids, permit_ids),
        **tables.supervision_tables(done, ids),
        "signals": tables.signal_table(signals, ids),
        "protected_attributes": tables.protected_table(rng, permits, permit_ids),
    }
    return World(spec, made, _truth(rng, hidden, permits, ids))


def _truth(rng: np.random.Generator, hidden: _Hidden, permits: Permits, ids: pa.Array) -> pa.Table:
    import pyarrow as pa

    from ind_risk.core.worlds import columns

    now = permits.stays.counted
    found = majority(
        permits.sponsor[now], permits.migrants.nationality[now], sponsors=len(hidden.sponsors)
    )
    p = logistic(hidden.conduct.log_odds[:, -1])
    return columns.table(
        sponsor_id=ids,
        majority_nationality=columns.texts(CODES, found),
        p_non_compliant=columns.numbers(p),
        non_compliant=pa.array(rng.random(len(p)) < p),
        proxy=pa.array(hidden.proxy),
    )
