"""Stage 1: landing tables, taken in whole or refused whole, one blocking contract check a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from ind_risk.adapters.code_version import code_version
from ind_risk.adapters.intake import Intake, take_in
from ind_risk.adapters.looks import register_policy
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.protected_source import protected_source_of
from ind_risk.adapters.samples import AUDIT_FILE, Audit, with_samples
from ind_risk.adapters.settings import (
    POLICY_FILE,
    SETTINGS_FILE,
    RunSettings,
    policy_in_force,
    shipped_policy_text,
)
from ind_risk.adapters.table_store import LandingFacts
from ind_risk.adapters.trainer import dates_for
from ind_risk.core.contracts import TABLES, Table
from ind_risk.core.errors import InputRefused
from ind_risk.core.policy import Policy, refuse_unknown_columns
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.resources import Platform

if TYPE_CHECKING:
    from ind_risk.adapters.quality import TableReport

OWNERS = ["team:data-intake"]
CHECK = "data_contract"


def _schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=c.name,
                type=c.kind,
                description=c.meaning + (f" ({c.unit})" if c.unit else ""),
                constraints=dg.TableColumnConstraints(
                    nullable=c.nullable, unique=c.name == table.key
                ),
            )
            for c in table.columns
        ]
    )


SPECS = [
    dg.AssetSpec(
        t.name,
        group_name=groups.LANDING,
        owners=OWNERS,
        kinds={"parquet"},
        description=described(t.name),
        metadata={"dagster/column_schema": _schema(t)},
    )
    for t in TABLES.values()
]
CHECKS = [
    dg.AssetCheckSpec(
        CHECK,
        asset=name,
        blocking=True,
        description="The table obeys the contract (Great Expectations suite derived from it).",
    )
    for name in TABLES
]


class LandingConfig(dg.Config):
    """What to take in and under which policy; an empty source means the same as the last time.

    Where protected attributes are read with a login of their own is no part of this: Dagster keeps
    what it was asked. It stands in IND_RISK_PROTECTED_SOURCE.
    """

    source: str = Field("", description="Folder, SQLAlchemy URL, or world:NAME.")
    seed: int = Field(0, description="Seed of the world, the training and every resampling.")
    sponsors: int = Field(0, description="Size of an embedded world; 0 for its default.")
    as_of: str = Field("", description="Cut-off, YYYY-MM-DD; empty for the latest known date.")
    own_policy: str = Field("", description="Text of a policy; empty for the shipped one.")

    def settings(self, platform: Platform) -> tuple[RunSettings, str]:
        """The request and the text of its policy."""
        if not self.source:
            return _with_logins(platform.settings), platform.policy_text
        settings = RunSettings(
            source=self.source,
            seed=self.seed,
            sponsors=self.sponsors or None,
            as_of=self.as_of or None,
            own_policy=bool(self.own_policy),
        )
        return _with_logins(settings), self.own_policy or shipped_policy_text()


def _with_logins(settings: RunSettings) -> RunSettings:
    """The request, with whether protected attributes have a login of their own now."""
    return replace(settings, protected_apart=protected_source_of(settings) is not None)


@dataclass(frozen=True)
class Checked:
    """Landing tables that were read, coerced and found to obey the contract; nothing is kept yet.

    Args:
        settings: the request.
        policy_text: of the policy asked for.
        policy: as it applies to these tables.
        intake: the tables, outcomes of samples among them.
        audit: what those samples say.
        reports: of the contract, by table.
        facts: digests and rows.
    """

    settings: RunSettings
    policy_text: str
    policy: Policy
    intake: Intake
    audit: Audit
    reports: "dict[str, TableReport]"
    facts: LandingFacts


class ContractBroken(InputRefused):
    """Tables that could be read and break rules; `reports` has them by table."""

    def __init__(self, reports: "dict[str, TableReport]") -> None:
        self.reports = reports
        super().__init__([p for r in reports.values() for p in r.problems])


class _Handover:
    """Tables that this process checked before it began a run, for that run alone."""

    def __init__(self) -> None:
        self._kept: tuple[str, LandingConfig, Checked] | None = None

    def give(self, platform: Platform, config: LandingConfig, checked: Checked) -> None:
        """Keep them until the run of the same home and request takes them."""
        self._kept = (str(platform.home.root), config, checked)

    def take(self, platform: Platform, config: LandingConfig) -> Checked | None:
        """What was given for this very home and request, once; None otherwise."""
        kept, self._kept = self._kept, None
        if kept is None or kept[:2] != (str(platform.home.root), config):
            return None
        return kept[2]


_handover = _Handover()


@contextmanager
def checked_beforehand(platform: Platform, config: LandingConfig) -> Iterator[None]:
    """Check a request before its run begins in Dagster; the run within takes the tables over.

    A run plans all of its checks at once, and what is planned supersedes what was green: what is
    refused here leaves Dagster's history of checks as it was.

    Raises:
        InputRefused: naming every problem found.
        IndRiskError: if the request cannot be met for another reason.
    """
    _handover.give(platform, config, check(platform, config))
    try:
        yield
    finally:
        _handover.take(platform, config)


def check(platform: Platform, config: LandingConfig) -> Checked:
    """Read what is asked for and check everything that can be checked before a run.

    Raises:
        InputRefused: naming every problem found; `ContractBroken` where the tables could be read.
        IndRiskError: if the as-of date, the policy, the samples or this history forbid a run.
    """
    from ind_risk.adapters.quality import validate

    settings, policy_text = config.settings(platform)
    with stopwatch.stage("landing"):
        intake = take_in(settings, platform.register.extra_sponsor_columns)
        as_of = intake.as_of(settings)
        tables, audit = with_samples(
            platform.home, platform.ledger, intake.tables, as_of=as_of, synthetic=intake.synthetic
        )
        intake = replace(intake, tables=tables)
        policy = policy_in_force(policy_text, own=settings.own_policy, synthetic=intake.synthetic)
        reports = validate(intake.tables, docs_dir=platform.home.data_docs)
        if any(r.problems for r in reports.values()):
            raise ContractBroken(reports)
        refuse_unknown_columns(policy, intake.tables["sponsors"].column_names)
        facts = intake.facts(settings, as_of)
        # Before anything is replaced: whether this history allows a run at all.
        dates_for(intake.tables, facts.as_of, policy, audited_until=audit.until)
    return Checked(settings, policy_text, policy, intake, audit, reports, facts)


@dg.multi_asset(specs=SPECS, check_specs=CHECKS, name="landing")
def landing(
    platform: Platform, config: LandingConfig
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Read, coerce, check against the contract, and only then replace the tables of before."""
    try:
        checked = _handover.take(platform, config) or check(platform, config)
    except ContractBroken as refused:
        yield from (_refusal(r) for r in refused.reports.values() if not r.success)
        raise
    intake, facts, policy = checked.intake, checked.facts, checked.policy
    with stopwatch.stage("keeping"):
        texts = {
            SETTINGS_FILE: checked.settings.to_json(), POLICY_FILE: checked.policy_text,
            AUDIT_FILE: checked.audit.to_json(),
        }  # fmt: skip
        # First the ledger: who finds other tables than the newest evidence's knows why.
        platform.ledger.append("data", {
            "data_digest": facts.data_digest, "as_of": facts.as_of, "source": facts.source,
            "rows": dict(facts.rows), "synthetic": facts.synthetic,
            "request": {
                "world": checked.settings.world, "seed": checked.settings.seed,
                "sponsors": checked.settings.sponsors,
            },
        })  # fmt: skip
        platform.tables.write_landing(intake.tables, facts, texts=texts)
        register_policy(platform.ledger, policy)
    identity = {
        "data_digest": facts.data_digest,
        "code_version": code_version(),
        "policy_digest": policy.digest,
    }
    for name in TABLES:
        yield _materialised(name, checked, identity)


def _materialised(name: str, accepted: Checked, identity: dict[str, str]) -> Any:
    report = accepted.reports[name]
    return dg.MaterializeResult(
        asset_key=name,
        metadata={
            "dagster/row_count": report.rows,
            "digest": accepted.facts.table_digests[name],
            "source": accepted.facts.source,
            "as_of": accepted.facts.as_of,
            **identity,
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=name,
                check_name=CHECK,
                passed=report.success,
                description=f"{len(report.expectations)} rules of the contract hold "
                f"for {report.rows:,} rows.",
                metadata={
                    **identity,
                    "findings_total": len(report.expectations),
                    "findings_green": len(report.expectations),
                    "expectations": _expectations(report),
                },
            )
        ],
    )


def _refusal(report: "TableReport") -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=report.table,
        check_name=CHECK,
        passed=False,
        description=" ".join(str(p) for p in report.problems[:3]),
        metadata={
            "problems": len(report.problems),
            "unexpected_rows": sum(p.count for p in report.problems),
            "expectations": _expectations(report),
        },
    )


def _expectations(report: "TableReport") -> dg.MetadataValue[Any]:
    rows = [
        f"| {e['expectation']} | {e['column']} | {e['unexpected_count']:,} "
        f"| {', '.join(map(str, e['example_keys']))} |"
        for e in report.expectations
    ]
    head = "| expectation | column | unexpected | examples |\n|---|---|---|---|\n"
    return dg.MetadataValue.md(head + "\n".join(rows))
