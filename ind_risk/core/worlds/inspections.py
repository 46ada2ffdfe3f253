"""Inspections: when opened and closed, by whom, and what they find of a sponsor's conduct."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.contracts import OUTCOMES
from ind_risk.core.worlds.days import LAST, NEVER, year_start
from ind_risk.core.worlds.draws import logistic
from ind_risk.core.worlds.facts import INSPECTORS
from ind_risk.core.worlds.routes import RANDOM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ind_risk.core.worlds.routes import Chosen
    from ind_risk.core.worlds.sponsors import Sponsors

COMPLIANT, NON_COMPLIANT, UNDETERMINED = (
    OUTCOMES.index(o) for o in ("compliant", "non_compliant", "undetermined")
)
UNKNOWN = -1
OPENED_WITHIN = 325  # (a) days of the year, so that most close before the next one
LEFT_OPEN, LEFT_UNDETERMINED, NOT_NOTED = 0.01, 0.02, 0.01  # (a) not closed; inspector unknown
BREACHES = 0.7  # (a) mean number beyond the first, at even odds


@dataclass(frozen=True, kw_only=True)
class Inspections:
    """Inspections, one a place in each array of shape (inspections,); days as in `days`.

    Args:
        sponsor: row number.
        opened, closed: days; closed is NEVER if it did not close by the cut-off.
        route: place in `SELECTIONS`.
        probability: of inclusion; NaN unless random.
        inspector: place in `PSEUDONYMS`; UNKNOWN where not recorded.
        outcome: place in `OUTCOMES`; UNKNOWN while open.
        breaches: number found; UNKNOWN without a known outcome.
    """

    sponsor: NDArray[np.int64]
    opened: NDArray[np.int64]
    closed: NDArray[np.int64]
    route: NDArray[np.int64]
    probability: NDArray[np.float64]
    inspector: NDArray[np.int64]
    outcome: NDArray[np.int64]
    breaches: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sponsor)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Inspections:
        """The inspections of these places or of this mask."""
        return Inspections(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def joined(parts: Sequence[Inspections]) -> Inspections:
    """All inspections of these parts."""
    return Inspections(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Inspections)}
    )


def inspect(
    rng: np.random.Generator,
    *,
    year: int,
    chosen: Chosen,
    sponsors: Sponsors,
    log_odds: NDArray[np.float64],
    shifts: NDArray[np.float64],
) -> Inspections:
    """Inspect the sponsors chosen in a year, each while it is recognised.

    Args:
        rng: of the world.
        year: calendar year.
        chosen: whom to inspect, by which route.
        sponsors: all of them.
        log_odds: of non-compliance in that year, shape (n,).
        shifts: what each inspector adds, shape (INSPECTORS,).
    """
    who, size, start = chosen.sponsor, len(chosen.sponsor), year_start(year)
    days = np.minimum(sponsors.ended[who] - start, OPENED_WITHIN)
    opened = start + (rng.random(size) * days).astype(np.int64)
    closed = _closed(rng, opened, chosen.route)
    inspector = rng.integers(0, INSPECTORS, size)
    outcome, breaches = _found(rng, log_odds[who] + shifts[inspector], closed)
    noted = rng.random(size) >= NOT_NOTED
    return Inspections(
        sponsor=who,
        opened=opened,
        closed=closed,
        route=chosen.route,
        probability=chosen.probability,
        inspector=np.where(noted, inspector, UNKNOWN),
        outcome=outcome,
        breaches=breaches,
    )


def _found(
    rng: np.random.Generator, log_odds: NDArray[np.float64], closed: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Outcome and number of breaches of each inspection."""
    size = len(log_odds)
    failed = rng.random(size) < logistic(log_odds)
    outcome = np.where(failed, NON_COMPLIANT, COMPLIANT)
    outcome[rng.random(size) < LEFT_UNDETERMINED] = UNDETERMINED
    outcome[closed == NEVER] = UNKNOWN
    breaches = 1 + rng.poisson(BREACHES * np.exp(np.clip(log_odds, -3.0, 2.0) / 2))
    known = np.where(outcome == COMPLIANT, 0, UNKNOWN)
    return outcome, np.where(outcome == NON_COMPLIANT, breaches, known)


def _closed(
    rng: np.random.Generator, opened: NDArray[np.int64], route: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Random ones close within two months as a rule; selected ones take half as long again."""
    lag = 7 + rng.gamma(2.0, 13.0, len(opened)) * np.where(route == RANDOM, 1.0, 1.5)
    closed = opened + lag.astype(np.int64)
    closed[(rng.random(len(opened)) < LEFT_OPEN) | (closed > LAST)] = NEVER
    return closed
