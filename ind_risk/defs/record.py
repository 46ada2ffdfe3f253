"""What the ledger is told of the evidence: its digest, and every file it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.adapters.manifest import known_files, manifest
from ind_risk.defs.evidence_kept import kept_findings
from ind_risk.defs.people import evidence_now

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from ind_risk.core.ledger import Entry
    from ind_risk.defs.resources import Platform

EVIDENCE, DATA = "evidence", "data"


def record_evidence(platform: Platform, instance: DagsterInstance) -> None:
    """Enter the evidence of now in the ledger: its digest, and every file it rests on.

    Nothing is entered if nothing changed.
    """
    identity = platform.candidate()
    _, checks, about = evidence_now(platform, instance)
    log_metrics(platform)
    with platform.ledger.locked():
        entries = platform.ledger.read()
        body = {
            **identity.metadata(), "evidence_digest": about.evidence,
            "checks": sum(r is not None for r in checks.values()),
            "mlflow_digest": platform.models.run_digest(identity.model_version),
            **manifest(platform.home, known_files(entries)),
        }  # fmt: skip
        last = next((e for e in reversed(entries) if e.kind in (EVIDENCE, DATA)), None)
        same = last is not None and last.kind == EVIDENCE and not body["files"]
        if not (same and last is not None and _but_files(last.body) == _but_files(body)):
            platform.ledger.append(EVIDENCE, body)
        tell_heads(platform, instance)


def log_metrics(platform: Platform) -> None:
    """Put the figures of the findings into the candidate's MLflow run, all at once."""
    from ind_risk.adapters.mlflow_metrics import metrics_of

    by_check: dict[str, list[dict[str, Any]]] = {}
    for finding in kept_findings(platform, [c.check for c in platform.policy.required_checks]):
        by_check.setdefault(str(finding["check"]), []).append(finding)
    metrics: dict[str, float] = {}
    for check, findings in by_check.items():
        metrics |= metrics_of(check, findings)
    platform.models.log_metrics(platform.candidate().model_version, metrics)


def tell_heads(platform: Platform, instance: DagsterInstance) -> None:
    """Tell MLflow and Dagster how long the ledger is and what its head is.

    Dagster as an observation of the candidate's scores: no asset is made anew by it.
    """
    import dagster as dg

    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.defs.release import MARKED

    tell(platform.models, platform.ledger)
    instance.report_runless_asset_event(
        dg.AssetObservation(asset_key=MARKED, metadata=platform.ledger_mark())
    )


def _but_files(body: Any) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k not in ("files", "gone")}


def unfinished(entries: tuple[Entry, ...]) -> bool:
    """Whether a run took in tables after the newest evidence: it was interrupted or goes on."""
    last = next((e for e in reversed(entries) if e.kind in (EVIDENCE, DATA)), None)
    return last is not None and last.kind == DATA
