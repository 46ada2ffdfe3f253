"""The chosen model refitted without some features: encoded once, then columns are dropped.

Every column of an encoding rests on one feature alone, so dropping a feature's columns gives the
very matrix that encoding without the feature would have given (the tests compare them).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.training.candidates import LOGISTIC, fit_ranker
from ind_risk.core.training.encoding import Feature, categories_of, numbers_of
from ind_risk.core.training.linear_ablation import coefficients_without

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.training.rows import Rows
    from ind_risk.core.training.trials import Mapper

    Floats = NDArray[np.float64]

_WINDOW = re.compile(r"_\d+m$")  # a feature's last months: "_12m"


@dataclass(frozen=True, eq=False)
class Decided:
    """A model's values for the validation rows and for the sponsors scored now."""

    after: Floats
    scored: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A model with what it was fitted on and what it decides.

    Args:
        kind: of the candidate.
        ranker: as `fit_ranker` gave it for these rows and specs.
        past: the rows it was fitted on.
        after, scored: what to decide on, as `encoding.design` gives it.
        specs: the features it was given, those that vary.
        decided: what it decides.
        seed: as in the fit.
    """

    kind: str
    ranker: Any
    past: Rows
    after: pd.DataFrame
    scored: pd.DataFrame
    specs: Sequence[Feature]
    decided: Decided
    seed: int


def sets_left_out(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each feature alone, and each family together, by what to call it."""
    alone = {name: (name,) for name in names}
    return alone | {f"{stem} of any window": several for stem, several in families(names).items()}


def families(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Features that measure the same over several windows, by what they measure.

    >>> families(["fines_12m", "fines_36m", "sector", "age_12m"])
    {'fines': ('fines_12m', 'fines_36m')}
    """
    found: dict[str, list[str]] = {}
    for name in names:
        if _WINDOW.search(name):
            found.setdefault(_WINDOW.sub("", name), []).append(name)
    return {stem: tuple(several) for stem, several in found.items() if len(several) > 1}


def used_features(ranker: Any, specs: Sequence[Feature]) -> set[str]:
    """Features that decide anything: all of a linear model, those that trees or a rule ask for.

    A tree takes the best split at every node. Without a feature that was the best nowhere, every
    node keeps its split: the model is the same, and there is no need to fit it again.
    """
    if hasattr(ranker, "feature_"):
        return {ranker.feature_}
    if not hasattr(ranker, "steps"):
        return set()
    model = ranker["model"]
    if not hasattr(model, "_predictors"):
        return {s.name for s in specs}
    nodes = np.concatenate([tree.nodes for trees in model._predictors for tree in trees])
    split = np.unique(nodes["feature_idx"][nodes["is_leaf"] == 0])
    return set(column_owners(ranker["encode"], specs)[split].tolist())


def decided_without(
    fitted: Fitted, sets: Sequence[tuple[str, ...]], mapped: Mapper
) -> list[Decided]:
    """What the same kind of model decides when it is fitted without each set of features.

    Args:
        fitted: the model with all features.
        sets: what to leave out, each with at least one feature that the model uses.
        mapped: runs the refits.
    """
    if not sets:
        return []
    given = {s.name for s in fitted.specs}
    if not hasattr(fitted.ranker, "steps") or any(given <= set(left_out) for left_out in sets):
        return list(mapped(lambda left_out: _afresh(fitted, left_out), sets))
    encoder = fitted.ranker["encode"]
    frames = (fitted.past.frame, fitted.after, fitted.scored)
    encoded = [np.asarray(encoder.transform(frame)) for frame in frames]
    owners = column_owners(encoder, fitted.specs)
    dropped = np.array([np.isin(owners, left_out) for left_out in sets])
    if fitted.kind == LOGISTIC:
        return _linear(fitted, encoded, dropped)
    return list(mapped(lambda drop: _refitted(fitted, encoded, drop), dropped))


def column_owners(encoder: Any, specs: Sequence[Feature]) -> NDArray[np.str_]:
    """The feature on which each column of a fitted encoder rests, shape (columns,)."""
    numbers, categories = np.array(numbers_of(specs)), categories_of(specs)
    owners = numbers.tolist()
    ranks = encoder.named_transformers_.get("numbers")
    if len(numbers) and hasattr(ranks, "named_steps"):
        owners += numbers[ranks.named_steps["fill"].indicator_.features_].tolist()
    if categories:
        one_hot = encoder.named_transformers_["categories"]
        rare = one_hot.infrequent_categories_
        for name, values, few in zip(categories, one_hot.categories_, rare, strict=True):
            owners += [name] * (len(values) if few is None else len(values) - len(few) + 1)
    return np.array(owners, dtype=str)


def _afresh(fitted: Fitted, left_out: tuple[str, ...]) -> Decided:
    kept = [s for s in fitted.specs if s.name not in left_out]
    past = fitted.past
    ranker = fit_ranker(fitted.kind, past.frame, past.y, kept, seed=fitted.seed)
    return Decided(*(ranker.decision_function(f) for f in (fitted.after, fitted.scored)))


def _refitted(fitted: Fitted, encoded: list[Floats], drop: NDArray[np.bool_]) -> Decided:
    from sklearn.base import clone

    kept = np.flatnonzero(~drop)
    model = clone(fitted.ranker["model"])
    directions = getattr(model, "monotonic_cst", None)
    if directions is not None:
        model.set_params(monotonic_cst=[directions[k] for k in kept])
    model.fit(encoded[0][:, kept], fitted.past.y)
    return Decided(*(model.decision_function(part[:, kept]) for part in encoded[1:]))


def _linear(fitted: Fitted, encoded: list[Floats], dropped: NDArray[np.bool_]) -> list[Decided]:
    """All refits at once; any that does not converge is fitted on its own."""
    model = fitted.ranker["model"]
    made, converged = coefficients_without(
        encoded[0], fitted.past.y, penalty=1 / model.C, dropped=dropped,
        start=np.append(model.coef_[0], model.intercept_[0]),
    )  # fmt: skip
    after, scored = (part @ made[:-1] + made[-1] for part in encoded[1:])
    return [
        Decided(after[:, k], scored[:, k]) if converged[k] else _refitted(fitted, encoded, drop)
        for k, drop in enumerate(dropped)
    ]
