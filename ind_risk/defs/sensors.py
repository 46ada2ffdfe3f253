"""The sensors: one asks for the release of a proved candidate, one takes a model out of use."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from ind_risk.core.errors import IntegrityError
from ind_risk.core.gate import Decision
from ind_risk.core.ledger_state import InUse
from ind_risk.defs.dossier import is_new, keep_decision
from ind_risk.defs.jobs import release
from ind_risk.defs.monitoring import wrong_since_release
from ind_risk.defs.people import lapsed
from ind_risk.defs.release import WithdrawConfig, decide_now, withdraw_job
from ind_risk.defs.resources import Platform

SECONDS_BETWEEN_TICKS = 30
REASONS_IN_A_TICK = 4
CANDIDATE_TAG = "ind_risk/candidate"
RELEASE_TAG = "ind_risk/release"
AT_WORK = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
# An order to withdraw that has not ended after so long is stuck, and is given again.
STUCK_AFTER = timedelta(minutes=10)


@dg.sensor(
    job=release,
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks the gate about the candidate trained last, and for its release once the gate "
    "is open: every required check green, current, and about this very candidate. Click a tick's "
    "result to read, in the gate's own words, why nothing was released.",
)
def deployment_sensor(
    context: dg.SensorEvaluationContext, platform: Platform
) -> dg.RunRequest | dg.SkipReason:
    """One run request per candidate and policy, however often it ticks."""
    decision = decide_now(platform, context.instance)
    candidate = decision.candidate
    if not decision.open or candidate is None:
        if trouble := _keep_if_new(context.instance, platform, decision):
            context.log.warning(trouble)
        return dg.SkipReason(
            "The gate is closed: " + decision.why_closed(at_most=REASONS_IN_A_TICK)
        )
    version, key = candidate.model_version, candidate.fingerprint
    if done := platform.ledger.state().was_released(candidate):
        return dg.SkipReason(f"The gate is open; model version {version} {done}.")
    runs = context.instance.get_runs(_runs_of(release.name, {CANDIDATE_TAG: key}), limit=1)
    if runs and runs[0].is_finished:
        return dg.SkipReason(
            f"The gate is open, but the release of model version {version} came to nothing in run "
            f"{runs[0].run_id[:8]}. See why there; then launch the job {release.name} by hand."
        )
    return dg.RunRequest(run_key=f"release:{version}:{key}", tags={CANDIDATE_TAG: key})


@dg.sensor(
    job=withdraw_job,
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes the model in use out of use when a required check on it turns red, a "
    "statement on it lapses, or monitoring shows it out of line. Each tick also puts MLflow's "
    "alias in_use back to what the ledger says.",
)
def withdrawal_sensor(
    context: dg.SensorEvaluationContext, platform: Platform
) -> dg.RunRequest | dg.SkipReason:
    """Looks at the model in use, not at the candidate, and keeps MLflow's alias right.

    If the ledger does not hold, the alias is removed and the tick fails, saying so. If the policy
    or Dagster's history cannot be read the tick fails as well, and the next one looks again: a
    home without a readable policy scores nothing either, while a withdrawal is for good.
    """
    from ind_risk.adapters.check_history import red_checks_on

    in_use = _in_use(platform)
    if in_use is None:
        return dg.SkipReason(platform.heal().sentence)
    policy = platform.policy
    red = red_checks_on(context.instance, policy.required_checks, in_use, job=policy.gate_job)
    gone, wrong = lapsed(platform, in_use), wrong_since_release(platform, in_use)
    if not red and not gone and not wrong:
        return dg.SkipReason(
            f"{platform.heal().sentence} No required check on it is red, no statement lapsed, and "
            "monitoring shows nothing out of line."
        )
    version = in_use.model_version
    why = f"Required checks on model version {version} are red: {', '.join(red)}"
    if not red:
        why = f"Statements on model version {version} do not hold any more. {' '.join(gone)}"
    if not red and not gone:
        why = f"Monitoring of model version {version}: {wrong[0]}"
    return _order(context.instance, in_use, why)


def _keep_if_new(instance: dg.DagsterInstance, platform: Platform, decision: Decision) -> str:
    """A closed decision that nobody entered yet, with its dossier; not while evidence is made."""
    if decision.candidate is None or not platform.tables.landed():
        return ""
    busy = dg.RunsFilter(job_name=platform.policy.gate_job, statuses=AT_WORK)
    if instance.get_runs(busy, limit=1):
        return ""
    if is_new(platform.ledger.read(), decision):
        return keep_decision(platform, instance, decision)
    return ""


def _in_use(platform: Platform) -> InUse | None:
    try:
        return platform.ledger.state().in_use
    except IntegrityError:
        return None  # `heal` removes the alias and raises the same error


def _order(instance: dg.DagsterInstance, in_use: InUse, why: str) -> dg.RunRequest | dg.SkipReason:
    """Ask for a withdrawal of this release; again, if an earlier order failed or is stuck."""
    version, tags = in_use.model_version, {RELEASE_TAG: str(in_use.seq)}
    orders = instance.get_run_records(_runs_of(withdraw_job.name, tags))
    recent = datetime.now(UTC) - STUCK_AFTER
    if any(not o.dagster_run.is_finished and o.create_timestamp > recent for o in orders):
        return dg.SkipReason(f"The withdrawal of model version {version} is on its way.")
    config = WithdrawConfig(
        reason=why,
        by=withdrawal_sensor.name,
        model_version=version,
    )
    return dg.RunRequest(
        run_key=f"withdraw:{in_use.seq}:{len(orders)}",
        run_config=dg.RunConfig(ops={"withdraw_model": config}),
        tags=tags,
    )


def _runs_of(job: str, tags: dict[str, str]) -> dg.RunsFilter:
    return dg.RunsFilter(job_name=job, tags=tags)
