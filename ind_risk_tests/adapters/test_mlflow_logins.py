"""MLflow's logins: drawn once, kept to oneself, never a default."""

from __future__ import annotations

import configparser
import stat
from pathlib import Path

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_logins import ADMIN, ADMIN_VARIABLE, READER, MlflowLogins
from ind_risk.core.errors import IndRiskError

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowLogins:
    monkeypatch.delenv(ADMIN_VARIABLE, raising=False)
    return MlflowLogins.of(Home(tmp_path))


def test_passwords_are_drawn_once_and_for_each_home_anew(
    logins: MlflowLogins, tmp_path: Path
) -> None:
    told = logins.prepare()
    assert logins.prepare() == told
    assert told[ADMIN_VARIABLE] == logins.password_file(ADMIN).read_text()
    other = MlflowLogins.of(Home(tmp_path / "other"))
    secrets = {told[ADMIN_VARIABLE], told["MLFLOW_FLASK_SERVER_SECRET_KEY"],
               other.prepare()[ADMIN_VARIABLE], logins.password_file(READER).read_text(),
               other.password_file(READER).read_text()}  # fmt: skip
    assert len(secrets) == 5
    assert min(map(len, secrets)) == 32
    assert stat.S_IMODE(logins.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in logins.folder.iterdir()} == {0o600}


def test_the_settings_let_nobody_in_by_default(logins: MlflowLogins) -> None:
    settings = configparser.ConfigParser()
    settings.read(logins.prepare()["MLFLOW_AUTH_CONFIG_PATH"])
    said = settings["mlflow"]
    assert said["default_permission"] == "READ"
    assert "admin_password" not in said
    assert said["database_uri"] == f"sqlite:///{logins.users}"


def test_a_password_that_is_given_is_written_nowhere(
    logins: MlflowLogins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADMIN_VARIABLE, "given by the administrator")
    assert logins.prepare()[ADMIN_VARIABLE] == "given by the administrator"
    assert not logins.password_file(ADMIN).exists()
    assert not any("given by" in f.read_text() for f in logins.folder.iterdir())
    logins.users.touch()  # MLflow knows it from now on
    monkeypatch.delenv(ADMIN_VARIABLE)
    assert ADMIN_VARIABLE not in logins.prepare()
    assert not logins.password_file(ADMIN).exists()


def test_a_server_that_does_not_answer_is_said(logins: MlflowLogins) -> None:
    logins.prepare()
    with pytest.raises(IndRiskError, match=f"does not answer at {NOBODY}"):
        logins.ensure_reader(NOBODY)
