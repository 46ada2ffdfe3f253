"""Every kind of broken table through the command: status 3, a message, the home untouched."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from ind_risk.actions import ask_gate
from ind_risk.adapters.home import Home
from ind_risk.cli import REFUSED, main
from ind_risk.core.errors import InputRefused
from ind_risk.definitions import definitions
from ind_risk.session import opened, run_job
from ind_risk_tests.adapters.broken_files import FILES
from ind_risk_tests.adapters.broken_tables import CELLS, RULES, Broken, loads, write_together
from ind_risk_tests.command import ind_risk

# Faults that do not meet share a landing: a run costs a second or two, and all must be named.
LANDINGS = (
    *loads(CELLS, lambda case: (case.table, case.column, case.row)),
    *loads(RULES, lambda case: (case.table, case.row)),
    *([case] for case in FILES),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a small world was judged, as an earlier day would have left it."""
    home = tmp_path_factory.mktemp("earlier") / "home"
    done = ind_risk("run", "--world", "letter", "--sponsors", "300", "--home", str(home))
    assert done.returncode == 0, done.stderr
    return home


def reasons_of(home: Path) -> list[str]:
    return [r.sentence for r in ask_gate(Home(home)).decision.reasons]


def state_of(home: Path) -> dict[str, str]:
    """Digest of every file that a refusal must leave alone: all but Dagster's own log."""
    kept = [home / "ledger.jsonl", *(home / "tables").rglob("*"), *(home / "mlflow").rglob("*")]
    return {
        str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in kept
        if p.is_file()
    }


@pytest.mark.parametrize("load", LANDINGS, ids=lambda load: " + ".join(c.name for c in load)[:80])
def test_refused_by_name_and_nothing_lost(
    load: list[Broken],
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if len(load) > 1:
        folder = write_together(load, tmp_path / "in")
    else:
        folder = load[0].write(tmp_path / "in", load[0].forms[0])
    before = state_of(home)
    monkeypatch.setattr(sys, "argv", ["ind-risk", "run", "--data", str(folder), "--quiet",
                                      "--home", str(home)])  # fmt: skip
    with pytest.raises(SystemExit) as ending:
        main()
    said = capsys.readouterr()
    assert ending.value.code == REFUSED
    assert said.out == ""
    assert "Traceback" not in said.err
    for case in load:
        assert any(
            case.table in line and (case.column or "") in line and case.says in line
            for line in said.err.splitlines()
        ), case.name
    assert state_of(home) == before


@pytest.mark.parametrize("wrong", ["path", "day", "contract"])
def test_a_refused_input_leaves_the_gates_answer_as_it_was(
    wrong: str, home: Path, tmp_path: Path
) -> None:
    before, asked = reasons_of(home), ["run", "--data", str(tmp_path / "none")]
    assert not any("planned" in r or "refused" in r for r in before)
    if wrong == "day":
        asked = ["run", "--world", "letter", "--sponsors", "300", "--as-of", "2190-01-01"]
    if wrong == "contract":
        (case,) = (c for c in RULES if c.name == RULES[0].name)
        asked[2] = str(case.write(tmp_path / "in", case.forms[0]))
    done = ind_risk(*asked, "--home", str(home))
    assert done.returncode == (1 if wrong == "day" else REFUSED), done.stderr
    assert reasons_of(home) == before
    assert ind_risk("verify", "--home", str(home)).returncode == 0


def test_a_run_that_dagsters_screens_began_and_intake_refused_is_one_sentence(
    home: Path, tmp_path: Path
) -> None:
    """Its checks stay planned; the gate stays closed, and says why once."""
    config = {"ops": {"landing": {"config": {"source": str(tmp_path / "none")}}}}
    with opened(Home(home)) as instance, pytest.raises(InputRefused):
        run_job(instance, definitions(str(home)), "lifecycle", config=config)
    asked = ask_gate(Home(home)).decision
    assert not asked.open
    (why,) = (r for r in asked.reasons if r.code == "refused_at_intake")
    assert why.sentence.startswith("The last run was refused at intake: source: ")
    assert "does not exist" in why.sentence
    assert not any(r.code in ("planned", "no_statement", "run_failed") for r in asked.reasons)


def test_the_home_is_still_usable(home: Path) -> None:
    done = ind_risk("gate", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    again = ind_risk("run", "--world", "letter", "--sponsors", "300", "--home", str(home), "--json")
    assert again.returncode == 0, again.stderr
    assert '"version": "1"' in again.stdout
