"""The one place that tells people in MLflow and Dagster what the gate said of a candidate.

Whoever keeps a decision calls `announce`. What is told is in the ledger first, whole, so that
`verify` can compare and a start can put it right.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ind_risk.core.errors import IndRiskError, IntegrityError, NotFound

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.adapters.mlflow_store import ModelStore
    from ind_risk.core.gate import Decision
    from ind_risk.core.identity import CandidateIdentity
    from ind_risk.core.ledger import Entry
    from ind_risk.defs.resources import Platform
    from ind_risk.dossier.card import CardFacts

KIND = "card"
MODEL_TAG, POLICY_TAG, GATE_TAG = "ind_risk/model_version", "ind_risk/policy", "ind_risk/gate"
OPEN, CLOSED = "open", "closed"


def announce(platform: Platform, instance: DagsterInstance, decision: Decision) -> None:
    """Tell people what the gate said; nothing is written if it was told already.

    Args:
        platform: of the home.
        instance: its Dagster.
        decision: of the gate; one without a candidate is told nowhere. Of the model in use its card
            tells that it was let in, though the gate would not let it in again: the code moved on.
    """
    if decision.candidate is None or _at_work(platform, instance):
        return
    in_use = platform.ledger.state().in_use
    if decision.open or in_use is None or in_use.identity != decision.candidate:
        tell_card(platform, instance, decision)


def tell_card(platform: Platform, instance: DagsterInstance, decision: Decision) -> None:
    """The same, whatever else is at work."""
    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.adapters.screen_addresses import dagster_address
    from ind_risk.defs.record import EVIDENCE, log_metrics
    from ind_risk.dossier.card import card

    identity = decision.candidate
    if identity is None:
        raise NotFound("There is no candidate to tell of.")
    with platform.ledger.locked():
        entries = platform.ledger.read()
        if not any(
            e.kind == EVIDENCE and e.body["model_version"] == identity.model_version
            for e in entries
        ):  # else the ledger has the digest of the run as it is
            log_metrics(platform)
        before = newest_cards(entries).get(identity.model_version)
        # The address told first stays: it is the same card wherever this is asked.
        address = str(before.body["dagster"]) if before else dagster_address()
        run_id = _run_of(instance)
        gate = OPEN if decision.open else CLOSED
        text = card(_facts(platform, decision, run=_link(run_id, address)))
        body = {
            **identity.metadata(), "open": decision.open, "text": text, "run": run_id,
            "run_gate": gate, "dagster": address,
        }  # fmt: skip
        if before is None or before.body != body:
            platform.ledger.append(KIND, body)
        platform.models.set_card(identity.model_version, text, gate=gate)
        tell(platform.models, platform.ledger)
    if run_id:
        instance.add_run_tags(run_id, {GATE_TAG: gate})


def tell_withdrawn(platform: Platform, version: str, reason: str) -> str:
    """Write on the card of a version that it is out of use, until the gate is asked again.

    Returns:
        Why it could not be written; empty if it was. The model is out of use either way.
    """
    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.dossier.card import withdrawn

    try:
        with platform.ledger.locked():
            before = newest_cards(platform.ledger.read()).get(version)
            if before is None:
                return ""
            text = withdrawn(str(before.body["text"]), reason)
            platform.ledger.append(KIND, {**before.body, "open": False, "text": text})
            platform.models.set_card(version, text, gate=CLOSED)
            tell(platform.models, platform.ledger)
    except Exception as error:
        return not_written("model card", error)
    return ""


def not_written(what: str, error: Exception) -> str:
    """Why something that people read could not be written, and what to do."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return f"The {what} could not be written: {said} `ind-risk verify` tells what is out of step."


def mirror_card(store: ModelStore, ledger: LedgerFile) -> None:
    """Put back the card told last, if a kill came between the ledger and MLflow.

    What is in use does not hang on it, and `verify` names a card that is not the ledger's.
    """
    with suppress(Exception), ledger.locked():
        for version, entry in list(newest_cards(ledger.read()).items())[-1:]:
            text = str(entry.body["text"])
            if store.card(version) != (text, text):
                store.set_card(version, text, gate=OPEN if entry.body["open"] else CLOSED)


def newest_cards(entries: tuple[Entry, ...]) -> dict[str, Entry]:
    """The card told last of each version, the version told of last at the end."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind == KIND:
            version = str(entry.body["model_version"])
            found.pop(version, None)
            found[version] = entry
    return found


def same_cards(platform: Platform, instance: DagsterInstance, entries: tuple[Entry, ...]) -> int:
    """What people read of each version is what the ledger has.

    Returns:
        How many cards there are.

    Raises:
        IntegrityError: naming the first that was altered.
    """
    from ind_risk.adapters.mlflow_store import GATE_TAG as VERSION_GATE

    cards = newest_cards(entries)
    for version, entry in cards.items():
        text, gate = str(entry.body["text"]), OPEN if entry.body["open"] else CLOSED
        tag = platform.models.version_tags(version).get(VERSION_GATE)
        if platform.models.card(version) != (text, text) or tag != gate:
            raise IntegrityError(
                f"MLflow's card of version {version}, or its tag {VERSION_GATE}, is not the one of "
                f"ledger entry {entry.seq}: it was altered, or a run was interrupted. The next "
                "`ind-risk run` puts the newest one right."
            )
        run, said = instance.get_run_by_id(str(entry.body["run"])), str(entry.body["run_gate"])
        if run is not None and run.tags.get(GATE_TAG, said) != said:
            raise IntegrityError(
                f"Dagster's run {run.run_id[:8]} is tagged {run.tags[GATE_TAG]!r}, and the gate "
                f"was {said} by ledger entry {entry.seq}."
            )
    return len(cards)


def run_tags(identity: CandidateIdentity, *, gate: bool | None = None) -> dict[str, str]:
    """Tags by which people find a Dagster run: model, policy, and the gate if it was asked."""
    tags = {MODEL_TAG: identity.model_version, POLICY_TAG: identity.policy_digest[:12]}
    return tags if gate is None else {**tags, GATE_TAG: OPEN if gate else CLOSED}


def _at_work(platform: Platform, instance: DagsterInstance) -> bool:
    """Whether a run that makes evidence goes on: its half would be told every tick."""
    from dagster import RunsFilter

    newest = instance.get_runs(RunsFilter(job_name=platform.policy.gate_job), limit=1)
    return bool(newest) and not newest[0].is_finished


def _run_of(instance: DagsterInstance) -> str:
    from dagster import AssetKey

    made = instance.get_latest_materialization_event(AssetKey("candidate_model"))
    return "" if made is None else made.run_id


def _link(run_id: str, address: str) -> str:
    from ind_risk.adapters.screen_addresses import dagster_run_url

    return f"[{run_id[:8]}]({dagster_run_url(run_id, address=address)})" if run_id else ""


def _facts(platform: Platform, decision: Decision, *, run: str) -> CardFacts:
    from ind_risk.defs.evidence_kept import kept_findings
    from ind_risk.defs.resources import CANDIDATE
    from ind_risk.dossier.card import CardFacts

    identity, facts, policy = platform.candidate(), platform.tables.landing_facts(), platform.policy
    if identity != decision.candidate:
        raise IndRiskError("The decision is about another candidate than the one trained last.")
    kept = platform.tables.read_json(CANDIDATE)
    digests = {n: d for n, d in identity.metadata().items() if n != "model_version"}
    checks = tuple(dict.fromkeys(c.check for c in policy.required_checks))
    return CardFacts(
        version=identity.model_version, kind=str(kept.get("kind", "unknown kind")),
        rule=str(kept.get("rule", "")), digests=digests, is_open=decision.open,
        reasons=[r.sentence for r in decision.reasons], source=facts.source, as_of=facts.as_of,
        rows=facts.rows, synthetic=facts.synthetic, policy=policy.name, checks=checks,
        findings=kept_findings(platform, checks), run=run,
    )  # fmt: skip
