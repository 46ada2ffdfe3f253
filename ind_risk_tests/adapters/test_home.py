"""Writes are whole or not at all, also when the process dies halfway."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ind_risk.adapters.home import Home, recover, write_text, written_beside


def test_home_is_given_else_from_the_environment_else_local(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IND_RISK_HOME", raising=False)
    assert Home.resolve().root == tmp_path / ".ind_risk"
    monkeypatch.setenv("IND_RISK_HOME", str(tmp_path / "a"))
    assert Home.resolve().root == tmp_path / "a"
    assert Home.resolve(tmp_path / "b").root == tmp_path / "b"


def test_a_project_has_one_home_from_wherever_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("IND_RISK_HOME", raising=False)
    (tmp_path / "workspace.yaml").touch()
    (tmp_path / "docs" / "images").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "docs" / "images")
    assert Home.resolve().root == tmp_path / ".ind_risk"


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "table"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(RuntimeError, match="halfway"), written_beside(target) as draft:
        draft.mkdir()
        (draft / "new").write_text("new")
        raise RuntimeError("halfway")
    assert (target / "old").read_text() == "old"
    assert os.listdir(tmp_path) == ["table"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "table"
    for content in ("first", "second"):
        with written_beside(target) as draft:
            draft.mkdir()
            (draft / content).write_text(content)
    assert os.listdir(target) == ["second"]
    assert os.listdir(tmp_path) == ["table"]


def test_recover_puts_back_what_was_moved_aside_and_removes_drafts(tmp_path: Path) -> None:
    scratch = tmp_path / "tables" / ".landing.abc123"
    (scratch / "previous").mkdir(parents=True)
    (scratch / "previous" / "facts.json").write_text("{}")
    (scratch / "landing").mkdir()
    assert recover(tmp_path) == ["landing"]
    assert (tmp_path / "tables" / "landing" / "facts.json").read_text() == "{}"
    assert os.listdir(tmp_path / "tables") == ["landing"]


def test_recover_keeps_a_finished_successor(tmp_path: Path) -> None:
    write_text(tmp_path / "x.json", "new")
    scratch = tmp_path / ".x.json.abc123"
    scratch.mkdir()
    (scratch / "previous").write_text("old")
    assert recover(tmp_path) == []
    assert (tmp_path / "x.json").read_text() == "new"
    assert os.listdir(tmp_path) == ["x.json"]


def test_recover_leaves_ordinary_hidden_folders_alone(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".notes").write_text("mine")
    recover(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".notes", ".venv"]
