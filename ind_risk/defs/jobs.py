"""The jobs and the schedule, by the names that the policy and people use."""

from __future__ import annotations

import dagster as dg

from ind_risk.defs import groups

LIFECYCLE_GROUPS = (groups.LANDING, groups.FEATURES, groups.TRAINING, groups.EVIDENCE)

lifecycle = dg.define_asset_job(
    "lifecycle",
    selection=dg.AssetSelection.groups(*LIFECYCLE_GROUPS),
    executor_def=dg.in_process_executor,
    description="From landing tables to evidence on a new candidate; releases nothing. Say in the "
    "launchpad where the tables are, as `world:audited`; without that it takes those of last time.",
)
release = dg.define_asset_job(
    "release",
    selection=dg.AssetSelection.assets("released_model"),
    executor_def=dg.in_process_executor,
    description="Asks the gate again and, if it is open, puts the candidate into use.",
)
worklist_job = dg.define_asset_job(
    "worklist",
    selection=dg.AssetSelection.assets("worklist"),
    executor_def=dg.in_process_executor,
    description="Writes a worklist for inspectors, by the model in use or at random.",
)
AUDIT_JOBS = tuple(
    dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(asset),
        executor_def=dg.in_process_executor,
        description=description,
    )
    for name, asset, description in (
        ("plan_sample", "audit_plan", "Plans the random sample that decides what is undecided."),
        ("draw_sample", "audit_sample", "Draws the planned sample and writes its blind sheet."),
        ("take_in_outcomes", "audit_outcomes", "Takes in a sheet that inspectors handed back."),
    )
)
monthly_retraining = dg.ScheduleDefinition(
    name="monthly_retraining",
    job=lifecycle,
    cron_schedule="0 3 1 * *",
    execution_timezone="Europe/Amsterdam",
    description="A new candidate on the first night of each month; off until somebody turns it on.",
)
