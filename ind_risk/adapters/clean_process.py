"""A clean process: a new interpreter that inherits nothing of the one that trains, and does jobs.

It imports once, while training is under way; each job runs in a fork of it, so that no job can
leave anything behind for the next. Jobs are `main` functions of modules: they take strings, and
say what they have to say in files and by their status. No MLflow and no Dagster is imported.

What of the environment changes the last digits of a model (which kernels and how many threads the
numerical libraries use) is handed on and on record: the same tables give another model with other
kernels, and that would be nobody's fault.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Literal, NoReturn, Self

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Sequence

Job = Literal["load_model", "train_again"]
_MODULES: dict[Job, str] = {
    "load_model": "ind_risk.adapters.model_loader",
    "train_again": "ind_risk.adapters.trainer",
}
_IMPORTS = (
    "pandas", "pyarrow.parquet", "skops.io", "sklearn.ensemble", "ind_risk.adapters.trainer",
    "ind_risk.core.training.train",
)  # fmt: skip
_LONGEST_LINE = 1_000
_CODE_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from ind_risk.adapters.clean_process import serve; serve()"
)
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_NUMERICAL = ("OPENBLAS_", "OMP_", "GOMP_", "KMP_", "MKL_", "BLIS_", "NUMEXPR_", "VECLIB_", "NPY_")


class JobFailed(IndRiskError):
    """A job gave no answer; the message is its last line, or what became of it."""


def numerical_settings() -> dict[str, str]:
    """Variables of the environment that can change the last digits of what is computed."""
    return {k: os.environ[k] for k in sorted(os.environ) if k.startswith(_NUMERICAL)}


class CleanProcess:
    """The process, as its parent sees it; gone at the end of a `with` block or by `close`."""

    def __init__(self, program: str = _PROGRAM) -> None:
        """Start it and return at once.

        Args:
            program: Python code that answers each line with a status and what was said last, as
                JSON, which is what `serve` does.
        """
        self._errors = TemporaryFile()  # noqa: SIM115 - closed by `close`
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-c", program, str(_CODE_ROOT)],
            env=kept | numerical_settings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, bufsize=0, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def begin(self, job: Job, arguments: Sequence[str]) -> None:
        """Have it do a job, after those begun before; `end` waits for it."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe, as asked for
        with suppress(BrokenPipeError, ValueError):  # it died or was closed; `end` says so
            self._process.stdin.write(json.dumps([job, list(arguments)]).encode() + b"\n")

    def end(self, timeout: float) -> None:
        """Wait until the job begun first is done.

        Args:
            timeout: seconds. After it, or a crash of the whole process, it is closed.

        Raises:
            TimeoutError: if it took longer.
            JobFailed: if it did not end with status 0.
        """
        try:
            status, said = self._answer(time.monotonic() + timeout)
        except (TimeoutError, JobFailed):
            self.close()
            raise
        if status != 0:
            raise JobFailed(said or f"it ended with status {status}")

    def _answer(self, until: float) -> tuple[int, str]:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - a pipe, as asked for
        said = b""
        with selectors.DefaultSelector() as wait:
            if pipe.closed:
                raise JobFailed("the process was closed before it answered")
            wait.register(pipe, selectors.EVENT_READ)
            while not said.endswith(b"\n"):
                if not wait.select(max(0.0, until - time.monotonic())):
                    raise TimeoutError
                byte = pipe.read(1)  # a job's answer is a line of some three hundred bytes
                if not byte:
                    raise JobFailed(self._last_error() or "no message")
                said += byte
        try:
            status, last = json.loads(said)
            return int(status), str(last)
        except (ValueError, TypeError):
            raise JobFailed(f"it answered {said[:40]!r}, which is no answer") from None

    def _last_error(self) -> str:
        return _last_line(self._errors)

    def close(self) -> None:
        """End it and its jobs, whatever they are doing."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._errors.close()


def serve() -> None:
    """The process itself: import, then do each job that is asked for in a fork, and tell how."""
    for name in _IMPORTS:
        import_module(name)
    for line in sys.stdin:
        job, arguments = json.loads(line)
        with TemporaryFile() as errors:
            child = os.fork()
            if child == 0:
                _work(job, arguments, errors.fileno())
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            print(json.dumps([status, _last_line(errors)]), flush=True)


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 4096))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:_LONGEST_LINE] if lines else ""


def _work(job: Job, arguments: list[str], errors: int) -> NoReturn:
    """The fork: it talks to nobody but by files, its status and what it says of errors."""
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.dup2(errors, 2)
        status = int(import_module(_MODULES[job]).main(arguments))
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
