"""What is kept of each decision of the gate: an entry in the ledger, and the dossier of then.

Dagster reads the annotations of what it decorates; they must be the types themselves, not texts.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from ind_risk.adapters.home import write_text
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.screen_addresses import mlflow_run_url
from ind_risk.core.gate import Decision
from ind_risk.core.ledger import Entry
from ind_risk.defs import groups
from ind_risk.defs.card import announce, not_written
from ind_risk.defs.descriptions import described
from ind_risk.defs.resources import Platform

OWNERS = ["team:assurance"]
DOSSIER = dg.AssetKey("dossier")
ENTRY = "dossier"
REASONS_SHOWN = 8


@dataclass(frozen=True)
class Kept:
    """A dossier that was written.

    Args:
        files: language → where it lies in the home.
        metadata: what Dagster shows of it.
    """

    files: dict[str, Path]
    metadata: dict[str, dg.MetadataValue]


def keep_decision(platform: Platform, instance: dg.DagsterInstance, decision: Decision) -> str:
    """Enter a closed decision in the ledger and keep the dossier of it.

    An open decision is entered by the release that uses it.

    Returns:
        Why the dossier could not be written; empty if it was. The decision stands either way.
    """
    if not decision.open:
        platform.ledger.append("decision", decision.to_dict())
    return tell_people(platform, instance, decision)


def is_new(entries: tuple[Entry, ...], decision: Decision) -> bool:
    """Whether the gate says something else than the last decision in the ledger."""
    last = next((e for e in reversed(entries) if e.kind == "decision"), None)
    if last is None:
        return True
    now = decision.to_dict()
    return any(last.body.get(key) != now[key] for key in ("open", "candidate", "reasons"))


def tell_people(platform: Platform, instance: dg.DagsterInstance, decision: Decision) -> str:
    """Write the card in MLflow and Dagster, and the dossier.

    Returns:
        What could not be written, and why; empty if all was. No decision fails for want of a page:
        the ledger has it, and the pages can be made any time.
    """

    def keep() -> None:
        made = dg.AssetMaterialization(
            asset_key=DOSSIER, metadata=keep_dossier(platform, instance, decision).metadata
        )
        instance.report_runless_asset_event(made)

    def tell() -> None:
        announce(platform, instance, decision)

    troubles = []
    for what, write in (("model card", tell), ("dossier", keep)):
        try:
            write()
        except Exception as error:
            troubles.append(not_written(what, error))
    return " ".join(troubles)


def keep_dossier(platform: Platform, instance: dg.DagsterInstance, decision: Decision) -> Kept:
    """Write the dossier in every language: in the home, and among the artefacts of the MLflow run.

    The ledger is told the digests first, so that a page which was altered later is found.

    Raises:
        IntegrityError: if what is on record does not hold.
    """
    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.defs.dossier_facts import dossier_facts
    from ind_risk.dossier.page.build import page
    from ind_risk.dossier.page.words import LANGUAGES

    with stopwatch.stage("dossier"):
        facts = dossier_facts(platform, instance, decision)
        platform.models.run_to_write(facts.version)  # before anything is written
        pages: dict[str, str] = {language: page(facts, language) for language in LANGUAGES}
        digests = {k: hashlib.sha256(text.encode()).hexdigest() for k, text in pages.items()}
        with platform.ledger.locked():
            body = {"model_version": facts.version, "open": facts.is_open, "pages": digests}
            platform.ledger.append(ENTRY, body)
            tell(platform.models, platform.ledger)
            files = {k: platform.home.dossier / f"{k}.html" for k in pages}
            for language, text in pages.items():
                write_text(files[language], text)
        platform.models.log_dossier(facts.version, pages)
    return Kept(files, _metadata(platform, decision, facts.version, files))


def _metadata(
    platform: Platform, decision: Decision, version: str, files: dict[str, Path]
) -> dict[str, dg.MetadataValue]:
    said = "open" if decision.open else "closed"
    experiment, run_id = platform.models.run_address(version)
    lines = [f"The gate is **{said}** for model version {version}."]
    lines += [f"- {r.sentence}" for r in decision.reasons[:REASONS_SHOWN]]
    if len(decision.reasons) > REASONS_SHOWN:
        lines.append(f"- and {len(decision.reasons) - REASONS_SHOWN} more")
    return {
        "decision": dg.MetadataValue.text(said),
        "summary": dg.MetadataValue.md("\n".join(lines)),
        "model_version": dg.MetadataValue.text(version),
        "mlflow_run_id": dg.MetadataValue.text(run_id),
        **{
            f"read_{k}": dg.MetadataValue.url(
                mlflow_run_url(experiment, run_id, artifact=f"dossier/{k}.html")
            )
            for k in files
        },
        **platform.links(version),
        **{f"page_{k}": dg.MetadataValue.path(str(path)) for k, path in files.items()},
    }


@dg.asset(
    name=DOSSIER.path[-1],
    description=described("dossier"),
    group_name=groups.USE,
    owners=OWNERS,
    kinds={"html"},
    deps=["candidate_model", "bias_evidence", "accuracy_evidence", "robustness_evidence"],
)
def dossier(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult:
    """One page in Dutch and English: may the model be used, why, and what would open the gate.

    It is written anew at every decision of the gate, and here when somebody asks for it.
    """
    from ind_risk.defs.release import decide_now

    kept = keep_dossier(platform, context.instance, decide_now(platform, context.instance))
    return dg.MaterializeResult(metadata=kept.metadata)
