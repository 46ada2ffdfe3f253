"""What follows from the ledger: which model is in use, and what was released and withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ind_risk.core.errors import IntegrityError
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.ledger import BEFORE_THE_FIRST, Entry, Fault, broken


@dataclass(frozen=True, kw_only=True)
class InUse:
    """A release: the model in use since then, unless something followed."""

    identity: CandidateIdentity
    since: str
    by: str
    seq: int

    @property
    def model_version(self) -> str:
        """Version in the model registry."""
        return self.identity.model_version

    @property
    def model_digest(self) -> str:
        """SHA-256 that the model file must have."""
        return self.identity.model_digest


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A model taken out of use."""

    identity: CandidateIdentity
    at: str
    by: str
    reason: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class LedgerState:
    """The facts that follow from a chain that holds.

    Args:
        in_use: the model in use; None if there is none.
        releases, withdrawals: all there ever were, oldest first.
        length: number of entries.
        head: digest of the newest entry.
        last_at: its time.
        open_decision: digest and candidate of the last decision, if that is open and not yet used.
    """

    in_use: InUse | None = None
    releases: tuple[InUse, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    length: int = 0
    head: str = BEFORE_THE_FIRST
    last_at: str | None = None
    open_decision: tuple[str, CandidateIdentity] | None = None

    def was_released(self, identity: CandidateIdentity) -> str:
        """What became of a release of this very candidate; empty if there was none.

        By the whole identity, not by version: a registry made anew counts from 1 again.
        """
        if self.in_use is not None and self.in_use.identity == identity:
            return f"is in use since {self.in_use.since[:19]}"
        for gone in reversed(self.withdrawals):
            if gone.identity == identity:
                return f"was withdrawn on {gone.at[:19]}: {gone.reason}"
        for past in reversed(self.releases):
            if past.identity == identity:
                return f"was released on {past.since[:19]} and replaced since"
        return ""

    def withdrawn(self, identity: CandidateIdentity) -> str | None:
        """A sentence if this very evidence was withdrawn before, under whatever version; else None.

        The same evidence means: the same model, data, code and policy digests.
        """
        for gone in reversed(self.withdrawals):
            if gone.identity.evidence_key == identity.evidence_key:
                return (
                    f"Model version {gone.identity.model_version} with this very evidence was "
                    f"withdrawn on {gone.at[:19]} by {gone.by}: {gone.reason}"
                )
        return None


def fold(entries: Iterable[Entry]) -> LedgerState:
    """The state after all entries of a chain that was verified.

    Raises:
        IntegrityError: if an entry contradicts those before: a release without an open decision on
            that candidate, or of evidence that was withdrawn; a withdrawal of a model that was not
            in use; a body that cannot be read.
    """
    state = LedgerState()
    for entry in entries:
        try:
            facts = _after(state, entry)
        except (KeyError, TypeError, ValueError, AttributeError, IntegrityError) as error:
            what = f"({entry.kind}) contradicts what was before: {error}"
            raise broken(Fault(seq=entry.seq, what=what)) from None
        state = replace(facts, length=entry.seq, head=entry.digest, last_at=entry.at)
    return state


def _after(state: LedgerState, entry: Entry) -> LedgerState:
    if entry.kind == "decision":
        return replace(state, open_decision=_decided(entry))
    if entry.kind == "release":
        return _released(state, entry)
    if entry.kind == "withdrawal":
        return _withdrawn(state, entry)
    return state


def _decided(entry: Entry) -> tuple[str, CandidateIdentity] | None:
    if entry.body["open"] is not True:
        return None
    identity = CandidateIdentity.from_metadata(entry.body["candidate"])
    if entry.body["reasons"] or entry.body["policy_digest"] != identity.policy_digest:
        raise ValueError("an open decision with reasons against, or under another policy")
    return entry.digest, identity


def _released(state: LedgerState, entry: Entry) -> LedgerState:
    identity = CandidateIdentity.from_metadata(entry.body["candidate"])
    if state.open_decision != (entry.body["decision"], identity):
        raise ValueError("a release without an open decision on that candidate")
    if state.withdrawn(identity) is not None:
        raise ValueError("a release of evidence that was withdrawn")
    new = InUse(identity=identity, since=entry.at, by=_text(entry, "by"), seq=entry.seq)
    return replace(state, in_use=new, releases=(*state.releases, new), open_decision=None)


def _withdrawn(state: LedgerState, entry: Entry) -> LedgerState:
    identity = CandidateIdentity.from_metadata(entry.body["candidate"])
    if state.in_use is None or state.in_use.identity != identity:
        raise ValueError("a withdrawal of a model that was not in use")
    gone = Withdrawal(
        identity=identity,
        at=entry.at,
        by=_text(entry, "by"),
        reason=_text(entry, "reason"),
        seq=entry.seq,
    )
    return replace(state, in_use=None, withdrawals=(*state.withdrawals, gone), open_decision=None)


def _text(entry: Entry, name: str) -> str:
    value = entry.body[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"it does not say {name}")
    return value
