"""A version can be made again from the trail, and only the same is called the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ind_risk.adapters.home import Home
from ind_risk.core.errors import IntegrityError, NotFound
from ind_risk.replay import replay_version
from ind_risk_tests.command import ind_risk


@pytest.fixture(scope="module")
def two_worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that judged one world and then another, so that the first one's tables are gone."""
    home = tmp_path_factory.mktemp("replay") / "home"
    for seed in ("1", "2"):
        done = ind_risk(
            "run", "--world", "letter", "--sponsors", "400", "--seed", seed, "--home", str(home)
        )
        assert done.returncode == 0, done.stderr
    return home


def test_the_version_at_hand_comes_out_the_same(two_worlds: Path) -> None:
    ledger = (two_worlds / "ledger.jsonl").read_bytes()
    done = ind_risk("replay", "2", "--json", "--home", str(two_worlds))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["same"]
    whats = [c["what"] for c in told["compared"]]
    assert whats[:4] == ["code", "tables", "policy", "model"]
    recorded = two_worlds.glob("mlflow/artifacts/*/artifacts/evidence/*.json")
    assert {f"findings of {p.stem}" for p in recorded} == set(whats[4:])
    assert (two_worlds / "ledger.jsonl").read_bytes() == ledger


def test_a_world_is_made_again_where_its_tables_are_gone(two_worlds: Path) -> None:
    found = replay_version(Home(two_worlds), "1")
    assert all(c.same for c in found), [c for c in found if not c.same]
    assert {c.what for c in found} >= {"model", "findings of drift"}


def test_other_tables_come_out_differently(two_worlds: Path, tmp_path: Path) -> None:
    """As when somebody gives tables that are nearly the ones of then."""
    tables = tmp_path / "tables"
    shutil.copytree(two_worlds / "tables" / "landing", tables)
    given = ("--data", str(tables), "--protected-data", str(tables / "protected"))
    done = ind_risk("replay", "1", *given, "--home", str(two_worlds))
    assert done.returncode == 1
    assert "It is not the same: tables" in done.stdout


def test_what_was_altered_is_not_compared(two_worlds: Path) -> None:
    policies = list(two_worlds.glob("mlflow/artifacts/*/artifacts/policy.toml"))
    before = [p.read_bytes() for p in policies]
    try:
        for path in policies:
            path.write_bytes(path.read_bytes().replace(b"0.05", b"0.09"))
        with pytest.raises(IntegrityError, match="not the file that was recorded"):
            replay_version(Home(two_worlds), "1")
    finally:
        for path, content in zip(policies, before, strict=True):
            path.write_bytes(content)


def test_an_unknown_version_is_said(two_worlds: Path) -> None:
    with pytest.raises(NotFound, match=r"no evidence on a model version '9'.* there is on 1, 2"):
        replay_version(Home(two_worlds), "9")
