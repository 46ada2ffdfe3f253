"""The screens of one home in a real browser: launched there, released, and what is to be seen."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_logins import READER, MlflowLogins
from ind_risk_tests.command import PROGRAM, ind_risk

LAUNCH = """mutation($p: ExecutionParams!) {launchRun(executionParams: $p) {__typename}}"""
RUNS = "{runsOrError {... on Runs {results {jobName status}}}}"
LONGEST = 240  # seconds: two sensor ticks of half a minute on a busy machine
PATIENCE = 60_000  # milliseconds: a cold webserver on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """Addresses of Dagster and MLflow on a home in which nothing was run yet, and that home."""
    home = tmp_path_factory.mktemp("screens") / "home"
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
        yield f"http://127.0.0.1:{dagster}", f"http://127.0.0.1:{mlflow}", home
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        server.stdout.close()


@pytest.fixture(scope="module")
def released(served: tuple[str, str, Path]) -> dict[str, Any]:
    """`audited`, launched in Dagster's screens; what the gate says once the sensor has acted."""
    address, _, home = served
    config = {"ops": {"landing": {"config": {"source": "world:audited", "seed": 4}}}}
    selector = {
        "repositoryLocationName": "ind_risk.definitions", "repositoryName": "__repository__",
        "jobName": "lifecycle",
    }  # fmt: skip
    params = {"selector": selector, "runConfigData": json.dumps(config), "mode": "default"}
    assert ask(address, LAUNCH, {"p": params})["launchRun"]["__typename"] == "LaunchRunSuccess"
    until, runs = time.monotonic() + LONGEST, set[tuple[str, str]]()
    while ("release", "SUCCESS") not in runs and time.monotonic() < until:
        time.sleep(2)
        results = ask(address, RUNS)["runsOrError"]["results"]
        runs = {(r["jobName"], r["status"]) for r in results}
    assert runs == {("lifecycle", "SUCCESS"), ("release", "SUCCESS")}
    said: dict[str, Any] = json.loads(ind_risk("gate", "--home", str(home), "--json").stdout)
    return said


@pytest.fixture(scope="module")
def commanded(served: tuple[str, str, Path], released: dict[str, Any]) -> dict[str, Any]:
    """`letter`, run by the command in the same home after that, and what it said."""
    small = ("--world", "letter", "--sponsors", "3000")
    done = ind_risk("run", *small, "--home", str(served[2]), "--json")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert (said["in_use"], said["candidate"]["version"]) == (released["in_use"], "2")
    return said


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


def test_launched_in_the_screens_and_released_by_the_sensor(
    served: tuple[str, str, Path], released: dict[str, Any]
) -> None:
    assert (released["decision"], released["in_use"]) == ("open", "1")
    assert (served[2] / "data_docs" / "index.html").exists()


@pytest.mark.usefixtures("commanded")
def test_the_run_of_the_command_line_is_there(served: tuple[str, str, Path], page: Page) -> None:
    dagster, _, _ = served
    page.goto(f"{dagster}/runs", wait_until="domcontentloaded")
    expect(page.get_by_text("lifecycle").first).to_be_visible()
    expect(page.get_by_text("Success").first).to_be_visible()
    for tag in ("ind_risk/model_version: 2", "ind_risk/gate: closed", "ind_risk/gate: open"):
        expect(page.get_by_text(tag).first).to_be_visible()


def test_an_asset_shows_its_checks_and_what_they_found(
    served: tuple[str, str, Path], commanded: dict[str, Any], page: Page
) -> None:
    dagster, _, _ = served
    page.goto(f"{dagster}/assets/accuracy_evidence?view=checks", wait_until="domcontentloaded")
    expect(page.get_by_text("accuracy_established").first).to_be_visible()
    expect(page.get_by_text("band_order").first).to_be_visible()
    sentence = next(
        f["sentence"] for f in commanded["findings"] if f["check"] == "accuracy_established"
    )
    expect(page.get_by_text(sentence[:40]).first).to_be_visible()
    page.get_by_text("[Show Markdown]").nth(1).click()
    plot = page.get_by_role("dialog").locator("img")
    expect(plot).to_be_visible()
    assert plot.evaluate("drawn => drawn.naturalWidth") > 0


def test_an_asset_explains_itself_and_leads_to_its_run_and_to_mlflow(
    served: tuple[str, str, Path], commanded: dict[str, Any], page: Page
) -> None:
    dagster, _, _ = served
    page.goto(f"{dagster}/assets/bias_evidence", wait_until="domcontentloaded")
    expect(page.get_by_text("Does the model treat nationalities alike?").first).to_be_visible()
    run_of_mlflow = commanded["candidate"]["mlflow_run_id"]
    expect(page.locator(f'a[href*="/runs/{run_of_mlflow}"]').first).to_be_visible()
    expect(page.locator('a[href*="/models/ind-risk-sponsors/versions/2"]').first).to_be_visible()
    page.goto(f"{dagster}/assets/bias_evidence?view=events", wait_until="domcontentloaded")
    page.locator('a[href^="/runs/"]').first.click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_text("bias_evidence_bias_independence").first).to_be_visible()


@pytest.mark.usefixtures("commanded")
def test_the_sensors_run_and_say_why_nothing_is_released(
    served: tuple[str, str, Path], page: Page
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
    sensor = f"{dagster}/locations/__repository__@ind_risk.definitions/sensors/deployment_sensor"
    page.goto(sensor, wait_until="domcontentloaded")
    page.get_by_role("link", name="0 runs requested").or_(
        page.get_by_role("button", name="0 runs requested")
    ).first.click()
    expect(page.get_by_text("The gate is closed").first).to_be_visible()
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


@pytest.mark.usefixtures("commanded")
def test_mlflow_shows_the_candidates_to_its_reader(
    served: tuple[str, str, Path], browser: Browser
) -> None:
    _, mlflow, home = served
    word = MlflowLogins.of(Home(home)).password_file(READER).read_text()
    page = browser.new_page(http_credentials={"username": READER, "password": word})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{mlflow}/#/models/ind-risk-sponsors", wait_until="domcontentloaded")
    expect(page.get_by_text("Version 1").first).to_be_visible()
    expect(page.get_by_text("Version 2").first).to_be_visible()
    page.goto(f"{mlflow}/#/models/ind-risk-sponsors/versions/2", wait_until="domcontentloaded")
    expect(page.get_by_text("The gate is closed, for").first).to_be_visible()
    expect(page.get_by_role("cell", name="How well it predicts").first).to_be_visible()
    page.close()


def test_nothing_listens_beyond_this_machine(served: tuple[str, str, Path]) -> None:
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
