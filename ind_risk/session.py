"""A whole lifecycle in this process, on one home: what `ind-risk run` does and what came of it."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.dagster_home import alone, prepare_dagster
from ind_risk.adapters.home import Home, recover
from ind_risk.adapters.progress import stopwatch
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import dagster as dg
    from dagster import DagsterInstance

    from ind_risk.core.gate import Decision
    from ind_risk.defs.resources import Platform

LOCK_WAIT_SECONDS = 5
PROCESS_TAG = "ind_risk/process"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Outcome:
    """What a lifecycle came to; the fields are the JSON of `ind-risk run`."""

    decision: Decision
    in_use: str | None
    candidate: dict[str, Any]
    findings: list[dict[str, Any]]
    warnings: tuple[str, ...]
    policy_name: str
    synthetic: bool
    timings: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """The JSON object of `ind-risk run --json`."""
        keys = ("check", "claim", "subject", "verdict", "estimate", "low", "high", "n", "margin")
        return {
            "decision": "open" if self.decision.open else "closed",
            "in_use": self.in_use,
            "candidate": self.candidate,
            "findings": [{k: f[k] for k in (*keys, "required", "sentence")} for f in self.findings],
            "reasons": [r.sentence for r in self.decision.reasons],
            "opens_with": [r.opens_with for r in self.decision.reasons],
            "policy": self.policy_name,
            "synthetic": self.synthetic,
            "warnings": list(self.warnings),
            "timings": self.timings,
        }


class LifecycleFailed(IndRiskError):
    """The lifecycle stopped for a reason that is not the user's input."""


@contextmanager
def opened(home: Home) -> Iterator[DagsterInstance]:
    """This home's Dagster instance, alone: what an interrupted run left is put right first.

    Raises:
        IndRiskError: if another process is at work in this home.
    """
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        recover(home.root)
        with instance_of(home) as instance:
            _bury_interrupted(instance)
            yield instance


@contextmanager
def instance_of(home: Home) -> Iterator[DagsterInstance]:
    """This home's Dagster instance; made at first use from the shipped dagster.yaml."""
    from dagster import DagsterInstance

    prepare_dagster(home)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        yield instance


def _bury_interrupted(instance: DagsterInstance) -> None:
    """Runs of processes that were killed would stay "started" for ever; call them failed."""
    from dagster import DagsterRunStatus, RunsFilter

    unfinished = [DagsterRunStatus.STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.NOT_STARTED]
    for run in instance.get_runs(RunsFilter(statuses=unfinished)):
        if PROCESS_TAG in run.tags:  # one of ours, and we hold the lock: its process is gone
            instance.report_run_failed(run, "The process of this run was interrupted.")


def run_job(
    instance: DagsterInstance,
    defs: dg.Definitions,
    name: str,
    *,
    config: Mapping[str, Any],
    assets: Sequence[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    """Run one job in this process, quietly; the user's own exception comes out as it was raised.

    Args:
        instance, defs: of the home.
        name: of the job.
        config: of its run.
        assets: only these; all of the job if None.
    """
    job = defs.resolve_job_def(name)
    return job.execute_in_process(
        instance=instance,
        run_config={**QUIET, **config},
        tags={PROCESS_TAG: str(os.getpid())},
        raise_on_error=True,
        asset_selection=assets,
    )


def run_lifecycle(home: Home, landing: Mapping[str, Any]) -> Outcome:
    """From landing tables to a decision, and to a release if the gate is open.

    Args:
        home: where everything is kept.
        landing: fields of `LandingConfig`.

    Raises:
        InputRefused: if the landing tables break the contract; nothing of before is lost, and no
            run began.
        IndRiskError: for everything else that a user can mend.
    """
    begun = time.perf_counter()
    stopwatch.reset()
    # The libraries make a million objects that live to the end; to search them for garbage again
    # and again takes as long as a stage.
    gc.set_threshold(100_000, 50, 100)
    with stopwatch.stage("importing"):
        # It looks for every function in all loaded modules: twice as quick while these are few.
        import skops.io  # noqa: F401

        from ind_risk.definitions import definitions
        from ind_risk.defs.dossier import keep_decision
        from ind_risk.defs.landing import LandingConfig, checked_beforehand
        from ind_risk.defs.record import record_evidence, tell_heads
        from ind_risk.defs.release import decide_now
        from ind_risk.defs.resources import Platform
    platform = Platform(path=str(home.root))
    with opened(home) as instance:
        platform.heal()
        defs = definitions(str(home.root))
        with checked_beforehand(platform, LandingConfig(**landing)):
            _timed(instance, defs, "lifecycle", {"ops": {"landing": {"config": dict(landing)}}})
        record_evidence(platform, instance)
        decision = _planned(platform, decide_now(platform, instance))
        trouble = ""
        if decision.open:  # the release asks the gate again and records what it answers
            _timed(instance, defs, "release", {})
        else:
            trouble = keep_decision(platform, instance, decision)
        tell_heads(platform, instance)
        outcome = outcome_of(platform, decision)
    timings = {k: round(v, 3) for k, v in stopwatch.seconds.items()}
    timings["total"] = round(time.perf_counter() - begun, 3)
    warnings = (*outcome.warnings, *[trouble] * bool(trouble))
    return Outcome(**{**outcome.__dict__, "timings": timings, "warnings": warnings})


def _planned(platform: Platform, decision: Decision) -> Decision:
    """The decision, with the sample that would decide what lacks data."""
    from contextlib import suppress

    from ind_risk.core.gate_advice import advised, decidable
    from ind_risk.core.sampling.required import CHECKS
    from ind_risk.defs.audit_plan import plan_audit, plan_for

    if not decidable(decision, CHECKS):
        return decision
    with suppress(IndRiskError):  # without a plan the decision stands as it is
        plan_audit(platform)
    return advised(decision, plan_for(platform))


def _timed(
    instance: DagsterInstance, defs: dg.Definitions, job: str, config: Mapping[str, Any]
) -> None:
    """Run a job and count as Dagster's what is not spent in our own stages."""
    before = sum(stopwatch.seconds.values())
    begun = time.perf_counter()
    run_job(instance, defs, job, config=config)
    spent = time.perf_counter() - begun
    own = sum(stopwatch.seconds.values()) - before
    stopwatch.seconds["dagster"] = stopwatch.seconds.get("dagster", 0.0) + spent - own


def outcome_of(platform: Any, decision: Decision) -> Outcome:
    """The decision with the candidate, its findings and what is in use now."""
    from ind_risk.defs.evidence_kept import REPORTED_CHECKS, kept_findings

    facts, policy = platform.tables.landing_facts(), platform.policy
    kept = platform.tables.read_json("candidate")
    identity = platform.candidate().metadata()
    checks = (*(c.check for c in policy.required_checks), *REPORTED_CHECKS)
    in_use = platform.ledger.state().in_use
    return Outcome(
        decision=decision,
        in_use=in_use.model_version if in_use else None,
        candidate={
            "version": identity["model_version"],
            "model_digest": identity["model_digest"],
            "data_digest": identity["data_digest"],
            "mlflow_run_id": kept["mlflow_run_id"],
            "kind": kept["kind"],
        },
        findings=kept_findings(platform, checks),
        warnings=facts.warnings,
        policy_name=policy.name,
        synthetic=facts.synthetic,
        timings={},
    )
