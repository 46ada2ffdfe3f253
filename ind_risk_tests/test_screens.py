"""The screens of one home in a real browser: the graph, the evidence, the sensor's word, MLflow."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ind_risk_tests.test_cli import PROGRAM, ind_risk

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 60_000  # milliseconds: a cold webserver on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Addresses of Dagster and MLflow on a home in which `letter` was run, and what that said."""
    home = tmp_path_factory.mktemp("screens") / "home"
    done = ind_risk("run", "--world", "letter", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    dagster, mlflow = free_port(), free_port()
    command = [PROGRAM, "ui", "--home", str(home), "--port", str(dagster)]
    server = subprocess.Popen(
        [*command, "--mlflow-port", str(mlflow)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    lines = []
    for line in server.stdout:
        lines.append(line)
        if line.startswith("MLflow"):
            break
    try:
        assert server.poll() is None, "".join(lines)
        assert f"Dagster: http://127.0.0.1:{dagster}" in "".join(lines)
        yield f"http://127.0.0.1:{dagster}", f"http://127.0.0.1:{mlflow}", json.loads(done.stdout)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        server.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1600, "height": 1000})
    opened.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield opened
    opened.close()


def ask(address: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """One question to Dagster's own interface."""
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps({"query": query, "variables": variables or {}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())["data"]
    return found


def test_the_run_of_the_command_line_is_there(
    served: tuple[str, str, dict[str, Any]], page: Page
) -> None:
    dagster, _, _ = served
    page.goto(f"{dagster}/runs", wait_until="domcontentloaded")
    expect(page.get_by_text("lifecycle").first).to_be_visible()
    expect(page.get_by_text("Success").first).to_be_visible()


def test_an_asset_shows_its_checks_and_what_they_found(
    served: tuple[str, str, dict[str, Any]], page: Page
) -> None:
    dagster, _, said = served
    page.goto(f"{dagster}/assets/accuracy_evidence?view=checks", wait_until="domcontentloaded")
    expect(page.get_by_text("accuracy_established").first).to_be_visible()
    expect(page.get_by_text("band_order").first).to_be_visible()
    sentence = next(f["sentence"] for f in said["findings"] if f["check"] == "accuracy_established")
    expect(page.get_by_text(sentence[:40]).first).to_be_visible()


def test_the_sensors_run_and_say_why_nothing_is_released(
    served: tuple[str, str, dict[str, Any]], page: Page
) -> None:
    dagster, _, _ = served
    page.goto(f"{dagster}/automation", wait_until="domcontentloaded")
    expect(page.get_by_text("deployment_sensor").first).to_be_visible()
    page.wait_for_function(
        "async () => JSON.stringify(await (await fetch('/graphql', {method: 'POST', headers: "
        "{'Content-Type': 'application/json'}, body: JSON.stringify({query: `{sensorsOrError("
        'repositorySelector: {repositoryName: "__repository__", repositoryLocationName: '
        '"ind_risk.definitions"}) {... on Sensors {results {name sensorState {status ticks('
        "limit: 1) {status skipReason}}}}}}`})})).json()).includes('The gate is closed')",
        timeout=2 * PATIENCE,
    )
    states = ask(
        dagster,
        '{sensorsOrError(repositorySelector: {repositoryName: "__repository__", '
        'repositoryLocationName: "ind_risk.definitions"}) {... on Sensors {results '
        "{name sensorState {status}}}}}",
    )["sensorsOrError"]["results"]
    assert {s["name"]: s["sensorState"]["status"] for s in states} == {
        "deployment_sensor": "RUNNING",
        "withdrawal_sensor": "RUNNING",
    }


def test_mlflow_shows_the_candidate(served: tuple[str, str, dict[str, Any]], page: Page) -> None:
    _, mlflow, said = served
    page.goto(f"{mlflow}/#/models/ind-risk-sponsors", wait_until="domcontentloaded")
    expect(page.get_by_text("Version 1").first).to_be_visible()
    page.goto(mlflow, wait_until="domcontentloaded")
    assert said["candidate"]["version"] == "1"


def test_nothing_listens_beyond_this_machine(served: tuple[str, str, dict[str, Any]]) -> None:
    """Every listening socket of the servers' ports is on 127.0.0.1."""
    ports = {int(a.rpartition(":")[2]) for a in served[:2]}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, port = local.split(":")
            if state == "0A" and int(port, 16) in ports:
                assert address == "0100007F"


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = ind_risk("ui", "--home", str(tmp_path / "home"), "--port", port)
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "--port" in done.stderr
