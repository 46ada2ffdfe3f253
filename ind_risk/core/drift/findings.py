"""The check "drift": scores, important features and outcomes, each with its own finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.random_arm import shown
from ind_risk.core.drift.cells import Cells, category_cells, number_cells
from ind_risk.core.drift.outcome_gap import outcome_gap_finding
from ind_risk.core.drift.stability import stability_interval
from ind_risk.core.findings import Finding, judge_bound

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.policy import Policy

CHECK = "drift"


def drift_findings(
    *,
    training_scores: pd.Series[Any],
    use_scores: pd.Series[Any],
    training_features: pd.DataFrame,
    use_features: pd.DataFrame,
    feature_kinds: Mapping[str, str],
    important: Sequence[str],
    judged: pd.DataFrame,
    policy: Policy,
    seed: int,
) -> list[Finding]:
    """Judge the score, every important feature, and the outcomes.

    The level is that of the accuracy claims. An index must be at most its bound by the upper end of
    a (1 − 2·alpha) interval, so few sponsors give "insufficient_data", never a green.

    Args:
        training_scores: of the sponsors at the latest training date.
        use_scores: of the sponsors the model is to be used on.
        training_features: features of the former, with the columns in `important`.
        use_features: features of the latter.
        feature_kinds: "number" or "category" by feature name.
        important: names of the features that make up most of what moves the score.
        judged: as for `accuracy_findings`.
        policy: bounds, margin, level.
        seed: of the redraws behind the intervals.

    Returns:
        "score_psi", one "feature_psi" per important feature (one that judges nothing if there is
        none), "outcome_gap".

    Raises:
        IndRiskError: if a column of `judged` is missing.
    """
    bound = policy.drift.feature_psi_at_most
    features = [
        _feature(name, training_features, use_features, feature_kinds, policy, seed)
        for name in important
    ]
    if not features:
        reason = "The model uses no feature, so there is none whose drift could be judged."
        features = [_unjudged("feature_psi", "none", bound, 0, reason)]
    return [
        _score(training_scores, use_scores, policy, seed),
        *features,
        outcome_gap_finding(judged=judged, policy=policy),
    ]


def _score(training: pd.Series[Any], use: pd.Series[Any], policy: Policy, seed: int) -> Finding:
    bound = policy.drift.score_psi_at_most
    for name, scores in (("training", training), ("use", use)):
        values = scores.to_numpy(dtype=np.float64, na_value=np.nan)
        if bad := int((~np.isfinite(values)).sum()):
            reason = f"{bad:,} sponsors of the population of {name} have no score: score again."
            return _unjudged("score_psi", "score", bound, len(use), reason)
    if not len(training) or not len(use):
        return _unjudged("score_psi", "score", bound, len(use), _nobody(len(training)))
    return _judged("score_psi", "score", bound, number_cells(training, use), policy, seed)


def _feature(
    name: str,
    training: pd.DataFrame,
    use: pd.DataFrame,
    kinds: Mapping[str, str],
    policy: Policy,
    seed: int,
) -> Finding:
    bound = policy.drift.feature_psi_at_most
    kind = kinds.get(name)
    if kind not in ("number", "category") or name not in training or name not in use:
        reason = f"The feature {name!r} is not in both populations and the register: make it again."
        return _unjudged("feature_psi", name, bound, len(use), reason)
    if not len(training) or not len(use):
        return _unjudged("feature_psi", name, bound, len(use), _nobody(len(training)))
    cut = number_cells if kind == "number" else category_cells
    return _judged("feature_psi", name, bound, cut(training[name], use[name]), policy, seed)


def _nobody(training: int) -> str:
    return f"There is no sponsor in the population of {'use' if training else 'training'}."


def _judged(
    claim: str, subject: str, bound: float, cells: Cells, policy: Policy, seed: int
) -> Finding:
    alpha = policy.accuracy.alpha
    found = stability_interval(cells, alpha=alpha, seed=seed)
    verdict = judge_bound(low=-found.high, high=-found.low, at_least=-bound)
    old, new = int(cells.training.sum()), int(cells.use.sum())
    end = {
        "established": "and it is.",
        "refuted": "and it is more" + _moved_most(cells, policy),
    }.get(verdict, "which these populations neither show nor refute" + _moved_most(cells, policy))
    what = "The score" if claim == "score_psi" else f"The feature {subject!r}"
    return Finding(
        check=CHECK,
        claim=claim,
        subject=subject,
        verdict=verdict,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        margin=bound,
        n=new,
        sentence=(
            f"{what} moved by a stability index of {found.estimate:.3f} "
            f"({100 * (1 - 2 * alpha):.0f} % interval {found.low:.3f} to {found.high:.3f}) from "
            f"{old:,} sponsors in training to {new:,} in use; at most {bound:.2f} is asked, {end}"
        ),
        details={"training": old, "use": new, "cells": len(cells.names)},
    )


def _moved_most(cells: Cells, policy: Policy) -> str:
    """The cell that adds most, unless one of its counts is too small to be shown."""
    p, q = (x + 0.5 for x in (cells.training, cells.use))
    p, q = p / p.sum(), q / q.sum()
    most = int(np.argmax((p - q) * np.log(p / q)))
    before, after = int(cells.training[most]), int(cells.use[most])
    minimum = policy.disclosure.minimum_count
    if shown(before, minimum) is None or shown(after, minimum) is None or before == after == 0:
        return "."
    return (
        f"; most moved the share of {cells.names[most]!r}, from "
        f"{100 * before / cells.training.sum():.1f} % to {100 * after / cells.use.sum():.1f} %."
    )


def _unjudged(claim: str, subject: str, bound: float, n: int, sentence: str) -> Finding:
    return Finding(
        check=CHECK, claim=claim, subject=subject, verdict="insufficient_data", estimate=None,
        low=None, high=None, margin=bound, n=n, sentence=sentence,
    )  # fmt: skip
