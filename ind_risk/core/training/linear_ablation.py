"""Many logistic regressions at once, each without some columns of one matrix.

The penalised likelihood has one maximum, so how it is reached does not matter. From the maximum
with all columns it is a few steps away, which all regressions take together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TOLERANCE = 1e-8  # largest slope of the mean loss; scikit-learn stops at 1e-4
_STEPS = 30


def coefficients_without(
    x: Floats,
    y: NDArray[np.int64],
    *,
    penalty: float,
    dropped: NDArray[np.bool_],
    start: Floats,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Maximum of the likelihood less penalty / 2 · Σ coefficient², the intercept left out of it.

    Newton's steps with the curvature at `start` (the chord method; Ortega and Rheinboldt, 1970,
    Iterative Solution of Nonlinear Equations, section 7.1): one factorisation a regression, and
    each step one product of matrices for all.

    Args:
        x: shape (rows, columns).
        y: 0 or 1, shape (rows,).
        penalty: above 0.
        dropped: shape (regressions, columns), columns that a regression does not read.
        start: coefficients with all columns, the intercept last, shape (columns + 1,).

    Returns:
        Coefficients, the intercept last and 0 where dropped, shape (columns + 1, regressions); and
        which regressions converged, shape (regressions,).
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.special import expit

    wide = np.column_stack([x, np.ones(len(x))])
    kept = np.column_stack([~dropped, np.ones(len(dropped), dtype=bool)])
    ridge = np.append(np.full(x.shape[1], penalty), 0.0)
    chance = expit(wide @ start)
    curvature = (wide.T * (chance * (1 - chance))) @ wide + np.diag(ridge)
    factors = [cho_factor(curvature[np.ix_(k, k)]) for k in kept]
    made = np.where(kept.T, start[:, None], 0.0)
    steepest = np.full(len(dropped), np.inf)
    with np.errstate(over="ignore", invalid="ignore"):  # what diverges has not converged
        for _ in range(_STEPS):
            slope = wide.T @ (expit(wide @ made) - y[:, None]) + ridge[:, None] * made
            slope *= kept.T
            steepest = np.abs(slope).max(axis=0) / len(y)
            if steepest.max() < _TOLERANCE:
                break
            for one, (k, factor) in enumerate(zip(kept, factors, strict=True)):
                made[k, one] -= cho_solve(factor, slope[k, one], check_finite=False)
    return made, steepest < _TOLERANCE
