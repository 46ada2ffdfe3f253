"""Dagster's webserver and daemon and MLflow's screen as child processes, on loopback only."""

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
from ind_risk.core.errors import IndRiskError

HOST = "127.0.0.1"
START_SECONDS = 90


def serve(home: Home, *, port: int, mlflow_port: int, say: Callable[[str], None]) -> None:
    """Start all three, print both addresses, and wait until told to stop.

    Raises:
        IndRiskError: if a port is taken, or a server ends by itself or does not answer.
    """
    for number in (port, mlflow_port):
        if _answers(number):
            raise IndRiskError(
                f"Port {number} on {HOST} is taken. Name others with --port and --mlflow-port."
            )
    prepare(home)
    environment = {
        **os.environ,
        HOME_VARIABLE: str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    logs = home.root / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    running: dict[str, subprocess.Popen[bytes]] = {}
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        for name, command in commands(home, port=port, mlflow_port=mlflow_port).items():
            with (logs / f"{name}.log").open("ab") as log:
                running[name] = subprocess.Popen(  # noqa: S603 - our own fixed commands
                    command, env=environment, stdout=log, stderr=log, start_new_session=True
                )
        say("Starting (a quarter of a minute) …")
        _await(running, (port, mlflow_port), logs)
        say(f"Dagster: http://{HOST}:{port}\nMLflow:  http://{HOST}:{mlflow_port}")
        say(f"Logs are in {logs}. Stop with Ctrl-C.")
        while all(p.poll() is None for p in running.values()):
            time.sleep(0.5)
        ended = [n for n, p in running.items() if p.poll() is not None]
        raise IndRiskError(f"{ended[0]} ended by itself; see {logs / ended[0]}.log.")
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        stop(running.values())


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def commands(home: Home, *, port: int, mlflow_port: int) -> dict[str, list[str]]:
    """The three commands, bound to loopback."""
    python = sys.executable
    scripts = Path(python).parent
    return {
        "dagster-webserver": [
            str(scripts / "dagster-webserver"), "-h", HOST, "-p", str(port),
            "-m", "ind_risk.definitions",
        ],
        "dagster-daemon": [
            str(scripts / "dagster-daemon"), "run", "-m", "ind_risk.definitions",
        ],
        "mlflow": [
            python, "-m", "mlflow", "server", "--host", HOST, "--port", str(mlflow_port),
            "--workers", "1",
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
            raise IndRiskError(f"{ended[0]} did not start; see {logs / ended[0]}.log.")
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
