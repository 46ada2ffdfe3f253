"""Through the command: margins chosen after a look are red, tried models are counted."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.issued import listed_by_model
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.disclosure import hidden
from ind_risk.core.errors import IntegrityError
from ind_risk_tests.command import ind_risk

SMALL = ("--sponsors", "3000")  # what is looked at counts here, and not how much is found
WORLD = ("--world", "letter", "--seed", "2", *SMALL)


def run(home: Path, *more: str) -> dict[str, dict[str, Any]]:
    """Findings of `policy_preregistered` by claim."""
    done = ind_risk("run", "--home", str(home), "--json", *more)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["findings"]
    return {f["claim"]: f for f in found if f["check"] == "policy_preregistered"}


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """A home after its first look, and what that found; tests go on from one another."""
    home = tmp_path_factory.mktemp("looked") / "home"
    return home, run(home, *WORLD)


def test_no_small_count_leaves_the_home_by_way_of_evidence(
    looked: tuple[Path, dict[str, dict[str, Any]]],
) -> None:
    home, _ = looked
    files = list((home / "tables" / "evidence").glob("bias_*.json"))
    assert files
    for file in files:
        findings = json.loads(file.read_text())["findings"]
        assert findings
        for finding in findings:
            assert finding["n"] is None or finding["n"] >= 10 or finding["n"] == 0, finding
            details = finding["details"]
            for name in ("sponsors", "sponsors_selected", "migrants", "other_sponsors"):
                value = details.get(name)
                assert not isinstance(value, int) or value >= 10, (finding["subject"], name, value)
        shown = [
            f["details"]["sponsors"] for f in findings
            if f["claim"] == "selection_rate_difference"
            and isinstance(f["details"].get("sponsors"), int)
        ]  # fmt: skip
        if shown:
            whole = next(
                f["details"]["sponsors"] + f["details"]["other_sponsors"] for f in findings
                if isinstance(f["details"].get("other_sponsors"), int)
            )  # fmt: skip
            assert not hidden(shown, total=whole, minimum=10).any()


def test_a_margin_changed_after_a_look_is_red_and_looks_are_counted(
    looked: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path
) -> None:
    (home, first), policy = looked, tmp_path / "policy.toml"
    assert {f["verdict"] for f in first.values()} == {"established"}
    wider = shipped_policy_text().replace(
        "selection_rate_margin = 0.05", "selection_rate_margin = 0.08"
    )
    policy.write_text(wider)
    shopped = run(home, *WORLD, "--policy", str(policy))
    assert shopped["registered_before_first_look"]["verdict"] == "refuted"
    assert "margins must not be chosen" in shopped["registered_before_first_look"]["sentence"]
    assert shopped["looks_used"]["estimate"] == 2
    back = run(home, *WORLD)
    assert back["registered_before_first_look"]["verdict"] == "established"
    assert back["looks_used"]["estimate"] == 1  # the very same evaluation shows nothing new
    policy.write_text(wider.replace("margin = 0.08", "margin = 0.09"))
    assert run(home, *WORLD, "--policy", str(policy))["looks_used"]["verdict"] == "refuted"
    kinds = [e.kind for e in LedgerFile(Home(home)).read()]
    assert kinds.count("policy") == 3
    assert kinds.count("look") == 3


def test_another_world_is_other_outcomes(
    looked: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path
) -> None:
    (home, _), policy = looked, tmp_path / "policy.toml"
    policy.write_text(shipped_policy_text().replace("alpha = 0.05 ", "alpha = 0.04 ", 1))
    other = run(home, "--world", "letter", "--seed", "3", *SMALL, "--policy", str(policy))
    assert {f["verdict"] for f in other.values()} == {"established"}


def test_what_a_worklist_held_is_read_back_only_as_it_was_issued(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    ledger = LedgerFile(home)
    span = {"since": date(2025, 1, 1), "until": date(2025, 12, 31)}
    assert listed_by_model(home, ledger, **span) is None
    rows = json.dumps(
        [{"sponsor_id": "A", "route": "profile"}, {"sponsor_id": "B", "route": "random"}]
    )
    digest = hashlib.sha256(rows.encode()).hexdigest()
    home.issued.mkdir(parents=True)
    (home.issued / f"{digest}.json").write_text(rows)
    body = {"as_of": "2025-06-01", "model_version": "1", "rows_digest": digest}
    ledger.append("worklist", body)
    ledger.append("worklist", {**body, "as_of": "2024-06-01"})
    ledger.append("worklist", {**body, "model_version": None})
    assert listed_by_model(home, ledger, **span) == {"A"}
    (home.issued / f"{digest}.json").write_text(rows.replace("A", "C"))
    with pytest.raises(IntegrityError, match="not the one that was issued"):
        listed_by_model(home, ledger, **span)
    (home.issued / f"{digest}.json").unlink()
    with pytest.raises(IntegrityError, match="is gone"):
        listed_by_model(home, ledger, **span)
