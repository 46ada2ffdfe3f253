"""How many sponsors to draw from each stratum: one rate at best, several claims at least cost.

Pure arithmetic on arrays over strata; nothing here knows what the claims are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.sampling.claims import deviate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ind_risk.core.sampling.claims import Question

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_ROUNDS = 60  # of the search for multipliers; 300 of them save less than 1 % of a sample
_SETTLED, _NEARLY = 1e-3, 1.1  # of a scale and of an allocation
_SMALLEST = 1e-12


def neyman(*, size: ArrayLike, spread: ArrayLike, total: float) -> Floats:
    """Allocation with the smallest variance of a mean: n_h in proportion to N_h · S_h.

    Neyman (1934); Cochran (1977), eq. 5.26. Where that is more than a stratum has, all of it is
    taken and the rest is shared out anew (Cochran, 5.8).

    Args:
        size: sponsors N_h, shape (H,).
        spread: standard deviations S_h, shape (H,).
        total: sponsors in all; not whole numbers are returned.

    >>> [round(float(n), 2) for n in neyman(size=[100, 300], spread=[3.0, 1.0], total=40)]
    [20.0, 20.0]
    """
    sizes, wanted = np.asarray(size, dtype=float), np.asarray(size, dtype=float) * spread
    made, full = np.zeros_like(sizes), np.zeros(len(sizes), dtype=bool)
    for _ in range(len(sizes)):
        left, free = total - sizes[full].sum(), wanted[~full].sum()
        made = np.where(full, sizes, max(left, 0.0) * wanted / max(free, _SMALLEST))
        if not (more := (made > sizes) & ~full).any():
            break
        full |= more
    return np.asarray(np.minimum(made, sizes), dtype=float)


def neyman_total(*, size: ArrayLike, spread: ArrayLike, half_width: float, alpha: float) -> int:
    """Sponsors that a mean needs, by Neyman's allocation, for an interval of so many ±.

    Cochran (1977), eq. 5.47: n = (Σ W_h S_h)² / (V + Σ W_h S_h² / N), with the finite-population
    correction; with one stratum it is n₀ / (1 + n₀ / N).

    Args:
        size, spread: N_h and S_h, shape (H,).
        half_width: of the two-sided (1 − alpha) interval.
        alpha: in (0, 1).

    >>> neyman_total(size=[4000], spread=[0.5], half_width=0.05, alpha=0.05)
    351
    """
    sizes, spreads = np.asarray(size, dtype=float), np.asarray(spread, dtype=float)
    everybody = float(sizes.sum())
    weight, variance = sizes / everybody, (half_width / deviate(1 - alpha / 2)) ** 2
    needed = float(weight @ spreads) ** 2 / (variance + float(weight @ spreads**2) / everybody)
    return min(ceil(needed - 1e-9), int(everybody))


def optimal(
    questions: Sequence[Question],
    wanted: Sequence[NDArray[np.bool_]],
    *,
    start: Floats,
    low: Floats,
    high: Floats,
    target: float,
    correction: Floats | None = None,
) -> Floats:
    """The smallest allocation by which several claims have their power.

    Near an allocation n, claim c needs Σ_h a_ch / n_h ≤ 1 with a_ch = scale_c · share_ch · n_h.
    Under such constraints the smallest total is n_h = √(Σ_c λ_c a_ch) (Bethel, 1989, Survey
    Methodology 15:47); the multipliers are found by raising λ_c where claim c lacks power and
    lowering it where it has more than enough (Chromy, 1987), a_ch being renewed each time.

    Args:
        questions: with the claims.
        wanted: for each question which of its claims count, shape (k,).
        start: allocation to start from, above 0, shape (H,).
        low, high: bounds, shape (H,); at `high` every wanted claim has its power.
        target: power.
        correction: factors by which scales are known to be off, over all wanted claims.

    Returns:
        Shape (H,), not whole; within a few per cent of what the claims need.
    """
    n, best, cheapest = np.clip(start, low, high), high, np.inf
    multiplier: Floats | None = None
    for _ in range(_ROUNDS):
        scale, share = pulls(questions, wanted, n, target=target)
        scale = scale if correction is None else scale * correction
        most = float(scale.max(initial=0.0))
        grown = np.clip(n * max(most, 1.0), low, high)
        if most < _NEARLY and grown.sum() < cheapest:
            best, cheapest = grown, float(grown.sum())
        old = np.ones(len(scale)) if multiplier is None else multiplier
        multiplier = np.clip(old * scale, _SMALLEST, 1 / _SMALLEST)
        moved = np.clip(np.sqrt((multiplier * scale) @ share * n), low, high)
        if most < 1 + _SETTLED and np.abs(moved - n).max() < _SETTLED * n.max():
            break
        n = moved
    return best


def pulls(
    questions: Sequence[Question],
    wanted: Sequence[NDArray[np.bool_]],
    n: Floats,
    *,
    target: float,
    power: Sequence[Floats] | None = None,
) -> tuple[Floats, Floats]:
    """Scales (K,) and shares (K, H) of all wanted claims; arguments as in `optimal`."""
    scales, shares = [np.zeros(0)], [np.zeros((0, len(n)))]
    for i, (question, kept) in enumerate(zip(questions, wanted, strict=True)):
        pull = question.pull(n, target=target, power=None if power is None else power[i])
        scales.append(pull.scale[kept])
        shares.append(pull.share[kept])
    return np.concatenate(scales), np.concatenate(shares)


class Path:
    """Whole allocations of every total, each one containing all smaller ones.

    Sponsors are given one by one: first in turn until every stratum has its minimum, then to the
    stratum with the largest target_h / √(n_h (n_h + 1)): equal proportions (Huntington, 1928),
    which for one rate is the exact optimum in whole numbers (Wright, 2012, American Statistician
    66:217).

    Args:
        target: the shape to follow, what is already there included, shape (H,).
        minimum: sponsors of each stratum that come first, shape (H,).
        most: sponsors that can be drawn, shape (H,), at least the minimum.
        already: inspections that are there, shape (H,); none by default.

    >>> path = Path(target=np.array([20.0, 5.0]), minimum=np.array([2, 2]), most=np.array([30, 6]))
    >>> [path.at(total).tolist() for total in (3, 4, 25, 36)]
    [[2, 1], [2, 2], [20, 5], [30, 6]]
    """

    def __init__(
        self, *, target: Floats, minimum: Ints, most: Ints, already: Floats | None = None
    ) -> None:
        stratum = np.repeat(np.arange(len(most)), most)
        number = np.arange(len(stratum)) - np.repeat(np.cumsum(most) - most, most)  # from 0
        first = number < minimum[stratum]
        aim = np.maximum(target, _SMALLEST)[stratum]
        there = number + (0.0 if already is None else already[stratum])
        even = aim / np.sqrt(np.maximum(there * (there + 1), _SMALLEST))
        priority = np.where(first, -number, even)
        order = np.lexsort((stratum, -aim, -priority, ~first))
        self._order, self._strata = stratum[order], len(most)
        self.least, self.most = int(minimum.sum()), int(most.sum())

    def at(self, total: int) -> Ints:
        """Sponsors of each stratum with so many in all, shape (H,)."""
        return np.bincount(self._order[:total], minlength=self._strata).astype(np.int64)
