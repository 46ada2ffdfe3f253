"""Demonstration keys: everybody has them, they say so, and they count for no real data."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ind_risk.adapters.demo_people import (
    PEOPLE,
    POLICY_NAME,
    demo_policy_text,
    demo_signer,
    public_pem,
)
from ind_risk.adapters.settings import policy_in_force, shipped_policy_text
from ind_risk.adapters.signatures import new_key, public_key
from ind_risk.core.errors import IndRiskError, PolicyError
from ind_risk.core.people import RULES
from ind_risk.defs.people import _demo_signer
from ind_risk_tests.command import ind_risk

TEXT = demo_policy_text(shipped_policy_text())


def test_the_policy_asks_for_the_same_and_names_itself() -> None:
    shipped = policy_in_force(shipped_policy_text(), own=True, synthetic=True)
    demo = policy_in_force(TEXT, own=True, synthetic=True)
    assert demo.name == POLICY_NAME
    assert demo.synthetic_only
    assert demo.required_statements == shipped.required_statements != ()
    assert (demo.bias, demo.accuracy, demo.required_checks) == (
        shipped.bias, shipped.accuracy, shipped.required_checks,
    )  # fmt: skip
    assert all(p.name.startswith("Demonstration ") for p in demo.people.people)
    for kind in demo.required_statements:
        rule = RULES[kind]
        assert len(demo.people.with_role(rule.role)) >= rule.people


@pytest.mark.parametrize("name", [name for name, _ in PEOPLE])
def test_a_demonstration_key_is_refused_for_real_data_under_any_name(
    name: str, tmp_path: Path
) -> None:
    real = new_key(tmp_path / "anna.pem", password=None)
    listed = "".join(
        f"[[statements.people]]\nname = \"{who}\"\nroles = [\"approver\"]\nkeys = ['''{pem}''']\n"
        for who, pem in (("Anna de Vries", real), ("Bram Jansen", public_pem(name)))
    )
    text = shipped_policy_text() + listed
    with pytest.raises(PolicyError, match=r"lists for 'Bram Jansen' the key of 'Demonstration"):
        policy_in_force(text, own=True, synthetic=False)
    assert policy_in_force(text, own=True, synthetic=True).people.people


def test_the_demonstration_policy_is_refused_for_real_data(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="which everybody has"):
        policy_in_force(TEXT, own=True, synthetic=False)
    data, policy = tmp_path / "data", tmp_path / "policy.toml"
    assert ind_risk("synth", "letter", "--sponsors", "60", "--out", str(data)).returncode == 0
    (data / "world.json").unlink()  # from here on nobody can tell it from real tables
    policy.write_text(TEXT)
    home = tmp_path / "home"
    done = ind_risk("run", "--data", str(data), "--policy", str(policy), "--home", str(home))
    assert done.returncode != 0
    assert "which everybody has" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_signed_where_the_tables_are_real() -> None:
    tables = SimpleNamespace(landing_facts=lambda: SimpleNamespace(synthetic=False))
    platform: Any = SimpleNamespace(tables=tables)
    nobody: Any = None
    with pytest.raises(IndRiskError, match="nothing is signed here but by people"):
        _demo_signer(platform, nobody, "approval")


def test_one_signs_after_the_other_and_nobody_twice() -> None:
    first = demo_signer("approver", [])
    names = [name for name, role in PEOPLE if role == "approver"]
    assert first.public_key.keyid == public_key(public_pem(names[0])).keyid
    second = demo_signer("approver", names[:1])
    assert second.public_key.keyid == public_key(public_pem(names[1])).keyid
    with pytest.raises(IndRiskError, match="has signed this already"):
        demo_signer("approver", names)


def test_a_text_that_is_laid_out_otherwise_is_refused() -> None:
    with pytest.raises(PolicyError, match="has 0 lines that set name"):
        demo_policy_text("synthetic_only = false\n")


def test_people_of_a_demonstration_sign_through_the_command(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "home"))
    both = ind_risk("run", "--data", "x", "--demo-statements", *home)
    assert both.returncode == 2
    done = ind_risk("run", "--world", "letter", "--sponsors", "300", "--demo-statements", "--json",
                    *home)  # fmt: skip
    assert done.returncode == 0, done.stderr
    lacking = [r for r in json.loads(done.stdout)["reasons"] if "statement of" in r]
    assert len(lacking) == 4
    for kind in ("approval", "approval", "impact_assessment", "cbs_advice", "parliament_informed"):
        assert ind_risk("state", kind, "--demo", *home).returncode == 0
    third = ind_risk("state", "approval", "--demo", *home)
    assert third.returncode == 1
    assert "Every demonstration approver has signed" in third.stderr
    told = json.loads(ind_risk("gate", "--json", *home).stdout)
    assert told["policy"] == POLICY_NAME
    assert not [r for r in told["reasons"] if "statement of" in r]
    assert ind_risk("verify", *home).returncode == 0
