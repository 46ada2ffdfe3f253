"""Mantel–Haenszel estimates: what of a difference remains among the like.

Works on distinct 2 × 2 tables and how often each occurs, so that a million sponsors in a hundred
strata cost as much as ten thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.constrained import constrained_proportions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_HALVINGS = 36  # of an interval of length 2: below 1e-10


@dataclass(frozen=True, eq=False)
class Tables:
    """Distinct tables of each group against the others of the same stratum, shape (tables,).

    Only strata that hold both: others and the group.

    Args:
        groups: how many groups there are.
        group: number of the group.
        x1, n1: selected and all of the group in the stratum.
        x2, n2: of the others in the stratum.
        times: strata with this very table.
    """

    groups: int
    group: Ints
    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats
    times: Floats

    @property
    def weight(self) -> Floats:
        """Mantel–Haenszel weight of each table, n1 n2 / (n1 + n2)."""
        return self.n1 * self.n2 / (self.n1 + self.n2)

    def total(self, values: Floats) -> Floats:
        """Sum of `values`, shape (tables,), over each group's strata, shape (groups,)."""
        summed = np.bincount(self.group, self.times * values, self.groups)
        return np.asarray(summed, dtype=float)


def count_tables(
    *,
    group: Ints,
    selected: NDArray[np.bool_],
    strata: Ints,
    groups: int,
    times: Ints | None = None,
) -> Tables:
    """The tables of sponsors, or of kinds of sponsors of which there are so many each.

    Args:
        group: shape (n,), number of the group; -1 for those who are among the others only.
        selected, strata: shape (n,); a stratum is any whole number.
        groups: how many groups there are.
        times: shape (n,), sponsors of each kind; one each if None.
    """
    weight = np.ones(len(group)) if times is None else np.asarray(times, dtype=float)
    chosen = weight * selected
    names, stratum = np.unique(strata, return_inverse=True)
    n, x = (np.bincount(stratum, w, len(names)) for w in (weight, chosen))
    held = group >= 0
    key, cell = np.unique(stratum[held] * groups + group[held], return_inverse=True)
    n1, x1 = (np.bincount(cell, w, len(key)) for w in (weight[held], chosen[held]))
    at, of = key // max(groups, 1), key % max(groups, 1)
    columns = np.column_stack((of, x1, n1, x[at] - x1, n[at] - n1)).astype(np.int64)
    rows, times = np.unique(columns[columns[:, 4] > 0], axis=0, return_counts=True)
    x1, n1, x2, n2 = rows.T[1:].astype(float)
    return Tables(groups, rows[:, 0], x1, n1, x2, n2, times.astype(float))


@dataclass(frozen=True, eq=False)
class RiskDifference:
    """One value for each group; 0 with the interval [-1, 1] where nothing can be compared.

    Args:
        tables: what it rests on.
        estimate: common difference of proportions, group minus others.
        variance: Sato's.
    """

    tables: Tables
    estimate: Floats
    variance: Floats

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """The wider end of Sato's interval and of the stratified score interval.

        Sato's alone is symmetric about the estimate: where few are selected it calls a difference
        exactly at a margin equivalent up to 2.2 times as often as it should, and with 0 of n it has
        no width; the score interval alone does so up to 1.3 times as often; never both (see the
        tests).
        """
        from scipy.special import ndtri

        limit = float(ndtri((1 + confidence) / 2))
        spread = limit * np.sqrt(self.variance)
        low, high = self._score_interval(limit)
        nothing = self.tables.total(self.tables.weight) == 0
        low = np.where(nothing, -1.0, np.minimum(low, self.estimate - spread))
        high = np.where(nothing, 1.0, np.maximum(high, self.estimate + spread))
        return np.maximum(low, -1.0), np.minimum(high, 1.0)

    def p_value(self) -> Floats:
        """Two-sided, of no difference; below alpha where the (1 - alpha) interval excludes 0."""
        from scipy.special import ndtr

        spread = np.sqrt(self.variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            plain = np.where(self.estimate == 0, 0.0, self.estimate / spread)
        score = score_statistic(self.tables, np.zeros(self.tables.groups))
        return np.asarray(2 * ndtr(-np.minimum(np.abs(plain), np.abs(score))), dtype=float)

    def _score_interval(self, limit: float) -> tuple[Floats, Floats]:
        """All differences that the score test does not reject, by bisection."""
        ends = []
        for end in (-1.0, 1.0):
            outside, inside = np.full_like(self.estimate, end), self.estimate
            for _ in range(_HALVINGS):
                middle = (outside + inside) / 2
                rejected = np.abs(score_statistic(self.tables, middle)) > limit
                outside = np.where(rejected, middle, outside)
                inside = np.where(rejected, inside, middle)
            ends.append(outside)
        return ends[0], ends[1]


def risk_difference(tables: Tables) -> RiskDifference:
    """The Mantel–Haenszel risk difference of each group.

    Estimate: Greenland and Robins (1985), Biometrics 41:55. Variance: Sato (1989), Biometrics
    45:1323, right both for few large strata and for many small ones. Where the difference is not
    the same in all strata, the estimate is its average by weight.
    """
    x1, n1, x2, n2 = tables.x1, tables.n1, tables.x2, tables.n2
    n = n1 + n2
    weight = _some(tables.total(tables.weight))
    estimate = tables.total((x1 * n2 - x2 * n1) / n) / weight
    p = tables.total((n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / n**2)
    q = tables.total((x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * n))
    return RiskDifference(tables, estimate, np.maximum((estimate * p + q) / weight**2, 0.0))


def score_statistic(tables: Tables, delta: Floats) -> Floats:
    """Score statistic of a common difference `delta`, shape (groups,); never NaN.

    Miettinen and Nurminen (1985), Statistics in Medicine 4:213, section 3, with Mantel–Haenszel
    weights. At delta = 0 its square is the Mantel–Haenszel test without continuity correction.

    Args:
        tables: of the groups.
        delta: shape (groups,), in [-1, 1].
    """
    d, w = delta[tables.group], tables.weight
    x1, n1, x2, n2 = tables.x1, tables.n1, tables.x2, tables.n2
    variance = constrained_variance(x1=x1, n1=n1, x2=x2, n2=n2, delta=d)
    distance = tables.total(w * (x1 / n1 - x2 / n2 - d))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = distance / np.sqrt(tables.total(w * w * variance))
    return np.where(np.abs(distance) < 1e-12 * _some(tables.total(w)), 0.0, z)


def odds_ratio(tables: Tables, *, confidence: float) -> tuple[Floats, Floats, Floats]:
    """(ratio, low, high) of each group; NaN where it is 0, infinite or not to be had.

    Mantel and Haenszel (1959), Journal of the National Cancer Institute 22:719; variance of the
    logarithm by Robins, Breslow and Greenland (1986), Biometrics 42:311.
    """
    from scipy.special import ndtri

    n = tables.n1 + tables.n2
    a, b, c, d = tables.x1, tables.n1 - tables.x1, tables.x2, tables.n2 - tables.x2
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    top, bottom = tables.total(r), tables.total(s)
    there = (top > 0) & (bottom > 0)
    top, bottom = np.where(there, top, np.nan), np.where(there, bottom, np.nan)
    variance = (
        tables.total(p * r) / top**2
        + tables.total(p * s + q * r) / (top * bottom)
        + tables.total(q * s) / bottom**2
    ) / 2
    spread = float(ndtri((1 + confidence) / 2)) * np.sqrt(variance)
    ratio = top / bottom
    return ratio, ratio * np.exp(-spread), ratio * np.exp(spread)


def constrained_variance(
    *, x1: Floats, n1: Floats, x2: Floats, n2: Floats, delta: Floats
) -> Floats:
    """Of the difference in each table, with the proportions most likely at difference `delta`."""
    n = n1 + n2
    p1, p2 = constrained_proportions(x1=x1, n1=n1, x2=x2, n2=n2, delta=delta)
    return (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * n / np.maximum(n - 1, 1.0)


def _some(values: Floats) -> Floats:
    return np.where(values == 0, 1.0, values)
