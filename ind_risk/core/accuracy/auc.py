"""The weighted AUC and an interval that stays honest near 1, with ties and with few findings."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.rates import Interval, kish_size, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray


def auc_interval(
    *,
    score: NDArray[np.float64],
    outcome: NDArray[np.float64],
    weight: NDArray[np.float64],
    alpha: float,
) -> Interval:
    """P(a non-compliant sponsor outranks a compliant one), ties half, and its interval.

    The limits θ solve (AUC − θ)² = t² · f · V(θ). V is the variance of Hanley and McNeil (1982)
    as in method 5 of Newcombe (2006, Stat. Med. 25, 559), taken at the limit, so that no limit
    collapses at 0 or 1 or where all scores tie. f ≥ 1 lifts V to the design-based variance: the
    squared influences of the weighted placements (DeLong, DeLong and Clarke-Pearson, 1988; Hájek
    linearisation, inspections drawn independently). t is Student's, with the smaller effective
    size less 1 as degrees of freedom.

    In simulation (200 inspections with 20 findings, 1,500 with 150; AUC 0.6 to 0.95, ties, weights
    equal or spread 1:20) a lower limit at 5 % lies above the truth in at most about 7 % of samples.
    The exception: where heavy weights go with low scores and the scores of non-compliant sponsors
    scatter widely, few findings have met no heavy miss yet: 12 % with 20 findings, 8 % with 150.

    Args:
        score: finite, shape (n,).
        outcome: 0 or 1 with at least one of each, shape (n,).
        weight: above 0, shape (n,).
        alpha: one-sided level of each limit; the interval is a (1 − 2·alpha) one.
    """
    classes = (outcome > 0, outcome <= 0)
    placement = placements(score, outcome, weight)
    estimate = float(np.average(placement[classes[0]], weights=weight[classes[0]]))
    sizes = [_size(weight[group], weight) for group in classes]
    base = hanley_mcneil(estimate, *sizes)
    design = sum(_influence(placement[g] - estimate, weight[g]) for g in classes)
    factor = max(1.0, design / base) if base > 0 else 1.0
    reach = quantile(alpha, *sizes) ** 2 * factor

    def within(theta: float) -> bool:
        return (estimate - theta) ** 2 <= reach * hanley_mcneil(theta, *sizes)

    return Interval(estimate, edge(within, estimate, 0.0), edge(within, estimate, 1.0))


def _size(weight: NDArray[np.float64], arm: NDArray[np.float64]) -> float:
    """Effective size of a class: its Kish size, or what it would be with the arm's usual weights.

    A design that gives low scores heavy weights may not yet have met a heavy miss: weights of the
    findings alone then look more even than those of the next findings will be.
    """
    usual = float((arm**2).sum() / arm.sum())
    return min(kish_size(weight), float(weight.sum()) / usual)


def placements(
    score: NDArray[np.float64], outcome: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each row the weighted share of the other class on the right side of it, ties half."""
    values, place = np.unique(score, return_inverse=True)
    positive = np.bincount(place, weight * outcome, len(values))
    negative = np.bincount(place, weight * (1 - outcome), len(values))
    below = (np.cumsum(negative) - negative / 2) / negative.sum()
    above = (positive.sum() - np.cumsum(positive) + positive / 2) / positive.sum()
    placed: NDArray[np.float64] = np.where(outcome > 0, below[place], above[place])
    return placed


def hanley_mcneil(auc: float, positives: float, negatives: float) -> float:
    """Variance of an AUC (Hanley and McNeil, 1982), the sizes in its middle as in Newcombe (2006).

    Method 5 of Newcombe replaces both by their mean less one.
    """
    k = (positives + negatives) / 2 - 1
    middle = 1 + max(k, 0.0) * ((1 - auc) / (2 - auc) + auc / (1 + auc))
    return auc * (1 - auc) * middle / (positives * negatives)


def edge(within: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last point on the way from `inside` to `outside` for which `within` holds (bisection)."""
    if within(outside):
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if within(middle) else (inside, middle)
    return inside


def _influence(deviation: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Σw²d² / (Σw)², with the m / (m − 1) of a sample variance at the effective size m."""
    m = kish_size(weight)
    variance = float((weight**2 * deviation**2).sum() / weight.sum() ** 2)
    return variance * (m / (m - 1) if m > 1 else 1.0)


def standard_error(auc: float, positives: float, negatives: float) -> float:
    """Square root of `hanley_mcneil`, for planning."""
    return sqrt(hanley_mcneil(auc, positives, negatives))
