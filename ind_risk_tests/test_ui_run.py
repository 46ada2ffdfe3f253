"""Launched in Dagster's screens: the daemon's sensor releases it, and the command sees it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ind_risk_tests.test_cli import PROGRAM, ind_risk
from ind_risk_tests.test_screens import ask, free_port

LAUNCH = """mutation($p: ExecutionParams!) {launchRun(executionParams: $p) {__typename}}"""
RUNS = "{runsOrError {... on Runs {results {jobName status}}}}"
LONGEST = 240  # seconds: two sensor ticks of half a minute on a busy machine


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address of Dagster on a home in which nothing was run yet."""
    port, home = free_port(), tmp_path / "home"
    command = [PROGRAM, "ui", "--home", str(home), "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--mlflow-port", str(free_port())], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith("MLflow"):
            break
    try:
        yield f"http://127.0.0.1:{port}", home
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        server.stdout.close()


def launched(address: str, source: str) -> dict[str, Any]:
    config = {"ops": {"landing": {"config": {"source": source, "seed": 4}}}}
    selector = {
        "repositoryLocationName": "ind_risk.definitions", "repositoryName": "__repository__",
        "jobName": "lifecycle",
    }  # fmt: skip
    params = {"selector": selector, "runConfigData": json.dumps(config), "mode": "default"}
    return ask(address, LAUNCH, {"p": params})


def test_launched_in_the_screens_and_released_by_the_sensor(served: tuple[str, Path]) -> None:
    address, home = served
    assert launched(address, "world:audited")["launchRun"]["__typename"] == "LaunchRunSuccess"
    until, runs = time.monotonic() + LONGEST, set[tuple[str, str]]()
    while ("release", "SUCCESS") not in runs and time.monotonic() < until:
        time.sleep(2)
        results = ask(address, RUNS)["runsOrError"]["results"]
        runs = {(r["jobName"], r["status"]) for r in results}
    assert runs == {("lifecycle", "SUCCESS"), ("release", "SUCCESS")}
    said = json.loads(ind_risk("gate", "--home", str(home), "--json").stdout)
    assert (said["decision"], said["in_use"]) == ("open", "1")
    assert (home / "data_docs" / "index.html").exists()
