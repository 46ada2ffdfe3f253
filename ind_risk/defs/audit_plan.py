"""The audit sample of a home, planned from what is insufficient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.samples import SampleStore
from ind_risk.core.errors import IndRiskError, NotFound
from ind_risk.defs.audit_frame import (
    Frame,
    answered_of,
    calibrating_size,
    counted,
    drawn_before,
    drawn_so_far,
    enough_back,
    frame_of,
)
from ind_risk.defs.audit_looks import looks_at_samples
from ind_risk.defs.resources import Platform

if TYPE_CHECKING:
    from ind_risk.core.sampling.plan import SamplePlan
    from ind_risk.core.sampling.plan_report import PlanReport
    from ind_risk.core.sampling.strata import Key

PLAN = "sample_plan"


def plan_audit(
    platform: Platform,
    *,
    prevalence: float | None = None,
    auc: float | None = None,
    first_phase: float | None = None,
) -> tuple[SamplePlan, PlanReport]:
    """Plan the sample for the candidate trained last, and keep the plan.

    Where samples of the same day have outcomes already, the plan is of what is still to be drawn.

    Args:
        platform: of the home.
        prevalence: share of sponsors taken to be non-compliant; the planner's default if None.
        auc: what the model is taken to do; the same.
        first_phase: share of the sample to be drawn first; None for all at once.

    Raises:
        NotFound: if no lifecycle was run yet.
    """
    from ind_risk.core.accuracy.planning import AUC, PREVALENCE
    from ind_risk.core.sampling.phases import observed_by_stratum
    from ind_risk.core.sampling.plan import plan_sample
    from ind_risk.core.sampling.plan_report import plan_report
    from ind_risk.core.sampling.required import CHECKS
    from ind_risk.core.sampling.second_phase import second_phase

    frame, policy = frame_of(platform), platform.policy
    required = {c.check for c in policy.required_checks}
    assumed = {"prevalence": prevalence or PREVALENCE, "auc": auc or AUC}
    with stopwatch.stage("planning"):
        plan = plan_sample(
            frame=frame.rows,
            policy=policy,
            checks=[c for c in CHECKS if c in required],
            migrants=frame.migrants,
            inspections_for_inspectors=_for_inspectors(platform),
            prevalence=assumed["prevalence"],
            auc=assumed["auc"],
            first_phase=first_phase,
            spent=_to_calibrate(platform, frame),
        )
        if len(before := drawn_before(platform, frame)):
            strata = plan.truth.strata
            sets = counted(strata, drawn_so_far(platform, frame)[1])
            plan = second_phase(
                plan, observed_by_stratum(strata, before),
                spent=dict(zip(strata.keys, sets.tolist(), strict=True)),
            )  # fmt: skip
        report = plan_report(
            plan,
            calibrating=calibrating_size(platform, frame),
            findings=_findings(platform),
            outstanding=_outstanding(platform, frame),
            looks_left=looks_at_samples(platform, frame.as_of).left,
        )
    platform.tables.write_json(
        PLAN,
        {
            "identity": platform.candidate().metadata(), "frame_digest": frame.digest,
            "as_of": frame.as_of.isoformat(), "assumed": assumed, "report": report.to_dict(),
        },
    )  # fmt: skip
    return plan, report


def plan_for(platform: Platform) -> dict[str, Any] | None:
    """The report of the plan made for this very candidate; None if there is none."""
    try:
        kept = platform.tables.read_json(PLAN)
        same = kept["identity"] == platform.candidate().metadata()
    except (IndRiskError, KeyError, TypeError):
        return None
    return dict(kept["report"]) if same else None


def _to_calibrate(platform: Platform, frame: Frame) -> dict[Key, int]:
    """How many of each stratum those who are to set the level are likely to take, rounded up."""
    import numpy as np

    from ind_risk.core.sampling.strata import strata_of

    strata = strata_of(frame.rows, platform.policy.sampling.strata)
    share = calibrating_size(platform, frame) / max(len(frame.rows), 1)
    number = np.ceil(np.minimum(share, 1.0) * strata.size).astype(int)
    return dict(zip(strata.keys, number.tolist(), strict=True))


def _outstanding(platform: Platform, frame: Frame) -> str:
    """A sentence on the samples of this day that are still out; empty if enough came back."""
    back, drawn = answered_of(SampleStore(platform.home, platform.ledger), frame.as_of)
    if not drawn or enough_back(back, drawn, platform.policy):
        return ""
    return (
        f"Of {drawn:,} cases drawn from the sponsors of {frame.as_of}, {back:,} came back so far; "
        "wait for the others before more are drawn."
    )


def _findings(platform: Platform) -> list[dict[str, Any]]:
    """Required findings of this candidate, by every required check."""
    identity = platform.candidate().metadata()
    found: list[dict[str, Any]] = []
    for check in dict.fromkeys(c.check for c in platform.policy.required_checks):
        try:
            stored = platform.tables.read_json(f"evidence/{check}")
        except NotFound:
            continue
        if stored["identity"] == identity:
            found += [f for f in stored["findings"] if f["required"]]
    return found


def _for_inspectors(platform: Platform) -> int | None:
    """Inspections that the inspector effect says it needs, where it is insufficient."""
    for finding in _findings(platform):
        if finding["check"] == "inspector_effect" and finding["verdict"] == "insufficient_data":
            needed = finding["details"].get("inspections_needed")
            return None if needed is None else int(needed)
    return None
