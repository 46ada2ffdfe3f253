"""A whole lifecycle in this process, on one home: what `ind-risk run` does and what came of it."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.dagster_home import alone, prepare_dagster
from ind_risk.adapters.home import Home, recover
from ind_risk.adapters.progress import stopwatch
from ind_risk.core.errors import IndRiskError, InputRefused, IntegrityError, NotFound

if TYPE_CHECKING:
    import dagster as dg
    from dagster import DagsterInstance

    from ind_risk.adapters.intake import Intake
    from ind_risk.adapters.ledger_mark import Mark
    from ind_risk.adapters.purge import Purged
    from ind_risk.adapters.quality import TableReport
    from ind_risk.core.gate import Decision
    from ind_risk.core.sampling.plan_report import PlanReport
    from ind_risk.core.statements import Listed
    from ind_risk.defs.audit_sample import Drawn, Ingested
    from ind_risk.defs.monitoring import Monitored
    from ind_risk.defs.resources import Platform
    from ind_risk.defs.verify import Verified
    from ind_risk.defs.worklist import Issued
    from ind_risk.dossier.page.facts import Facts
    from ind_risk.dossier.page.words import Language

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
    from ind_risk.defs.audit_sample import plan_audit, plan_for

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


def check_tables(source: str) -> tuple[Intake, dict[str, TableReport]]:
    """Read tables and check them against the contract; nothing is written.

    Raises:
        InputRefused: naming every problem found.
    """
    from ind_risk.adapters.feature_file import shipped_register
    from ind_risk.adapters.intake import take_in
    from ind_risk.adapters.quality import validate
    from ind_risk.adapters.settings import RunSettings

    intake = take_in(RunSettings(source=source), shipped_register().extra_sponsor_columns)
    reports = validate(intake.tables, docs_dir=None)
    if problems := [p for r in reports.values() for p in r.problems]:
        raise InputRefused(problems)
    return intake, reports


def _platform(home: Home) -> Platform:
    """The platform of a home that must exist already."""
    from ind_risk.defs.resources import Platform

    if not home.root.is_dir():
        raise NotFound(f"There is no home at {home.root}. Begin with `ind-risk run`.")
    return Platform(path=str(home.root))


def dossier_facts_now(home: Home) -> Facts:
    """What the dossier would tell now; nothing is written.

    Raises:
        NotFound: if nothing was judged in the home yet.
    """
    from ind_risk.defs.dossier_facts import dossier_facts
    from ind_risk.defs.release import decide_now

    platform = _judged(home)
    with instance_of(home) as instance:
        return dossier_facts(platform, instance, decide_now(platform, instance))


def keep_dossier_now(home: Home) -> dict[str, Path]:
    """Write the dossier of now in the home and MLflow; language → file.

    Raises:
        NotFound: if nothing was judged in the home yet.
    """
    from ind_risk.defs.dossier import keep_dossier
    from ind_risk.defs.release import decide_now

    platform = _judged(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS), instance_of(home) as instance:
        return keep_dossier(platform, instance, decide_now(platform, instance)).files


def _judged(home: Home) -> Platform:
    from ind_risk.defs.resources import Platform

    platform = Platform(path=str(home.root))
    if not home.root.is_dir() or not platform.tables.landed():
        raise NotFound(f"Nothing was judged in {home.root} yet. Begin with `ind-risk run`.")
    return platform


def ask_gate(home: Home) -> Answer:
    """The gate's decision on the candidate trained last, and what is in use."""
    from ind_risk.defs.release import decide_now

    platform = _platform(home)
    with instance_of(home) as instance:
        decision = decide_now(platform, instance)
    if not platform.tables.landed():
        raise NotFound(f"There is no candidate in {home.root} yet. Begin with `ind-risk run`.")
    in_use = platform.ledger.state().in_use
    return Answer(
        decision,
        in_use.model_version if in_use else None,
        platform.policy.name,
        platform.tables.landing_facts().synthetic,
    )


@dataclass(frozen=True)
class Answer:
    """What the gate says now, under which policy, and which version is in use."""

    decision: Decision
    in_use: str | None
    policy_name: str
    synthetic: bool


def withdraw_now(home: Home, reason: str) -> str:
    """Withdraw at once, whatever else runs in this home; returns what was done, in words."""
    from ind_risk.adapters.account import account
    from ind_risk.adapters.release import withdraw
    from ind_risk.defs.card import tell_withdrawn

    platform = _platform(home)
    done = withdraw(
        store=platform.models,
        ledger=platform.ledger,
        reason=reason,
        by=account(),
        now=datetime.now(UTC),
    )
    tell_withdrawn(platform, done.model_version, reason)
    return f"{done.sentence}. Worklists are random samples until a new candidate passes the gate."


def rehearse_withdrawal(home: Home) -> str:
    """What a withdrawal would do now; nothing is changed."""
    from ind_risk.adapters.release import worklists_since

    platform = _platform(home)
    in_use = platform.ledger.state().in_use
    if in_use is None:
        raise NotFound("No model is in use; there is nothing to withdraw.")
    lists = worklists_since(platform.ledger, in_use)
    since = in_use.since[:16].replace("T", " ")
    return (
        f"Rehearsal, nothing was changed. Model version {in_use.model_version}, in use since "
        f"{since}, would be out of use at once; {len(lists)} worklist{'s' * (len(lists) != 1)} "
        "issued since would be "
        "marked, scoring would stop, and worklists would be random samples until a new candidate "
        "passes the gate. The same evidence could not release it again."
    )


def state_now(
    home: Home,
    kind: str,
    *,
    key: str | None,
    password: bytes | None,
    envelope: Path | None,
    text: str,
    difference: str,
    demo: bool = False,
) -> Listed:
    """Enter a statement by a person on the candidate trained last."""
    from ind_risk.defs.people import make_statement

    platform = _platform(home)
    with instance_of(home) as instance:
        return make_statement(
            platform, instance, kind, key=key, password=password, envelope=envelope, text=text,
            difference=difference, demo=demo,
        )  # fmt: skip


def list_statements(home: Home) -> list[Listed]:
    """What people stated in this home, and whether it counts now."""
    from ind_risk.defs.people import listed_statements

    platform = _platform(home)
    with instance_of(home) as instance:
        return listed_statements(platform, instance)


def verify_now(
    home: Home, *, checkpoints: Sequence[Path] = (), public: Sequence[Path] = ()
) -> list[Verified]:
    """Recompute everything the home's trail says; changes nothing but a torn last line.

    Args:
        home: whose trail.
        checkpoints: signed ones, kept elsewhere.
        public: further public keys that may have signed them.
    """
    from ind_risk.adapters.checkpoints import refuse_what_is_none
    from ind_risk.defs.verify import verify_home

    platform = _platform(home)
    refuse_what_is_none(checkpoints)
    with instance_of(home) as instance:
        return verify_home(platform, instance, checkpoints=checkpoints, public=public)


def sign_checkpoint_now(
    home: Home, file: Path, *, key: str, password: bytes | None
) -> tuple[Mark, bool]:
    """Sign how long the ledger is now and what its head is, once all of the trail was verified.

    Returns:
        What was signed, and whether the policy lists the key.

    Raises:
        UnusableFile: if there is no such key; said before anything is verified.
        IntegrityError: if anything does not hold; nobody signs that.
    """
    from ind_risk.adapters.checkpoints import ready_to_sign, sign_checkpoint
    from ind_risk.adapters.statements import Keyring
    from ind_risk.defs.verify import first_fault

    ring = Keyring(_platform(home).policy.people)
    listed = ready_to_sign(file, key=key, password=password, known=ring.keys) in ring.keys
    for fault in first_fault(verify_now(home)):
        raise IntegrityError(f"The trail does not hold, and is not signed. {fault}")
    platform = _platform(home)
    mark = sign_checkpoint(platform.ledger, file, key=key, password=password, known=ring.keys)
    return mark, listed


def monitor_now(home: Home) -> Monitored:
    """Look at the model in use on the tables at hand."""
    from ind_risk.defs.monitoring import monitor

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return monitor(platform)


def purge_now(home: Home, *, before: date, rehearse: bool) -> Purged:
    """Remove rows of before a date, while nothing else is at work in the home."""
    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.adapters.purge import purge

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        done = purge(home, platform.tables, platform.ledger, before=before, rehearse=rehearse)
        if done.files and not rehearse:
            tell(platform.models, platform.ledger)
        return done


def write_worklist(
    home: Home, *, as_of: str | None, size: int | None, out: Path | None, language: Language
) -> Issued:
    """Draw, write and enter a worklist, with what inspectors get beside it."""
    from ind_risk.defs.worklist import issue_worklist

    return issue_worklist(_platform(home), as_of=as_of, size=size, out=out, language=language)


def plan_sample(home: Home, *, prevalence: float | None, auc: float | None) -> PlanReport:
    """Plan the audit sample for the candidate trained last."""
    from ind_risk.defs.audit_sample import plan_audit

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return plan_audit(platform, prevalence=prevalence, auc=auc)[1]


def draw_sample(
    home: Home,
    *,
    out: Path | None,
    seed: int | None,
    visits: int | None,
    again: str | None,
    first_phase: float | None,
    language: Language,
) -> Drawn:
    """Draw the planned sample, or the first phase of it, and write its sheet."""
    from ind_risk.defs.audit_sample import draw_audit

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return draw_audit(
            platform, out=out, seed=seed, visits=visits, again=again,
            first_phase=first_phase, language=language,
        )  # fmt: skip


def ingest_sample(home: Home, file: Path, *, sample: str | None) -> Ingested:
    """Take in a sheet that came back."""
    from ind_risk.defs.audit_sample import ingest_audit

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return ingest_audit(platform, file, sample=sample)
