"""Fully green evidence on one candidate, for tests that spoil it."""

from __future__ import annotations

from datetime import UTC, datetime

from ind_risk.adapters.settings import demonstration, shipped_policy_text
from ind_risk.core.gate import CheckRecord, Evidence, RunFact
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.policy import Policy, RequiredCheck, parse_policy

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
REAL = parse_policy(shipped_policy_text(), source="policy.toml")
POLICY = demonstration(REAL)


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


def green_evidence(*, policy: Policy = POLICY) -> Evidence:
    identity = candidate(policy=policy)
    return Evidence(
        candidate=identity,
        code_version=identity.code_version,
        policy_digest=policy.digest,
        is_synthetic=policy.synthetic_only,
        checks={c.key: green_record(c, identity) for c in policy.required_checks},
        statements=policy.required_statements,
    )
