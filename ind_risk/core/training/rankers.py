"""The two rankers so simple that scikit-learn has none: no opinion, and one rule of thumb.

They are classes of their own so that a model file can name them; see the allow-list of
`ind_risk.adapters.model_file`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class ConstantRanker(BaseEstimator):  # type: ignore[misc]
    """Everybody is alike: what there is when nothing could be learned."""

    def fit(self, X: pd.DataFrame, y: NDArray[np.int64]) -> ConstantRanker:  # noqa: N803
        """Nothing to learn."""
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """Zeros, one a row."""
        return np.zeros(len(X))


class OneRule(BaseEstimator):  # type: ignore[misc]
    """Rank by one number feature; a missing value counts as the least suspicious.

    The feature is the one with the highest AUC on the training rows among `features`, each read in
    its known direction (where unknown: in the better one); Holte (1993), Machine Learning 11:63.

    Args:
        features: names of the number features it may choose from.
        directions: of each, −1, 0 or +1.
    """

    def __init__(self, features: list[str], directions: list[int]) -> None:
        self.features = features
        self.directions = directions

    def fit(self, X: pd.DataFrame, y: NDArray[np.int64]) -> OneRule:  # noqa: N803
        """Choose feature and direction; ties go to the feature that comes first."""
        values = X[self.features].to_numpy(dtype=np.float64)
        given = np.array(self.directions)
        both = [_aucs(_oriented(values, np.full(len(given), sign)), y) for sign in (1, -1)]
        up, down = (
            np.where(given == -sign, -1.0, a) for a, sign in zip(both, (1, -1), strict=True)
        )
        best = int(np.argmax(np.maximum(up, down)))
        self.feature_ = self.features[best]
        self.direction_ = 1 if up[best] >= down[best] else -1
        self.auc_ = float(max(up[best], down[best]))
        known = values[:, best][np.isfinite(values[:, best])]
        spread = float(np.subtract(*np.quantile(known, [0.9, 0.1]))) if known.size else 0.0
        self.centre_ = float(np.median(known)) if known.size else 0.0
        self.scale_ = spread if spread > 0 else 1.0
        lowest = (self.direction_ * known).min() if known.size else 0.0
        self.fill_ = float(self.direction_ * lowest - self.direction_ * self.scale_ / 10)
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803
        """The value, oriented and drawn in at the tails (monotone), one a row."""
        values = X[self.feature_].to_numpy(dtype=np.float64)
        filled = np.where(np.isfinite(values), values, self.fill_)
        drawn: NDArray[np.float64] = np.arcsinh((filled - self.centre_) / self.scale_)
        return self.direction_ * drawn


def _oriented(values: NDArray[Any], signs: NDArray[Any]) -> NDArray[np.float64]:
    oriented = values * signs
    return np.where(np.isfinite(oriented), oriented, -np.inf)


def _aucs(scores: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """AUC of every column by the rank sum (Mann and Whitney, 1947); ties count half."""
    from scipy.stats import rankdata

    positives, n = int(y.sum()), len(y)
    ranks = rankdata(scores, axis=0)
    sums = ranks[y == 1].sum(axis=0) - positives * (positives + 1) / 2
    return np.asarray(sums / (positives * (n - positives)), dtype=np.float64)
