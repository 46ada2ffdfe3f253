"""Stage 3b: the other models that would do the same work; it knows nothing of nationality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.progress import stopwatch
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.resources import CANDIDATE, Platform

if TYPE_CHECKING:
    from ind_risk.core.training.alternatives import Alternatives

OWNERS = ["team:modelling"]
NAME = "alternatives"
_HEAD = "| model | precision at capacity | AUC |\n|---|---|---|\n"
_KEPT = "alternatives_selected"
# Fits of the candidate trained last in this process, by its digest: the same fits, not made twice.
_FITTED: dict[str, Mapping[str, Any]] = {}


def remember(model_digest: str, rankers: Mapping[str, Any]) -> None:
    """Keep what training has fitted for the latest window, of one candidate at a time."""
    _FITTED.clear()
    _FITTED[model_digest] = rankers


@dg.asset(
    description=described("alternatives"),
    group_name=groups.TRAINING,
    owners=OWNERS,
    kinds={"scikitlearn"},
    deps=["candidate_model", "features", "labels"],
)
def alternatives(platform: Platform) -> dg.MaterializeResult:
    """Every kind of model, and the chosen one without each feature: what they find and select."""
    with stopwatch.stage("alternatives"):
        found = _fit(platform)
        platform.tables.write(_KEPT, found.selected)
        identity = platform.candidate().metadata()
        platform.tables.write_json(NAME, {"identity": identity, "facts": found.facts()})
    rows = [f"| {r.name} | {r.precision:.3f} | {r.auc:.3f} |" for r in found.records]
    return dg.MaterializeResult(
        metadata={
            "models": len(found.records),
            "reason": found.reason or "none",
            "compared": dg.MetadataValue.md(_HEAD + "\n".join(rows)),
            **identity,
        }
    )


def kept_alternatives(platform: Platform) -> Alternatives | None:
    """The alternatives of this very candidate; None if they are another's."""
    from ind_risk.core.training.alternatives import Alternatives

    kept = platform.tables.read_json(NAME)
    if kept["identity"] != platform.candidate().metadata():
        return None
    return Alternatives.from_facts(platform.tables.read(_KEPT), kept["facts"])


def _fit(platform: Platform) -> Alternatives:
    import pandas as pd

    from ind_risk.core.label_strategy import training_rows
    from ind_risk.core.training.alternatives import alternatives as fit

    policy, kept = platform.policy, platform.tables.read_json(CANDIDATE)
    frame, labels = platform.tables.read("features"), platform.tables.read("labels")
    training = [pd.Timestamp(d) for d in kept["dates"]["training"]]
    return fit(
        features=frame[frame["as_of"].isin(training)],
        labelled=training_rows(
            labels[labels["as_of"].isin(training)],
            strategy=policy.labels.strategy,
            train_on_random_arm=policy.labels.train_on_random_arm,
        ),
        scored=frame[frame["as_of"] == pd.Timestamp(kept["dates"]["as_of"])],
        specs=platform.register.features,
        policy=policy,
        kind=kept["kind"],
        rankers=_FITTED.pop(platform.candidate().model_digest, None),
        seed=platform.tables.landing_facts().seed,
    )
