"""What every asset needs: the home, its stores, its policy and the way to hand on findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.check_history import LIFECYCLE_JOB
from ind_risk.adapters.code_version import code_version
from ind_risk.adapters.dagster_home import alone_until_exit
from ind_risk.adapters.home import Home
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.screen_addresses import mlflow_run_url, mlflow_version_url
from ind_risk.adapters.settings import POLICY_FILE, home_policy, load_settings
from ind_risk.adapters.table_store import TableStore
from ind_risk.core.identity import CandidateIdentity

if TYPE_CHECKING:
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.adapters.mlflow_store import ModelStore
    from ind_risk.adapters.release import Healed
    from ind_risk.adapters.samples import Audit
    from ind_risk.adapters.settings import RunSettings
    from ind_risk.core.features.register import FeatureRegister
    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy
    from ind_risk.dossier.plots import Plot

CANDIDATE = "candidate"
LEDGER_LENGTH, LEDGER_HEAD = "ledger_length", "ledger_head"
SHOWN = ("disparity", "refuted")  # no more data undoes these
PATIENCE_SECONDS = 1800  # a queued run waits for the one at work


@cache
def _models(home: Home) -> ModelStore:
    """One client a home and process: making one costs a tenth of a second."""
    from ind_risk.adapters.mlflow_store import ModelStore

    return ModelStore(home)


class Platform(dg.ConfigurableResource):
    """One home as Dagster sees it; `path` empty means IND_RISK_HOME, else `.ind_risk/`."""

    path: str = ""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """A lifecycle launched from Dagster holds the home as one of the command line does."""
        if context.run is not None and context.run.job_name == LIFECYCLE_JOB:
            alone_until_exit(self.home, patience_seconds=PATIENCE_SECONDS)

    @property
    def home(self) -> Home:
        """Where everything lies."""
        return Home.resolve(Path(self.path) if self.path else None)

    @property
    def tables(self) -> TableStore:
        """The Parquet tables."""
        return TableStore(self.home)

    @property
    def settings(self) -> RunSettings:
        """What the home was last asked to do."""
        return load_settings(self.home)

    @property
    def audit(self) -> Audit:
        """What audit samples say of the landing tables at hand."""
        from ind_risk.adapters.samples import audit_of

        return audit_of(self.home)

    @property
    def policy(self) -> Policy:
        """The policy in force for the landing tables at hand."""
        return home_policy(self.home, synthetic=self.tables.landing_facts().synthetic)

    @property
    def policy_text(self) -> str:
        """The text of the policy that came with the landing tables."""
        return (self.home.landing / POLICY_FILE).read_text(encoding="utf-8")

    @property
    def register(self) -> FeatureRegister:
        """The feature register of the package."""
        from ind_risk.adapters.feature_file import shipped_register

        return shipped_register()

    @property
    def models(self) -> ModelStore:
        """MLflow."""
        return _models(self.home)

    @property
    def ledger(self) -> LedgerFile:
        """The append-only trail."""
        from ind_risk.adapters.ledger_file import LedgerFile

        return LedgerFile(self.home)

    def ledger_mark(self) -> dict[str, Any]:
        """Length and head of the ledger as metadata: whoever cuts it off is found by them."""
        state = self.ledger.state()
        return {LEDGER_LENGTH: state.length, LEDGER_HEAD: state.head}

    def heal(self) -> Healed:
        """Make MLflow's alias what the ledger says is in use, and its card the one told last."""
        from ind_risk.adapters.release import heal
        from ind_risk.defs.card import mirror_card

        healed = heal(store=self.models, ledger=self.ledger)
        mirror_card(self.models, self.ledger)
        return healed

    def data_identity(self) -> dict[str, str]:
        """The identity fields that exist before there is a model."""
        return {
            "data_digest": self.tables.landing_facts().data_digest,
            "code_version": code_version(),
            "policy_digest": self.policy.digest,
        }

    def candidate(self) -> CandidateIdentity:
        """The identity of the candidate trained last in this home."""
        return CandidateIdentity.from_metadata(self.tables.read_json(CANDIDATE)["identity"])

    def links(self, version: str = "") -> dict[str, Any]:
        """Metadata that lead from an asset to a version in MLflow; to the candidate if none."""
        from ind_risk.adapters.mlflow_store import REGISTERED_MODEL

        version = version or self.candidate().model_version
        experiment, run_id = self.models.run_address(version)
        return {
            "mlflow_run": dg.MetadataValue.url(mlflow_run_url(experiment, run_id)),
            "model_card": dg.MetadataValue.url(mlflow_version_url(REGISTERED_MODEL, version)),
        }

    def keep_findings(
        self, check: str, findings: Sequence[Finding], plots: Mapping[str, Plot]
    ) -> None:
        """Write a check's findings beside the tables and into the candidate's MLflow run."""
        identity = self.candidate()
        listed = [f.to_dict() for f in findings]
        self.tables.write_json(
            f"evidence/{check}", {"identity": identity.metadata(), "findings": listed}
        )
        with stopwatch.stage("recording"):
            drawn = {f"evidence/{name}.png": plot.png for name, plot in plots.items()}
            self.models.log_evidence(identity.model_version, listed, name=check, files=drawn)


def check_result(
    platform: Platform,
    check: str,
    asset: str,
    findings: Sequence[Finding],
    *,
    plots: Mapping[str, Plot] | None = None,
) -> dg.AssetCheckResult:
    """A Dagster check from findings: green only if there is one and all are green."""
    from ind_risk.core.evidence_digest import findings_digest
    from ind_risk.core.findings import all_green

    platform.keep_findings(check, findings, plots or {})
    asked = [f for f in findings if f.required]
    red = [f for f in asked if not f.green]
    text = " ".join(f.sentence for f in (red or asked or list(findings))[:3])
    more = len(red) - 3
    metadata: dict[str, Any] = {
        **platform.candidate().metadata(),
        "findings_total": len(asked),
        "findings_green": len(asked) - len(red),
        "findings_shown_against": sum(f.verdict in SHOWN for f in red),
        "findings_reported_only": len(findings) - len(asked),
        "findings_digest": findings_digest([f.to_dict() for f in findings]),
        "findings": findings_table(findings),
        **_told_of(red or asked or list(findings)),
        **{f"plot_{name}": image(plot.png, plot.alt) for name, plot in (plots or {}).items()},
    }
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check,
        passed=all_green(list(findings)),
        # What is only reported is never green, and nothing asks for it.
        severity=dg.AssetCheckSeverity.ERROR if asked else dg.AssetCheckSeverity.WARN,
        description=text + (f" … and {more} more." if more > 0 else ""),
        metadata=metadata,
    )


def _told_of(findings: Sequence[Finding]) -> dict[str, Any]:
    """The figures behind the first sentence, so that they are seen, and drawn from run to run."""
    told = next((f for f in findings if f.estimate is not None), None)
    if told is None:
        return {}
    numbers = {
        "estimate": told.estimate, "low": told.low, "high": told.high, "bound": told.margin,
    }  # fmt: skip
    about = f"{told.claim.replace('_', ' ')}, {told.subject}: {told.verdict.replace('_', ' ')}"
    return {"about": about} | {
        name: float(value)
        for name, value in numbers.items()
        if value is not None and isfinite(value)
    }


def column_schema(columns: Mapping[str, tuple[str, str]]) -> dg.TableSchema:
    """Columns by name with their type and meaning, as the UI shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=name, type=kind, description=meaning)
            for name, (kind, meaning) in columns.items()
        ]
    )


def findings_table(findings: Sequence[Finding]) -> dg.MetadataValue[Any]:
    """Findings as a Markdown table for the UI."""
    head = (
        "| claim | subject | verdict | estimate | interval | n | asked for |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    rows = [
        f"| {f.claim} | {_cell(f.subject)} | **{f.verdict}** | {_number(f.estimate)} "
        f"| {_number(f.low)} … {_number(f.high)} | {'–' if f.n is None else f'{f.n:,}'} "
        f"| {'yes' if f.required else 'reported only'} |"
        for f in findings
    ]
    return dg.MetadataValue.md(head + "\n".join(rows))


def _cell(text: str) -> str:
    """A subject may be a value of a landing table; it stays in its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def image(png: bytes, alt: str) -> dg.MetadataValue[Any]:
    """A plot shown inline in the UI."""
    from base64 import b64encode

    return dg.MetadataValue.md(f"![{alt}](data:image/png;base64,{b64encode(png).decode()})")
