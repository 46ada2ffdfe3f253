"""Statements by people as values: what they speak of, and which of them count.

A statement is an in-toto statement (v1): subjects with digests, and a predicate. It counts only for
the very evidence, model and policy it names, so that it lapses when any of these changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ind_risk.core.people import KINDS, LONGEST_TEXT, People, Rule

if TYPE_CHECKING:
    from ind_risk.core.people import Person

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD = "application/vnd.in-toto+json"
PREDICATE = "urn:ind-risk:statement:v1"
SUBJECTS = ("evidence", "model", "policy")
SHOWN = 3  # statements of which is said why they do not count


@dataclass(frozen=True, kw_only=True)
class About:
    """What a statement speaks of: SHA-256 digests, hex."""

    evidence: str
    model: str
    policy: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement on record, its signature verified against a key of the policy or not.

    Args:
        kind: one of `people.KINDS`.
        about: what it speaks of.
        text: what the signer added.
        difference: the one difference that a justification is about; empty otherwise.
        key_id: of the key that signed.
        signer: whose key that is by the policy; None if of nobody there.
        revoked: whether the policy has revoked that key.
        recorded_at: when the ledger took it in.
        seq: number of its ledger entry.
        fault: why the envelope cannot be believed at all (altered, not signed); empty if it can.
    """

    kind: str
    about: About
    text: str
    difference: str
    key_id: str
    signer: Person | None
    revoked: bool
    recorded_at: datetime
    seq: int
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A statement as people see it.

    Args:
        seq, recorded_at: of its ledger entry.
        kind, text, difference, about: what it says, and of what.
        signer: name, or the key's id if nobody of the policy has it.
        why_not: why it does not count now; empty if it does.
    """

    seq: int
    recorded_at: str
    kind: str
    text: str
    difference: str
    about: About
    signer: str
    why_not: str

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return {**vars(self), "about": dict(vars(self.about)), "counts": not self.why_not}


def payload(
    kind: str, about: About, *, text: str, difference: str, made_at: datetime
) -> dict[str, Any]:
    """The in-toto statement to be signed.

    Raises:
        ValueError: for an unknown kind, a text that is too long, or a justification of nothing.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of statement; there are {', '.join(KINDS)}.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"The text has {len(text):,} characters; at most {LONGEST_TEXT:,} fit.")
    if kind == "justification" and not (difference.strip() and text.strip()):
        raise ValueError("A justification names the one difference it is about, and says why.")
    if kind != "justification" and difference:
        raise ValueError("Only a justification is about one difference.")
    return {
        "_type": STATEMENT,
        "subject": [
            {"name": name, "digest": {"sha256": getattr(about, name)}} for name in SUBJECTS
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "kind": kind, "says": KINDS[kind], "text": text, "difference": difference,
            "made_at": made_at.isoformat(timespec="seconds"),
        },
    }  # fmt: skip


def read_payload(raw: object) -> tuple[str, About, str, str]:
    """Kind, digests, text and difference of a payload.

    Raises:
        ValueError: saying what is not as `payload` makes it.
    """
    if not isinstance(raw, dict) or raw.get("_type") != STATEMENT:
        raise ValueError("it is no in-toto statement")
    said, subjects = raw.get("predicate"), raw.get("subject")
    if raw.get("predicateType") != PREDICATE or not isinstance(said, dict):
        raise ValueError("it is no statement of this platform")
    try:
        digests = {s["name"]: s["digest"]["sha256"] for s in subjects}  # type: ignore[union-attr]
        about = About(**digests)
    except (TypeError, KeyError):
        raise ValueError(f"it does not name {', '.join(SUBJECTS)} with a digest each") from None
    fields = {k: said.get(k) for k in ("kind", "text", "difference")}
    if len(subjects) != len(SUBJECTS) or not all(  # type: ignore[arg-type]
        isinstance(v, str) for v in (*digests.values(), *fields.values())
    ):
        raise ValueError("a field of it is no text")
    if fields["kind"] not in KINDS:
        raise ValueError(f"{fields['kind']!r} is no kind of statement")
    return str(fields["kind"]), about, str(fields["text"]), str(fields["difference"])


def why_not(
    statement: Statement, rule: Rule, people: People, *, about: About, trainers: Sequence[str],
    now: datetime,
) -> str:  # fmt: skip
    """Why a statement does not count, in one sentence; empty if it does.

    Args:
        statement: on record.
        rule: of its kind.
        people: in force.
        about: what the gate decides on.
        trainers: accounts that trained the candidate.
        now: the present moment.
    """
    if statement.fault:
        return f"It cannot be believed: {statement.fault}."
    signer = statement.signer
    if signer is None:
        return f"Its key {statement.key_id[:12]} is of nobody whom the policy lists."
    if statement.revoked:
        return f"The key of {signer.name} that signed it, {statement.key_id[:12]}, is revoked."
    if rule.role not in signer.roles:
        return f"{signer.name} has not the role {rule.role}, which a statement of this kind needs."
    if not rule.by_trainer and set(signer.accounts) & set(trainers):
        return f"{signer.name} trained this model, and who trains does not judge it."
    other = [n for n in SUBJECTS if getattr(statement.about, n) != getattr(about, n)]
    if other:
        return f"It speaks of another {' and another '.join(other)}."
    if statement.recorded_at > now:
        return "It is dated in the future."
    if now - statement.recorded_at > timedelta(days=people.valid_days):
        return f"It lapsed: it is more than {people.valid_days} days old."
    return ""


@dataclass(frozen=True)
class Lack:
    """What a kind of statement lacks, and what would mend it, for people."""

    sentence: str
    mend: str


def lacking(
    kind: str, statements: Sequence[Statement], people: People, *, about: About,
    trainers: Sequence[str], now: datetime,
) -> Lack | None:  # fmt: skip
    """What a kind of statement lacks, and what would mend it; None if enough people signed.

    Args:
        kind: required.
        statements: all on record.
        people, about, trainers, now: as in `why_not`.
    """
    rule = people.rules[kind]
    able = people.with_role(rule.role)
    mend = (
        f"{rule.people} people" if rule.people > 1 else "Somebody"
    ) + f" with the role {rule.role} must sign: `ind-risk state {kind} --key FILE`."
    if len(able) < rule.people:
        mend = (
            f"The policy lists {len(able)} with the role {rule.role}, and {rule.people} must sign: "
            "add [[statements.people]] with name, roles and the public keys that `ind-risk key` "
            "makes."
        )
    mine = [s for s in statements if s.kind == kind]
    faults = {
        s.seq: why_not(s, rule, people, about=about, trainers=trainers, now=now) for s in mine
    }
    signed = {s.signer.name for s in mine if s.signer is not None and not faults[s.seq]}
    if len(signed) >= rule.people:
        return None
    named = kind.replace("_", " ")
    text = (
        f"{len(signed)} of {rule.people} statements of {named} count"
        if mine
        else (f"No statement of {named} by a person is on record for this evidence")
    )
    twice = len([s for s in mine if not faults[s.seq]]) > len(signed)
    if twice:
        text += "; one person counts once, under however many keys"
    refused = [f"entry {seq}: {fault}" for seq, fault in faults.items() if fault]
    return Lack(f"{text}. {' '.join(refused[-SHOWN:])}".strip(), mend)
