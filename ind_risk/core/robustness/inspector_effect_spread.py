"""How much inspectors differ on the same case mix: a standard deviation and its interval.

The model: P(finding) = level of the stratum + effect of the inspector, effects drawn with variance
τ². Least squares with a level for each stratum gives the effects, whoever inspects what.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.auc import edge
from ind_risk.core.robustness.inspector_effect_table import ENOUGH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.robustness.inspector_effect_table import Inspected

    Floats = NDArray[np.float64]

_ROUNDING = 1e-9
POWER = 0.80


@dataclass(frozen=True, eq=False)
class Effects:
    """What each inspector adds to the probability of a finding, and how well that is known.

    Args:
        value: about the mean over inspections, shape (K,).
        error: standard errors, shape (K,).
        contrast: independent contrasts of the effects, shape (r,).
        variance: of these by chance alone, shape (r,), above 0.
        residual: variance of one outcome within its stratum, times `design`.
        design: how many times the variance is that of independent inspections, at least 1.
    """

    value: Floats
    error: Floats
    contrast: Floats
    variance: Floats
    residual: float
    design: float

    @property
    def freedom(self) -> int:
        """Contrasts: inspectors less groups of them that share no stratum."""
        return len(self.contrast)


@dataclass(frozen=True)
class Spread:
    """Standard deviation between inspectors and its limits, as probabilities."""

    estimate: float
    low: float
    high: float


def inspector_effects(table: Inspected) -> Effects | None:
    """Least-squares effects; None where no two inspectors share a stratum or nothing varies.

    Their variance is that of dealing the outcomes of each stratum out at random among its
    inspections (hypergeometric), times a design effect (Rao and Scott, 1984, Annals of Statistics
    12:46) for sponsors that the same inspector visits again.
    """
    within, chance = _within(table, np.ones(len(table.count))), _within(table, _variances(table))
    values, vectors = np.linalg.eigh(within)
    kept = values > _ROUNDING * max(float(values.max(initial=0.0)), 1.0)
    if not kept.any():
        return None
    basis, scale = vectors[:, kept], 1 / values[kept]
    effect = basis @ (scale * (basis.T @ excess(table)))
    design = _design_effect(table, effect)
    inverse = (basis * scale) @ basis.T
    covariance = design * inverse @ chance @ inverse
    variance, axes = np.linalg.eigh(basis.T @ covariance @ basis)
    if variance.min() <= _ROUNDING / max(table.n, 1):
        return None
    share = table.count.sum(axis=0) / table.n
    about = np.eye(len(share)) - share
    residual = float(np.trace(chance) / np.trace(within))
    return Effects(
        value=effect - share @ effect,
        error=np.sqrt(np.maximum(np.diag(about @ covariance @ about.T), 0.0)),
        contrast=axes.T @ (basis.T @ effect), variance=variance,
        residual=design * residual, design=design,
    )  # fmt: skip


def excess(table: Inspected) -> Floats:
    """Findings of each inspector beyond those of the same strata on average, shape (K,)."""
    rate = table.found.sum(axis=1) / np.maximum(table.count.sum(axis=1), 1)
    return np.asarray(table.found.sum(axis=0) - rate @ table.count, dtype=float)


def chance_variance(table: Inspected) -> Floats:
    """Variance of `excess` if outcomes are dealt out at random within strata, shape (K,)."""
    return np.diag(_within(table, _variances(table)))


def spread(effects: Effects, *, alpha: float) -> Spread:
    """Paule and Mandel's estimate with limits by the Q-profile, each at one-sided level alpha.

    Q(τ²) = Σ contrast² / (variance + τ²) is chi-squared at the true τ² (Viechtbauer, 2007,
    Statistics in Medicine 26:37, section 3.1); the estimate solves Q = its expectation. Where
    inspectors differ less than chance would have it, the upper limit is the one for as much as
    chance: luck is no precision.
    """
    from scipy.special import chdtri

    square, variance, r = effects.contrast**2, effects.variance, effects.freedom
    return Spread(
        _solved(square, variance, r),
        _solved(square, variance, float(chdtri(r, alpha))),
        _solved(_at_least_chance(square, variance), variance, float(chdtri(r, 1 - alpha))),
    )


def inspections_needed(
    *, inspectors: int, rate: float, residual: float, bound: float, alpha: float
) -> int:
    """Inspections, shared out equally, that establish the bound with `POWER` if all are alike.

    Args:
        inspectors: number of them, at least 2.
        rate: share that finds non-compliance, above 0 and below 1.
        residual: variance of one outcome, design effect included.
        bound: of the standard deviation.
        alpha: one-sided level of the upper limit.
    """
    from scipy.special import chdtri

    r = inspectors - 1
    likely = max(float(chdtri(r, 1 - POWER)), r)
    each = residual * (likely / float(chdtri(r, 1 - alpha)) - 1) / bound**2
    return ceil(inspectors * max(each, ENOUGH / min(rate, 1 - rate)))


def _within(table: Inspected, weight: Floats) -> Floats:
    """Σ_s w_s (diag n_s − n_s n_sᵀ / |n_s|), shape (K, K)."""
    size = np.maximum(table.count.sum(axis=1), 1)
    diagonal = np.diag(weight @ table.count)
    made: Floats = diagonal - table.count.T @ (table.count * (weight / size)[:, None])
    return made


def _variances(table: Inspected) -> Floats:
    """Sample variance of the outcomes of each stratum."""
    n, x = table.count.sum(axis=1), table.found.sum(axis=1)
    return np.asarray(x * (n - x) / np.maximum(n * (n - 1), 1), dtype=float)


def _design_effect(table: Inspected, effect: Floats) -> float:
    """Variance of sums of residuals over sponsor and inspector, against independent ones."""
    import pandas as pd

    fitted = effect[table.inspector]
    size = np.maximum(np.bincount(table.stratum, minlength=len(table.count)), 1)
    rest = table.outcome - fitted
    rest = rest - (np.bincount(table.stratum, rest, len(size)) / size)[table.stratum]
    alone = float((rest**2).sum())
    pair = pd.factorize(table.sponsor * max(len(effect), 1) + table.inspector)[0]
    together = float((np.bincount(pair, rest) ** 2).sum())
    return max(1.0, together / alone) if alone > 0 else 1.0


def _solved(square: Floats, variance: Floats, target: float) -> float:
    """The τ at which Q(τ²) falls to the target; 0 where it is not above it to begin with."""

    def above(tau: float) -> bool:
        return float((square / (variance + tau * tau)).sum()) > target

    return edge(above, 0.0, 1.0) if above(0.0) else 0.0


def _at_least_chance(square: Floats, variance: Floats) -> Floats:
    q = float((square / variance).sum())
    if q >= len(square):
        return square
    return square * (len(square) / q) if q > sqrt(_ROUNDING) else variance
