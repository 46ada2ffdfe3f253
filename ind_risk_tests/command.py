"""The command in a process of its own: the installed program, or one that is ready at once.

To import the libraries takes a process eight seconds, which is most of what a short command costs.
`ind_risk` therefore forks from a server that has imported them and has done nothing else
(multiprocessing's forkserver), so that each command still has a process, streams and a working
directory of its own. `program` starts what a user starts; some tests do so for each command.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROGRAM = str(Path(sys.executable).parent / "ind-risk")
NOT_THE_USERS = ("IND_RISK_HOME", "DAGSTER_HOME")
SCREEN = {"NO_COLOR": "1", "COLUMNS": "100"}


def program(
    *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The installed program; the same answer as of `ind_risk`."""
    kept = {k: v for k, v in os.environ.items() if k not in NOT_THE_USERS}
    return subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, check=False, cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**kept, **SCREEN, **(env or {})},
    )  # fmt: skip


def ind_risk(
    *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `ind-risk` with these arguments in a process forked from one that has its imports.

    `env` is what its environment has besides.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ind_risk_tests.ready"])
    with tempfile.TemporaryDirectory(prefix="ind-risk-command-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = context.Process(
            target=_command,
            args=(arguments, str(cwd or Path.cwd()), str(out), str(err), dict(env or {})),
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(
            ["ind-risk", *arguments], process.exitcode, out.read_text(), err.read_text()
        )


def _command(arguments: tuple[str, ...], cwd: str, out: str, err: str, env: dict[str, str]) -> None:
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    os.chdir(cwd)
    for name in NOT_THE_USERS:
        os.environ.pop(name, None)
    os.environ.update(env)
    from ind_risk.cli import main

    sys.argv = ["ind-risk", *arguments]
    main()
