"""Cells of band and outcome for each group, and error rates of them with effective sizes.

One pass over the sponsors makes the cells; whatever follows (rates, bounds, sensitivity to what is
missing) works on six numbers a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.membership import Membership

    Floats = NDArray[np.float64]

OUTSIDE, COMPLIANT, NON_COMPLIANT, MISSING = -1, 0, 1, 2


@dataclass(frozen=True, eq=False)
class Cells:
    """Six cells of each group; the last two axes are selected (no, yes) and outcome.

    Args:
        weight: sum of the weights, shape (..., 2, 3), outcomes compliant, non-compliant, missing.
        square, fourth: sums of their second and fourth powers.
        count: sponsors.
    """

    weight: Floats
    square: Floats
    fourth: Floats
    count: Floats

    def plus(self, other: Cells) -> Cells:
        """Both together."""
        return Cells(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    def minus(self, part: Cells) -> Cells:
        """What is left without a part; exactly 0 where nobody is left."""
        left = self.count - part.count > 0
        both = zip(self.parts, part.parts, strict=True)
        return Cells(*(np.where(left, a - b, 0.0) for a, b in both))

    def of(self, groups: NDArray[np.bool_]) -> Cells:
        """Some of the groups."""
        return Cells(*(values[groups] for values in self.parts))

    def repeated(self, times: int) -> Cells:
        """All groups so many times over, shape (times * groups, 2, 3)."""
        return Cells(*(np.tile(v, (times, *([1] * (v.ndim - 1)))) for v in self.parts))

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """weight, square, fourth, count."""
        return self.weight, self.square, self.fourth, self.count


@dataclass(frozen=True)
class Measure:
    """A rate of the completed cells: `part` over `part` plus `rest`.

    Args:
        part, rest: (selected, outcome) of the two completed cells.
        up: whether more non-compliance among the missing raises the rate, of those not selected
            and of those selected.
    """

    part: tuple[int, int]
    rest: tuple[int, int]
    up: tuple[bool, bool]


FALSE_POSITIVE_RATE = Measure(part=(1, COMPLIANT), rest=(0, COMPLIANT), up=(True, False))
MISS_RATE = Measure(part=(0, NON_COMPLIANT), rest=(1, NON_COMPLIANT), up=(True, False))
PRECISION = Measure(part=(1, NON_COMPLIANT), rest=(1, COMPLIANT), up=(True, True))


@dataclass(frozen=True, eq=False)
class Filled:
    """What the sponsors without an outcome are taken to be.

    Args:
        share: of them non-compliant, shape (..., 2), by selected.
        slope: derivative of the share by the weights of compliant and of non-compliant sponsors
            with an outcome, shape (..., 2, 2); 0 where the share is a constant.
    """

    share: Floats
    slope: Floats


@dataclass(frozen=True, eq=False)
class Rates:
    """One rate for each group.

    Args:
        value: in [0, 1]; 0 where it is not defined.
        size: number of equal weights it is worth; 0 where it is not defined.
        count: sponsors it rests on.
    """

    value: Floats
    size: Floats
    count: Floats


def outcome_cells(
    members: Membership,
    *,
    selected: NDArray[np.bool_],
    outcome: NDArray[np.int64],
    weight: Floats,
) -> tuple[Cells, Cells]:
    """Cells of each group and of all other compared sponsors, shape (groups, 2, 3) each.

    Args:
        members: groups of n sponsors.
        selected: shape (n,).
        outcome: shape (n,), one of the constants above; OUTSIDE is in no cell.
        weight: shape (n,), above 0 where the outcome is not OUTSIDE; only ratios matter.
    """
    there = members.compared & (outcome != OUTSIDE)
    cell = selected[there] * 3 + outcome[there]
    raw = weight[there]
    # Equal weights become exactly 1, so that they give the unweighted numbers to the last digit.
    w = raw / raw.max() if len(raw) else raw
    group, k = members.group[there], len(members)
    held = group >= 0

    def sums(values: Floats) -> tuple[Floats, Floats]:
        own = np.bincount(group[held] * 6 + cell[held], values[held], 6 * k).astype(float)
        whole = np.bincount(cell, values, 6).astype(float)
        return own.reshape(k, 2, 3), whole.reshape(1, 2, 3)

    parts = [sums(v) for v in (w, w**2, w**4, np.ones_like(w))]
    own, everybody = (Cells(*(p[i] for p in parts)) for i in (0, 1))
    return own, everybody.minus(own)


def as_known(cells: Cells) -> Cells:
    """The cells without those whose outcome is missing."""
    known = np.array([1.0, 1.0, 0.0])
    return Cells(*(values * known for values in cells.parts))


def constant(share: Floats, like: Cells) -> Filled:
    """The same shares of the missing in every group, not selected and selected: shape (2,)."""
    shape = like.weight.shape[:-1]
    return Filled(np.broadcast_to(share, shape), np.zeros((*shape, 2)))


def completed_rates(
    cells: Cells, measure: Measure, *, filled: Filled, arm: Cells, level: float
) -> Rates:
    """Hájek's rate of each group with the missing filled in, and what it is worth.

    The effective size is the smallest of
    - Kish's (1965, section 11.7),
    - p(1 - p) over the linearised variance of all six cells (Korn and Graubard, 1998, Survey
      Methodology 24:193), the filled share varying with the cells it is taken from,
    - the one that the weights of the whole arm give at this rate: a group in which nobody heavy
      happens to be selected does not know how heavy its selected sponsors are,
    and is reduced by Korn and Graubard's squared ratio of t-quantiles at n - 1 and at that size
    less 1 degrees of freedom. With equal weights and nothing missing it is n exactly.

    Args:
        cells: of the groups.
        measure: which rate.
        filled: what the missing are taken to be; of no effect where nothing is missing.
        arm: cells of everybody each group is compared within.
        level: of one side of the widest interval to be made, for the t-quantile.
    """
    part, rest = (_completed(cells, cell, filled) for cell in (measure.part, measure.rest))
    total = part[0] + rest[0]
    some = np.where(total > 0, total, 1.0)
    p = np.where(total > 0, part[0] / some, 0.0)
    wide = (..., None, None)
    slope = ((1 - p)[wide] * part[1] - p[wide] * rest[1]) / some[wide]
    weight_slope = part[1] + rest[1]
    variance = _summed(cells.square * slope**2)
    kish = _ratio(total**2, _summed(cells.square * weight_slope**2))
    count = _ratio(_summed(cells.count * weight_slope) ** 2, _summed(cells.count * weight_slope**2))
    inner = (p > 0) & (p < 1) & (variance > 0)
    linearised = np.where(inner, _ratio(p * (1 - p), variance), np.inf)
    size = np.minimum(np.minimum(kish, linearised), count * _arm_ratio(p, measure, arm))
    size = _whole(np.where(total > 0, size, 0.0))
    fourth = _summed(cells.fourth * slope**4)
    freedom = np.where(inner, np.minimum(size - 1, _ratio(2 * variance**2, fourth)), size - 1)
    return Rates(p, size * _small_sample(size, _whole(count), freedom, level), count)


def tables(first: Rates, second: Rates) -> dict[str, Floats]:
    """Arguments of the score test: successes and trials at the effective sizes."""
    return {
        "x1": _whole(np.minimum(first.value * first.size, first.size)), "n1": first.size,
        "x2": _whole(np.minimum(second.value * second.size, second.size)), "n2": second.size,
    }  # fmt: skip


def _completed(cells: Cells, cell: tuple[int, int], filled: Filled) -> tuple[Floats, Floats]:
    """Weight of a completed cell, and its derivative by the six cells."""
    selected, outcome = cell
    weight = cells.weight[..., selected, :]
    sign = 1.0 if outcome == NON_COMPLIANT else -1.0
    share = filled.share[..., selected]
    own = share if outcome == NON_COMPLIANT else 1 - share
    slope = np.zeros_like(cells.weight)
    missing = weight[..., MISSING]
    slope[..., selected, :2] = sign * missing[..., None] * filled.slope[..., selected, :]
    slope[..., selected, outcome] += 1.0
    slope[..., selected, MISSING] = own
    return weight[..., outcome] + own * missing, slope


def _arm_ratio(p: Floats, measure: Measure, arm: Cells) -> Floats:
    """Effective size over n at rate p if each band's weights are as in the whole arm."""
    if measure.part[0] == measure.rest[0]:
        return np.ones_like(p)
    n, w, s = (np.sum(v, axis=-1) for v in (arm.count, arm.weight, arm.square))
    known = n > 0
    some = np.where(known, n, 1.0)
    both = known.all(axis=-1)
    mean, square = (np.where(known, v / some, 1.0) for v in (w, s))
    m1, m0 = mean[..., measure.part[0]], mean[..., measure.rest[0]]
    s1, s0 = square[..., measure.part[0]], square[..., measure.rest[0]]
    average = 1 / (p / m1 + (1 - p) / m0)
    # With one band unseen its weights are not known, unless all weights are the same anyway.
    equal = np.abs(s.sum(axis=-1) * n.sum(axis=-1) - w.sum(axis=-1) ** 2) <= 1e-9 * n.sum(axis=-1)
    return np.where(both, average / ((1 - p) * s1 / m1 + p * s0 / m0), equal.astype(float))


def _small_sample(size: Floats, count: Floats, freedom: Floats, level: float) -> Floats:
    from scipy.special import stdtrit

    plain, wide = (stdtrit(np.maximum(v, 1.0), 1 - level) for v in (count - 1, freedom))
    return np.where(size < count, np.minimum(plain / wide, 1.0) ** 2, 1.0)


def _summed(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=(-2, -1)), dtype=float)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)


def _whole(values: Floats) -> Floats:
    """Whole numbers where only rounding keeps them from being so."""
    near = np.round(values)
    return np.where(np.abs(values - near) <= 1e-9 * np.maximum(near, 1.0), near, values)
