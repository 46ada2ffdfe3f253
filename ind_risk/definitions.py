"""What Dagster loads: every asset, check, job, sensor and schedule, and the one resource."""

from __future__ import annotations

import warnings

import dagster as dg

from ind_risk.defs.alternatives import alternatives
from ind_risk.defs.audit import audit_outcomes, audit_plan, audit_sample
from ind_risk.defs.bias import bias_evidence
from ind_risk.defs.dossier import dossier
from ind_risk.defs.evidence import accuracy_evidence, candidate_scores
from ind_risk.defs.features import features, labels
from ind_risk.defs.jobs import AUDIT_JOBS, lifecycle, monthly_retraining, release, worklist_job
from ind_risk.defs.landing import landing
from ind_risk.defs.monitoring import monitor_job, monitoring, monthly_monitoring
from ind_risk.defs.release import released_model, withdraw_job
from ind_risk.defs.resources import Platform
from ind_risk.defs.robustness import robustness_evidence
from ind_risk.defs.sensors import deployment_sensor, withdrawal_sensor
from ind_risk.defs.training import candidate_model
from ind_risk.defs.worklist import worklist

ASSETS = (
    landing,
    features,
    labels,
    candidate_model,
    alternatives,
    candidate_scores,
    bias_evidence,
    accuracy_evidence,
    robustness_evidence,
    released_model,
    dossier,
    worklist,
    monitoring,
    audit_plan,
    audit_sample,
    audit_outcomes,
)


def definitions(home: str = "") -> dg.Definitions:
    """All definitions for one home (empty: IND_RISK_HOME, else `.ind_risk/`)."""
    return dg.Definitions(
        assets=list(ASSETS),
        jobs=[lifecycle, release, worklist_job, withdraw_job, monitor_job, *AUDIT_JOBS],
        schedules=[monthly_retraining, monthly_monitoring],
        sensors=[deployment_sensor, withdrawal_sensor],
        resources={"platform": Platform(path=home)},
        executor=dg.in_process_executor,
    )


# Dagster 1.13 passes a beta parameter of its own to every sensor, and warns of it.
warnings.filterwarnings("ignore", message="Parameter `owners` of initializer `SensorDefinition")

defs = definitions()
