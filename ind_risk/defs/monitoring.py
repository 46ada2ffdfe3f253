"""Stage 7: the model in use, month by month: drift, outcomes of random inspections, the funnel."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.home import write_text
from ind_risk.adapters.ledger_mark import tell
from ind_risk.adapters.progress import stopwatch
from ind_risk.core.contracts import PROTECTED_TABLE
from ind_risk.core.errors import IntegrityError, NothingInUse
from ind_risk.core.monitoring import (
    CHECK,
    Month,
    as_monitored,
    at_monthly_level,
    by_month,
    nothing_new,
    out_of_line,
)
from ind_risk.core.training.importance import most_important
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.features import FEATURE_SOURCES, LABEL_SOURCES
from ind_risk.defs.resources import Platform, findings_table

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Finding
    from ind_risk.core.ledger_state import InUse

OWNERS = ["team:assurance"]
KIND = "monitoring"


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """What came of one look at the model in use.

    Args:
        model_version: in use.
        since, until: cut-off of the tables it was judged by, and of those at hand, ISO dates.
        findings: by the policy's margins at a twelfth of its levels.
        months: the random arm month by month.
        wrong: sentences of what is out of line.
    """

    model_version: str
    since: str
    until: str
    findings: "list[Finding]"
    months: list[Month]
    wrong: list[str]

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            **vars(self), "findings": [f.to_dict() for f in self.findings],
            "months": [m.to_json() for m in self.months],
        }  # fmt: skip


@dg.asset(
    description=described("monitoring"),
    group_name=groups.USE,
    owners=OWNERS,
    kinds={"scipy"},
    deps=["released_model", *FEATURE_SOURCES, PROTECTED_TABLE],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=KIND,
            description="The model in use still does what it was let into use for: scores and "
            "features resemble training, random inspections find what it predicts, and no group is "
            "treated otherwise at any stage.",
        )
    ],
)
def monitoring(platform: Platform) -> dg.MaterializeResult:
    """The model in use, on what came in since it was judged; the withdrawal sensor reads it."""
    found = monitor(platform)
    about = platform.ledger.state().in_use
    return dg.MaterializeResult(
        metadata={
            "model_version": found.model_version, "since": found.since, "until": found.until,
            "months": dg.MetadataValue.md(_months_table(found.months)),
            "findings": findings_table(found.findings),
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=KIND, check_name=CHECK, passed=not found.wrong,
                severity=dg.AssetCheckSeverity.ERROR,
                description=" ".join(found.wrong[:3]) or "Nothing is shown to be out of line.",
                metadata=about.identity.metadata() if about else {},
            )
        ],
    )  # fmt: skip


monitor_job = dg.define_asset_job(
    "monitor",
    selection=dg.AssetSelection.assets(KIND),
    executor_def=dg.in_process_executor,
    description="Looks at the model in use; what is shown to be wrong takes it out of use.",
)
monthly_monitoring = dg.ScheduleDefinition(
    name="monthly_monitoring",
    job=monitor_job,
    cron_schedule="0 5 1 * *",
    execution_timezone="Europe/Amsterdam",
    description="After the tables of the month; off until somebody turns it on.",
)


def monitor(platform: Platform) -> Monitored:
    """Look at the model in use on the tables at hand, and enter what was found in the ledger.

    Raises:
        NotFound: if no model is in use, or no tables were accepted.
        IntegrityError: if the model in use is not the one that was released.
    """
    in_use = platform.ledger.state().in_use
    if in_use is None:
        raise NothingInUse("No model is in use; there is nothing to monitor.")
    since, until = _judged_until(platform, in_use), platform.tables.landing_facts().as_of
    months: list[Month] = []
    if until <= since:
        findings = nothing_new(since, until, platform.policy)
    else:
        with stopwatch.stage("monitoring"):
            findings, months = _look(platform, in_use, since, until)
    found = Monitored(
        model_version=in_use.model_version, since=since, until=until, findings=findings,
        months=months, wrong=[f.sentence for f in out_of_line(findings)],
    )  # fmt: skip
    _record(platform, in_use, found)
    return found


def wrong_since_release(platform: Platform, in_use: "InUse") -> list[str]:
    """What the newest look at this release found out of line."""
    for entry in reversed(platform.ledger.read()):
        if entry.seq <= in_use.seq:
            return []
        if entry.kind == KIND and entry.body["model_version"] == in_use.model_version:
            return [str(w) for w in entry.body["wrong"]]
    return []


def _record(platform: Platform, in_use: "InUse", found: Monitored) -> None:
    text = json.dumps(found.to_json(), indent=1, allow_nan=False) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    write_text(platform.home.monitoring / f"{digest}.json", text)
    platform.ledger.append(
        KIND,
        {
            **in_use.identity.metadata(), "since": found.since, "until": found.until,
            "findings_digest": digest, "findings": len(found.findings), "wrong": found.wrong,
        },
    )  # fmt: skip
    tell(platform.models, platform.ledger)


def _judged_until(platform: Platform, in_use: "InUse") -> str:
    """The cut-off of the tables that the release rests on, by the ledger."""
    for entry in reversed(platform.ledger.read()[: in_use.seq]):
        if entry.kind == "data" and entry.body["data_digest"] == in_use.identity.data_digest:
            return str(entry.body["as_of"])
    raise IntegrityError("The tables of the model in use were never taken in, by the ledger.")


def _look(
    platform: Platform, in_use: "InUse", since: str, until: str
) -> "tuple[list[Finding], list[Month]]":
    from ind_risk.core.bias.funnel import funnel_findings
    from ind_risk.core.bias.population import faults, population
    from ind_risk.core.drift import drift_findings

    policy = at_monthly_level(platform.policy)
    read = _read(platform, in_use, date.fromisoformat(since), date.fromisoformat(until))
    judged = read["scores"].merge(read["labels"], on=["sponsor_id", "as_of"], how="left")
    findings = drift_findings(
        training_scores=read["scores"]["score"], use_scores=read["scores_now"]["score"],
        training_features=read["features"], use_features=read["features_now"],
        feature_kinds={f.name: f.kind for f in platform.register.features},
        important=most_important(platform.models.importance(in_use.model_version)),
        judged=judged, policy=policy, seed=platform.tables.landing_facts().seed,
    )  # fmt: skip
    wrong = faults(scores=read["scores"], composition=read["composition"])
    if not wrong:
        people = population(scores=read["scores"], composition=read["composition"])
        findings += funnel_findings(people=people, stages=read["stages"], policy=policy)
    return as_monitored(findings), by_month(judged, minimum=policy.disclosure.minimum_count)


def _read(
    platform: Platform, in_use: "InUse", since: date, until: date
) -> "dict[str, pd.DataFrame]":
    """Features and scores at both days, labels, compositions and stages in between; one engine."""
    import pandas as pd

    from ind_risk.adapters.engine import Engine
    from ind_risk.adapters.issued import listed_by_model
    from ind_risk.adapters.model_file import load_model
    from ind_risk.core.bands import score
    from ind_risk.core.bias.composition import composition_table
    from ind_risk.core.bias.funnel_table import funnel_table
    from ind_risk.core.features.expressions import feature_table
    from ind_risk.core.labels import label_table

    model = load_model(
        platform.models.model_path(in_use.model_version), expected_digest=in_use.model_digest
    )
    landing = platform.tables.landing((*FEATURE_SOURCES, PROTECTED_TABLE))
    months = (until.year - since.year) * 12 + until.month - since.month
    with Engine() as engine:
        t = engine.tables(landing)
        made: dict[str, Any] = {
            "features": feature_table(
                {n: t[n] for n in FEATURE_SOURCES}, as_of_dates=[since, until],
                register=platform.register,
            ),
            "labels": label_table(
                {n: t[n] for n in LABEL_SOURCES}, as_of_dates=[since],
                horizon_months=max(months, 1), cutoff=until,
            ),
            "composition": composition_table(
                t["permits"], t[PROTECTED_TABLE], as_of=since, attribute="nationality"
            ),
            "stages": funnel_table(
                t["sponsors"], t["inspections"], t["interventions"], since=since, until=until,
                population_on=since,
            ),
        }  # fmt: skip
        read = {n: engine.to_arrow(e).to_pandas(date_as_object=False) for n, e in made.items()}
    both = read.pop("features")
    for name, day in (("", since), ("_now", until)):
        rows = both[both["as_of"] == pd.Timestamp(day)].reset_index(drop=True)
        read[f"features{name}"], read[f"scores{name}"] = rows, score(model, rows, platform.policy)
    listed = listed_by_model(platform.home, platform.ledger, since=since, until=until)
    if listed is not None:
        read["stages"]["worklist"] = read["stages"]["sponsor_id"].isin(listed)
    ordered = read["stages"].set_index("sponsor_id")
    read["stages"] = ordered.reindex(read["scores"]["sponsor_id"]).reset_index()
    return read


def _months_table(months: list[Month]) -> str:
    rows = [
        f"| {m.month} | {m.inspections} | {_per_cent(m.observed)} | {_per_cent(m.predicted)} |"
        for m in months
    ]
    return "\n".join(
        ["| month | random inspections | non-compliant | predicted |", "|---|---|---|---|", *rows]
    )


def _per_cent(value: float | None) -> str:
    return "not shown" if value is None else f"{100 * value:.1f} %"
