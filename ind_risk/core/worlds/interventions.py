"""Interventions: the ladder from warning to revocation, climbed by what inspections found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.contracts import INTERVENTION_KINDS
from ind_risk.core.worlds import facts
from ind_risk.core.worlds.days import FIRST, LAST, YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ind_risk.core.worlds.inspections import Inspections
    from ind_risk.core.worlds.sponsors import Sponsors

WARNING, FINE, SUSPENSION, REVOCATION = (
    INTERVENTION_KINDS.index(k) for k in ("warning", "fine", "suspension", "revocation")
)
FOLLOWED_UP = 0.9  # (a) share of non-compliance that is answered
SERIOUS = 4  # (a) so many breaches skip the warning
WARNED = 0.004  # (a) warnings a year and sponsor without any inspection
NO_INSPECTION = -1
LONG_AGO = -(2**31)


@dataclass(frozen=True)
class Interventions:
    """Interventions, one a place in each array of shape (interventions,).

    Args:
        sponsor: row number.
        inspection: place in all inspections; NO_INSPECTION where none led to it.
        imposed: day.
        kind: place in `INTERVENTION_KINDS`.
        amount: EUR; NaN unless a fine.
    """

    sponsor: NDArray[np.int64]
    inspection: NDArray[np.int64]
    imposed: NDArray[np.int64]
    kind: NDArray[np.int64]
    amount: NDArray[np.float64]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Interventions:
        """The interventions of these places or of this mask."""
        return Interventions(
            self.sponsor[rows], self.inspection[rows], self.imposed[rows], self.kind[rows],
            self.amount[rows],
        )  # fmt: skip


def joined(parts: Sequence[Interventions]) -> Interventions:
    """All interventions of these parts."""
    columns = zip(*((p.sponsor, p.inspection, p.imposed, p.kind, p.amount) for p in parts),
                  strict=True)  # fmt: skip
    return Interventions(*(np.concatenate(column) for column in columns))


class Ladder:
    """Where every sponsor stands: last step, fines so far, suspended or not."""

    def __init__(self, sponsors: int) -> None:
        self._last = np.full(sponsors, LONG_AGO, dtype=np.int64)
        self._fines = np.zeros(sponsors, dtype=np.int64)
        self._suspended = np.zeros(sponsors, dtype=np.bool_)

    def climb(
        self, rng: np.random.Generator, failed: Inspections, places: NDArray[np.int64]
    ) -> Interventions:
        """Answer the non-compliance of one year, each sponsor's in order.

        Args:
            rng: of the world.
            failed: inspections closed as non-compliant.
            places: of these among all inspections.
        """
        answered = np.flatnonzero(rng.random(len(failed)) < FOLLOWED_UP)
        order = answered[np.lexsort((failed.closed[answered], failed.sponsor[answered]))]
        failed, places = failed.take(order), places[order]
        imposed = failed.closed + rng.integers(10, 50, len(failed))
        turn = _turns(failed.sponsor)
        parts = []
        for number in range(int(turn.max(initial=-1)) + 1):
            now = np.flatnonzero(turn == number)
            who, day = failed.sponsor[now], imposed[now]
            kind = self._step(who, day, failed.breaches[now] >= SERIOUS)
            amount = np.where(self._fines[who] > 1, facts.REPEATED_FINE, facts.FINE)
            amount = np.where(kind == FINE, amount, np.nan)
            parts.append(Interventions(who, places[now], day, kind, amount))
        return joined(parts) if parts else nothing()

    def _step(
        self, who: NDArray[np.int64], day: NDArray[np.int64], serious: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Warning (valid two years), fines, a suspension before the third, then revocation."""
        fresh = day - self._last[who] > facts.WARNING_DAYS
        fines = self._fines[who]
        kind = np.full(len(who), FINE)
        kind[(fines == 2) & ~self._suspended[who]] = SUSPENSION
        kind[fines > 2] = REVOCATION
        kind[fresh & ~serious & (fines <= 2)] = WARNING
        self._last[who] = day
        self._fines[who] += kind == FINE
        self._suspended[who] |= kind == SUSPENSION
        return kind


def without_inspection(
    rng: np.random.Generator, sponsors: Sponsors, level: NDArray[np.float64]
) -> Interventions:
    """Warnings for what the administration saw itself, and revocations of those who left.

    The worse the mean conduct (`level`, shape (n,)), the more warnings.
    """
    span = (LAST - FIRST) / YEAR
    warned = np.flatnonzero(rng.random(len(sponsors)) < WARNED * span * np.exp(level - 0.5))
    begin = np.maximum(sponsors.recognised[warned], FIRST)
    end = np.minimum(sponsors.ended[warned], LAST)
    day = begin + (rng.random(len(warned)) * (end - begin)).astype(np.int64)
    revoked = np.flatnonzero(sponsors.revoked)
    who = np.concatenate([warned, revoked])
    kind = np.repeat([WARNING, REVOCATION], [len(warned), len(revoked)])
    return Interventions(
        who,
        np.full(len(who), NO_INSPECTION),
        np.concatenate([day, sponsors.ended[revoked]]),
        kind,
        np.full(len(who), np.nan),
    )


def nothing() -> Interventions:
    """No interventions."""
    empty = np.zeros(0, dtype=np.int64)
    return Interventions(empty, empty, empty, empty, np.zeros(0))


def _turns(sponsor: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for the first of each sponsor's rows, 1 for the second …; equal sponsors stand together."""
    new = np.ones(len(sponsor), dtype=np.bool_)
    new[1:] = sponsor[1:] != sponsor[:-1]
    first = np.flatnonzero(new)
    return np.arange(len(sponsor)) - np.repeat(first, np.diff(np.append(first, len(sponsor))))
