"""Who trained the candidate, and what people have stated of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import IndRiskError, IntegrityError, NotFound, UnusableFile
from ind_risk.core.evidence_digest import evidence_digest, findings_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster import DagsterInstance
    from securesystemslib.signer import Signer

    from ind_risk.core.gate_evidence import CheckRecord
    from ind_risk.core.identity import CandidateIdentity
    from ind_risk.core.ledger_state import InUse
    from ind_risk.core.statements import About, Listed, Statement
    from ind_risk.defs.resources import Platform

TRAINED = "candidate"


def record_trained(platform: Platform, identity: CandidateIdentity) -> None:
    """Enter who trained a candidate, unless it is known: who trains does not approve."""
    from ind_risk.adapters.account import account

    body = {**identity.metadata(), "by": account()}
    with platform.ledger.locked():
        if not any(e.kind == TRAINED and dict(e.body) == body for e in platform.ledger.read()):
            platform.ledger.append(TRAINED, body)


def trainers(platform: Platform, identity: CandidateIdentity) -> tuple[str, ...]:
    """Accounts that trained this very model, whatever the version it was registered under."""
    found = {
        str(e.body.get("by", ""))
        for e in platform.ledger.read()
        if e.kind == TRAINED and e.body.get("model_digest") == identity.model_digest
    }
    return tuple(sorted(found - {""}))


def about(
    platform: Platform, identity: CandidateIdentity, checks: Mapping[str, CheckRecord | None]
) -> About:
    """What a statement must speak of to count for this candidate."""
    from ind_risk.core.statements import About

    return About(
        evidence=evidence_digest(checks), model=identity.model_digest,
        policy=platform.policy.digest,
    )  # fmt: skip


def statements(platform: Platform) -> tuple[Statement, ...]:
    """Every statement on record, by the keys of the policy in force."""
    from ind_risk.adapters.statements import KIND, Keyring, StatementStore

    if not any(e.kind == KIND for e in platform.ledger.read()):
        return ()
    store = StatementStore(platform.home, platform.ledger)
    return tuple(store.all(Keyring(platform.policy.people)))


def lapsed(platform: Platform, in_use: InUse) -> list[str]:
    """Which statements on the model in use do not hold any more, each with why.

    It speaks of what was released: a key that was revoked, a person who left the policy, an
    envelope that was edited, or a year that went by.

    Args:
        platform: of the home.
        in_use: by the ledger.
    """
    from ind_risk.core.statements import About, lacking

    policy, identity = platform.policy, in_use.identity
    if not policy.required_statements:
        return []
    entries = platform.ledger.read()[: in_use.seq]
    told = [
        e for e in entries
        if e.kind == "evidence" and e.body["model_digest"] == identity.model_digest
        and e.body["policy_digest"] == identity.policy_digest
    ]  # fmt: skip
    if not told:
        return ["the evidence that was released is not in the ledger"]
    spoken = About(
        evidence=str(told[-1].body["evidence_digest"]), model=identity.model_digest,
        policy=identity.policy_digest,
    )  # fmt: skip
    found, people, now = statements(platform), policy.people, datetime.now(UTC)
    lacks = [
        (kind, lacking(kind, found, people, about=spoken, trainers=trainers(platform, identity),
                       now=now))
        for kind in policy.required_statements
    ]  # fmt: skip
    return [lack.sentence for _, lack in lacks if lack is not None]


def same_findings(platform: Platform, checks: Mapping[str, CheckRecord | None]) -> None:
    """The findings in the home are those that each check reported.

    Raises:
        IntegrityError: naming the check whose findings were edited.
    """
    for key, record in checks.items():
        if record is None or record.findings_digest is None:
            continue
        name = key.rpartition(":")[2]
        try:
            kept: Any = platform.tables.read_json(f"evidence/{name}")
            listed = kept["findings"]
        except (NotFound, KeyError, TypeError):
            listed = None
        if listed is None or findings_digest(listed) != record.findings_digest:
            raise IntegrityError(
                f"The findings of {name} in the home are not the ones that the check reported: "
                "they were edited, or are gone. Run the lifecycle again."
            )


def make_statement(
    platform: Platform,
    instance: DagsterInstance,
    kind: str,
    *,
    key: str | None,
    password: bytes | None,
    envelope: Path | None,
    text: str,
    difference: str,
    demo: bool = False,
) -> Listed:
    """Sign a statement on the candidate trained last, or take in one signed elsewhere.

    Nothing is kept of a statement that would not count.

    Raises:
        NotFound: if there is no candidate.
        IndRiskError: saying why it would not count: wrong role, unknown or revoked key, the
            trainer's own, other evidence, or altered after signing.
    """
    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.adapters.signatures import signed, signer_of
    from ind_risk.adapters.statements import Keyring, StatementStore
    from ind_risk.core.statements import payload

    present = _present(platform, instance)
    ring = Keyring(platform.policy.people)
    if key is not None or demo:
        said = payload(
            kind, present.about, text=text, difference=difference, made_at=datetime.now(UTC)
        )
        signer = (
            _demo_signer(platform, present, kind)
            if key is None
            else signer_of(key, password=password, known=ring.keys)
        )
        content = signed(said, signer)
    else:
        content = _read(envelope)
    store = StatementStore(platform.home, platform.ledger)
    before = store.read(content, ring)
    if before.kind != kind:
        raise IndRiskError(f"The envelope holds a statement of {before.kind}, not of {kind}.")
    if why := present.why_not(before, platform):
        raise IndRiskError(f"{why} Nothing was recorded.")
    added = store.add(content, ring)
    tell(platform.models, platform.ledger)
    return present.listed(added, platform)


def _demo_signer(platform: Platform, present: _Present, kind: str) -> Signer:
    """The next demonstration person; only where the tables are a synthetic world."""
    from ind_risk.adapters.demo_people import demo_signer

    if not platform.tables.landing_facts().synthetic:
        raise IndRiskError(
            "These tables are not a synthetic world: nothing is signed here but by people, with "
            "keys of their own. Give --key or --envelope."
        )
    role = platform.policy.people.rules[kind].role
    done = [
        s.signer.name for s in statements(platform)
        if s.kind == kind and s.signer is not None and not present.why_not(s, platform)
    ]  # fmt: skip
    return demo_signer(role, done)


def listed_statements(platform: Platform, instance: DagsterInstance) -> list[Listed]:
    """Every statement on record, oldest first."""
    found = statements(platform)
    if not found:
        return []
    present = _present(platform, instance)
    return [present.listed(s, platform) for s in found]


@dataclass(frozen=True)
class _Present:
    """What a statement must speak of now, and who trained it."""

    about: About
    trainers: tuple[str, ...]

    def why_not(self, statement: Statement, platform: Platform) -> str:
        from ind_risk.core.statements import why_not

        people = platform.policy.people
        return why_not(
            statement, people.rules[statement.kind], people, about=self.about,
            trainers=self.trainers, now=datetime.now(UTC),
        )  # fmt: skip

    def listed(self, statement: Statement, platform: Platform) -> Listed:
        from ind_risk.core.statements import Listed

        signer = statement.signer
        return Listed(
            seq=statement.seq, recorded_at=statement.recorded_at.isoformat(), kind=statement.kind,
            text=statement.text, difference=statement.difference, about=statement.about,
            signer=f"key {statement.key_id[:12]}" if signer is None else signer.name,
            why_not=self.why_not(statement, platform),
        )  # fmt: skip


def _present(platform: Platform, instance: DagsterInstance) -> _Present:
    candidate, _, now = evidence_now(platform, instance)
    return _Present(now, trainers(platform, candidate))


def evidence_now(
    platform: Platform, instance: DagsterInstance
) -> tuple[CandidateIdentity, dict[str, CheckRecord | None], About]:
    """The candidate trained last, the records of its required checks, and their digests.

    Raises:
        NotFound: if there is no candidate.
    """
    from ind_risk.adapters.check_history import candidate_of, check_records

    candidate = candidate_of(instance, asset="candidate_model")
    if candidate is None:
        raise NotFound("There is no candidate to speak of. Begin with `ind-risk run`.")
    checks = check_records(instance, platform.policy.required_checks)
    return candidate, checks, about(platform, candidate, checks)


def _read(envelope: Path | None) -> bytes:
    try:
        if envelope is not None:
            return envelope.read_bytes()
    except OSError as error:
        raise UnusableFile(f"{envelope} cannot be read: {error.strerror}.") from error
    raise IndRiskError("There is neither a key to sign with nor an envelope.")
