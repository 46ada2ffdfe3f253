"""The command as a user meets it: exit status, one JSON object, messages without traces."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ind_risk.core.worlds import make_world
from ind_risk.defs import monitoring
from ind_risk.defs.resources import Platform
from ind_risk_tests.command import ind_risk, program

COMMANDS = (
    "run",
    "synth",
    "check-data",
    "gate",
    "withdraw",
    "worklist",
    "certify",
    "ui",
    "monitor",
    "verify",
    "replay",
    "checkpoint",
    "history",
    "purge",
)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home in which the audited world was run, and what the run said."""
    home = tmp_path_factory.mktemp("audited") / "home"
    done = program("run", "--world", "audited", "--seed", "3", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return home, said


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    done = ind_risk(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "--data", "x", "--world", "audited"),
        ("run", "--world", "nowhere"),
        ("run", "--world", "audited", "--as-of", "yesterday"),
        ("run", "--world", "audited", "--seed", "-1"),
        ("run", "--data", "x", "--sponsors", "10"),
        ("synth", "nowhere", "--out", "x"),
        ("withdraw",),
        ("withdraw", "--reason", " "),
        ("fly",),
    ],
)
def test_wrong_use_is_status_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = ind_risk(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_policy_that_is_none_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[gate]\n")
    done = ind_risk("run", "--world", "audited", "--policy", "p.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "p.toml" in done.stderr


@pytest.mark.parametrize("command", [("gate",), ("worklist",), ("withdraw", "--reason", "x")])
def test_a_home_that_is_none_is_said(command: tuple[str, ...], tmp_path: Path) -> None:
    done = ind_risk(*command, "--home", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "ind-risk run" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()


def test_run_says_everything_in_one_object(audited: tuple[Path, dict[str, Any]]) -> None:
    _, said = audited
    assert {"decision", "in_use", "candidate", "findings", "reasons", "timings"} <= set(said)
    assert said["decision"] == "open", said["reasons"]
    assert said["in_use"] == said["candidate"]["version"] == "1"
    assert {"version", "model_digest", "data_digest", "mlflow_run_id"} <= set(said["candidate"])
    for finding in said["findings"]:
        assert {"check", "claim", "subject", "verdict", "estimate", "low", "high", "n"} <= set(
            finding
        )
    assert {f["check"] for f in said["findings"]} == {
        "data_contract",
        "protected_isolation",
        "bias_independence",
        "bias_selection_parity",
        "bias_error_parity",
        "bias_funnel",
        "bias_coverage",
        "bias_alternatives",
        "policy_preregistered",
        "accuracy_established",
        "band_order",
        "label_assumption",
        "usefulness",
        "calibration",
        "backtest",
        "stability",
        "perturbation",
        "inspector_effect",
        "reproducible",
        "sensitivity",
        "drift",
        "loadable",
    }


def test_the_model_in_use_is_monitored(
    audited: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged as if released a year ago: by its own world's tables, then by another's."""
    home, _ = audited
    done = ind_risk("monitor", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "Nothing is shown to be out of line" in done.stdout

    monkeypatch.setattr(monitoring, "_judged_until", lambda *_: "2024-12-31")
    platform = Platform(path=str(home))
    fair = monitoring.monitor(platform)
    assert not fair.wrong, fair.wrong
    assert len(fair.months) >= 11
    facts, before = platform.tables.landing_facts(), platform.tables.landing()
    texts = {
        p.name: p.read_text() for p in platform.home.landing.iterdir()
        if p.suffix in (".toml", ".json") and p.name != "facts.json"
    }  # fmt: skip
    try:
        drifted = make_world("drifted", sponsors=None, seed=3).tables
        platform.tables.write_landing(drifted, facts, texts=texts)
        changed = monitoring.monitor(platform)
    finally:
        platform.tables.write_landing(before, facts, texts=texts)
    assert {f.claim for f in changed.findings if f.verdict == "refuted"} >= {"feature_psi"}
    in_use = platform.ledger.state().in_use
    assert in_use is not None
    assert monitoring.wrong_since_release(platform, in_use) == changed.wrong != []
    told = ind_risk("history", "--home", str(home)).stdout
    assert "Monitored model version 1" in told
    assert ind_risk("verify", "--home", str(home)).returncode == 0
    for file in (home / "monitoring").iterdir():
        file.write_text(file.read_text().replace("refuted", "established"))
    named = ind_risk("verify", "--home", str(home))
    assert named.returncode == 1
    assert "What monitoring found" in named.stdout


def test_worklist_gate_withdraw_worklist(
    audited: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home, _ = audited
    at = ("--home", str(home))
    listed = ind_risk("worklist", *at, "--size", "20", "--out", str(tmp_path / "a.csv"))
    assert listed.returncode == 0, listed.stderr
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert len(lines) == 21
    assert "high" in lines[1]

    asked = json.loads(ind_risk("gate", *at, "--json").stdout)
    assert (asked["decision"], asked["in_use"]) == ("open", "1")

    done = ind_risk("withdraw", *at, "--reason", "a test")
    assert done.returncode == 0, done.stderr
    assert "a test" in done.stdout
    nothing = ind_risk("monitor", *at)
    assert nothing.returncode == 2
    assert nothing.stderr.startswith("Error: No model is in use")
    again = ind_risk("withdraw", *at, "--reason", "a test")
    assert again.returncode == 1
    assert "No model is in use" in again.stderr

    listed = ind_risk("worklist", *at, "--out", str(tmp_path / "b.csv"))
    assert "no model is in use" in listed.stdout
    assert "Band, rank and reasons are empty" in listed.stdout
    assert "random sample" in (tmp_path / "b.csv").read_text()


def test_refused_input_leaves_the_home_as_it_was(
    audited: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home, said = audited
    data = tmp_path / "tables"
    assert (
        ind_risk("synth", "audited", "--out", str(data), "--sponsors", "50", "--csv").returncode
        == 0
    )
    file = data / "inspections.csv"
    text = file.read_text().replace('"compliant"', '"fine"').replace(",compliant,", ",fine,")
    file.write_text(text)
    done = ind_risk("run", "--data", str(data), "--home", str(home))
    assert done.returncode == 3
    assert "inspections.outcome" in done.stderr
    assert "fine" in done.stderr or "for example" in done.stderr
    assert "Traceback" not in done.stderr
    assert (
        json.loads((home / "tables" / "landing" / "facts.json").read_text())["data_digest"]
        == (said["candidate"]["data_digest"])
    )
    assert ind_risk("gate", "--home", str(home)).returncode == 0


def test_check_data_and_synth(tmp_path: Path) -> None:
    out = tmp_path / "letter"
    assert ind_risk("synth", "letter", "--out", str(out), "--sponsors", "200").returncode == 0
    assert (out / "truth.parquet").exists()
    checked = ind_risk("check-data", str(out))
    assert checked.returncode == 0, checked.stderr
    assert "obey the contract" in checked.stdout
    (out / "signals.parquet").unlink()
    refused = ind_risk("check-data", str(out))
    assert refused.returncode == 3
    assert "signals" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--data", "none"),
        ("run", "--world", "letter", "--policy", "none.toml"),
        ("check-data", "none"),
        ("sample", "ingest", "none.csv"),
        ("synth", "outcomes", "none", "--sample", "none.csv", "--out", "o.csv"),
        ("verify", "--checkpoint", "none.json"),
        ("verify", "--checkpoint", "list.csv"),
        ("checkpoint", "--key", "none.pem", "--out", "c.json"),
        ("state", "approval", "--key", "none.pem"),
        ("state", "approval", "--envelope", "none.json"),
        ("export", "system-card", "--organisation", "none.toml"),
    ],
)
def test_a_file_that_is_not_there_has_one_status(
    arguments: tuple[str, ...], audited: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "list.csv").write_text("sponsor_id\nS1\n")
    at = () if arguments[0] in ("check-data", "synth") else ("--home", str(audited[0]))
    done = ind_risk(*arguments, *at, cwd=tmp_path)
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert arguments[-1] in done.stderr or "none" in done.stderr
    for never in ("Traceback", "Errno", "does not hold", "Warning"):
        assert never not in done.stderr + done.stdout


def test_without_a_terminal_a_password_is_not_asked_for(tmp_path: Path) -> None:
    done = program("key", "anna.pem", cwd=tmp_path)
    assert done.returncode == 2
    assert "--no-password" in done.stderr
    assert "Warning" not in done.stderr
    assert not (tmp_path / "anna.pem").exists()


def test_completion_is_printed_for_bash() -> None:
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # else by the parent process
    done = program("--show-completion", "bash", env=named)  # decided while it is imported
    assert done.returncode == 0, done.stderr
    assert "complete -o default -F _ind_risk" in done.stdout


def test_languages_are_taken_in_any_case(audited: tuple[Path, dict[str, Any]]) -> None:
    done = ind_risk("dossier", "--lang", "NL", "--home", str(audited[0]))
    assert done.returncode == 0, done.stderr
