"""The years of supervision in order: choose, inspect, answer; a revocation ends a recognition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds import inspections, interventions
from ind_risk.core.worlds.days import LAST, year_start
from ind_risk.core.worlds.facts import YEARS
from ind_risk.core.worlds.inspections import NON_COMPLIANT, Inspections
from ind_risk.core.worlds.inspectors import shifts
from ind_risk.core.worlds.interventions import REVOCATION, Interventions, Ladder
from ind_risk.core.worlds.routes import Known, choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.worlds.conduct import Conduct
    from ind_risk.core.worlds.signals import Signals
    from ind_risk.core.worlds.spec import WorldSpec
    from ind_risk.core.worlds.sponsors import Sponsors


@dataclass(frozen=True)
class Supervision:
    """What supervision did, and the sponsors as it left them."""

    inspections: Inspections
    interventions: Interventions
    sponsors: Sponsors


def supervise(
    rng: np.random.Generator,
    spec: WorldSpec,
    sponsors: Sponsors,
    conduct: Conduct,
    signals: Signals,
    proxy: NDArray[np.bool_],
) -> Supervision:
    """Go through the years."""
    seen: list[Inspections] = []
    steps = [interventions.without_inspection(rng, sponsors, conduct.level.mean(axis=1))]
    ladder, strictness = Ladder(len(sponsors)), shifts(spec, conduct.log_odds[:, 0])
    failed, count = np.zeros(len(sponsors), dtype=np.bool_), 0
    for place, year in enumerate(YEARS):
        known = Known(
            year=year, here=sponsors.recognised_at(year_start(year) - 1),
            level=conduct.level[:, place], signals=signals, failed=failed, proxy=proxy,
        )  # fmt: skip
        made = inspections.inspect(
            rng, year=year, chosen=choose(rng, spec, sponsors, known), sponsors=sponsors,
            log_odds=conduct.log_odds[:, place], shifts=strictness,
        )  # fmt: skip
        found = np.flatnonzero(made.outcome == NON_COMPLIANT)
        taken = ladder.climb(rng, made.take(found), found + count)
        sponsors = _revoked(sponsors, taken)
        failed = np.bincount(made.sponsor[found], minlength=len(sponsors)) > 0
        seen.append(made)
        steps.append(taken)
        count += len(made)
    return _in_order(inspections.joined(seen), interventions.joined(steps), sponsors)


def _revoked(sponsors: Sponsors, taken: Interventions) -> Sponsors:
    """A revocation ends the recognition on its day, if it had not ended already."""
    last = (taken.kind == REVOCATION) & (taken.imposed <= LAST)
    if not last.any():
        return sponsors
    ended = sponsors.ended.copy()
    np.minimum.at(ended, taken.sponsor[last], taken.imposed[last])
    return replace(sponsors, ended=ended)


def _in_order(made: Inspections, taken: Interventions, sponsors: Sponsors) -> Supervision:
    """By day, and none after the recognition ended or after the cut-off."""
    ended = sponsors.ended
    order = np.lexsort((made.sponsor, made.opened))
    order = order[made.opened[order] < ended[made.sponsor[order]]]
    place = np.full(len(made) + 1, -1)  # the last is for NO_INSPECTION
    place[order] = np.arange(len(order))
    kept = (taken.imposed <= np.minimum(ended[taken.sponsor], LAST)) & (
        (taken.inspection < 0) | (place[taken.inspection] >= 0)
    )
    taken = taken.take(kept)
    taken = taken.take(np.lexsort((taken.sponsor, taken.imposed)))
    taken = replace(taken, inspection=place[taken.inspection])
    return Supervision(made.take(order), taken, sponsors)
