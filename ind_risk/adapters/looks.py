"""Policies and looks in the ledger: each entered once, a policy before anything is judged by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.looks import looks_in, policy_seq, preregistration_findings

if TYPE_CHECKING:
    from collections.abc import Collection

    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.core.findings import Finding
    from ind_risk.core.looks import Look
    from ind_risk.core.policy import Policy


def register_policy(ledger: LedgerFile, policy: Policy) -> None:
    """Enter a policy in the ledger, unless it is there, and its people, unless they are as last."""
    with ledger.locked():
        if policy_seq(ledger.read(), policy.digest) is None:
            body = {"policy_digest": policy.digest, "name": policy.name}
            ledger.append("policy", body)
        people = {
            "people_digest": policy.people.digest,
            "people": [{"name": p.name, "roles": list(p.roles)} for p in policy.people.people],
        }
        last = next((e for e in reversed(ledger.read()) if e.kind == "people"), None)
        if policy.people.people and (last is None or dict(last.body) != people):
            ledger.append("people", people)


def record_look(
    ledger: LedgerFile, look: Look, *, allowed: int, samples: Collection[str] = ()
) -> list[Finding]:
    """Enter a look, unless this very evaluation is there, and judge whether it was allowed.

    To be called before the outcomes are evaluated: who looks and then stops has looked.

    Args:
        ledger: the trail.
        look: about to be taken.
        allowed: looks that the policy declares at the same outcomes.
        samples: names of the samples whose outcomes are looked at.
    """
    with ledger.locked():
        known = looks_in(ledger.read())
        if not any(k.evaluation == look.evaluation and k.overlaps(look) for k in known):
            ledger.append("look", look.body())
        return preregistration_findings(ledger.read(), look, allowed=allowed, samples=samples)
