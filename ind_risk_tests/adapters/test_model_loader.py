"""The clean process: it agrees, or says why not, and never stays silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ind_risk.adapters.clean_process import CleanProcess
from ind_risk.adapters.model_file import save_model
from ind_risk.adapters.model_loader import LoadCheck, main, start_load_check
from ind_risk_tests.core.training.example import last_features, shipped_policy, trained

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = last_features().head(40)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "model"
    return folder, save_model(folder, trained(), shipped_policy().capacity)


def _expected() -> list[float]:
    return [float(p) for p in trained().predict_proba(SAMPLE)[:, 1]]


def test_a_clean_process_scores_the_same(
    saved: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    with CleanProcess() as process:
        result = start_load_check(process, *saved, SAMPLE, tmp_path, _expected()).finish(120)
    assert result.ok, result.message
    assert (result.n, result.max_abs_difference) == (40, 0.0)


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        ('{"scores": [0.1, 0.2]}', [0.1, 0.2 + 1e-9], "differently, by up to 1e-09"),
        ('{"scores": [0.1]}', [0.1, 0.2], "no usable scores"),
        ('{"scores": [0.1, NaN]}', [0.1, 0.2], "no scores to compare"),
        ('{"scores": [0.1, null]}', [0.1, 0.2], "no usable scores"),
        ('{"scores": []}', [], "no scores to compare"),
        ('{"scor', [0.1], "no usable scores"),
        (None, [0.1], "no usable scores"),
    ],
)
def test_any_other_answer_is_not_ok(
    tmp_path: Path, answer: str | None, expected: list[float], words: str
) -> None:
    out = tmp_path / "scores.json"
    if answer is not None:
        out.write_text(answer)
    with CleanProcess("print('[0, 0]')") as process:
        result = LoadCheck(process, out, expected).finish(timeout=60)
    assert not result.ok
    assert words in result.message


def test_a_crash_is_not_ok_and_gives_its_last_line(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text('{"scores": [0.1]}')
    with CleanProcess("raise OSError('disk gone')") as process:
        check = LoadCheck(process, tmp_path / "scores.json", [0.1])
        result = check.finish(timeout=60)
    assert not result.ok
    assert result.message.endswith("OSError: disk gone")


def test_a_changed_file_is_not_ok(saved: tuple[Path, str], tmp_path: Path) -> None:
    with CleanProcess() as process:
        check = start_load_check(process, saved[0], "0" * 64, SAMPLE, tmp_path, _expected())
        result = check.finish(timeout=120)
    assert not result.ok
    assert "digest" in result.message


def test_a_process_that_takes_too_long_is_not_ok(saved: tuple[Path, str], tmp_path: Path) -> None:
    with CleanProcess() as process:
        check = start_load_check(process, *saved, SAMPLE, tmp_path, _expected())
        result = check.finish(timeout=0.01)
    assert not result.ok
    assert "longer than 0.01 seconds" in result.message


def test_the_child_refuses_in_words(
    saved: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "no"), saved[1], "", ""]) == 1
    assert "there is no model" in capsys.readouterr().err
