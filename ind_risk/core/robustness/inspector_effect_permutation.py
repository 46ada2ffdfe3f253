"""Whether inspectors differ at all: outcomes dealt out again among the inspections of a stratum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.robustness.inspector_effect_spread import chance_variance, excess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.robustness.inspector_effect_table import Inspected

    Floats = NDArray[np.float64]

_STREAM = 7_301  # of its own, whatever else draws by this seed


def statistic(gap: Floats, variance: Floats) -> Floats:
    """Σ over inspectors of (findings − expected)² / variance: a score test for overdispersion.

    Args:
        gap: shape (…, K).
        variance: shape (K,).
    """
    some = variance > 0
    return np.asarray((gap[..., some] ** 2 / variance[some]).sum(axis=-1))


def permutation_p_value(table: Inspected, *, design: float, resamples: int, seed: int) -> float:
    """P(the statistic is as large) if inspectors are exchangeable within strata.

    With two outcomes, dealing inspectors out again is one multivariate hypergeometric draw a
    stratum, so the test is exact but for the draws (Davison and Hinkley, 1997, section 4.2: the
    observed one counts as a draw).

    Args:
        table: inspections by stratum and inspector.
        design: factor by which visits of an inspector to the same sponsor inflate the variance.
        resamples: draws.
        seed: of the draws.
    """
    rng = np.random.default_rng([seed, _STREAM])
    variance = chance_variance(table)
    seen = float(statistic(excess(table), variance)) / design
    size, found = table.count.sum(axis=1), table.found.sum(axis=1)
    gaps = np.zeros((resamples, len(variance)))
    for s in np.flatnonzero((found > 0) & (found < size)):
        count, x = table.count[s], int(found[s])
        there = count > 0
        drawn = rng.multivariate_hypergeometric(
            count[there], x, size=resamples, method="marginals"
        )  # fmt: skip
        gaps[:, there] += drawn - x * count[there] / size[s]
    reached = int((statistic(gaps, variance) >= seen * (1 - 1e-9)).sum())
    return (1 + reached) / (1 + resamples)
