"""Stage 2: point-in-time features and labels; neither knows of protected attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.trainer import dates_for
from ind_risk.core.dates import RunDates, months_before
from ind_risk.core.label_provenance import provenance_markdown, provenance_table
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.lineage import feature_lineage, label_lineage
from ind_risk.defs.resources import Platform, column_schema

if TYPE_CHECKING:
    import pyarrow as pa

    from ind_risk.core.features.register import FeatureRegister

OWNERS = ["team:modelling"]
FEATURE_SOURCES = ("sponsors", "permits", "inspections", "interventions", "signals")
LABEL_SOURCES = ("sponsors", "inspections", "interventions")
DELAY_MONTHS = 6  # of the features by which it is seen what late facts do to a model


KEY_COLUMNS = {
    "sponsor_id": ("string", "the sponsor"),
    "as_of": ("date", "the day on which this was known"),
}
LABEL_SCHEMA = column_schema(
    KEY_COLUMNS
    | {
        "label": ("string", "compliant, non_compliant or unobserved within the horizon"),
        "selection": ("string", "route of the first inspection in the horizon"),
        "inclusion_probability": ("number", "of that inspection, where it was drawn at random"),
        "inspection_id": ("string", "that inspection"),
        "inspector_id": ("string", "pseudonym of who inspected"),
        "opened_on": ("date", "day it was opened"),
        "closed_on": ("date", "day it was closed, if by the cut-off"),
        "audit_label": ("string", "outcome of the first random inspection; null if there was none"),
        "audit_inclusion_probability": ("number", "with which the sample included the sponsor"),
        "audit_inspection_id": ("string", "that random inspection"),
        "audit_closed_on": ("date", "day it was closed, if by the cut-off"),
        "never_intervened": ("boolean", "no intervention up to the day"),
    }
)


def _feature_schema(register: FeatureRegister) -> dg.TableSchema:
    own = {f.name: (f.kind, f"{f.definition}. {f.justification}") for f in register.features}
    return column_schema(KEY_COLUMNS | own)


def dates_of(platform: Platform, tables: dict[str, pa.Table]) -> RunDates:
    """The as-of dates of this run, from the landing facts and the policy."""
    as_of, audit = platform.tables.landing_facts().as_of, platform.audit
    return dates_for(tables, as_of, platform.policy, audited_until=audit.until)


@dg.asset(
    description=described("features"),
    group_name=groups.FEATURES,
    owners=OWNERS,
    kinds={"ibis", "duckdb"},
    deps=FEATURE_SOURCES,
)
def features(platform: Platform) -> dg.MaterializeResult:
    """Every registered feature of every recognised sponsor at every as-of date.

    A fact counts from the day it was known, never before.
    """
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.features.expressions import feature_table

    with stopwatch.stage("features"), Engine() as engine:
        landing = platform.tables.landing(FEATURE_SOURCES)
        dates = dates_of(platform, landing)
        late = months_before(dates.as_of, DELAY_MONTHS)
        wanted = list(dict.fromkeys([*dates.training, dates.judge_as_of, late, dates.as_of]))
        made = engine.to_arrow(
            feature_table(engine.tables(landing), as_of_dates=wanted, register=platform.register)
        )
        platform.tables.write("features", made)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": made.num_rows,
            "features": len(platform.register.names),
            "dagster/column_schema": _feature_schema(platform.register),
            "dagster/column_lineage": feature_lineage(platform.register),
            "as_of_dates": [d.isoformat() for d in wanted],
            "register_digest": platform.register.digest,
            **platform.data_identity(),
        }
    )


@dg.asset(
    description=described("labels"),
    group_name=groups.FEATURES,
    owners=OWNERS,
    kinds={"ibis", "duckdb"},
    deps=LABEL_SOURCES,
)
def labels(platform: Platform) -> dg.MaterializeResult:
    """What was seen of each sponsor within the horizon, and by which route it came to be seen.

    No inspection means unobserved, not compliant.
    """
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.labels import label_table, without_audit

    policy = platform.policy
    with stopwatch.stage("labels"), Engine() as engine:
        landing = platform.tables.landing(FEATURE_SOURCES)
        dates = dates_of(platform, landing)
        cutoffs = dict.fromkeys(dates.training, dates.year_before) | {
            dates.judge_as_of: dates.outcomes_until
        }
        expression = label_table(
            engine.tables({n: landing[n] for n in LABEL_SOURCES}),
            as_of_dates=list(cutoffs),
            horizon_months=policy.horizon_months,
            cutoff=cutoffs,
        )
        made = engine.to_arrow(expression)
        made = without_audit(made, platform.audit.calibrating, dates.judge_as_of)
        platform.tables.write("labels", made)
        shown = provenance_table(made.to_pandas(), minimum_count=policy.disclosure.minimum_count)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": made.num_rows,
            "label_strategy": policy.labels.strategy,
            "dagster/column_schema": LABEL_SCHEMA,
            "dagster/column_lineage": label_lineage(),
            "provenance": dg.MetadataValue.md(provenance_markdown(shown)),
            **platform.data_identity(),
        }
    )
