"""The calibration slope and whether scores are off: statistics of weighted inspections."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.rates import Interval, kish_size, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CERTAIN = 1e-6  # scores nearer to 0 or 1 are taken to be as near as this
STEEPEST = 50.0  # limits of the slope are looked for between its negative and this
_STEPS = 80


def log_odds(score: Floats) -> Floats:
    """Of probabilities, shape (n,), finite even at 0 and 1."""
    p = np.clip(score, CERTAIN, 1 - CERTAIN)
    return np.asarray(np.log(p / (1 - p)))


def slope_interval(
    *, score: Floats, outcome: Floats, weight: Floats, alpha: float
) -> Interval | None:
    """Slope of a weighted logistic regression of the outcome on the log-odds of the score.

    Cox (1958, Biometrika 45:562): 1 where scores spread as outcomes do, below 1 where they are too
    extreme. The limits b solve U(b)² = t² · V(b): U is the score of the slope with the intercept
    fitted for that b, V the larger of its design-based variance (a sum of squared contributions;
    Binder, 1983; Boos, 1992, The American Statistician 46:327, on generalised score tests) and its
    variance under the model, also at b. Unlike Wald's, they hold with few findings. t is Student's,
    with the smaller effective size of the two outcomes less 1 as degrees of freedom.

    Args:
        score: probabilities, shape (n,).
        outcome: 0 or 1, shape (n,).
        weight: above 0, shape (n,).
        alpha: one-sided level of each limit.

    Returns:
        None where there is no finite slope: one outcome, one score, or outcomes that a cut of the
        score separates.
    """
    x = log_odds(score)
    found = outcome > 0
    if not 0 < found.sum() < len(found) or np.ptp(x) <= 1e-9 * max(1.0, float(np.abs(x).max())):
        return None
    if x[found].min() >= x[~found].max() or x[found].max() <= x[~found].min():
        return None
    w = weight / weight.mean()
    x = x - np.average(x, weights=w)
    t = quantile(alpha, *(kish_size(w[g]) for g in (found, ~found)))

    def rises(b: float) -> float:
        return _score(b, x, outcome, w)[0]

    def outside(b: float) -> float:
        gap, variance = _score(b, x, outcome, w)
        return abs(gap) - t * sqrt(variance)

    if rises(-STEEPEST) <= 0 or rises(STEEPEST) >= 0:
        return None
    estimate = _root(rises, -STEEPEST, STEEPEST)
    return Interval(
        estimate, _root(outside, estimate, -STEEPEST), _root(outside, estimate, STEEPEST)
    )


def spiegelhalter_z(*, score: Floats, outcome: Floats, weight: Floats) -> float | None:
    """How far the Brier score is from what calibrated scores would have, in standard errors.

    Spiegelhalter (1986, Statistics in Medicine 5:421): Σ(y − p)(1 − 2p) over the square root of
    Σ(1 − 2p)²p(1 − p). Here every term has its weight, so that the variance has its square: the
    expectation and variance given the scores are still exact. None where they vanish.

    >>> import numpy as np
    >>> p, y = np.array([0.1, 0.2, 0.8]), np.array([0.0, 1.0, 1.0])
    >>> round(spiegelhalter_z(score=p, outcome=y, weight=np.ones(3)), 4)
    0.6736
    """
    gap = float((weight * (outcome - score) * (1 - 2 * score)).sum())
    variance = float((weight**2 * (1 - 2 * score) ** 2 * score * (1 - score)).sum())
    return gap / sqrt(variance) if variance > 0 else None


def _root(function: Callable[[float], float], inside: float, outside: float) -> float:
    """Where it changes its sign; `outside` where it does not."""
    from scipy.optimize import brentq

    if function(inside) * function(outside) >= 0:
        return outside
    return float(brentq(function, inside, outside, xtol=1e-9))


def _score(b: float, x: Floats, y: Floats, w: Floats) -> tuple[float, float]:
    """Score of the slope at b with the intercept fitted, and its variance."""
    from scipy.special import expit

    p = expit(_intercept(b, x, y, w) + b * x)
    information = w * p * (1 - p)
    total = float(information.sum())
    centre = float((information * x).sum()) / total if total > 0 else 0.0
    terms = w * (x - centre) * (y - p)
    model = float((w * (x - centre) ** 2 * information).sum())
    n = len(x)
    return float(terms.sum()), max(float((terms**2).sum()) * n / max(n - 1, 1), model)


def _intercept(b: float, x: Floats, y: Floats, w: Floats) -> float:
    """The intercept at which predicted and observed weights agree: Newton within a bracket."""
    from scipy.special import expit, logit

    target, offset = float((w * y).sum()), b * x
    centre = float(logit(target / w.sum()))
    low, high = centre - float(offset.max()), centre - float(offset.min())
    a = (low + high) / 2
    for _ in range(_STEPS):
        p = expit(a + offset)
        gap = target - float((w * p).sum())
        low, high = (a, high) if gap > 0 else (low, a)
        if abs(gap) <= 1e-10 * target:
            break
        slope = float((w * p * (1 - p)).sum())
        step = a + gap / slope if slope > 0 else low
        a = step if low < step < high else (low + high) / 2
    return a
