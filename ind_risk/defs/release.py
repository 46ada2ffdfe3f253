"""Stage 5: the gate's evidence, and the two jobs that alone change what is in use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.code_version import code_version
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.release import release as put_in_use
from ind_risk.adapters.release import withdraw as take_out_of_use
from ind_risk.core.gate import Decision, Evidence, decide_safely
from ind_risk.defs.resources import Platform

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from ind_risk.core.identity import CandidateIdentity

GROUP = "use"
OWNERS = ["team:assurance"]


def gather(platform: Platform, instance: DagsterInstance) -> Evidence:
    """Everything the gate looks at, read anew from Dagster, MLflow, the ledger and the disk.

    Raises:
        IndRiskError: if any of them is missing or contradicts another; the gate then stays closed.
    """
    from ind_risk.adapters.check_history import candidate_of, check_records

    policy, state = platform.policy, platform.ledger.state()
    candidate = candidate_of(instance, asset="candidate_model")
    if candidate is not None:
        _same_in_mlflow(platform, candidate)
    return Evidence(
        candidate=candidate,
        code_version=code_version(),
        policy_digest=policy.digest,
        is_synthetic=platform.tables.landing_facts().synthetic,
        checks=check_records(instance, policy.required_checks),
        withdrawn=None if candidate is None else state.withdrawn(candidate),
    )


def _same_in_mlflow(platform: Platform, candidate: CandidateIdentity) -> None:
    """The registered version carries the same digests, and its model file has that digest."""
    from ind_risk.adapters.model_file import load_model
    from ind_risk.core.errors import IntegrityError

    tags = platform.models.version_tags(candidate.model_version)
    for name, value in candidate.metadata().items():
        if name != "model_version" and tags.get(name) != value:
            raise IntegrityError(
                f"MLflow's model version {candidate.model_version} has {name} {tags.get(name)!r}, "
                f"but the candidate trained last has {value!r}. Train a new candidate."
            )
    load_model(
        platform.models.model_path(candidate.model_version),
        expected_digest=candidate.model_digest,
    )


def decide_now(platform: Platform, instance: DagsterInstance) -> Decision:
    """The gate's decision on the candidate trained last; any exception closes it."""
    with stopwatch.stage("gate"):
        return decide_safely(
            lambda: platform.policy,
            lambda: gather(platform, instance),
            now=datetime.now(UTC),
        )


@dg.asset(group_name=GROUP, owners=OWNERS, kinds={"mlflow"}, deps=["candidate_model"])
def released_model(
    context: dg.AssetExecutionContext, platform: Platform
) -> dg.MaterializeResult[Any]:
    """The model in use. The gate is asked once more here, whoever launched this and however."""
    platform.heal()
    released = put_in_use(
        store=platform.models,
        ledger=platform.ledger,
        identity=platform.candidate(),
        decide=lambda: decide_now(platform, context.instance),
        now=datetime.now(UTC),
    )
    return dg.MaterializeResult(
        metadata={"outcome": released.sentence, **platform.candidate().metadata()}
    )


class WithdrawConfig(dg.Config):  # type: ignore[misc]
    """Why the model is taken out of use, and by whom."""

    reason: str
    by: str = "Dagster"


@dg.op
def withdraw_model(context: dg.OpExecutionContext, platform: Platform, config: WithdrawConfig) -> None:
    """Take the model in use out of use; inspectors fall back to random samples."""
    done = take_out_of_use(
        store=platform.models,
        ledger=platform.ledger,
        reason=config.reason,
        by=config.by,
        now=datetime.now(UTC),
    )
    context.log.info(done.sentence)


@dg.job(name="withdraw", executor_def=dg.in_process_executor)
def withdraw_job() -> None:
    """Take the model in use out of use, with a reason."""
    withdraw_model()
