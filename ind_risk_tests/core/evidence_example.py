"""Fully green evidence on one candidate, for tests that spoil it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ind_risk.adapters.settings import demonstration, shipped_policy_text
from ind_risk.core.gate import CheckRecord, Evidence, RunFact
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.people import People, Person
from ind_risk.core.policy import Policy, RequiredCheck, parse_policy
from ind_risk.core.statements import About, Statement

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
POLICY = demonstration(parse_policy(shipped_policy_text(), source="policy.toml"))


def candidate(version: str = "7", *, policy: Policy = POLICY, data: str = "d") -> CandidateIdentity:
    return CandidateIdentity(version, "a" * 64, data * 64, "c" * 64, policy.digest)


def green_record(check: RequiredCheck, identity: CandidateIdentity) -> CheckRecord:
    at = NOW.timestamp() - 3600
    return CheckRecord(
        status="SUCCEEDED",
        severity="ERROR",
        run_id="0b8cb1f2-run",
        run=RunFact(job_name="lifecycle", status="SUCCESS", ended_at=at + 60),
        partition=None,
        target_storage_id=11,
        latest_storage_id=11,
        latest_partition=None,
        latest_run_id="0b8cb1f2-run",
        names={n: v for n, v in identity.metadata().items() if n in check.names},
        timestamp=at,
        findings_green=3,
        findings_total=3,
        numbers={"estimate": 0.01},
        description="All is well.",
    )


def person(name: str, *roles: str, **more: Any) -> Person:
    return Person(name=name, roles=roles, keys=(f"key of {name}",), **more)


PEOPLE = People(people=(
    person("Anna", "approver"), person("Bram", "approver", accounts=("bram",)),
    person("Carla", "assessor", "lawyer"), person("Dirk", "statistician"),
    person("Els", "ministry"), person("Frits", "approver", accounts=("frits",)),
))  # fmt: skip
# What each of the shipped policy's statements needs, signed by whom.
SIGNERS = {
    "approval": ("Anna", "Bram"), "impact_assessment": ("Carla",), "cbs_advice": ("Dirk",),
    "parliament_informed": ("Els",), "classification": ("Carla",), "justification": ("Carla",),
}  # fmt: skip
REAL = replace(parse_policy(shipped_policy_text(), source="policy.toml"), people=PEOPLE)


def about(policy: Policy) -> About:
    return About(evidence="e" * 64, model="a" * 64, policy=policy.digest)


def statement(kind: str, name: str, seq: int, policy: Policy, **changed: Any) -> Statement:
    """One that counts, unless what is changed makes it not."""
    signer = next(p for p in PEOPLE.people if p.name == name)
    values: dict[str, Any] = {
        "kind": kind, "about": about(policy), "text": "", "difference": "",
        "key_id": hashlib.sha256(name.encode()).hexdigest(), "signer": signer, "revoked": False,
        "recorded_at": NOW - timedelta(hours=1), "seq": seq,
    }  # fmt: skip
    return Statement(**(values | changed))


def statements(policy: Policy) -> tuple[Statement, ...]:
    pairs = [(k, n) for k in policy.required_statements for n in SIGNERS[k]]
    return tuple(statement(k, n, seq, policy) for seq, (k, n) in enumerate(pairs, 1))


def green_evidence(*, policy: Policy = POLICY) -> Evidence:
    identity = candidate(policy=policy)
    return Evidence(
        candidate=identity,
        code_version=identity.code_version,
        policy_digest=policy.digest,
        is_synthetic=policy.synthetic_only,
        checks={c.key: green_record(c, identity) for c in policy.required_checks},
        statements=statements(policy),
        about=about(policy),
        trainers=("frits",),
    )
