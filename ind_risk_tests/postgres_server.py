"""A private PostgreSQL server for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, DATABASE = "postgres", "postgres"


@dataclass(frozen=True)
class PostgresServer:
    """Where the server listens (loopback only) and with which password."""

    port: int
    password: str

    def url(self, suffix: str = "", *, password: str | None = None) -> str:
        """SQLAlchemy URL, optionally with `?schema=…` and the like at its end."""
        secret = self.password if password is None else password
        return f"postgresql://{USER}:{secret}@127.0.0.1:{self.port}/{DATABASE}{suffix}"


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl: Debian's newest, else that of PATH, else None."""
    debian = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if debian:
        return max(debian, key=lambda p: int(p.parent.name))
    there = shutil.which("pg_ctl")
    return Path(there).resolve().parent if there and shutil.which("initdb") else None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server on a free port with a data folder of its own; stop and remove it after.

    PostgreSQL refuses to run as root; then it runs as the system's user `postgres`.
    """
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("No PostgreSQL here: install Debian's package postgresql.")
    root = Path(tempfile.mkdtemp(prefix="ind_risk_pg_"))
    server = PostgresServer(port=_free_port(), password="s3cret-word")
    (root / "password").write_text(server.password, encoding="utf-8")
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(root, account.pw_uid, account.pw_gid)
        os.chown(root / "password", account.pw_uid, account.pw_gid)
    data = str(root / "data")
    try:
        _run(
            root, programs / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256",
            f"--pwfile={root / 'password'}", "--no-sync", "-E", "UTF8", "--locale=C",
        )  # fmt: skip
        options = f"-p {server.port} -h 127.0.0.1 -k {root} -F"
        _run(
            root, programs / "pg_ctl", "-D", data, "-o", options,
            "-l", str(root / "log"), "-w", "-t", "60", "start",
        )  # fmt: skip
        try:
            yield server
        finally:
            _run(root, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(folder: Path, program: Path, *arguments: str) -> None:
    command = [str(program), *arguments]
    if os.geteuid() == 0:
        beside = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # not on every path
        command = [shutil.which("runuser", path=beside) or "runuser", "-u", "postgres", "--"]
        command += [str(program), *arguments]
    # pg_ctl's child keeps the pipes open: files instead, or the call would never end.
    with (folder / "output").open("ab") as output:
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False)
    if done.returncode:
        raise RuntimeError((folder / "output").read_text(encoding="utf-8", errors="replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
