"""One fact in two places: the ledger first, MLflow's alias after, and healed at the next start."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.ledger_mark import Mark
from ind_risk.adapters.mlflow_store import REGISTERED_MODEL, ModelStore
from ind_risk.adapters.release import Done, Store, heal, release, withdraw
from ind_risk.core.errors import GateClosed, IndRiskError, IntegrityError, NotFound
from ind_risk.core.gate import Decision, Reason
from ind_risk.core.identity import CandidateIdentity
from ind_risk_tests.adapters.real_store import register
from ind_risk_tests.core.evidence_example import NOW, candidate

A, B = candidate("1"), candidate("2", data="e")
A_AGAIN = candidate("3")  # the evidence of A under a new version


class Registry:
    """The model registry in memory, in which each call can be made to fail."""

    def __init__(self, *known: CandidateIdentity) -> None:
        self.tags = {c.model_version: c.metadata() for c in known}
        self.alias: str | None = None
        self.mark: Mark | None = None
        self.broken: set[str] = set()
        self.calls: list[str] = []

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.broken:
            raise OSError(f"{name}: database is locked")

    def set_in_use(self, version: str) -> None:
        self._called("set_in_use")
        self.alias = version

    def clear_in_use(self) -> None:
        self._called("clear_in_use")
        self.alias = None

    def in_use_alias(self) -> str | None:
        self._called("in_use_alias")
        return self.alias

    def ledger_mark(self) -> Mark | None:
        return self.mark

    def set_ledger_mark(self, mark: Mark) -> None:
        self.mark = mark

    def version_tags(self, version: str) -> Mapping[str, str]:
        self._called("version_tags")
        if version not in self.tags:
            raise NotFound(f"There is no model version {version}")
        return self.tags[version]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def store() -> Registry:
    return Registry(A, B, A_AGAIN)


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerFile:
    return LedgerFile(Home(tmp_path / "home"))


def open_for(identity: CandidateIdentity) -> Decision:
    return Decision(open=True, reasons=(), candidate=identity, policy_digest=identity.policy_digest)


def closed(*sentences: str) -> Decision:
    reasons = tuple(
        Reason(code="stale", subject="a:b", sentence=s, opens_with="Run again.")
        for s in sentences or ("a:b: it is stale.",)
    )
    return Decision(open=False, reasons=reasons, candidate=A, policy_digest=A.policy_digest)


def put(
    store: Store,
    ledger: LedgerFile,
    identity: CandidateIdentity = A,
    decision: Decision | None = None,
    now: datetime = NOW,
) -> Done:
    return release(
        store=store,
        ledger=ledger,
        identity=identity,
        decide=lambda: open_for(identity) if decision is None else decision,
        now=lambda: now,
    )


def take(store: Store, ledger: LedgerFile, reason: str = "a complaint", **more: Any) -> Done:
    return withdraw(store=store, ledger=ledger, reason=reason, by="anna", now=NOW, **more)


def kinds(ledger: LedgerFile) -> list[str]:
    return [e.kind for e in ledger.read()]


def in_use(ledger: LedgerFile) -> CandidateIdentity | None:
    found = ledger.state().in_use
    return None if found is None else found.identity


def alias(store: Registry) -> str | None:
    return store.alias


# Release.


def test_an_open_gate_puts_into_use(store: Registry, ledger: LedgerFile) -> None:
    done = put(store, ledger)
    assert (done.outcome, done.model_version, done.head) == ("released", "1", ledger.head)
    assert kinds(ledger) == ["decision", "release"]
    assert in_use(ledger) == A
    assert alias(store) == "1"


@pytest.mark.parametrize(
    "decision",
    [
        closed(),
        open_for(B),
        open_for(A_AGAIN),
        open_for(replace(A, policy_digest="p" * 64)),
        replace(open_for(A), policy_digest="p" * 64),
    ],
    ids=["closed", "another", "another version", "another policy", "another decision"],
)
def test_anything_but_an_open_gate_for_this_candidate_changes_nothing(
    store: Registry, ledger: LedgerFile, decision: Decision
) -> None:
    put(store, ledger, B)
    before = ledger.path.read_bytes()
    with pytest.raises(GateClosed):
        put(store, ledger, A, decision)
    assert ledger.path.read_bytes() == before
    assert alias(store) == "2"


def test_the_refusal_says_what_keeps_the_gate_closed(store: Registry, ledger: LedgerFile) -> None:
    with pytest.raises(GateClosed) as caught:
        put(store, ledger, decision=closed(*(f"Reason {n}." for n in range(8))))
    assert "Reason 0. Reason 1." in str(caught.value)
    assert "(and 3 more reasons)" in str(caught.value)
    assert not ledger.path.exists()


def test_an_exception_of_the_gate_releases_nothing(store: Registry, ledger: LedgerFile) -> None:
    def explode() -> Decision:
        raise RuntimeError("no evidence")

    with pytest.raises(RuntimeError):
        release(store=store, ledger=ledger, identity=A, decide=explode, now=lambda: NOW)
    assert kinds(ledger) == []


@pytest.mark.parametrize("name", ["model_digest", "data_digest", "code_version", "policy_digest"])
def test_a_version_with_other_digests_is_not_released(
    store: Registry, ledger: LedgerFile, name: str
) -> None:
    for tags in ({**A.metadata(), name: "x"}, {k: v for k, v in A.metadata().items() if k != name}):
        store.tags["1"] = tags
        with pytest.raises(IntegrityError, match=name):
            put(store, ledger)
    assert kinds(ledger) == []
    assert alias(store) is None


def test_a_version_that_is_gone_is_not_released(store: Registry, ledger: LedgerFile) -> None:
    store.tags.clear()
    with pytest.raises(NotFound):
        put(store, ledger)
    assert kinds(ledger) == []


def test_a_clock_set_back_releases_nothing(store: Registry, ledger: LedgerFile) -> None:
    ledger.append("data", {}, at=NOW)
    with pytest.raises(GateClosed, match="clock"):
        put(store, ledger, now=NOW - timedelta(seconds=1))
    assert kinds(ledger) == ["data"]


def test_waiting_for_the_ledger_is_no_clock_set_back(store: Registry, ledger: LedgerFile) -> None:
    """Another process writes while this one waits: the clock is read only after that."""
    began, threads = threading.Event(), []

    def wait() -> None:
        began.set()
        release(
            store=store,
            ledger=LedgerFile(Home(ledger.path.parent)),
            identity=A,
            decide=lambda: open_for(A),
            now=lambda: datetime.now(UTC),
        )

    with ledger.locked():
        threads.append(threading.Thread(target=wait))
        threads[0].start()
        began.wait()
        ledger.append("data", {})
    threads[0].join()
    assert kinds(ledger) == ["data", "decision", "release"]


def test_a_ledger_that_does_not_hold_releases_nothing(store: Registry, ledger: LedgerFile) -> None:
    put(store, ledger)
    spoil(ledger)
    with pytest.raises(IntegrityError):
        put(store, ledger, B)


# Once.


def test_the_same_candidate_twice_is_one_release(store: Registry, ledger: LedgerFile) -> None:
    put(store, ledger)
    again = put(store, ledger, decision=closed())
    assert again.outcome == "unchanged"
    assert "in use already" in again.sentence
    assert kinds(ledger) == ["decision", "release"]


def test_a_candidate_that_was_replaced_does_not_come_back(
    store: Registry, ledger: LedgerFile
) -> None:
    put(store, ledger, A)
    put(store, ledger, B)
    again = put(store, ledger, A)
    assert (again.outcome, in_use(ledger), alias(store)) == ("unchanged", B, "2")
    assert "replaced since" in again.sentence


def test_a_candidate_under_another_policy_is_another(store: Registry, ledger: LedgerFile) -> None:
    other = replace(A, model_version="4", policy_digest="p" * 64)
    store.tags["4"] = other.metadata()
    put(store, ledger, A)
    assert put(store, ledger, other).outcome == "released"


@pytest.mark.parametrize("again", [A, A_AGAIN])
def test_evidence_that_was_withdrawn_does_not_come_back(
    store: Registry, ledger: LedgerFile, again: CandidateIdentity
) -> None:
    put(store, ledger, A)
    take(store, ledger)
    with pytest.raises(GateClosed, match="a complaint"):
        put(store, ledger, again)
    assert (in_use(ledger), alias(store)) == (None, None)
    assert put(store, ledger, B).outcome == "released"


def test_eight_threads_make_one_release(store: Registry, ledger: LedgerFile) -> None:
    outcomes: list[str] = []

    def run() -> None:
        outcomes.append(put(store, LedgerFile(Home(ledger.path.parent))).outcome)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["released"] + ["unchanged"] * 7
    assert kinds(ledger) == ["decision", "release"]


RELEASER = """
import sys
from pathlib import Path
from ind_risk_tests.adapters.test_release import A, B, Registry, put
from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
print("ready", flush=True)
sys.stdin.read()
print(put(Registry(A, B), LedgerFile(Home(Path(sys.argv[1])))).outcome)
"""


def test_four_processes_make_one_release(ledger: LedgerFile) -> None:
    command = [sys.executable, "-c", RELEASER, str(ledger.path.parent)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    outcomes = [process.communicate("")[0].strip() for process in running]
    assert sorted(outcomes) == ["released", "unchanged", "unchanged", "unchanged"]
    assert kinds(ledger) == ["decision", "release"]


# Withdraw.


def test_a_withdrawal_takes_out_of_use(store: Registry, ledger: LedgerFile) -> None:
    put(store, ledger)
    done = take(store, ledger, " a complaint\n")
    assert (done.outcome, done.model_version, done.head) == ("withdrawn", "1", ledger.head)
    entry = ledger.read()[-1]
    assert (entry.kind, entry.body["reason"], entry.body["by"]) == (
        "withdrawal", "a complaint", "anna",
    )  # fmt: skip
    assert (in_use(ledger), alias(store)) == (None, None)


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_a_withdrawal_needs_a_reason(store: Registry, ledger: LedgerFile, reason: str) -> None:
    put(store, ledger)
    with pytest.raises(IndRiskError, match="--reason"):
        take(store, ledger, reason)
    assert in_use(ledger) == A


def test_a_reason_that_is_no_text_does_not_stop_a_withdrawal(
    store: Registry, ledger: LedgerFile
) -> None:
    put(store, ledger)
    withdraw(store=store, ledger=ledger, reason="klacht \udcff", by=" ", now=NOW)
    assert ledger.read()[-1].body["reason"] == "klacht ?"
    assert ledger.read()[-1].body["by"] == "unknown"
    assert in_use(ledger) is None


def test_nothing_in_use_is_nothing_to_withdraw_and_no_alias_stays(
    store: Registry, ledger: LedgerFile
) -> None:
    store.alias = "1"
    with pytest.raises(NotFound):
        take(store, ledger)
    assert alias(store) is None
    assert kinds(ledger) == []


def test_an_order_about_one_version_does_not_hit_its_successor(
    store: Registry, ledger: LedgerFile
) -> None:
    put(store, ledger, A)
    put(store, ledger, B)
    with pytest.raises(NotFound, match="version 1 is not in use"):
        take(store, ledger, only_version="1")
    assert (in_use(ledger), alias(store)) == (B, "2")
    assert take(store, ledger, only_version="2").outcome == "withdrawn"


def test_a_withdrawal_works_while_mlflow_does_not(store: Registry, ledger: LedgerFile) -> None:
    put(store, ledger)
    store.broken = {"in_use_alias", "clear_in_use", "set_in_use", "version_tags"}
    with pytest.raises(IndRiskError, match="no model is in use, but MLflow's alias"):
        take(store, ledger)
    assert in_use(ledger) is None
    store.broken.clear()
    assert alias(store) == "1"
    assert heal(store=store, ledger=ledger).changed
    assert alias(store) is None


def test_a_withdrawal_works_with_a_clock_set_back_and_a_version_gone(
    store: Registry, ledger: LedgerFile
) -> None:
    put(store, ledger)
    store.tags.clear()
    withdraw(store=store, ledger=ledger, reason="x", by="anna", now=NOW - timedelta(days=9))
    assert in_use(ledger) is None


def test_a_withdrawal_from_a_ledger_that_does_not_hold_removes_the_alias(
    store: Registry, ledger: LedgerFile
) -> None:
    put(store, ledger)
    spoil(ledger)
    with pytest.raises(IntegrityError, match=r"entry 1 .*alias in_use was removed"):
        take(store, ledger)
    assert alias(store) is None


# A crash between the two, and other ways for them to part.


def test_an_alias_that_cannot_be_set_is_said_and_healed(
    store: Registry, ledger: LedgerFile
) -> None:
    store.broken = {"set_in_use"}
    with pytest.raises(IndRiskError, match=r"model version 1 is in use.*next start puts it right"):
        put(store, ledger)
    assert (in_use(ledger), alias(store)) == (A, None)
    store.broken.clear()
    healed = heal(store=store, ledger=ledger)
    assert (healed.in_use, healed.changed, alias(store)) == ("1", True, "1")
    assert put(store, ledger).outcome == "unchanged"


def killed_before(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, nth: int = 1
) -> None:
    """End the process just before the nth call."""
    calls, real = [0], getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == nth:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)


@pytest.mark.parametrize(
    ("what", "nth", "expected"),
    [
        ("append", 1, []),
        ("append", 2, ["decision"]),
        ("set_in_use", 1, ["decision", "release"]),
    ],
)
def test_a_release_killed_anywhere_is_whole_at_the_next_start(
    store: Registry,
    ledger: LedgerFile,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    nth: int,
    expected: list[str],
) -> None:
    owner: object = ledger if what == "append" else store
    killed_before(monkeypatch, owner, what, nth=nth)
    with pytest.raises(Killed):
        put(store, ledger)
    monkeypatch.undo()
    assert kinds(ledger) == expected
    assert alias(store) is None
    healed = heal(store=store, ledger=ledger)
    assert healed.in_use == store.alias == ("1" if "release" in expected else None)
    put(store, ledger)
    assert kinds(ledger).count("release") == 1
    assert (in_use(ledger), alias(store)) == (A, "1")


@pytest.mark.parametrize(("what", "expected"), [("append", A), ("clear_in_use", None)])
def test_a_withdrawal_killed_anywhere_is_whole_at_the_next_start(
    store: Registry,
    ledger: LedgerFile,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    expected: CandidateIdentity | None,
) -> None:
    put(store, ledger)
    owner: object = ledger if what == "append" else store
    killed_before(monkeypatch, owner, what)
    with pytest.raises(Killed):
        take(store, ledger)
    monkeypatch.undo()
    assert alias(store) == "1"
    healed = heal(store=store, ledger=ledger)
    assert in_use(ledger) == expected
    assert healed.in_use == store.alias == (None if expected is None else "1")


@pytest.mark.parametrize("moved", [None, "2", "3", "99"])
def test_an_alias_moved_by_hand_is_put_back(
    store: Registry, ledger: LedgerFile, moved: str | None
) -> None:
    put(store, ledger)
    store.alias = moved
    healed = heal(store=store, ledger=ledger)
    assert (healed.in_use, healed.changed, alias(store)) == ("1", True, "1")
    assert "put right" in healed.sentence
    assert not heal(store=store, ledger=ledger).changed


def test_an_alias_without_a_release_is_removed(store: Registry, ledger: LedgerFile) -> None:
    store.alias = "1"
    healed = heal(store=store, ledger=ledger)
    assert (healed.in_use, healed.changed, alias(store)) == (None, True, None)
    assert heal(store=store, ledger=ledger).sentence == "No model is in use."


def test_a_registry_made_anew_does_not_get_the_alias(store: Registry, ledger: LedgerFile) -> None:
    """Version 1 of a registry that was lost is not version 1 of the ledger."""
    put(store, ledger)
    store.tags["1"] = {**A.metadata(), "model_digest": "9" * 64}
    for call in (heal, put):
        store.alias = "1"
        with pytest.raises(IntegrityError, match=r"model_digest.*alias in_use was removed"):
            call(store=store, ledger=ledger)
        assert alias(store) is None
    take(store, ledger)
    assert heal(store=store, ledger=ledger).in_use is None


def test_a_version_in_use_that_is_gone_is_said(store: Registry, ledger: LedgerFile) -> None:
    put(store, ledger)
    del store.tags["1"]
    with pytest.raises(IndRiskError, match="no model version 1"):
        heal(store=store, ledger=ledger)


def test_a_ledger_that_does_not_hold_leaves_no_alias(store: Registry, ledger: LedgerFile) -> None:
    put(store, ledger)
    spoil(ledger)
    with pytest.raises(IntegrityError, match="was removed"):
        heal(store=store, ledger=ledger)
    assert alias(store) is None
    store.alias, store.broken = "1", {"clear_in_use"}
    with pytest.raises(IntegrityError, match="could not be removed: clear_in_use"):
        heal(store=store, ledger=ledger)


def spoil(ledger: LedgerFile) -> None:
    content = ledger.path.read_bytes()
    ledger.path.write_bytes(content.replace(b'"seq":1', b'"seq":9', 1))


# The real registry.


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, CandidateIdentity]:
    folder = tmp_path_factory.mktemp("real")
    home = Home(folder / "home")
    identity = register(
        home, folder, data_digest="d" * 64, code_version="c" * 64, policy_digest="p" * 64
    )
    return home, identity


def test_with_the_real_registry(real: tuple[Home, CandidateIdentity]) -> None:
    home, identity = real
    store, ledger = ModelStore(home), LedgerFile(home)
    with pytest.raises(IntegrityError, match="data_digest"):
        put(store, ledger, replace(identity, data_digest="e" * 64))
    assert put(store, ledger, identity).outcome == "released"
    assert store.in_use_alias() == identity.model_version
    store.client.delete_registered_model_alias(REGISTERED_MODEL, "in_use")
    assert heal(store=ModelStore(home), ledger=ledger).changed
    assert store.in_use_alias() == identity.model_version
    tag = partial(
        store.client.set_model_version_tag, REGISTERED_MODEL, identity.model_version, "model_digest"
    )
    tag("9" * 64)
    with pytest.raises(IntegrityError, match="alias in_use was removed"):
        heal(store=store, ledger=ledger)
    assert store.in_use_alias() is None
    tag(identity.model_digest)
    heal(store=store, ledger=ledger)
    take(store, ledger)
    assert store.in_use_alias() is None
    with pytest.raises(NotFound):
        put(store, ledger, replace(identity, model_version="99", data_digest="e" * 64))
