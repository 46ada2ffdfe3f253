"""Every kind of broken table through the command: status 3, a message, the home untouched."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from ind_risk.cli import REFUSED, main
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


def test_the_home_is_still_usable(home: Path) -> None:
    done = ind_risk("gate", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    again = ind_risk("run", "--world", "letter", "--sponsors", "300", "--home", str(home), "--json")
    assert again.returncode == 0, again.stderr
    assert '"version": "1"' in again.stdout
