"""All evidence on one candidate as one JSON, by a schema of its own."""

from __future__ import annotations

from typing import Any

from ind_risk.dossier.page.facts import Facts

_KEPT = ("check", "claim", "subject", "verdict", "estimate", "low", "high", "n", "margin",
         "required", "sentence")  # fmt: skip


def evidence(facts: Facts) -> dict[str, Any]:
    """What was found, by which policy, on which tables, and what the gate made of it."""
    return {
        "schema_version": 1, "made_at": facts.made_at, "synthetic": facts.synthetic,
        "policy": facts.policy_name,
        "candidate": {
            "version": facts.version, "kind": facts.kind, "in_use": facts.in_use == facts.version,
        },
        "data": {
            "source": facts.source, "as_of": facts.as_of, "digest": facts.data_digest,
            "rows": dict(facts.rows),
        },
        "decision": {"open": facts.is_open, "reasons": [dict(r) for r in facts.reasons]},
        "findings": [{k: f[k] for k in _KEPT} for f in facts.findings],
        "ledger": {"length": len(facts.history), "head": facts.head},
    }  # fmt: skip
