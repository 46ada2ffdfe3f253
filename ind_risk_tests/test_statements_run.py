"""Through the command: people sign, what does not count is refused, what changes makes it lapse."""

from __future__ import annotations

import json
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.adapters.signatures import new_key
from ind_risk_tests.command import ind_risk

NAMES = ("anna", "bram", "carla", "trainer", "stranger")
ROLES = {"anna": "approver", "bram": "approver", "carla": "assessor", "trainer": "approver"}
ACCOUNTS = {"trainer": getuser()}  # everybody else works under a name of their own


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home judged under a policy with people, and the folder of their keys."""
    folder = tmp_path_factory.mktemp("signing")
    keys = {name: new_key(folder / f"{name}.pem", password=None) for name in NAMES}
    people = "".join(
        f'[[statements.people]]\nname = "{name}"\nroles = ["{role}"]\n'
        f"accounts = [\"{ACCOUNTS.get(name, name)}\"]\nkeys = ['''{keys[name]}''']\n"
        for name, role in ROLES.items()
    )
    policy = folder / "policy.toml"
    policy.write_text(shipped_policy_text() + people)
    done = ind_risk("run", "--world", "letter", "--sponsors", "400", "--policy", str(policy),
                    "--home", str(folder / "home"), "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "home", folder


def state(signing: tuple[Path, Path], kind: str, name: str, *more: str) -> Any:
    home, keys = signing
    return ind_risk("state", kind, "--key", str(keys / f"{name}.pem"), "--home", str(home), *more)


def gate(home: Path) -> dict[str, str]:
    """What the gate says of each kind of statement."""
    done = ind_risk("gate", "--home", str(home), "--json")
    reasons: list[str] = json.loads(done.stdout)["reasons"]
    kinds = ("approval", "impact assessment", "cbs advice", "parliament informed")
    return {k: r for k in kinds for r in reasons if f"of {k}" in r}


def test_two_approve_and_others_are_refused(signing: tuple[Path, Path]) -> None:
    home, _ = signing
    assert gate(home)["approval"].startswith("No statement of approval by a person")
    first = state(signing, "approval", "anna", "--text", "I read all of it.")
    assert first.returncode == 0, first.stderr
    assert "anna stated: I have seen the evidence" in first.stdout
    assert gate(home)["approval"].startswith("1 of 2 statements of approval count")
    for name, kind, said in (
        ("carla", "approval", "has not the role approver"),
        ("trainer", "approval", "trained this model"),
        ("stranger", "approval", "of nobody whom the policy lists"),
        ("anna", "impact_assessment", "has not the role assessor"),
    ):
        refused = state(signing, kind, name)
        assert refused.returncode == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
    assert state(signing, "approval", "anna").returncode == 0  # again, and once all the same
    assert "one person counts once" in gate(home)["approval"]
    assert state(signing, "approval", "bram").returncode == 0
    assert "approval" not in gate(home)
    listed = ind_risk("statements", "--home", str(home))
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count("yes") == 3
    assert "I read all of it." in listed.stdout


def test_an_envelope_that_was_edited_or_lost_counts_no_more(signing: tuple[Path, Path]) -> None:
    home, _ = signing
    assert "approval" not in gate(home)
    entries = [e for e in LedgerFile(Home(home)).read() if e.kind == "statement"]
    file = home / "statements" / f"{entries[-1].body['digest']}.json"
    content = file.read_bytes()
    try:
        file.write_bytes(content.replace(b'"keyid":"', b'"keyid":"0'))
        assert "is not the one that was recorded" in gate(home)["approval"]
        file.unlink()
        assert "is gone" in gate(home)["approval"]
    finally:
        file.write_bytes(content)
    assert "approval" not in gate(home)


def test_an_envelope_of_other_evidence_is_refused(
    signing: tuple[Path, Path], tmp_path: Path
) -> None:
    home, keys = signing
    entries = [e for e in LedgerFile(Home(home)).read() if e.kind == "statement"]
    old = tmp_path / "old.json"
    old.write_bytes((home / "statements" / f"{entries[0].body['digest']}.json").read_bytes())
    file = home / "tables" / "evidence" / "bias_coverage.json"
    content = file.read_text()
    try:
        file.write_text(content.replace('"verdict": "', '"verdict": "x', 1))
        done = ind_risk("gate", "--home", str(home), "--json")
        assert any(
            "bias_coverage" in r and "edited" in r for r in json.loads(done.stdout)["reasons"]
        )
    finally:
        file.write_text(content)
    policy = keys / "policy.toml"
    text = policy.read_text()
    policy.write_text(text.replace("selection_rate_margin = 0.05", "selection_rate_margin = 0.04"))
    again = ind_risk("run", "--world", "letter", "--sponsors", "400", "--policy", str(policy),
                     "--home", str(home), "--json")  # fmt: skip
    assert again.returncode == 0, again.stderr
    policy.write_text(text)
    replayed = ind_risk("state", "approval", "--envelope", str(old), "--home", str(home))
    assert replayed.returncode == 1
    assert "speaks of another evidence and another policy" in replayed.stderr
    assert gate(home)["approval"].startswith("0 of 2 statements of approval count")


@pytest.mark.parametrize(
    "wrong",
    [("blessing", "--key", "k"), ("approval",), ("approval", "--key", "k", "--envelope", "e"),
     ("justification", "--key", "k"), ("approval", "--key", "k", "--difference", "IND"),
     ("justification", "--key", "k", "--difference", "IND")],
)  # fmt: skip
def test_wrong_use_is_status_2(wrong: tuple[str, ...]) -> None:
    assert ind_risk("state", *wrong).returncode == 2
