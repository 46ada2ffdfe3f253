"""The candidates, from simple to rich, each with fixed parameters: nothing is tuned on outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.core.training.encoding import (
    Feature,
    categories_of,
    linear_encoder,
    numbers_of,
    tree_encoder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

DUMMY, ONE_RULE, LOGISTIC = "dummy", "one_rule", "logistic"
ADDITIVE_BOOSTER, BOOSTER = "additive_booster", "booster"
CANDIDATES = (DUMMY, ONE_RULE, LOGISTIC, ADDITIVE_BOOSTER, BOOSTER)  # simplest first
LOGISTIC_PARAMETERS: dict[str, Any] = {"C": 0.1, "solver": "newton-cholesky", "max_iter": 50}
BOOSTER_PARAMETERS: dict[str, Any] = {
    "max_iter": 40,
    "learning_rate": 0.1,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 30,
    "l2_regularization": 1.0,
    "max_bins": 63,
    "early_stopping": False,
    "categorical_features": None,  # already one column each
}


def fit_ranker(
    kind: str, frame: pd.DataFrame, y: NDArray[np.int64], specs: Sequence[Feature], *, seed: int
) -> Any:
    """Fit one candidate.

    Args:
        kind: one of `CANDIDATES`.
        frame: as `encoding.design` gives it, rows in key order.
        y: 0 or 1, both present unless the kind is dummy, shape (rows,).
        specs: the registered features in `frame`.
        seed: for the parts that draw (bins, quantiles).

    Returns:
        A fitted object with `decision_function(frame)`; higher means riskier. Features that are
        the same in every row are left out; with none left it ranks nobody above another.
    """
    telling = [s for s in specs if frame[s.name].nunique(dropna=False) > 1]
    return _FITTERS[kind if telling else DUMMY](frame, y, telling, seed)


def parameters(kind: str) -> dict[str, Any]:
    """The fixed parameters of a candidate, for the record."""
    if kind == LOGISTIC:
        return dict(LOGISTIC_PARAMETERS)
    if kind in (ADDITIVE_BOOSTER, BOOSTER):
        return {**BOOSTER_PARAMETERS, "interactions": kind == BOOSTER}
    return {}


def _dummy(frame: pd.DataFrame, y: NDArray[np.int64], specs: Sequence[Feature], seed: int) -> Any:
    from ind_risk.core.training.rankers import ConstantRanker

    return ConstantRanker().fit(frame, y)


def _rule(frame: pd.DataFrame, y: NDArray[np.int64], specs: Sequence[Feature], seed: int) -> Any:
    from ind_risk.core.training.rankers import OneRule

    numbers = [s for s in specs if s.kind == "number"]
    if not numbers:
        return _dummy(frame, y, specs, seed)
    return OneRule([s.name for s in numbers], [s.direction for s in numbers]).fit(frame, y)


def _logistic(
    frame: pd.DataFrame, y: NDArray[np.int64], specs: Sequence[Feature], seed: int
) -> Any:
    from sklearn.linear_model import LogisticRegression

    encoder = linear_encoder(numbers_of(specs), categories_of(specs), rows=len(frame), seed=seed)
    encoded = encoder.fit_transform(frame)
    return _chained(encoder, LogisticRegression(**LOGISTIC_PARAMETERS).fit(encoded, y))


def _booster(interactions: bool) -> Callable[..., Any]:
    def fit(frame: pd.DataFrame, y: NDArray[np.int64], specs: Sequence[Feature], seed: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        encoder = tree_encoder(numbers_of(specs), categories_of(specs))
        encoded = encoder.fit_transform(frame)
        directions = [s.direction for s in specs if s.kind == "number"]
        model = HistGradientBoostingClassifier(
            **BOOSTER_PARAMETERS,
            monotonic_cst=directions + [0] * (encoded.shape[1] - len(directions)),
            interaction_cst=None if interactions else "no_interactions",
            random_state=seed,
        )
        return _chained(encoder, model.fit(encoded, y))

    return fit


def _chained(encoder: Any, model: Any) -> Any:
    from sklearn.pipeline import Pipeline

    return Pipeline([("encode", encoder), ("model", model)])


_FITTERS: dict[str, Callable[..., Any]] = {
    DUMMY: _dummy,
    ONE_RULE: _rule,
    LOGISTIC: _logistic,
    ADDITIVE_BOOSTER: _booster(interactions=False),
    BOOSTER: _booster(interactions=True),
}
