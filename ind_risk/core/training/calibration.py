"""From ranks to probabilities: a rising sigmoid, so that calibration never changes the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from ind_risk.core.training.encoding import design
from ind_risk.core.training.rows import RANDOM_ARM

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SMALLEST_SLOPE = 0.05  # a flat or falling fit would break the order
ENOUGH_FOR_SLOPE = 10  # random-arm rows of either outcome


@dataclass(frozen=True, kw_only=True)
class Sigmoid:
    """P(non-compliant) = 1 / (1 + exp(−(slope · decision + intercept))), and what it rests on.

    Args:
        slope, intercept: of the sigmoid.
        n: labels it rests on.
        basis: the same in words.
        random: whether random inspections set the level.
    """

    slope: float
    intercept: float
    n: int
    basis: str
    random: bool = False


class SigmoidCalibrated(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted ranker with its sigmoid: the one object that is stored, loaded and asked.

    Args:
        ranker: fitted, with `decision_function(frame)`.
        slope: of the sigmoid, above 0.
        intercept: of the sigmoid.
        numbers: number features the ranker reads.
        categories: category features the ranker reads.
    """

    def __init__(
        self, ranker: Any, slope: float, intercept: float, numbers: list[str], categories: list[str]
    ) -> None:
        self.ranker = ranker
        self.slope = slope
        self.intercept = intercept
        self.numbers = numbers
        self.categories = categories
        self.classes_ = np.array([0, 1])

    def fit(self, X: pd.DataFrame, y: NDArray[np.int64]) -> SigmoidCalibrated:  # noqa: N803
        """Nothing: ranker and sigmoid come fitted."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """Calibrated log-odds of non-compliance, one a row; extra columns are ignored."""
        frame = design(X, self.numbers, self.categories)
        if len(frame) == 0:
            return np.zeros(0)
        raw = np.asarray(self.ranker.decision_function(frame), dtype=np.float64)
        return self.slope * raw + self.intercept

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """Shape (rows, 2): P(compliant), P(non-compliant)."""
        from scipy.special import expit

        risk = expit(self.decision_function(X))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: pd.DataFrame) -> NDArray[np.int64]:  # noqa: N803
        """1 where non-compliance is likelier than not; the platform itself uses bands instead."""
        return (self.decision_function(X) > 0).astype(np.int64)


def fit_sigmoid(
    decision: NDArray[np.float64], y: NDArray[np.int64], source: NDArray[Any], *, out_of_time: bool
) -> Sigmoid:
    """Fit slope and intercept; where a random arm was seen, to the random arm.

    Labels of selected routes have the rate of those selected. Random-arm rows have the rate of the
    population, so they alone set the intercept, and the slope too once there are enough of them.
    Outcomes are smoothed to (n₊+1)/(n₊+2) and 1/(n₋+2); Platt (1999), eq. 4.3 ff.

    Args:
        decision: the ranker's values, shape (n,).
        y: 0 or 1, shape (n,).
        source: selection route of each label, shape (n,).
        out_of_time: whether `decision` comes from models trained before these labels.

    Returns:
        A sigmoid with a slope of at least `SMALLEST_SLOPE`.
    """
    if len(y) == 0:
        return Sigmoid(slope=1.0, intercept=0.0, n=0, basis="no labels at all")
    arm = source == RANDOM_ARM
    seen = np.array([(y[arm] == 0).sum(), (y[arm] == 1).sum()])
    where = "earlier windows" if out_of_time else "the training rows themselves"
    if not arm.any():
        slope, intercept = _platt(decision, y)
        basis = f"all routes of {where} (no random arm: the level is that of selected sponsors)"
        return Sigmoid(slope=slope, intercept=intercept, n=len(y), basis=basis)
    if seen.min() >= ENOUGH_FOR_SLOPE:
        slope, intercept = _platt(decision[arm], y[arm])
        basis = f"the random arm of {where}"
    else:
        slope, _ = _platt(decision, y)
        slope, intercept = _platt(decision[arm], y[arm], slope=slope)
        basis = f"the random arm of {where} for the level, all routes for the slope"
    return Sigmoid(slope=slope, intercept=intercept, n=int(arm.sum()), basis=basis, random=True)


def _platt(
    decision: NDArray[np.float64], y: NDArray[np.int64], *, slope: float | None = None
) -> tuple[float, float]:
    from scipy.optimize import minimize
    from scipy.special import expit

    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    start = np.array([float(np.log((positives + 1) / (negatives + 1))), 1.0])

    def loss(intercept: float, steepness: float) -> tuple[float, NDArray[np.float64]]:
        z = steepness * decision + intercept
        gap = expit(z) - target
        value = float(np.mean(np.logaddexp(0, z) - target * z))
        return value, np.array([gap.mean(), (gap * decision).mean()])

    if slope is None and np.ptp(decision) > 0:
        found = minimize(
            lambda t: loss(t[0], t[1]),
            start, jac=True, method="L-BFGS-B", bounds=[(None, None), (SMALLEST_SLOPE, None)],
        )  # fmt: skip
        return float(found.x[1]), float(found.x[0])
    steepness = 1.0 if slope is None else slope

    def level(t: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = loss(float(t[0]), steepness)
        return value, gradient[:1]

    found = minimize(level, start[:1], jac=True, method="L-BFGS-B")
    return steepness, float(found.x[0])
