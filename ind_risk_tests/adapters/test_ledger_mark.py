"""What was cut off the ledger is found by whoever was told how long it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.ledger_mark import Mark, hold, tell
from ind_risk.adapters.release import heal
from ind_risk.core.errors import IntegrityError
from ind_risk_tests.adapters.test_release import A, B, Registry, put, take


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerFile:
    return LedgerFile(Home(tmp_path / "home"))


def _cut(ledger: LedgerFile, *, keep: int) -> None:
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:keep]))


def test_a_withdrawal_cut_off_the_end_brings_nothing_back(ledger: LedgerFile) -> None:
    """The chain still holds; only the registry knows that there was more."""
    store = Registry(A, B)
    put(store, ledger)
    take(store, ledger)
    _cut(ledger, keep=2)
    with pytest.raises(
        IntegrityError, match=r"MLflow was told of ledger entry 3 .*alias .*removed"
    ):
        heal(store=store, ledger=ledger)
    assert store.alias is None
    with pytest.raises(IntegrityError, match="cut off or written anew"):
        put(store, ledger, B)


@pytest.mark.parametrize("keep", [0, 1, 2, 3])
def test_the_ledger_cut_at_any_line_releases_nothing(ledger: LedgerFile, keep: int) -> None:
    store = Registry(A, B)
    put(store, ledger)
    put(store, ledger, B)
    _cut(ledger, keep=keep)
    with pytest.raises(IntegrityError):
        heal(store=store, ledger=ledger)
    assert store.alias is None


def test_a_ledger_written_anew_in_the_same_length_is_found(ledger: LedgerFile) -> None:
    store = Registry(A, B)
    put(store, ledger)
    ledger.path.unlink()
    ledger.append("look", {"of": "something"})
    ledger.append("look", {"of": "something else"})
    with pytest.raises(IntegrityError, match="ledger entry 2"):
        heal(store=store, ledger=ledger)


def test_a_crash_between_entry_and_mark_is_no_fault(ledger: LedgerFile) -> None:
    store = Registry(A)
    put(store, ledger)
    ledger.append("look", {"of": "something"})
    assert store.mark is not None
    assert store.mark.length == 2
    heal(store=store, ledger=ledger)
    assert store.mark == Mark(3, ledger.head)


def test_a_registry_that_cannot_be_told_is_told_later(ledger: LedgerFile) -> None:
    class Deaf(Registry):
        def set_ledger_mark(self, mark: Mark) -> None:
            raise OSError("database is locked")

    put(Deaf(A), ledger)
    store = Registry(A)
    tell(store, ledger)
    assert store.mark == Mark(2, ledger.head)


def test_who_was_told_nothing_says_nothing(ledger: LedgerFile) -> None:
    hold(None, ledger.read(), whom="MLflow")
    tell(Registry(), ledger)
