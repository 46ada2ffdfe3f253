"""The only writers of the one fact "in use": ledger first, MLflow's alias after, healed at a start.

The alias is set only on a version whose tags name the very candidate that the ledger has released:
a registry that was lost and made anew counts its versions from 1 again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from ind_risk.adapters.ledger_mark import Mark, hold, tell
from ind_risk.core.errors import GateClosed, IndRiskError, IntegrityError, NotFound

if TYPE_CHECKING:
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.core.gate_evidence import Decision
    from ind_risk.core.identity import CandidateIdentity
    from ind_risk.core.ledger_state import InUse, LedgerState

REASONS_SHOWN = 5


class Store(Protocol):
    """What release needs of the model registry."""

    def set_in_use(self, version: str) -> None:
        """Point the alias `in_use` at a version."""

    def clear_in_use(self) -> None:
        """Remove the alias; no error if there is none."""

    def in_use_alias(self) -> str | None:
        """The version the alias points at."""

    def version_tags(self, version: str) -> Mapping[str, str]:
        """Tags of a registered version: the identity fields among them."""

    def ledger_mark(self) -> Mark | None:
        """The ledger's length and head as told last; None if never."""

    def set_ledger_mark(self, mark: Mark) -> None:
        """Remember them."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a release or withdrawal came to, in words, and the ledger's head after it."""

    outcome: Literal["released", "unchanged", "withdrawn"]
    model_version: str
    sentence: str
    head: str


@dataclass(frozen=True, kw_only=True)
class Healed:
    """What is in use by the ledger, and whether the alias had to be put right."""

    in_use: str | None
    changed: bool
    sentence: str


def release(
    *,
    store: Store,
    ledger: LedgerFile,
    identity: CandidateIdentity,
    decide: Callable[[], Decision],
    now: Callable[[], datetime],
    by: str = "gate",
) -> Done:
    """Put a candidate into use, once per candidate and policy.

    Args:
        store: the model registry.
        ledger: the trail; held from before the gate is asked until the alias is set.
        identity: the candidate to release; it names its policy.
        decide: asks the gate anew; called under the lock.
        now: the clock; read under the lock, for others may write while this waits for it.
        by: who asked for it.

    Raises:
        GateClosed: if the gate is closed, speaks of another candidate, or this evidence was
            withdrawn before.
        IntegrityError: if the ledger does not hold or the registry's digests are others.
        IndRiskError: if the alias could not be set; the ledger has the release, a start heals it.
    """
    with ledger.locked():
        state = ledger.state()
        hold(store.ledger_mark(), ledger.read(), whom="MLflow")
        if state.in_use is not None and state.in_use.identity == identity:
            _mirror(store, identity)
            return _unchanged(identity, "is in use already", state.head)
        if why := state.withdrawn(identity):
            raise GateClosed(f"{why}. The same evidence does not release twice: train on new data.")
        if what := state.was_released(identity):
            return _unchanged(identity, what, state.head)
        _refuse_unless_open(decide(), identity)
        _refuse_clock_set_back(state.last_at, now())
        _refuse_other_tags(store, identity)
        return _write_release(store, ledger, identity, now(), by)


def _write_release(
    store: Store, ledger: LedgerFile, identity: CandidateIdentity, now: datetime, by: str
) -> Done:
    # Both entries only after everything was asked: a decision that is not used is not recorded.
    decided = {
        "open": True,
        "reasons": [],
        "candidate": identity.metadata(),
        "policy_digest": identity.policy_digest,
    }
    decision = ledger.append("decision", decided, at=now)
    body = {"candidate": identity.metadata(), "decision": decision.digest, "by": _said(by)}
    head = ledger.append("release", body, at=now).digest
    _mirror(store, identity)
    tell(store, ledger)
    return Done(
        outcome="released",
        model_version=identity.model_version,
        sentence=f"Model version {identity.model_version} is in use.",
        head=head,
    )


def withdraw(
    *,
    store: Store,
    ledger: LedgerFile,
    reason: str,
    by: str,
    now: datetime,
    only_version: str | None = None,
) -> Done:
    """Take the model in use out of use; the gate has no say in it.

    Args:
        store: the model registry.
        ledger: the trail.
        reason: why; goes into the ledger.
        by: who asked for it.
        now: moment of the withdrawal.
        only_version: if given, withdraw nothing but this version: an order that waited in a queue
            must not hit its successor.

    Raises:
        NotFound: if no model is in use, or another than `only_version`.
        IntegrityError: if the ledger does not hold; the alias is then removed nevertheless.
        IndRiskError: if there is no reason, or the alias could not be removed (a start heals it).
    """
    if not reason.strip():
        raise IndRiskError("A withdrawal needs a reason. Give one with --reason.")
    with ledger.locked():
        in_use = _state_or_no_alias(store, ledger).in_use
        if in_use is None:
            _mirror(store, None)
            raise NotFound("No model is in use; there is nothing to withdraw.")
        version = in_use.model_version
        if only_version not in (None, version):
            raise NotFound(
                f"Model version {only_version} is not in use (version {version} is); there is "
                "nothing to withdraw."
            )
        lists = worklists_since(ledger, in_use)
        body = {
            "candidate": in_use.identity.metadata(), "reason": _said(reason), "by": _said(by),
            "worklists": lists,
        }  # fmt: skip
        head = ledger.append("withdrawal", body, at=now).digest
        _mirror(store, None)
        tell(store, ledger)
    return Done(
        outcome="withdrawn",
        model_version=version,
        sentence=f"Model version {version} is out of use: {_said(reason)}" + _resting(lists),
        head=head,
    )


def worklists_since(ledger: LedgerFile, in_use: InUse) -> list[str]:
    """Digests of the worklists that a model made since it was released, oldest first."""
    return [
        str(e.body["rows_digest"])
        for e in ledger.read()
        if e.kind == "worklist"
        and e.seq > in_use.seq
        and e.body["model_version"] == in_use.model_version
    ]


def _resting(lists: list[str]) -> str:
    if not lists:
        return ""
    named = ", ".join(d[:12] for d in lists[:REASONS_SHOWN])
    one = len(lists) == 1
    return (
        f" ({len(lists)} worklist{'' if one else 's'} issued since rest{'s' * one} on it and "
        f"{'is' if one else 'are'} marked: {named})"
    )


def heal(*, store: Store, ledger: LedgerFile) -> Healed:
    """Make the alias what the ledger says; call it at every start.

    Raises:
        IntegrityError: if the ledger does not hold, or the registry has another model under the
            version in use; the alias is then removed, for nothing proves that a model is in use.
        IndRiskError: if the alias could not be put right.
    """
    with ledger.locked():
        in_use = _state_or_no_alias(store, ledger).in_use
        before = _mirror(store, None if in_use is None else in_use.identity)
        tell(store, ledger)
    version = None if in_use is None else in_use.model_version
    if before == version:
        said = "No model is in use." if version is None else f"Model version {version} is in use."
        return Healed(in_use=version, changed=False, sentence=said)
    return Healed(
        in_use=version,
        changed=True,
        sentence=f"MLflow's alias in_use stood at {before or 'no model'}, but by the ledger "
        f"{version or 'no model'} is in use. The alias was put right.",
    )


def _state_or_no_alias(store: Store, ledger: LedgerFile) -> LedgerState:
    try:
        state = ledger.state()
        with suppress(_NotAsked):
            hold(_mark(store), ledger.read(), whom="MLflow")
        return state
    except IntegrityError as error:
        raise _without_alias(store, error) from error


class _NotAsked(Exception):
    """The registry could not be asked; what follows says so where it matters."""


def _mark(store: Store) -> Mark | None:
    try:
        return store.ledger_mark()
    except Exception as error:
        raise _NotAsked from error


def _without_alias(store: Store, error: IntegrityError) -> IntegrityError:
    """Remove the alias; the same error, saying whether that went well."""
    try:
        store.clear_in_use()
    except Exception as fault:
        return IntegrityError(f"{error} MLflow's alias in_use could not be removed: {fault}")
    return IntegrityError(f"{error} MLflow's alias in_use was removed.")


def _mirror(store: Store, identity: CandidateIdentity | None) -> str | None:
    """Bring the alias to what the ledger says; returns where it stood."""
    try:
        before = store.in_use_alias()
        if identity is None:
            store.clear_in_use()
        else:
            _refuse_other_tags(store, identity)
            if before != identity.model_version:
                store.set_in_use(identity.model_version)
    except IntegrityError as error:
        raise _without_alias(store, error) from error
    except Exception as error:
        version = "no model" if identity is None else f"model version {identity.model_version}"
        raise IndRiskError(
            f"By the ledger {version} is in use, but MLflow's alias could not follow: {error} "
            "The next start puts it right."
        ) from error
    return before


def _said(text: str) -> str:
    """Text as the ledger can hold it; a terminal may hand on bytes that are no UTF-8."""
    return text.strip().encode("utf-8", errors="replace").decode("utf-8") or "unknown"


def _refuse_unless_open(decision: Decision, identity: CandidateIdentity) -> None:
    if not decision.open:
        why = decision.why_closed(at_most=REASONS_SHOWN)
        raise GateClosed(f"The gate is closed. {why} See `ind-risk gate`.")
    if decision.candidate != identity or decision.policy_digest != identity.policy_digest:
        raise GateClosed(
            f"The gate is open for another candidate than model version {identity.model_version}, "
            "or under another policy. Run the job lifecycle again."
        )


def _refuse_clock_set_back(last_at: str | None, now: datetime) -> None:
    if last_at is not None and now < datetime.fromisoformat(last_at):
        raise GateClosed(
            f"The clock says {now.isoformat()}, but the ledger's last entry is of {last_at}. Set "
            "the clock right; then release."
        )


def _refuse_other_tags(store: Store, identity: CandidateIdentity) -> None:
    tags = store.version_tags(identity.model_version)
    expected = {n: v for n, v in identity.metadata().items() if n != "model_version"}
    if wrong := sorted(n for n, v in expected.items() if tags.get(n) != v):
        raise IntegrityError(
            f"MLflow's model version {identity.model_version} has another {', '.join(wrong)} than "
            "the candidate that was judged. Run the job lifecycle again; withdraw it if in use."
        )


def _unchanged(identity: CandidateIdentity, what: str, head: str) -> Done:
    return Done(
        outcome="unchanged",
        model_version=identity.model_version,
        sentence=f"Model version {identity.model_version} {what}; nothing was changed.",
        head=head,
    )
