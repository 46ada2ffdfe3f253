"""False positives of each group against all others, for planning: equivalence and numbers enough.

Expected cells go through the functions that error parity uses, so that its effective sizes and its
three tests are those of the evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.error_rates import CHECK, FALSE_POSITIVE, FALSE_POSITIVES
from ind_risk.core.bias.outcome_cells import (
    COMPLIANT,
    NON_COMPLIANT,
    Cells,
    completed_rates,
    constant,
)
from ind_risk.core.bias.score_test import called_equivalent
from ind_risk.core.sampling.claims import TINY, Claim, Influence, Pull, deviate
from ind_risk.core.sampling.strata import NO_MIGRANTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.outcome_cells import Rates
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.claims import Truth

    Floats = NDArray[np.float64]

_POINTS, _ZOOMS = 7, 3  # each zoom narrows a bound by a factor of 6


@dataclass(frozen=True, eq=False)
class ParityQuestion:
    """The claim "false_positive_rate_difference" for k groups.

    Args:
        groups: their names, as in the frame.
        margin: of equivalence.
        alpha: level of one look.
        minimum: compliant random inspections below which a group is not judged.
        own, whole: share of each stratum in each cell, shape (H, k, 2, 3) and (H, 1, 2, 3); the
            last axes are band high (no, yes) and outcome, as in `Cells`.
        size: sponsors by stratum, shape (H,).
        rates: false-positive rates of each group and of the others by the assumption, (2, k).
        influences: of each difference.
        response: as in `Truth`.
    """

    groups: tuple[str, ...]
    margin: float
    alpha: float
    minimum: float
    own: Floats
    whole: Floats
    size: Floats
    rates: Floats
    influences: tuple[Influence, ...]
    response: float

    @property
    def claims(self) -> tuple[Claim, ...]:
        """One for each group."""
        return tuple(Claim(CHECK, FALSE_POSITIVES, group) for group in self.groups)

    @property
    def difference(self) -> Floats:
        """True differences under the assumption, shape (k,)."""
        return np.asarray(self.rates[0] - self.rates[1], dtype=float)

    def power(self, n: Floats) -> Floats:
        """Chance that a group has numbers enough, times that of equivalence if it has."""
        from scipy.special import ndtr

        spread, difference = self._spread(n), self.difference
        low, high = self._bounds(*self._judged(n))
        chance = ndtr((high - difference) / spread) - ndtr((low - difference) / spread)
        mean, deviation = self.compliant(n)
        enough = ndtr((mean - self.minimum + 0.5) / deviation)
        return np.asarray(np.maximum(chance, 0.0) * enough, dtype=float)

    def pull(self, n: Floats, *, target: float, power: Floats | None = None) -> Pull:
        """See `Question`: whichever asks for more, the numbers or the equivalence."""
        from scipy.special import ndtri

        z, spread, (mean, deviation) = deviate(target), self._spread(n), self.compliant(n)
        gap = np.maximum(self.margin - np.abs(self.difference), TINY)
        numbers = (self.minimum - 0.5 + z * deviation) / np.maximum(mean, TINY)
        reach = self._reach(n)
        if power is not None:
            known = np.clip(power / np.clip(self.enough(n), 1e-9, 1.0), 1e-9, 1 - 1e-12)
            reach = np.maximum(gap - ndtri(known) * spread, TINY)
        alike = ((reach + z * spread) / gap) ** 2
        judged, true = (np.array([f(i, n) for i in self.influences]) for f in _PARTS)
        parts = _shares(judged) * reach[:, None] + _shares(true) * (z * spread)[:, None]
        by_numbers = _shares(self.found * n)
        share = np.where((numbers > alike)[:, None], by_numbers, _shares(parts))
        return Pull(np.maximum(numbers, alike), share)

    def design_effect(self, n: Floats) -> Floats:
        """See `Question`."""
        return np.array([i.design_effect(n) for i in self.influences])

    def why_not(self, n: Floats) -> tuple[str, ...]:
        """See `Question`."""
        power, mean = self.power(n), self.compliant(n)[0]
        return tuple(self._why_not(k, float(power[k]), float(mean[k])) for k in range(len(power)))

    def _why_not(self, k: int, power: float, compliant: float) -> str:
        if compliant < self.minimum:
            return (
                f"Too few sponsors: about {compliant:,.0f} random inspections with a compliant "
                f"outcome if all of the group were drawn, and {self.minimum:,.0f} are asked."
            )
        own, others = (f"{100 * float(r[k]):.1f} %" for r in self.rates)
        said = (
            f"By the assumption {own} of compliant sponsors of the group are in band high and "
            f"{others} of the others"
        )
        if abs(float(self.difference[k])) >= self.margin:
            return f"{said}: not within {100 * self.margin:.0f} points, the claim would be false."
        return f"{said}; even if every sponsor were drawn it would be shown in {100 * power:.0f} %."

    @property
    def found(self) -> Floats:
        """Share of each stratum that is of the group and compliant, shape (k, H)."""
        return np.asarray(self.own[..., COMPLIANT].sum(axis=-1).T, dtype=float)

    def compliant(self, n: Floats) -> tuple[Floats, Floats]:
        """Compliant inspections of each group: expected, and their standard deviation."""
        found = self.found
        variance = (n * found * (1 - self.response * found)).sum(axis=1)
        return found @ n, np.sqrt(np.maximum(variance, TINY))

    def enough(self, n: Floats) -> Floats:
        """Chance that each group has so many that it is judged, shape (k,)."""
        from scipy.special import ndtr

        mean, deviation = self.compliant(n)
        return np.asarray(ndtr((mean - self.minimum + 0.5) / deviation), dtype=float)

    def _spread(self, n: Floats) -> Floats:
        sums = [float(i.true(n).sum()) for i in self.influences]
        return np.sqrt(np.maximum(sums, TINY**2))

    def _judged(self, n: Floats) -> tuple[Rates, Rates]:
        """Rates of the groups and of the others as error parity would have them."""
        weight = self.size / np.maximum(n, TINY)
        weight = weight / weight.max()
        powers = [n * weight**k for k in (1, 2, 4, 0)]
        own, whole = (
            Cells(*(np.tensordot(p, cells, axes=(0, 0)) for p in powers))
            for cells in (self.own, self.whole)
        )
        others = whole.minus(own)
        first, second = (
            completed_rates(
                cells, FALSE_POSITIVE.measure, filled=constant(np.zeros(2), cells),
                arm=own.plus(others), level=self.alpha / 2,
            )
            for cells in (own, others)
        )  # fmt: skip
        return first, second

    def _reach(self, n: Floats) -> Floats:
        """How far an interval reaches at the margin, without its corrections for sparse tables."""
        first, second = self._judged(n)
        edge = np.minimum(second.value + self.margin, 0.5)
        variance = edge * (1 - edge) / np.maximum(first.size, TINY)
        variance += second.value * (1 - second.value) / np.maximum(second.size, TINY)
        return np.asarray(deviate(1 - self.alpha) * np.sqrt(variance), dtype=float)

    def _bounds(self, first: Rates, second: Rates) -> tuple[Floats, Floats]:
        """Observed differences between which error parity calls the rates equivalent, (k,) each.

        Infinite where even a rate of 0 (or 1) is called so; both 0 where nothing is.
        """
        base, side = second.value, np.array([[-1.0], [1.0]])
        near, far = np.zeros((2, len(base))), np.ones((2, len(base)))  # of the way to the margin
        grid = np.linspace(0.0, 1.0, _POINTS)[:, None, None]
        for zoom in range(_ZOOMS):
            way = near + grid * (far - near)
            places = np.clip(base + side * self.margin * way, 0.0, 1.0)
            good = self._equivalent(places, first.size, base, second.size)
            if zoom == 0:
                none, free = ~good[0], good.all(axis=0)
            step = (far - near) / (_POINTS - 1)
            near = near + step * np.maximum(np.cumprod(good, axis=0).sum(axis=0) - 1, 0)
            far = np.minimum(near + step, far)
        ends = np.where(free, np.inf, self.margin * (near + far) / 2)
        ends = side * np.where(none, 0.0, ends)
        return ends[0], ends[1]

    def _equivalent(self, p1: Floats, n1: Floats, p2: Floats, n2: Floats) -> NDArray[np.bool_]:
        some1, some2 = np.maximum(n1, 1.0), np.maximum(n2, 1.0)
        return called_equivalent(
            x1=np.minimum(p1 * some1, some1), n1=some1, x2=np.minimum(p2 * some2, some2), n2=some2,
            margin=self.margin, alpha=self.alpha,
        )  # fmt: skip


_PARTS = (Influence.judged, Influence.true)


def parity_question(truth: Truth, groups: tuple[str, ...], policy: Policy) -> ParityQuestion:
    """The false-positive claims of some groups; with no group, no claims."""
    strata, bias = truth.strata, policy.bias
    high, compared = strata.band == "high", strata.group != NO_MIGRANTS
    member = [np.asarray(strata.group == g, dtype=bool) for g in groups]
    pairs = [_difference(truth, own, compared & ~own, high) for own in member]
    cells = [_cells(truth, own, high) for own in member]
    nobody = np.zeros((len(strata), 0, 2, 3))
    return ParityQuestion(
        groups=groups,
        margin=bias.false_positive_margin,
        alpha=bias.level,
        minimum=bias.minimum_group_audited,
        own=np.stack(cells, axis=1) if cells else nobody,
        whole=_cells(truth, compared, high)[:, None],
        size=strata.size.astype(float),
        rates=np.array([rates for rates, _ in pairs], dtype=float).reshape(-1, 2).T,
        influences=tuple(influence for _, influence in pairs),
        response=truth.response,
    )


def _difference(
    truth: Truth, own: NDArray[np.bool_], others: NDArray[np.bool_], high: NDArray[np.bool_]
) -> tuple[tuple[float, float], Influence]:
    """False-positive rates of a group and of the others, and the influence of the difference."""
    good, influence, rates = 1 - truth.rate, np.zeros(len(own)), []
    for sign, who in ((1.0, own), (-1.0, others)):
        compliant = max(float((good * who).mean()), TINY)
        rates.append(float((good * who * high).mean()) / compliant)
        influence += sign * who * (high - rates[-1]) / compliant
    made = truth.influence(np.zeros(len(own)), influence, response=truth.response)
    return (rates[0], rates[1]), made


def _cells(truth: Truth, who: NDArray[np.bool_], high: NDArray[np.bool_]) -> Floats:
    """Share of each stratum in each cell, shape (H, 2, 3)."""
    made = np.zeros((len(truth.strata), 2, 3))
    for selected in (0, 1):
        at = who & (high == bool(selected))
        made[:, selected, COMPLIANT] = truth.strata.mean(at * (1 - truth.rate))
        made[:, selected, NON_COMPLIANT] = truth.strata.mean(at * truth.rate)
    return made


def _shares(parts: Floats) -> Floats:
    """Rows that add up to 1."""
    return np.asarray(parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-300), dtype=float)
