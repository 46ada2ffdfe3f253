"""What follows from the ledger: which model is in use, and what was released and withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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
    """The facts that follow from a chain that holds."""

    in_use: InUse | None = None
    releases: tuple[InUse, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    length: int = 0
    head: str = BEFORE_THE_FIRST
    last_at: str | None = None
    open_decisions: dict[str, CandidateIdentity] = field(default_factory=dict, repr=False)

    def was_released(self, model_version: str, policy_digest: str) -> str:
        """What became of a release of this version under this policy; empty if there was none."""
        asked = (model_version, policy_digest)
        if self.in_use is not None and _key(self.in_use.identity) == asked:
            return f"is in use since {self.in_use.since[:19]}"
        for gone in reversed(self.withdrawals):
            if _key(gone.identity) == asked:
                return f"was withdrawn on {gone.at[:19]}: {gone.reason}"
        for past in reversed(self.releases):
            if _key(past.identity) == asked:
                return f"was released on {past.since[:19]} and replaced since"
        return ""

    def withdrawn(self, identity: CandidateIdentity) -> str | None:
        """A sentence if this very evidence was withdrawn before, under whatever version; else None.

        The same evidence means: the same model, data, code and policy digests.
        """
        for gone in reversed(self.withdrawals):
            same = gone.identity.evidence_key == identity.evidence_key
            if same or _key(gone.identity) == _key(identity):
                return (
                    f"Model version {gone.identity.model_version} with this very evidence was "
                    f"withdrawn on {gone.at[:19]} by {gone.by}: {gone.reason}"
                )
        return None


def _key(identity: CandidateIdentity) -> tuple[str, str]:
    return (identity.model_version, identity.policy_digest)


def fold(entries: Iterable[Entry]) -> LedgerState:
    """The state after all entries of a chain that was verified.

    Raises:
        IntegrityError: if an entry contradicts those before: a release without an open decision on
            that candidate, a withdrawal of a model that was not in use, a body that cannot be read.
    """
    state = LedgerState()
    for entry in entries:
        try:
            facts = _after(state, entry)
        except (KeyError, TypeError, ValueError, AttributeError, IntegrityError) as error:
            what = f"({entry.kind}) contradicts what was before: {error}"
            raise broken(Fault(seq=entry.seq, what=what)) from None
        state = LedgerState(
            in_use=facts.in_use,
            releases=facts.releases,
            withdrawals=facts.withdrawals,
            open_decisions=facts.open_decisions,
            length=entry.seq,
            head=entry.digest,
            last_at=entry.at,
        )
    return state


def _after(state: LedgerState, entry: Entry) -> LedgerState:
    if entry.kind == "decision" and entry.body["open"] is True:
        candidate = CandidateIdentity.from_metadata(entry.body["candidate"])
        # Grown in place: a state is handed out only after the last entry.
        state.open_decisions[entry.digest] = candidate
    elif entry.kind == "release":
        return _released(state, entry)
    elif entry.kind == "withdrawal":
        return _withdrawn(state, entry)
    return state


def _released(state: LedgerState, entry: Entry) -> LedgerState:
    identity = CandidateIdentity.from_metadata(entry.body["candidate"])
    if state.open_decisions.get(entry.body["decision"]) != identity:
        raise ValueError("a release without an open decision on that candidate")
    new = InUse(identity=identity, since=entry.at, by=str(entry.body["by"]), seq=entry.seq)
    return LedgerState(
        in_use=new,
        releases=(*state.releases, new),
        withdrawals=state.withdrawals,
        open_decisions=state.open_decisions,
    )


def _withdrawn(state: LedgerState, entry: Entry) -> LedgerState:
    identity = CandidateIdentity.from_metadata(entry.body["candidate"])
    if state.in_use is None or state.in_use.identity != identity:
        raise ValueError("a withdrawal of a model that was not in use")
    gone = Withdrawal(
        identity=identity,
        at=entry.at,
        by=str(entry.body["by"]),
        reason=str(entry.body["reason"]),
        seq=entry.seq,
    )
    return LedgerState(
        releases=state.releases,
        withdrawals=(*state.withdrawals, gone),
        open_decisions=state.open_decisions,
    )
