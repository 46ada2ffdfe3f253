"""An MLflow database appears whole or not at all, and carries nothing of another home."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from ind_risk.adapters import mlflow_home
from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_home import MlflowHome, ensure_database

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def _count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


def test_the_template_is_made_once_and_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "environment" / "template.db"
    monkeypatch.setattr(mlflow_home, "template_path", lambda: kept)
    ensure_database(tmp_path / "one" / "mlflow.db")
    stamp = kept.stat().st_mtime_ns
    ensure_database(tmp_path / "two" / "mlflow.db")
    assert kept.stat().st_mtime_ns == stamp
    for table in ("experiments", "runs", "registered_models", "model_versions"):
        assert _count(kept, table) == 0
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["mlflow.db"]


def test_a_read_only_environment_still_gets_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(mlflow_home, "template_path", lambda: tmp_path / "file" / "template.db")
    ensure_database(tmp_path / "home" / "mlflow.db")
    assert _count(tmp_path / "home" / "mlflow.db", "runs") == 0


def test_an_existing_database_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "mlflow.db"
    target.write_text("mine")
    ensure_database(target)
    assert target.read_text() == "mine"


def test_a_home_has_its_own_default_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home(tmp_path / "home")
    client = MlflowHome.of(home).client()
    assert len(client.search_experiments()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["home"]  # no mlruns, no mlflow.db beside it
