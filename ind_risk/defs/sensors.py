"""The sensor that opens the way for a proved candidate, and the one that takes a model out of use."""

from __future__ import annotations

import dagster as dg

from ind_risk.core.errors import IndRiskError
from ind_risk.defs.jobs import release
from ind_risk.defs.release import decide_now, withdraw_job
from ind_risk.defs.resources import Platform

SECONDS_BETWEEN_TICKS = 30
REASONS_IN_A_TICK = 4


@dg.sensor(
    job=release,
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a release when every required check is green for this very candidate.",
)
def deployment_sensor(
    context: dg.SensorEvaluationContext, platform: Platform
) -> dg.RunRequest | dg.SkipReason:
    """One run request per candidate and policy, however often it ticks."""
    decision = decide_now(platform, context.instance)
    if not decision.open:
        shown = [r.sentence for r in decision.reasons[:REASONS_IN_A_TICK]]
        more = len(decision.reasons) - len(shown)
        tail = f" (and {more} more reasons)" if more > 0 else ""
        return dg.SkipReason("The gate is closed: " + " ".join(shown) + tail)
    candidate, policy = platform.candidate(), platform.policy
    done = platform.ledger.state().was_released(candidate.model_version, policy.digest)
    if done:
        return dg.SkipReason(f"The gate is open; model version {candidate.model_version} {done}.")
    return dg.RunRequest(
        run_key=f"release:{candidate.model_version}:{policy.digest[:16]}",
        tags={"ind_risk/model_version": candidate.model_version},
    )


@dg.sensor(
    job=withdraw_job,
    minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes the model in use out of use when a required check on it turns red.",
)
def withdrawal_sensor(
    context: dg.SensorEvaluationContext, platform: Platform
) -> dg.RunRequest | dg.SkipReason:
    """Looks at the model in use, not at the candidate."""
    from ind_risk.adapters.check_history import red_checks_on

    in_use = platform.ledger.state().in_use
    if in_use is None:
        return dg.SkipReason("No model is in use.")
    try:
        red = red_checks_on(context.instance, platform.policy.required_checks, in_use)
    except IndRiskError as error:
        red = [str(error)]
    if not red:
        return dg.SkipReason(f"No required check on model version {in_use.model_version} is red.")
    reason = f"Required checks on model version {in_use.model_version} are red: {', '.join(red)}"
    return dg.RunRequest(
        run_key=f"withdraw:{in_use.model_version}:{platform.ledger.state().head}",
        run_config=dg.RunConfig(
            ops={"withdraw_model": {"config": {"reason": reason, "by": "withdrawal_sensor"}}}
        ),
    )
