"""Progress: a spinner on a terminal, plain lines in a file, nothing if quiet."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ind_risk
from ind_risk.adapters.progress import stopwatch
from ind_risk.dossier.terminal import progress, waiting
from ind_risk.dossier.terminal.stages import STAGES

PROGRAM = """
import time
from ind_risk.adapters.progress import stopwatch
from ind_risk.dossier.terminal import progress, waiting
with progress(quiet=False):
    with stopwatch.stage("training"), stopwatch.stage("gate"):
        time.sleep(0.4)
    with stopwatch.stage("[/unheard]"):
        time.sleep(0.4)
print("done")
"""


def _stages() -> None:
    with stopwatch.stage("training"), stopwatch.stage("gate"):
        time.sleep(0.06)
    with stopwatch.stage("bias"):
        pass  # too short to be news


def test_plain_lines_off_a_terminal_whatever_is_forced(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress(quiet=False):
        _stages()
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "asking the gate",
        "training and choosing a candidate",
    ]
    assert all(line.endswith(" s") and line.isprintable() for line in lines)
    assert max(map(len, lines)) <= 100


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=True):
        _stages()
    assert capsys.readouterr() == ("", "")


def test_the_listener_goes_and_a_failed_stage_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with progress(quiet=False), stopwatch.stage("bias"):
            time.sleep(0.06)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert stopwatch.listener is None
    assert "testing the bias hypotheses" in capsys.readouterr().err


def _on_a_terminal(**environment: str) -> str:
    """What PROGRAM writes to a terminal as its stderr; stdout is a pipe."""
    ours, theirs = pty.openpty()
    base = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "NO_COLOR")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**base, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # Linux says so when the other side is closed and all is read
        pass
    os.close(ours)
    assert done.returncode == 0, written.decode()
    assert done.stdout == b"done\n"
    return written.decode()


def test_a_spinner_on_a_terminal() -> None:
    written = _on_a_terminal()
    assert any("⠀" <= c <= "⣿" for c in written)
    assert "asking the gate" in written
    assert "training and choosing a candidate" in written
    assert "[/unheard]" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")  # the cursor is back


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TTY_INTERACTIVE": "0"}])
def test_a_terminal_that_cannot_has_plain_lines(environment: dict[str, str]) -> None:
    written = _on_a_terminal(**environment)
    assert "\x1b" not in written
    assert "training and choosing a candidate" in written


def test_every_stage_of_the_code_has_words_for_people() -> None:
    source = Path(ind_risk.__file__).parent
    named = {
        name
        for file in source.rglob("*.py")
        for name in re.findall(r'\.stage\("([^"]+)"\)', file.read_text(encoding="utf-8"))
    }
    assert len(named) > 15
    assert named <= set(STAGES)


def test_what_comes_again_and_again_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=False):
        for _ in range(3):
            with stopwatch.stage("recording"), stopwatch.stage("plots"):
                time.sleep(0.06)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[1] for line in lines] == [STAGES["plots"], STAGES["recording"]]
    assert all(line.endswith("0.2 s") for line in lines)


def test_a_short_answer_has_a_sign_of_life_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with waiting(quiet=False):
        _stages()
    assert capsys.readouterr() == ("", "")
    assert stopwatch.listener is None
