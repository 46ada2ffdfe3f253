"""A checkpoint kept elsewhere finds a trail that was written anew, every copy of it included."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ind_risk.adapters.checkpoints import (
    hold_to_checkpoint,
    ready_to_sign,
    refuse_what_is_none,
    sign_checkpoint,
)
from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.ledger_mark import Mark
from ind_risk.adapters.signatures import new_key, public_key, signed, signer_of
from ind_risk.core.checkpoint import checkpoint, read_checkpoint
from ind_risk.core.errors import IndRiskError, IntegrityError, UnusableFile


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerFile:
    made = LedgerFile(Home(tmp_path / "home"))
    for k in range(4):
        made.append("look", {"number": k})
    return made


@pytest.fixture
def anna(tmp_path: Path) -> tuple[str, Path]:
    """A private key, and the public one in a file."""
    private, public = tmp_path / "anna.pem", tmp_path / "anna.pub"
    public.write_text(new_key(private, password=None))
    return str(private), public


def _signed(ledger: LedgerFile, anna: tuple[str, Path], folder: Path) -> Path:
    file = folder / "kept.json"
    mark = sign_checkpoint(ledger, file, key=anna[0], password=None, known={})
    assert mark == Mark(4, ledger.head)
    return file


def _holds(ledger: LedgerFile, file: Path, *public: Path) -> int:
    return hold_to_checkpoint(ledger, [file], known={}, public=public)


def test_a_ledger_that_grew_still_holds(
    ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path
) -> None:
    file = _signed(ledger, anna, tmp_path)
    ledger.append("look", {"number": 4})
    assert _holds(ledger, file, anna[1]) == 1
    key = public_key(anna[1].read_text())
    assert hold_to_checkpoint(ledger, [file], known={key.keyid: key}, public=()) == 1


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_a_ledger_written_anew_does_not(
    ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path, keep: int
) -> None:
    file = _signed(ledger, anna, tmp_path)
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:keep]))
    for k in range(8):
        ledger.append("look", {"another": k})
    with pytest.raises(IntegrityError, match=r"kept\.json was told of ledger entry 4"):
        _holds(ledger, file, anna[1])


def test_nobody_known_signed_it(ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="which nobody has whom the policy lists"):
        _holds(ledger, _signed(ledger, anna, tmp_path))


def test_altered_after_signing(ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path) -> None:
    import base64

    file = _signed(ledger, anna, tmp_path)
    envelope = json.loads(file.read_text())
    said = base64.b64decode(envelope["payload"]).replace(b'"length":4', b'"length":3')
    envelope["payload"] = base64.b64encode(said).decode()
    file.write_text(json.dumps(envelope))
    with pytest.raises(IntegrityError, match="altered after signing"):
        _holds(ledger, file, anna[1])


def test_another_statement_is_no_checkpoint(
    ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path
) -> None:
    said = checkpoint(length=4, head=ledger.head, made_at=datetime.now(UTC))
    file = tmp_path / "other.json"
    other = {**said, "predicateType": "https://ind-risk.example/statement/v1"}
    file.write_bytes(signed(other, signer_of(anna[0], known={})))
    with pytest.raises(IntegrityError, match="no checkpoint of a ledger"):
        _holds(ledger, file, anna[1])
    file.write_text("{}")
    with pytest.raises(IntegrityError, match="no signed envelope"):
        _holds(ledger, file, anna[1])
    with pytest.raises(IndRiskError, match="cannot be read"):
        _holds(ledger, tmp_path / "none.json", anna[1])


def test_nothing_is_overwritten_and_nothing_empty_signed(
    ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path
) -> None:
    file = _signed(ledger, anna, tmp_path)
    before = file.read_bytes()
    with pytest.raises(IndRiskError, match="never overwritten"):
        sign_checkpoint(ledger, file, key=anna[0], password=None, known={})
    assert file.read_bytes() == before
    empty = LedgerFile(Home(tmp_path / "empty"))
    with pytest.raises(IndRiskError, match="nothing to sign yet"):
        sign_checkpoint(empty, tmp_path / "new.json", key=anna[0], password=None, known={})


@pytest.mark.parametrize(
    "change",
    [
        {"subject": []},
        {"subject": [{"name": "ledger", "digest": {}}]},
        {"predicate": {"length": True}},
        {"predicate": {"length": 0}},
        {"predicate": None},
        {"_type": "other"},
    ],
)
def test_what_is_not_as_it_should_be_is_refused(change: dict[str, object]) -> None:
    said = checkpoint(length=1, head="a" * 64, made_at=datetime.now(UTC))
    assert read_checkpoint(said) == (1, "a" * 64)
    with pytest.raises(ValueError, match=r"^its? "):
        read_checkpoint({**said, **change})


def test_what_never_was_a_checkpoint_is_a_slip_and_no_fault_of_the_trail(
    ledger: LedgerFile, anna: tuple[str, Path], tmp_path: Path
) -> None:
    refuse_what_is_none([_signed(ledger, anna, tmp_path)])
    worklist = tmp_path / "wl.csv"
    worklist.write_text("sponsor_id,band\nS1,high\n")
    with pytest.raises(UnusableFile, match=r"wl\.csv is not a checkpoint: it is no signed"):
        refuse_what_is_none([worklist])
    with pytest.raises(UnusableFile, match="No such file"):
        refuse_what_is_none([tmp_path / "none.json"])


def test_what_cannot_sign_is_said_before_anything_is_verified(
    anna: tuple[str, Path], tmp_path: Path
) -> None:
    new = tmp_path / "new.json"
    assert len(ready_to_sign(new, key=anna[0], password=None, known={})) == 64
    with pytest.raises(UnusableFile, match="cannot be read"):
        ready_to_sign(new, key=str(tmp_path / "none.pem"), password=None, known={})
    new.touch()
    with pytest.raises(IndRiskError, match="never overwritten"):
        ready_to_sign(new, key=anna[0], password=None, known={})
