"""Stage 7: the audit loop in Dagster: plan a random sample, draw it, take its outcomes in."""

from pathlib import Path

import dagster as dg
from pydantic import Field

from ind_risk.defs import groups
from ind_risk.defs.audit_draw import draw_audit
from ind_risk.defs.audit_ingest import ingest_audit
from ind_risk.defs.audit_plan import plan_audit
from ind_risk.defs.descriptions import described
from ind_risk.defs.resources import Platform
from ind_risk.dossier.page.words import language_of

OWNERS = ["team:supervision"]


class PlanConfig(dg.Config):
    """What a plan takes to be true."""

    prevalence: float = Field(0.0, description="Share non-compliant; 0 for the default.")
    auc: float = Field(0.0, description="AUC of the model; 0 for the default.")


class DrawConfig(dg.Config):
    """How a sample is drawn."""

    visits: int = Field(0, description="Cases on the sheet in all; 0 for the sample alone.")
    again: str = Field("", description="Why another sample of the same frame is drawn.")
    first_phase: float = Field(
        0.0, ge=0, lt=1, description="Share to draw first; the rest by its outcomes. 0 for all."
    )
    lang: str = Field("nl", description="Of the page and the workbook for inspectors: nl or en.")


class OutcomesConfig(dg.Config):
    """The sheet that came back."""

    file: str = Field(description="Workbook or CSV, filled in whole or in part.")


def _spec(name: str, deps: list[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=deps,
        group_name=groups.AUDIT,
        owners=OWNERS,
        kinds={"csv"},
        description=described(name),
    )


# Steps have names of their own: Dagster lets no step share its name with a job.
@dg.multi_asset(
    specs=[
        _spec(
            "audit_plan", ["candidate_scores", "bias_evidence", "accuracy_evidence"],
        )
    ],
    name="plan_audit",
)  # fmt: skip
def audit_plan(platform: Platform, config: PlanConfig) -> dg.MaterializeResult:
    """Plan a sample for the candidate trained last."""
    _, report = plan_audit(platform, prevalence=config.prevalence or None, auc=config.auc or None)
    head = "| claim | now | power | decided from |\n|---|---|---|---|\n"
    rows = [
        f"| {c.claim}, {c.subject} | {c.now} | {c.power:.2f} | {c.decided_from or 'never'} |"
        for c in report.claims
    ]
    return dg.MaterializeResult(
        metadata={
            "sentence": report.sentence, "sponsors_to_draw": report.judging + report.calibrating,
            "claims": dg.MetadataValue.md(head + "\n".join(rows)),
        }
    )  # fmt: skip


@dg.multi_asset(
    specs=[
        _spec(
            "audit_sample", ["audit_plan"],
        )
    ],
    name="draw_audit",
)  # fmt: skip
def audit_sample(platform: Platform, config: DrawConfig) -> dg.MaterializeResult:
    """Draw the planned sample."""
    drawn = draw_audit(
        platform, out=None, seed=None, visits=config.visits or None, again=config.again or None,
        first_phase=config.first_phase or None, language=language_of(config.lang),
    )  # fmt: skip
    return dg.MaterializeResult(
        metadata={
            "sample": drawn.name, "cases": drawn.cases, "judging": drawn.judging,
            "calibrating": drawn.calibrating, "counts_until": drawn.until.isoformat(),
            "file": dg.MetadataValue.path(str(drawn.files.csv)),
            "page": dg.MetadataValue.path(str(drawn.files.page)),
            "workbook": dg.MetadataValue.path(str(drawn.files.workbook)),
        }
    )  # fmt: skip


@dg.multi_asset(
    specs=[
        _spec(
            "audit_outcomes", ["audit_sample"],
        )
    ],
    name="ingest_audit",
)  # fmt: skip
def audit_outcomes(platform: Platform, config: OutcomesConfig) -> dg.MaterializeResult:
    """Take in a sheet that came back."""
    came = ingest_audit(platform, Path(config.file), sample=None)
    return dg.MaterializeResult(
        metadata={
            "sample": came.sample, "known_outcomes": came.known, "cases_drawn": came.drawn,
            "new": came.new, "too_late": came.late,
        }
    )  # fmt: skip
