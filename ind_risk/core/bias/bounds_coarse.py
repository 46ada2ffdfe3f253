"""Cells of one group as they could be, where its small cells must not be told.

A figure taken over all of them is the same for a whole block of counts. With unequal weights the
small cells could also weigh anything that sponsors of the same band weigh in the arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.disclosure import numerator_class, numerators
from ind_risk.core.bias.outcome_cells import MISSING, OUTSIDE, Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.audited import Audited
    from ind_risk.core.bias.outcome_cells import Measure
    from ind_risk.core.bias.population import Population

    Floats = NDArray[np.float64]

_POWERS = (1, 2, 4)


@dataclass(frozen=True, eq=False)
class Possible:
    """What could be: cells of the group and of the others, shape (cases, 2, 3) each."""

    own: Cells
    others: Cells


def weight_ranges(people: Population, audit: Audited) -> Floats:
    """Smallest and largest weight in the arm, not selected and selected, shape (2, 2).

    In the unit of `outcome_cells`: the largest weight of all is 1.
    """
    there = people.with_migrants & (audit.outcome != OUTSIDE)
    weight, band = audit.weight[there], people.selected[there]
    if len(weight) == 0:
        return np.ones((2, 2))
    weight = weight / weight.max()
    of_band = [weight[band == b] if (band == b).any() else weight for b in (False, True)]
    return np.array([[w.min(), w.max()] for w in of_band])


def equal(ranges: Floats) -> bool:
    """Whether all weights of the arm are the same."""
    return bool(np.ptp(ranges) <= 1e-12)


def rate_cases(own: Cells, whole: Cells, measure: Measure, minimum: int) -> Floats:
    """Counts of a group whose size is told and whose numerator is not, shape (cases, 2, 3)."""
    x, rest = (int(own.count[cell]) for cell in (measure.part, measure.rest))
    selected, left = (int(whole.count[cell]) for cell in (measure.part, measure.rest))
    low, high = numerators(x, x + rest, selected=selected, total=selected + left, minimum=minimum)
    made = np.zeros((high - low + 1, 2, 3))
    made[(slice(None), *measure.part)] = np.arange(low, high + 1)
    made[(slice(None), *measure.rest)] = x + rest - np.arange(low, high + 1)
    return made


def bounds_cases(own: Cells, whole: Cells, measure: Measure, minimum: int) -> Floats:
    """Counts of a group of which neither numerator nor missing outcomes are told.

    Every corner of the blocks of the numerator and of the missing of each band: bounds are farthest
    out at corners.
    """
    of_rate = rate_cases(own, whole, measure, minimum)[[0, -1]]
    ends = [
        numerator_class(int(own.count[s, MISSING]), int(whole.count[s, MISSING]), minimum)
        for s in (0, 1)
    ]
    corners = list(product(*ends))
    made = np.repeat(of_rate, len(corners), axis=0)
    made[..., MISSING] = np.tile(np.array(corners, dtype=float), (len(of_rate), 1))
    return made


def possible(own: Cells, whole: Cells, cases: Floats, ranges: Floats, minimum: int) -> Possible:
    """The group and the others in each case.

    A cell that has at least `minimum` sponsors in every case weighs what its sponsors weigh. Any
    other weighs the least or the most that is possible in its band, whichever is worse.

    Args:
        own, whole: cells of the group, and of everybody it is compared within, shape (2, 3).
        cases: counts of the group, shape (cases, 2, 3).
        ranges: as `weight_ranges` gives them.
        minimum: smallest count that may be shown.
    """
    large = cases.min(axis=0) >= minimum
    small = (
        [] if equal(ranges) else [tuple(c) for c in np.argwhere(~large & (cases.max(axis=0) > 0))]
    )
    made = [
        _weighed(own, whole, cases, ranges, large, dict(zip(small, ends, strict=True)))
        for ends in product((0, 1), repeat=len(small))
    ]
    parts = [[p.own.parts for p in made], [p.others.parts for p in made]]
    own_parts, other_parts = ([np.concatenate(v) for v in zip(*p, strict=True)] for p in parts)
    return Possible(Cells(*own_parts), Cells(*other_parts))


def _weighed(
    own: Cells,
    whole: Cells,
    cases: Floats,
    ranges: Floats,
    large: NDArray[np.bool_],
    ends: dict[tuple[int, ...], int],
) -> Possible:
    least, most = (np.repeat(ranges[:, [k]], 3, axis=1) for k in (0, 1))
    weight = least.copy()
    for cell, end in ends.items():
        weight[cell] = ranges[cell[0], end]
    others = np.maximum(whole.count - cases, 0.0)
    group, rest = [], []
    for power, mine, all_ in zip(_POWERS, own.parts[:3], whole.parts[:3], strict=True):
        mean = mine / np.maximum(own.count, 1.0)
        # As of a mixture of the least and the most with that mean, which varies most; with as many
        # degrees of freedom as the largest count gives, for the block is judged by its far end.
        few = cases / np.maximum(cases.max(axis=0), 1.0)
        worst = {1: weight, 2: weight * most, 4: weight * most**3 * few}[power]
        each = np.where(large, mean, worst)
        taken = np.where(large, mean, weight if power == 1 else least**power)
        group.append(cases * each)
        rest.append(np.maximum(all_ - cases * taken, others * least**power))
    return Possible(
        Cells(group[0], group[1], group[2], cases), Cells(rest[0], rest[1], rest[2], others)
    )


def union(ends: tuple[Floats, Floats]) -> list[float]:
    """The interval that holds all of several."""
    return [float(np.min(ends[0])), float(np.max(ends[1]))]
