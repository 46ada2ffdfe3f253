"""Gathers from a home what its dossier tells: the gate's answer, every finding, the trail."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import IndRiskError
from ind_risk.core.history import in_words
from ind_risk.defs.evidence_kept import REPORTED_CHECKS, kept_findings
from ind_risk.dossier.page.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster import DagsterInstance

    from ind_risk.core.gate import Decision
    from ind_risk.core.ledger import Entry
    from ind_risk.defs.resources import Platform


def dossier_facts(platform: Platform, instance: DagsterInstance, decision: Decision) -> Facts:
    """Everything the page tells of the candidate trained last.

    Args:
        platform: of a home that has one.
        instance: its Dagster.
        decision: the gate's, of now.

    Raises:
        IntegrityError: if what is on record does not hold.
    """
    from ind_risk.defs.people import listed_statements

    identity = platform.candidate()
    statements = [s.to_json() for s in listed_statements(platform, instance)]
    facts, policy, entries = (
        platform.tables.landing_facts(),
        platform.policy,
        platform.ledger.read(),
    )
    kept, in_use = platform.tables.read_json("candidate"), platform.ledger.state().in_use
    checks = tuple(dict.fromkeys(c.check for c in policy.required_checks))
    return Facts(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"), is_open=decision.open,
        reasons=[r.to_dict() for r in decision.reasons], version=identity.model_version,
        kind=str(kept["kind"]), rule=str(kept["rule"]),
        in_use=None if in_use is None else in_use.model_version, synthetic=facts.synthetic,
        policy_name=policy.name, source=facts.source, as_of=facts.as_of,
        data_digest=facts.data_digest, rows=facts.rows, digests=facts.table_digests,
        warnings=facts.warnings, minimum=policy.disclosure.minimum_count,
        findings=kept_findings(platform, (*checks, *REPORTED_CHECKS)),
        windows=kept["windows"], importance=platform.models.importance(identity.model_version),
        features=[(f.name, f.definition, f.justification) for f in platform.register.features],
        bands=_bands(platform), provenance=_provenance(platform), plan=_plan(platform),
        samples=_samples(entries), statements=statements,
        required_statements=policy.required_statements,
        history=[(e.seq, e.at, in_words(e)) for e in entries], head=entries[-1].digest,
        decision_before=_before(entries), checks=checks,
    )  # fmt: skip


def _bands(platform: Platform) -> dict[str, int | str]:
    """Sponsors in each band; none where the rows were purged."""
    from ind_risk.core.bias.wording import shown

    with suppress(IndRiskError):
        counts = platform.tables.read("scores_use")["band"].value_counts()
        minimum = platform.policy.disclosure.minimum_count
        return {b: shown(int(counts.get(b, 0)), minimum) for b in ("high", "middle", "low")}
    return {}


def _provenance(platform: Platform) -> list[dict[str, str]]:
    """Labels by route and outcome, small counts hidden; empty where the rows were purged."""
    from ind_risk.core.label_provenance import provenance_table

    with suppress(IndRiskError):
        minimum = platform.policy.disclosure.minimum_count
        made = provenance_table(platform.tables.read("labels"), minimum_count=minimum)
        return [{str(k): str(v) for k, v in row.items()} for row in made.to_dict("records")]
    return []


def _plan(platform: Platform) -> dict[str, Any] | None:
    """The plan for this candidate, if one was made."""
    from ind_risk.defs.audit_plan import plan_for

    with suppress(IndRiskError):
        return plan_for(platform)
    return None


def _samples(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    known = {str(e.body["sample"]): int(e.body["known"]) for e in entries if e.kind == "outcomes"}
    return [
        {
            "name": str(e.body["name"]), "as_of": str(e.body["as_of"]),
            "drawn": sum(int(n) for n in e.body["routes"].values()),
            "known": known.get(str(e.body["name"]), 0),
        }
        for e in entries if e.kind == "sample"
    ]  # fmt: skip


def _before(entries: Sequence[Entry]) -> dict[str, Any] | None:
    """The decision before the last one."""
    decisions = [e for e in entries if e.kind == "decision"]
    if len(decisions) < 2:
        return None
    last = decisions[-2]
    return {
        "at": last.at, "open": bool(last.body["open"]), "reasons": len(last.body["reasons"]),
    }  # fmt: skip
