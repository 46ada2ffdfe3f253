"""The clean process: jobs in forks of it, and what becomes of it when they or it fail."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from ind_risk.adapters.clean_process import CleanProcess, JobFailed, numerical_settings

if TYPE_CHECKING:
    from pathlib import Path

_ECHO = "import sys; [print(status, flush=True) for status in map(int, sys.stdin)]"


def test_it_hands_on_nothing_but_what_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "environment.json"
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("A_SECRET", "of the parent")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    program = (
        f"import json, os; json.dump(dict(os.environ), open({str(out)!r}, 'w')); print('[0, 0]')"
    )
    with CleanProcess(program) as process:
        process.end(60)
    handed = json.loads(out.read_text())
    assert handed["OMP_NUM_THREADS"] == "1" == numerical_settings()["OMP_NUM_THREADS"]
    assert not {"PYTHONPATH", "A_SECRET"} & set(handed)


def test_a_job_that_fails_says_so_and_leaves_the_next_alone(tmp_path: Path) -> None:
    with CleanProcess() as process:
        process.begin("load_model", [str(tmp_path / "no"), "0" * 64, "", ""])
        process.begin("train_again", ["one argument too few"])
        process.begin("load_model", [str(tmp_path / "no"), "0" * 64, "", ""])
        with pytest.raises(JobFailed, match="there is no model"):
            process.end(120)
        with pytest.raises(JobFailed, match="not enough values to unpack"):
            process.end(120)
        with pytest.raises(JobFailed, match="there is no model"):
            process.end(120)
        assert process.running
    assert not process.running


def test_one_that_was_never_asked_goes_away() -> None:
    """As when training fails: the block ends and nothing stays behind."""
    with CleanProcess() as process:
        assert process.running
    assert not process.running


def test_one_that_takes_too_long_is_ended_with_its_jobs() -> None:
    program = "import os, time; os.fork(); time.sleep(600)"
    with CleanProcess(program) as process:
        with pytest.raises(TimeoutError):
            process.end(0.5)
        assert not process.running
        with pytest.raises(JobFailed, match="was closed before"):
            process.end(0.5)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise OSError('disk gone')", "OSError: disk gone"),
        ("pass", "no message"),
        ("print('fine')", "is no answer"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "no message"),
    ],
)
def test_a_process_that_breaks_is_told(program: str, words: str) -> None:
    with CleanProcess(program) as process:
        process.begin("load_model", [])
        with pytest.raises(JobFailed, match=words):
            process.end(60)


def test_a_job_that_is_killed_is_no_success() -> None:
    """The status of a job ended by a signal is minus the signal's number."""
    program = (
        "import json, os, signal; child = os.fork();\n"
        "if child == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), '']), flush=True)"
    )
    with (
        CleanProcess(program) as process,
        pytest.raises(JobFailed, match=f"status -{signal.SIGKILL.value}"),
    ):
        process.end(60)


def test_nothing_is_open_afterwards() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with CleanProcess(_ECHO):
            pass
    assert len(os.listdir("/proc/self/fd")) == before
