"""What each server is started with, and what it is not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_logins import ADMIN_VARIABLE
from ind_risk.adapters.protected_source import PROTECTED_VARIABLE
from ind_risk.adapters.servers import DAEMON, MLFLOW, WEBSERVER, commands, environments
from ind_risk_tests.command import ind_risk


def test_every_server_is_bound_to_loopback(tmp_path: Path) -> None:
    found = commands(Home(tmp_path), port=3000, mlflow_port=5000)
    assert set(found) == {WEBSERVER, DAEMON, MLFLOW}
    for name, option in ((WEBSERVER, "-h"), (MLFLOW, "--host")):
        assert found[name][found[name].index(option) + 1] == "127.0.0.1"
    assert "--read-only" not in found[WEBSERVER]
    assert found[MLFLOW][found[MLFLOW].index("--app-name") + 1] == "basic-auth"


def test_to_read_only_there_is_one_server(tmp_path: Path) -> None:
    found = commands(Home(tmp_path), port=3001, mlflow_port=None, path_prefix="/auditors")
    assert list(found) == [WEBSERVER]
    assert found[WEBSERVER][-3:] == ["--path-prefix", "/auditors", "--read-only"]


def test_secrets_go_to_the_one_server_that_needs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROTECTED_VARIABLE, "postgresql://audit@db/risk")
    monkeypatch.setenv(ADMIN_VARIABLE, "given by the administrator")
    monkeypatch.setenv("MLFLOW_FLASK_SERVER_SECRET_KEY", "of another server")
    mlflow = {ADMIN_VARIABLE: "a", "MLFLOW_FLASK_SERVER_SECRET_KEY": "b"}
    told = environments(Home(tmp_path), mlflow)
    knows = {
        name: {server for server, given in told.items() if name in given}
        for name in (PROTECTED_VARIABLE, *mlflow)
    }
    assert knows == {PROTECTED_VARIABLE: {DAEMON}, **{key: {MLFLOW} for key in mlflow}}
    assert {k: told[MLFLOW][k] for k in mlflow} == mlflow
    monkeypatch.delenv(PROTECTED_VARIABLE)
    assert PROTECTED_VARIABLE not in environments(Home(tmp_path), {})[DAEMON]


@pytest.mark.parametrize(
    "arguments",
    [
        ("ui", "--read-only", "--mlflow-port", "5001"), ("ui", "--path-prefix", "engineers"),
        ("ui", "--path-prefix", "/engineers/"), ("ui", "--path-prefix", "/a b"),
        ("run", "--world", "letter", "--protected-data", "apart"),
        ("replay", "1", "--protected-data", "apart"),
    ],
)  # fmt: skip
def test_wrong_use_is_status_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = ind_risk(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert list(tmp_path.iterdir()) == []
