"""Training, whole: windows, candidates, choice, final fit, calibration. Pure and repeatable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ind_risk.core.training.candidates import fit_ranker, parameters
from ind_risk.core.training.encoding import Feature, categories_of, design, numbers_of
from ind_risk.core.training.reasons import importances
from ind_risk.core.training.rows import RANDOM_ARM, Rows, join_rows
from ind_risk.core.training.selection import WindowResult, choose, few_labels
from ind_risk.core.training.trials import Trial, run_trials, two_at_a_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.training.calibration import Sigmoid, SigmoidCalibrated


@dataclass(frozen=True, kw_only=True)
class TrainedCandidate:
    """A trained model and how it came to be.

    Args:
        model: what is stored and asked.
        kind: which candidate won.
        feature_names: numbers first, then categories, as the model reads them.
        windows: every candidate on every window.
        rule: the rule of selection, applied, in words.
        training_dates: as-of dates it was trained on.
        n_labels: labels it was trained on.
        n_positives: non-compliant ones among them.
        one_rule_feature: the feature a one_rule ranks by, else None.
        importance: share of each feature in what moves the score.
        calibration: the sigmoid and what it rests on.
        parameters: fixed parameters of the kind, and the seed.
        latest_rankers: each kind as fitted for the latest window, so that nobody fits it again.
    """

    model: SigmoidCalibrated
    kind: str
    feature_names: tuple[str, ...]
    windows: tuple[WindowResult, ...]
    rule: str
    training_dates: tuple[date, ...]
    n_labels: int
    n_positives: int
    one_rule_feature: str | None
    importance: dict[str, float]
    calibration: Sigmoid
    parameters: dict[str, Any] = field(default_factory=dict)
    latest_rankers: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def predict_proba(self, frame: pd.DataFrame, /) -> NDArray[np.float64]:
        """Shape (rows, 2): P(compliant), P(non-compliant)."""
        return self.model.predict_proba(frame)

    def decision_function(self, frame: pd.DataFrame, /) -> NDArray[np.float64]:
        """Calibrated log-odds of non-compliance, shape (rows,)."""
        return self.model.decision_function(frame)


def train(
    *,
    features: pd.DataFrame,
    labelled: pd.DataFrame,
    specs: Sequence[Feature],
    policy: Policy,
    seed: int,
    calibrating: pd.DataFrame | None = None,
) -> TrainedCandidate:
    """Compare the candidates on past windows, choose by the written rule, fit on all, calibrate.

    Args:
        features: sponsor_id, as_of and every registered feature; numbers may be missing.
        labelled: sponsor_id, as_of, y (1 = non-compliant), source (selection route), of training
            as-of dates only; optionally closed_on, the day the label was known.
        specs: the registered features; no other column is read.
        policy: capacities, horizon, minima and the margin for the simpler model.
        seed: of everything that draws.
        calibrating: sponsor_id, every registered feature and y of sponsors drawn at random for it,
            of any date; they set level and slope of the scores, and train nothing else.

    Returns:
        The same model for the same rows in any order, on any number of cores.

    Raises:
        IndRiskError: on repeated keys or impossible labels.
    """
    rows = join_rows(
        features=features,
        labelled=labelled,
        specs=specs,
        random_arm=policy.labels.train_on_random_arm,
    )
    with two_at_a_time() as mapped:
        choice = few_labels(n=rows.n, positives=rows.positives, minima=policy.training)
        trials: list[Trial] = []
        if choice is None:
            trials = run_trials(rows, specs, policy, seed, mapped)
            choice = choose([t.result for t in trials], margin=policy.training.simpler_model_margin)
        kind = choice.kind
        (ranker,) = mapped(lambda k: fit_ranker(k, rows.frame, rows.y, specs, seed=seed), [kind])
    own = [t for t in trials if t.result.candidate == kind]
    model, sigmoid = _calibrated(ranker, own, rows, specs, calibrating)
    return TrainedCandidate(
        model=model,
        kind=kind,
        feature_names=(*numbers_of(specs), *categories_of(specs)),
        windows=tuple(t.result for t in trials),
        rule=choice.rule,
        training_dates=rows.dates(),
        n_labels=rows.n,
        n_positives=rows.positives,
        one_rule_feature=getattr(ranker, "feature_", None),
        importance=importances(model, rows.frame, specs, seed=seed),
        calibration=sigmoid,
        parameters={**parameters(kind), "seed": seed},
        latest_rankers=_latest(trials),
    )


def _latest(trials: Sequence[Trial]) -> dict[str, Any]:
    last = max((t.result.as_of for t in trials), default=None)
    return {t.result.candidate: t.ranker for t in trials if t.result.as_of == last}


def _calibrated(
    ranker: Any,
    trials: Sequence[Trial],
    rows: Rows,
    specs: Sequence[Feature],
    calibrating: pd.DataFrame | None,
) -> tuple[SigmoidCalibrated, Sigmoid]:
    """On labels that came after each window's training, else on the training rows themselves.

    With sponsors drawn at random for it, on those, as the only random arm there is.
    """
    import numpy as np

    from ind_risk.core.training.calibration import SigmoidCalibrated, fit_sigmoid

    if trials:
        decision = np.concatenate([t.decision for t in trials])
        y = np.concatenate([t.validation.y for t in trials])
        source = np.concatenate([t.validation.source for t in trials])
    else:
        decision, y, source = ranker.decision_function(rows.frame), rows.y, rows.source
    if calibrating is not None and len(calibrating):
        ordered = calibrating.sort_values("sponsor_id", ignore_index=True)
        frame = design(ordered, numbers_of(specs), categories_of(specs))
        decision = np.concatenate([decision, ranker.decision_function(frame)])
        y = np.concatenate([y, ordered["y"].to_numpy(dtype=np.int64)])
        routes = np.where(source == RANDOM_ARM, "random before", source)
        source = np.concatenate([routes, np.full(len(ordered), RANDOM_ARM, dtype=object)])
    sigmoid = fit_sigmoid(decision, y, source, out_of_time=bool(trials))
    model = SigmoidCalibrated(
        ranker, sigmoid.slope, sigmoid.intercept, numbers_of(specs), categories_of(specs)
    )
    return model, sigmoid
