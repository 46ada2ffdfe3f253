"""Stage 3: one candidate model, chosen by a written rule, kept in MLflow, and fit to be loaded."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.clean_process import CleanProcess
from ind_risk.adapters.feature_file import register_text
from ind_risk.adapters.model_loader import TOLERANCE
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.trainer import sample_to_score, train_candidate, training_data
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.training.importance import most_important
from ind_risk.defs import groups
from ind_risk.defs.alternatives import remember
from ind_risk.defs.card import run_tags
from ind_risk.defs.descriptions import described
from ind_risk.defs.isolation import isolation_findings
from ind_risk.defs.people import record_trained
from ind_risk.defs.resources import CANDIDATE, Platform, check_result, image
from ind_risk.defs.robustness import train_again

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.adapters.model_loader import LoadResult
    from ind_risk.adapters.table_store import LandingFacts
    from ind_risk.core.dates import RunDates
    from ind_risk.core.findings import Finding
    from ind_risk.core.training.train import TrainedCandidate
    from ind_risk.dossier.plots import Plot

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
LOAD_TIMEOUT_SECONDS = 120.0
LONGEST_SOURCE = 60  # characters of it in the name of a run


@dg.asset(
    description=described("candidate_model"),
    group_name=groups.TRAINING,
    owners=OWNERS,
    kinds={"scikitlearn", "mlflow"},
    deps=["features", "labels"],
    check_specs=CHECKS,
)
def candidate_model(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult:
    """The candidate: trained on matured labels only, registered with every digest it rests on."""
    process = CleanProcess()
    try:
        with stopwatch.stage("training"):
            made = _train(platform)
        with stopwatch.stage("registering"), TemporaryDirectory() as scratch:
            findings, facts = _register(platform, made, Path(scratch), process)
    except BaseException:
        process.close()
        raise
    context.instance.add_run_tags(context.run.run_id, run_tags(platform.candidate()))
    remember(facts["model_digest"], made.trained.latest_rankers)
    train_again(platform, facts["model_digest"], process)
    findings["protected_isolation"] = isolation_findings(
        context.job_def.asset_layer.asset_graph, platform.register, made.trained.feature_names
    )
    results = [check_result(platform, c.name, ASSET, findings[c.name]) for c in CHECKS]
    return dg.MaterializeResult(
        metadata={**_shown(platform, made), **platform.links(), **facts}, check_results=results
    )


@dataclass(frozen=True)
class _Made:
    """A trained candidate with what it was trained from."""

    trained: "TrainedCandidate"
    dates: "RunDates"
    sample: "pd.DataFrame"


def _train(platform: Platform) -> _Made:
    data = training_data(platform.home)
    return _Made(train_candidate(platform.home, data), data.dates, sample_to_score(data))


def _register(
    platform: Platform, made: _Made, scratch: Path, process: CleanProcess
) -> "tuple[dict[str, list[Finding]], dict[str, Any]]":
    """Save, have a clean process load it meanwhile, keep it in MLflow, and judge both."""
    from ind_risk.adapters.model_file import save_model
    from ind_risk.adapters.model_loader import start_load_check
    from ind_risk.core.digests import data_digest

    folder = scratch / "model"
    digest = save_model(folder, made.trained, platform.policy.capacity)
    expected = made.trained.predict_proba(made.sample)[:, 1].tolist()
    check = start_load_check(process, folder, digest, made.sample, scratch, expected)
    facts = platform.tables.landing_facts()
    identity, run_id = _kept_in_mlflow(platform, made, folder, digest)
    platform.tables.write_json(
        CANDIDATE,
        {
            "identity": identity.metadata(),
            "mlflow_run_id": run_id,
            "kind": made.trained.kind,
            "rule": made.trained.rule,
            "windows": [w.to_dict() for w in made.trained.windows],
            "random_level": made.trained.calibration.random,
            "dates": {
                "as_of": made.dates.as_of.isoformat(),
                "judge_as_of": made.dates.judge_as_of.isoformat(),
                "training": [d.isoformat() for d in made.dates.training],
                "year_before": made.dates.year_before.isoformat(),
                "outcomes_until": made.dates.outcomes_until.isoformat(),
            },
            "important": most_important(made.trained.importance),
        },
    )
    record_trained(platform, identity)
    stored = data_digest(platform.tables.landing())
    findings = {
        "data_contract": [_contract_finding(facts.data_digest, stored, sum(facts.rows.values()))],
        "loadable": [_loadable_finding(check.finish(LOAD_TIMEOUT_SECONDS))],
    }
    return findings, {**identity.metadata(), "mlflow_run_id": run_id}


def _kept_in_mlflow(
    platform: Platform, made: _Made, folder: Path, digest: str
) -> tuple[CandidateIdentity, str]:
    """The version of this very candidate: the latest one if it is the same, else a new one."""
    from ind_risk.adapters.mlflow_records import CandidateRecord

    facts, policy = platform.tables.landing_facts(), platform.policy
    digests = {"model_digest": digest, **platform.data_identity()}
    latest = platform.models.latest_candidate()
    if latest is not None and all(latest.tags.get(k) == v for k, v in digests.items()):
        return CandidateIdentity(latest.version, **digests), latest.run_id
    record = CandidateRecord(
        candidate=made.trained,
        model_folder=folder,
        model_digest=digest,
        tags={
            **platform.data_identity(),
            "register_digest": platform.register.digest,
            "policy": policy.name,
            "source": facts.source,
            "synthetic": str(facts.synthetic).lower(),
        },
        datasets=facts.table_digests,
        files={
            "policy.toml": platform.policy_text,
            "features.toml": register_text(),
            "plots/precision_per_window.png": _windows_plot(platform, made.trained).png,
        },
        parameters={"as_of": facts.as_of, "label_strategy": policy.labels.strategy},
        run_name=_run_name(facts, made.trained.kind),
    )
    logged = platform.models.log_candidate(record)
    return CandidateIdentity(logged.version, **digests), logged.run_id


def _run_name(facts: "LandingFacts", kind: str) -> str:
    """Such as "world letter, seed 0, candidate 2025-12-31, logistic"."""
    source = facts.source.removeprefix("synthetic ")
    short = source if len(source) <= LONGEST_SOURCE else "…" + source[1 - LONGEST_SOURCE :]
    return f"{short}, candidate {facts.as_of}, {kind.replace('_', ' ')}"


def _loadable_finding(result: "LoadResult") -> "Finding":
    from ind_risk.core.findings import Finding

    gap = result.max_abs_difference
    return Finding(
        check="loadable",
        claim="same_scores_in_a_clean_process",
        subject="largest difference",
        verdict="established" if result.ok else "refuted",
        estimate=gap,
        low=gap,
        high=gap,
        margin=TOLERANCE,
        n=result.n,
        sentence=result.message,
    )


def _contract_finding(accepted: str, stored: str, rows: int) -> "Finding":
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


def _windows_plot(platform: Platform, trained: "TrainedCandidate") -> "Plot":
    from ind_risk.dossier.plots import precision_per_window

    minimum = platform.policy.disclosure.minimum_count
    return precision_per_window(trained.windows, chosen=trained.kind, minimum=minimum)


def _shown(platform: Platform, made: _Made) -> dict[str, Any]:
    trained = made.trained
    with stopwatch.stage("plots"):
        from ind_risk.dossier.plots import feature_importance

        windows = _windows_plot(platform, trained)
        features = feature_importance(trained.importance)
    return {
        "kind": trained.kind,
        "rule": trained.rule,
        "labels": trained.n_labels,
        "positives": trained.n_positives,
        "training_dates": [d.isoformat() for d in trained.training_dates],
        "precision_per_window": image(windows.png, windows.alt),
        "feature_importance": image(features.png, features.alt),
    }
