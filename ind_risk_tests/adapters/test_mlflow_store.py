"""What is put on record can be read back; versions, aliases and homes stay apart."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING, Any

import mlflow.sklearn
import numpy as np
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_records import CandidateRecord
from ind_risk.adapters.mlflow_store import EXPERIMENT, ModelStore
from ind_risk.adapters.model_file import load_model, save_model
from ind_risk.core.errors import IndRiskError, NotFound
from ind_risk_tests.core.training.example import last_features, shipped_policy, trained

if TYPE_CHECKING:
    from pathlib import Path

TAGS = {"data_digest": "d" * 64, "policy_digest": "p" * 64, "code_version": "c" * 64}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("MLflow reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(Home(tmp_path / "home"))


def _record(tmp_path: Path) -> CandidateRecord:
    folder = tmp_path / "candidate"
    return CandidateRecord(
        candidate=trained(),
        model_folder=folder,
        model_digest=save_model(folder, trained(), shipped_policy().capacity),
        tags=TAGS,
        datasets={"sponsors": "a" * 64, "permits": "b" * 64},
        files={"policy.toml": "name = 'x'\n", "plots/windows.png": b"\x89PNG"},
        parameters={"label_strategy": "verified_only"},
    )


def test_a_candidate_is_on_record_whole(store: ModelStore, tmp_path: Path) -> None:
    info = store.log_candidate(_record(tmp_path))
    assert info.version == "1"
    assert dict(info.tags).items() >= TAGS.items()
    run = store.client.get_run(info.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["kind"] == trained().kind
    assert run.data.params["label_strategy"] == "verified_only"
    history = store.client.get_metric_history(info.run_id, "past windows/logistic precision")
    windows = [w for w in trained().windows if w.candidate == "logistic"]
    assert [m.value for m in sorted(history, key=lambda m: m.step)] == [
        w.precision_at_capacity for w in windows
    ]
    assert run.inputs is not None
    inputs = {d.dataset.name: d for d in run.inputs.dataset_inputs}
    assert json.loads(inputs["permits"].dataset.source)["sha256"] == "b" * 64
    names = {f.path for f in store.client.list_artifacts(info.run_id)}
    assert names >= {"policy.toml", "plots", "windows.json", "environment.json", "importance.json"}
    assert store.client.get_experiment_by_name(EXPERIMENT) is not None


def test_the_stored_model_is_the_very_file(store: ModelStore, tmp_path: Path) -> None:
    info = store.log_candidate(_record(tmp_path))
    path = store.model_path(info.version)
    assert path.is_relative_to(tmp_path / "home")
    features, expected = last_features(), trained().predict_proba(last_features())
    loaded = load_model(path, info.model_digest)
    assert np.array_equal(loaded.predict_proba(features), expected)
    theirs = mlflow.sklearn.load_model(str(path))
    assert np.array_equal(theirs.predict_proba(features), expected)
    described = mlflow.models.Model.load(str(path))
    assert described.signature.inputs.input_names() == list(trained().feature_names)


def test_versions_count_and_the_latest_is_the_last(store: ModelStore, tmp_path: Path) -> None:
    assert store.latest_candidate() is None
    versions = [store.log_candidate(_record(tmp_path)).version for _ in range(11)]
    latest = store.latest_candidate()
    assert latest is not None
    assert latest.version == versions[-1] == "11"


def test_alias(store: ModelStore, tmp_path: Path) -> None:
    assert store.in_use_alias() is None
    store.clear_in_use()
    first, second = (store.log_candidate(_record(tmp_path)).version for _ in range(2))
    store.set_in_use(first)
    store.set_in_use(second)
    assert store.in_use_alias() == second
    store.clear_in_use()
    store.clear_in_use()
    assert store.in_use_alias() is None
    with pytest.raises(NotFound, match="version 99"):
        store.set_in_use("99")


def test_evidence_joins_the_run(store: ModelStore, tmp_path: Path) -> None:
    info = store.log_candidate(_record(tmp_path))
    store.log_evidence(info.version, [{"check": "drift"}], tags={"gate": "closed"})
    text = mlflow.artifacts.load_text(
        f"{store.client.get_run(info.run_id).info.artifact_uri}/evidence/findings.json"
    )
    assert json.loads(text) == [{"check": "drift"}]
    assert store.version_info(info.version).tags["gate"] == "closed"
    with pytest.raises(ValueError, match="JSON"):
        store.log_evidence(info.version, [{"estimate": float("nan")}])


def test_two_homes_do_not_touch(store: ModelStore, tmp_path: Path) -> None:
    other = ModelStore(Home(tmp_path / "other"))
    store.set_in_use(store.log_candidate(_record(tmp_path)).version)
    assert other.latest_candidate() is None
    assert other.in_use_alias() is None
    assert {p.name for p in tmp_path.iterdir()} <= {"home", "other", "candidate"}


def test_a_home_that_was_copied_reads_its_own_files_and_writes_nowhere_else(
    store: ModelStore, tmp_path: Path
) -> None:
    """MLflow's records name files by whole paths, those of the original."""
    info = store.log_candidate(_record(tmp_path))
    original, moved = tmp_path / "home", tmp_path / "elsewhere"
    shutil.copytree(original, moved)
    copy = ModelStore(Home(moved))
    assert copy.model_path(info.version).is_relative_to(moved)
    assert copy.importance(info.version) == store.importance(info.version)
    for file in store.model_path(info.version).iterdir():
        file.write_bytes(b"changed in the original")
    digest = str(info.tags["model_digest"])
    load_model(copy.model_path(info.version), expected_digest=digest)
    for write in (
        lambda: copy.log_evidence(info.version, [{"check": "drift"}]),
        lambda: copy.log_candidate(_record(tmp_path)),
    ):
        with pytest.raises(IndRiskError, match="made at another place"):
            write()
