"""The ledger on disk: what was reported as written is there, whole, and any change of it shows."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ind_risk.adapters import ledger_file
from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.core.errors import IndRiskError, IntegrityError
from ind_risk.core.ledger import BEFORE_THE_FIRST, encode, next_entry
from ind_risk_tests.core.evidence_example import candidate

LENGTH = 5
quickly = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerFile:
    return LedgerFile(Home(tmp_path / "home"))


@pytest.fixture
def filled(ledger: LedgerFile) -> LedgerFile:
    for number in range(LENGTH):
        ledger.append("worklist", {"n": number, "who": "Łódź"})
    return ledger


def reopened(ledger: LedgerFile, content: bytes) -> LedgerFile:
    """The same ledger after something was done to its file."""
    ledger.path.write_bytes(content)
    ledger.torn_path.unlink(missing_ok=True)
    return ledger


def test_nothing_there_is_an_empty_ledger_and_reading_makes_nothing(ledger: LedgerFile) -> None:
    assert ledger.read() == ()
    assert ledger.head == BEFORE_THE_FIRST
    assert ledger.state().in_use is None
    assert not ledger.path.parent.exists()


def test_what_is_appended_is_read_back_by_another(ledger: LedgerFile, tmp_path: Path) -> None:
    first = ledger.append("data", {"digest": "d"}, at=datetime(2026, 11, 2, tzinfo=UTC))
    second = ledger.append("worklist", {"rows": [["a", 0.5]]})
    other = LedgerFile(Home(tmp_path / "home"))
    assert other.read() == (first, second)
    assert other.head == second.digest
    assert ledger.path.read_bytes() == encode(first) + b"\n" + encode(second) + b"\n"
    assert ledger.path.stat().st_mode & 0o777 == 0o640


def test_two_homes_share_nothing(ledger: LedgerFile, tmp_path: Path) -> None:
    ledger.append("data", {})
    assert LedgerFile(Home(tmp_path / "other")).read() == ()


def test_a_clock_set_back_does_not_run_the_trail_backwards(ledger: LedgerFile) -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    first = ledger.append("data", {}, at=now)
    assert ledger.append("data", {}, at=now - timedelta(days=9)).at == first.at


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("gossip", {}),
        ("data", {"x": float("nan")}),
        ("data", {"x": object()}),
        ("data", {1: 2}),
        ("data", {"x": "\ud800"}),
    ],
)
def test_what_is_no_entry_changes_nothing(filled: LedgerFile, kind: str, body: Any) -> None:
    before = filled.path.read_bytes()
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError is one of them
        filled.append(kind, body)
    assert filled.path.read_bytes() == before


def test_an_entry_that_contradicts_the_others_is_never_written(filled: LedgerFile) -> None:
    before = filled.path.read_bytes()
    body = {"candidate": candidate().metadata(), "decision": "0" * 64, "by": "anna"}
    with pytest.raises(IntegrityError, match="without an open decision"):
        filled.append("release", body)
    assert filled.path.read_bytes() == before
    assert filled.state().in_use is None


# Tampering. Every test starts from the same file and spoils it.


def holds_not(ledger: LedgerFile, content: bytes) -> str:
    """The ledger refuses to be read, and to be appended to, and leaves the evidence alone."""
    reopened(ledger, content)
    with pytest.raises(IntegrityError, match="ledger entry") as caught:
        ledger.read()
    with pytest.raises(IntegrityError):
        ledger.append("data", {})
    assert ledger.path.read_bytes() == content
    assert not ledger.torn_path.exists()
    return str(caught.value)


@quickly
@given(data=st.data())
def test_any_single_byte_changed_shows(filled: LedgerFile, data: st.DataObject) -> None:
    original = _original(filled)
    place = data.draw(st.integers(0, len(original) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda b: b != original[place]))
    said = holds_not(filled, original[:place] + bytes([other]) + original[place + 1 :])
    line = original[:place].count(b"\n") + 1
    assert any(f"ledger entry {n} " in said for n in (line, line + 1))


def test_the_line_end_of_the_last_entry_changed_shows(filled: LedgerFile) -> None:
    """That would else pass for a torn write, and the newest entry, a withdrawal say, be dropped."""
    original = _original(filled)
    for other in (b" ", b"}", b"\r", b"\x00", b"x", b'"', b"\xff"):
        assert f"entry {LENGTH} " in holds_not(filled, original[:-1] + other)


@quickly
@given(data=st.data())
def test_a_line_dropped_doubled_moved_or_added_shows(
    filled: LedgerFile, data: st.DataObject
) -> None:
    original = _original(filled)
    lines = original.splitlines(keepends=True)
    how = data.draw(st.sampled_from(["drop", "double", "swap", "add", "blank"]))
    # The last line dropped, or a further one added by the rules, gives a chain that holds: only the
    # head stored elsewhere tells. See the next test.
    place = data.draw(st.integers(0, LENGTH - 2))
    if how == "drop":
        del lines[place]
    elif how == "double":
        lines.insert(place, lines[place])
    elif how == "swap":
        lines[place], lines[place + 1] = lines[place + 1], lines[place]
    elif how == "add":
        lines.insert(place, data.draw(st.sampled_from([b"{}\n", b"x\n", lines[-1]])))
    else:
        lines.insert(place, b"\n")
    holds_not(filled, b"".join(lines))


def test_the_last_line_dropped_is_seen_only_by_the_head_kept_elsewhere(filled: LedgerFile) -> None:
    head = filled.head
    lines = _original(filled).splitlines(keepends=True)
    cut = reopened(filled, b"".join(lines[:-1]))
    assert len(cut.read()) == LENGTH - 1
    assert cut.head != head


def test_a_ledger_with_windows_line_ends_or_a_mark_does_not_hold(filled: LedgerFile) -> None:
    original = _original(filled)
    assert "entry 1 " in holds_not(filled, original.replace(b"\n", b"\r\n"))
    assert "entry 1 " in holds_not(filled, b"\xef\xbb\xbf" + original)
    assert "entry 6 " in holds_not(filled, original + b"\n")


def test_a_chain_that_holds_but_contradicts_itself_is_refused(ledger: LedgerFile) -> None:
    body = {"candidate": candidate().metadata(), "reason": "r", "by": "anna"}
    entry = next_entry(None, "withdrawal", body, datetime(2026, 11, 2, tzinfo=UTC))
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(encode(entry) + b"\n")
    assert ledger.read() == (entry,)
    with pytest.raises(IntegrityError, match="not in use"):
        ledger.state()
    with pytest.raises(IntegrityError, match="not in use"):
        ledger.append("data", {})


# Crashes.


def test_a_torn_last_line_is_healed_at_every_cut(
    filled: LedgerFile, caplog: pytest.LogCaptureFixture
) -> None:
    original = _original(filled)
    start = original[:-1].rindex(b"\n") + 1
    for cut in range(start + 1, len(original)):
        caplog.clear()
        torn = original[start:cut]
        reopened(filled, original[:cut])
        entries = filled.read()
        whole = cut == len(original) - 1
        assert len(entries) == (LENGTH if whole else LENGTH - 1)
        assert filled.path.read_bytes() == (original if whole else original[:start])
        if not whole:
            assert filled.torn_path.read_bytes() == torn + b"\n"
        assert "complete" in caplog.text if whole else "torn" in caplog.text
    reopened(filled, original[:-9])
    assert filled.append("data", {}).seq == LENGTH
    assert len(filled.read()) == LENGTH


def test_blocks_of_zeros_after_a_power_cut_are_a_torn_line(
    filled: LedgerFile, caplog: pytest.LogCaptureFixture
) -> None:
    original = _original(filled)
    reopened(filled, original + bytes(512))
    with caplog.at_level(logging.WARNING):
        assert len(filled.read()) == LENGTH
    assert filled.path.read_bytes() == original
    assert "512 bytes" in caplog.text


@pytest.mark.parametrize("written", [0, 1, 40])
def test_a_full_disk_leaves_the_file_as_it_was(
    filled: LedgerFile, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    original, write = _original(filled), os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:written]))
    with pytest.raises(IndRiskError, match=r"only .* bytes fitted.*nothing was changed"):
        filled.append("data", {"x": "y" * 100})
    monkeypatch.undo()
    assert filled.path.read_bytes() == original
    assert filled.append("data", {}).seq == LENGTH + 1


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_disk_that_fails_leaves_the_file_as_it_was(
    filled: LedgerFile, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    original = _original(filled)

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(IndRiskError, match="No space left"):
        filled.append("data", {})
    monkeypatch.undo()
    assert filled.path.read_bytes() == original


def test_a_ledger_that_is_a_link_or_a_folder_is_not_written(
    ledger: LedgerFile, tmp_path: Path
) -> None:
    ledger.path.parent.mkdir()
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_bytes(b"")
    ledger.path.symlink_to(elsewhere)
    with pytest.raises(IndRiskError, match="cannot be written"):
        ledger.append("data", {})
    assert elsewhere.read_bytes() == b""
    ledger.path.unlink()
    ledger.path.mkdir()
    with pytest.raises(IntegrityError, match="cannot be read"):
        ledger.state()


# Many at once.

APPENDER = """
import sys
from pathlib import Path
from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
ledger = LedgerFile(Home(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.read()
for number in range(25):
    ledger.append("worklist", {"by": sys.argv[2], "n": number})
"""


def test_four_processes_append_to_one_chain(ledger: LedgerFile) -> None:
    command = [sys.executable, "-c", APPENDER, str(ledger.path.parent)]
    running = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in "abcd"
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
    for process in running:
        assert process.wait(timeout=60) == 0
        assert process.stdout is not None
        process.stdout.close()
    entries = ledger.read()
    assert [e.seq for e in entries] == list(range(1, 101))
    for name in "abcd":
        assert [e.body["n"] for e in entries if e.body["by"] == name] == list(range(25))


def test_threads_with_their_own_objects_append_to_one_chain(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    def append() -> None:
        for number in range(10):
            LedgerFile(home).append("worklist", {"n": number})

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(LedgerFile(home).read()) == 40


def test_one_thread_may_take_the_lock_again(filled: LedgerFile, tmp_path: Path) -> None:
    with filled.locked(), LedgerFile(Home(tmp_path / "home")).locked():
        assert filled.append("data", {}).seq == LENGTH + 1
        assert len(filled.read()) == LENGTH + 1


def test_a_lock_that_is_kept_is_said(filled: LedgerFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_file, "LOCK_WAIT_SECONDS", 0.1)
    other = LedgerFile(Home(filled.path.parent))
    said: list[str] = []

    def wait() -> None:
        try:
            other.append("data", {})
        except IndRiskError as error:
            said.append(str(error))

    holder = LedgerFile(Home(filled.path.parent))
    with holder.locked():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert len(said) == 1
    assert "Another process keeps" in said[0]


def test_a_home_where_nothing_may_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IndRiskError, match="cannot be written"):
        LedgerFile(Home(tmp_path / "file")).append("data", {})


def _original(ledger: LedgerFile) -> bytes:
    """The content as `filled` made it, kept beside it: hypothesis uses one fixture many times."""
    kept = ledger.path.with_suffix(".original")
    if not kept.exists():
        kept.write_bytes(ledger.path.read_bytes())
    content = kept.read_bytes()
    assert [json.loads(line)["seq"] for line in content.splitlines()] == [1, 2, 3, 4, 5]
    return content
