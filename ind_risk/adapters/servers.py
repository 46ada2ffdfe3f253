"""Dagster's webserver and daemon and MLflow's screen as child processes, on loopback only.

Dagster's webserver knows no users: whoever reaches it may do what it allows. For anybody else than
the people on this machine a reverse proxy stands before it (docs/servers.md).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from ind_risk.adapters.dagster_home import prepare_dagster
from ind_risk.adapters.home import HOME_VARIABLE, Home
from ind_risk.adapters.mlflow_home import MlflowHome
from ind_risk.adapters.mlflow_logins import ADMIN_VARIABLE, READER, MlflowLogins
from ind_risk.adapters.protected_source import PROTECTED_VARIABLE, protected_source
from ind_risk.adapters.screen_addresses import DAGSTER_VARIABLE, MLFLOW_VARIABLE
from ind_risk.core.errors import IndRiskError

HOST = "127.0.0.1"
START_SECONDS = 90
WEBSERVER, DAEMON, MLFLOW = "dagster-webserver", "dagster-daemon", "mlflow"


def serve(
    home: Home,
    *,
    port: int,
    mlflow_port: int | None,
    path_prefix: str = "",
    say: Callable[[str], None],
) -> None:
    """Start the servers, print their addresses, and wait until told to stop.

    Args:
        home: whose screens.
        port: of Dagster's webserver.
        mlflow_port: of MLflow; None for screens that only read, beside which no daemon runs.
        path_prefix: under which a reverse proxy shows Dagster's screens, "" or like "/engineers".
        say: prints a line.

    Raises:
        IndRiskError: if a port is taken, or a server ends by itself or does not answer.
    """
    read_only = mlflow_port is None
    ports = (port,) if mlflow_port is None else (port, mlflow_port)
    for number in ports:
        if _answers(number):
            other = "--port" if read_only else "--port and --mlflow-port"
            raise IndRiskError(f"Port {number} on {HOST} is taken. Name another with {other}.")
    prepare(home)
    logins = MlflowLogins.of(home)
    told = environments(home, {} if read_only else logins.prepare())
    for environment in told.values():  # for links between the screens, unless a proxy's are given
        environment.setdefault(DAGSTER_VARIABLE, f"http://{HOST}:{port}{path_prefix}")
        if mlflow_port is not None:
            environment.setdefault(MLFLOW_VARIABLE, f"http://{HOST}:{mlflow_port}")
    logs = home.root / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    running: dict[str, subprocess.Popen[bytes]] = {}
    signal.signal(signal.SIGTERM, _as_interrupt)
    wanted = commands(home, port=port, mlflow_port=mlflow_port, path_prefix=path_prefix)
    try:
        for name, command in wanted.items():
            with (logs / f"{name}.{port}.log").open("ab") as log:
                running[name] = subprocess.Popen(  # noqa: S603 - our own fixed commands
                    command, env=told[name], stdout=log, stderr=log, start_new_session=True
                )
        say("Starting (a quarter of a minute) …")
        _await(running, ports, logs)
        if mlflow_port is not None:
            logins.ensure_reader(f"http://{HOST}:{mlflow_port}")
        _say_where(port, mlflow_port, path_prefix, logins, say)
        say(f"Logs are in {logs}. Stop with Ctrl-C.")
        while all(p.poll() is None for p in running.values()):
            time.sleep(0.5)
        ended = [n for n, p in running.items() if p.poll() is not None]
        raise IndRiskError(f"{ended[0]} ended by itself; see {logs}.")
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        stop(running.values())


def _say_where(
    port: int,
    mlflow_port: int | None,
    path_prefix: str,
    logins: MlflowLogins,
    say: Callable[[str], None],
) -> None:
    dagster = f"Dagster: http://{HOST}:{port}{path_prefix}"
    if mlflow_port is None:
        say(f"{dagster} (to read only)\nMLflow is served by `ind-risk ui` without --read-only.")
        return
    say(
        f"{dagster}\nMLflow:  http://{HOST}:{mlflow_port} as {READER}, password in "
        f"{logins.password_file(READER)}"
    )


def environments(home: Home, mlflow: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each server is told, and no more: MLflow's secrets and the second login are apart.

    Args:
        home: whose servers.
        mlflow: what only MLflow's server may know.
    """
    theirs = (*mlflow, ADMIN_VARIABLE, PROTECTED_VARIABLE)
    common = {
        **{k: v for k, v in os.environ.items() if k not in theirs},
        HOME_VARIABLE: str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    # Runs are children of the daemon: it alone may have to read protected attributes again.
    protected = protected_source()
    return {
        WEBSERVER: common,
        DAEMON: common if protected is None else {**common, PROTECTED_VARIABLE: protected},
        # It would start a process that runs jobs for whoever asks; nothing here does.
        MLFLOW: {**common, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **mlflow},
    }


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def commands(
    home: Home, *, port: int, mlflow_port: int | None, path_prefix: str = ""
) -> dict[str, list[str]]:
    """The commands, bound to loopback; arguments as for `serve`."""
    python = sys.executable
    scripts = Path(python).parent
    webserver = [
        str(scripts / WEBSERVER), "-h", HOST, "-p", str(port), "-m", "ind_risk.definitions",
        *(("--path-prefix", path_prefix) if path_prefix else ()),
    ]  # fmt: skip
    if mlflow_port is None:
        return {WEBSERVER: [*webserver, "--read-only"]}
    return {
        WEBSERVER: webserver,
        DAEMON: [str(scripts / DAEMON), "run", "-m", "ind_risk.definitions"],
        MLFLOW: [
            python, "-m", "mlflow", "server", "--host", HOST, "--port", str(mlflow_port),
            "--workers", "1", "--app-name", "basic-auth",
            "--backend-store-uri", MlflowHome.of(home).tracking_uri,
            "--artifacts-destination", str(home.mlflow_artifacts),
        ],
    }  # fmt: skip


def prepare(home: Home) -> None:
    """Make the folders, the instance file and Dagster's databases that the servers ask for.

    Webserver and daemon would both make the databases at their start, and one of them would fail.
    """
    from dagster import DagsterInstance

    prepare_dagster(home)
    home.mlflow_artifacts.mkdir(parents=True, exist_ok=True)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        instance.get_runs_count()
        instance.get_asset_keys()
        instance.all_instigator_state()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def _await(running: dict[str, subprocess.Popen[bytes]], ports: tuple[int, ...], logs: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not all(_answers(p) for p in ports):
        ended = [n for n, p in running.items() if p.poll() is not None]
        if ended:
            raise IndRiskError(f"{ended[0]} did not start; see {logs}.")
        if time.monotonic() > deadline:
            raise IndRiskError(f"The servers did not answer in {START_SECONDS} s; see {logs}.")
        time.sleep(0.3)


def stop(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """End the servers and what they started."""
    alive = [p for p in processes if p.poll() is None]
    for process in alive:
        os.killpg(process.pid, signal.SIGTERM)
    for process in alive:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
