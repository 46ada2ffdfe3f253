"""Stage 3: one candidate model, chosen by a written rule, kept in MLflow, and fit to be loaded."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.code_version import code_version
from ind_risk.adapters.feature_file import register_text
from ind_risk.adapters.progress import stopwatch
from ind_risk.core.identity import CandidateIdentity
from ind_risk.defs.features import FEATURE_SOURCES, dates_of
from ind_risk.defs.isolation import isolation_findings
from ind_risk.defs.resources import CANDIDATE, Platform, check_result, image

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.adapters.model_file import SavedModel
    from ind_risk.core.dates import RunDates
    from ind_risk.core.findings import Finding
    from ind_risk.core.training.train import TrainedCandidate

GROUP = "training"
OWNERS = ["team:modelling"]
ASSET = "candidate_model"
CHECKS = [
    dg.AssetCheckSpec(
        "data_contract",
        asset=ASSET,
        description="The tables it was trained on are the accepted ones, cell by cell.",
    ),
    dg.AssetCheckSpec(
        "loadable",
        asset=ASSET,
        description="A clean process loads the model by its digest and gives the same scores.",
    ),
    dg.AssetCheckSpec(
        "protected_isolation",
        asset=ASSET,
        description="No protected attribute is upstream of the features or the model.",
    ),
]
LOAD_SAMPLE_ROWS = 200


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"scikitlearn", "mlflow"},
    deps=["features", "labels"],
    check_specs=CHECKS,
)
def candidate_model(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """The candidate: trained on matured labels only, registered with every digest it rests on."""
    with stopwatch.stage("training"):
        made = _train(platform)
    with stopwatch.stage("registering"), TemporaryDirectory() as scratch:
        findings, facts = _register(platform, made, Path(scratch))
    findings["protected_isolation"] = isolation_findings(
        context.repository_def.asset_graph, platform.register, made.trained.feature_names
    )
    results = [check_result(platform, c.name, ASSET, findings[c.name]) for c in CHECKS]
    return dg.MaterializeResult(metadata={**facts, **_shown(made)}, check_results=results)


@dataclass(frozen=True)
class _Made:
    """A trained candidate with what it was trained from."""

    trained: TrainedCandidate
    dates: RunDates
    sample: pd.DataFrame


def _train(platform: Platform) -> _Made:
    import pandas as pd

    from ind_risk.core.label_strategy import training_rows
    from ind_risk.core.training.train import train

    policy, register = platform.policy, platform.register
    dates = dates_of(platform, platform.tables.landing(FEATURE_SOURCES))
    frame, labels = platform.tables.read("features"), platform.tables.read("labels")
    training = [pd.Timestamp(d) for d in dates.training]
    past = labels[labels["as_of"].isin(training)]
    trained = train(
        features=frame[frame["as_of"].isin(training)],
        labelled=training_rows(
            past,
            strategy=policy.labels.strategy,
            train_on_random_arm=policy.labels.train_on_random_arm,
        ),
        specs=register.features,
        policy=policy,
        seed=platform.tables.landing_facts().seed,
    )
    now = frame[frame["as_of"] == pd.Timestamp(dates.as_of)].sort_values("sponsor_id")
    return _Made(trained, dates, now.head(LOAD_SAMPLE_ROWS)[list(register.names)])


def _register(
    platform: Platform, made: _Made, scratch: Path
) -> tuple[dict[str, list[Finding]], dict[str, Any]]:
    """Save, start loading it elsewhere, log it to MLflow, and judge what came of it."""
    from ind_risk.adapters.model_file import save_model
    from ind_risk.adapters.model_loader import start_load_check
    from ind_risk.core.digests import data_digest

    saved: SavedModel = save_model(made.trained, scratch / "model")
    check = start_load_check(saved.path, saved.digest, made.sample, made.trained, scratch)
    facts = platform.tables.landing_facts()
    digests = {
        "model_digest": saved.digest,
        "data_digest": facts.data_digest,
        "code_version": code_version(),
        "policy_digest": platform.policy.digest,
    }
    logged = platform.models.log_candidate(
        trained=made.trained,
        saved=saved,
        digests=digests,
        landing=facts,
        dates=made.dates,
        policy=platform.policy,
        register_text=register_text(),
        sample=made.sample,
    )
    identity = CandidateIdentity(model_version=logged.version, **digests)
    platform.tables.write_json(
        CANDIDATE,
        {
            "identity": asdict(identity),
            "mlflow_run_id": logged.run_id,
            "kind": made.trained.kind,
            "rule": made.trained.rule,
            "dates": json.loads(made.dates.to_json()),
            "important": list(made.trained.important),
        },
    )
    stored = data_digest(platform.tables.landing())
    findings = {
        "loadable": [check.finish(timeout_seconds=120).finding()],
        "data_contract": [_contract_finding(facts.data_digest, stored, sum(facts.rows.values()))],
    }
    return findings, {**identity.metadata(), "mlflow_run_id": logged.run_id}


def _contract_finding(accepted: str, stored: str, rows: int) -> Finding:
    from ind_risk.core.findings import Finding

    same = accepted == stored
    return Finding(
        check="data_contract",
        claim="tables_as_accepted",
        subject="all six tables",
        verdict="established" if same else "refuted",
        estimate=float(same),
        low=float(same),
        high=float(same),
        n=rows,
        sentence="The tables in the home are, cell by cell, the ones that passed the contract."
        if same
        else f"The tables in the home have digest {stored[:12]}, but {accepted[:12]} was accepted: "
        "they were altered after intake. Run the intake again.",
    )


def _shown(made: _Made) -> dict[str, Any]:
    from ind_risk.dossier.plots import precision_per_window

    trained = made.trained
    plot = precision_per_window(trained.windows, chosen=trained.kind)
    return {
        "kind": trained.kind,
        "rule": trained.rule,
        "labels": trained.n_labels,
        "positives": trained.n_positives,
        "training_dates": [d.isoformat() for d in trained.training_dates],
        "precision_per_window": image(plot.png, plot.alt),
    }
