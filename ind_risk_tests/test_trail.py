"""The trail of a finished home: whatever is changed in it, `verify` names it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from ind_risk.actions import verify_now
from ind_risk.adapters.home import Home
from ind_risk.adapters.manifest import evidence_files
from ind_risk.adapters.mlflow_store import IN_USE, REGISTERED_MODEL, ModelStore
from ind_risk.session import instance_of
from ind_risk_tests.command import ind_risk

FLIPS = 25  # `make soak` makes thousands


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a model was judged and a worklist issued."""
    home = tmp_path_factory.mktemp("trail") / "home"
    done = ind_risk("run", "--world", "letter", "--sponsors", "400", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert ind_risk("worklist", "--size", "12", "--home", str(home)).returncode == 0
    return home


@pytest.fixture
def home(finished: Path) -> Iterator[Path]:
    """That home, put back afterwards; into the same files, for MLflow keeps its database open."""
    before = {p: p.read_bytes() for p in finished.rglob("*") if p.is_file()}
    yield finished
    for path in finished.rglob("*"):
        if path.is_symlink() or (path.is_file() and path not in before):
            path.unlink()
    for path, content in before.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def fault(home: Path) -> str:
    """The first thing that does not hold; empty if all does."""
    return next((f"{p.what}: {p.fault}" for p in verify_now(Home(home)) if p.fault), "")


def test_an_untouched_home_holds(finished: Path) -> None:
    parts = verify_now(Home(finished))
    assert [p.fault for p in parts] == [""] * len(parts)
    counted = {p.what: p.how_many for p in parts}
    assert counted["worklists issued"] == 1
    assert counted["checks and their findings"] > 20
    assert counted["files that the evidence rests on"] == len(evidence_files(Home(finished)))
    done = ind_risk("verify", "--home", str(finished))
    assert done.returncode == 0
    assert "The trail holds." in done.stdout
    told = ind_risk("history", "--home", str(finished))
    assert told.returncode == 0
    for said in ("Took in", "trained model version 1", "The gate stayed closed", "worklist"):
        assert said in told.stdout


def test_any_flipped_byte_is_noticed(finished: Path) -> None:
    files = [*evidence_files(Home(finished)).values(), finished / "ledger.jsonl",
             *Home(finished).issued.iterdir()]  # fmt: skip
    draw = random.Random(1)
    for _ in range(FLIPS):
        file = draw.choice([f for f in files if f.stat().st_size])
        content = bytearray(file.read_bytes())
        place, mask = draw.randrange(len(content)), draw.randrange(1, 256)
        content[place] ^= mask
        before = file.read_bytes()
        try:
            file.write_bytes(bytes(content))
            assert fault(finished), f"byte {place} of {file} xor {mask}"
        finally:
            file.write_bytes(before)
            (finished / "ledger.torn").unlink(missing_ok=True)
    assert not fault(finished)


def _line(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], object]:
    def attack(home: Path) -> None:
        file = home / "ledger.jsonl"
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(change(lines)))

    return attack


def _moved_alias(home: Path) -> None:
    ModelStore(Home(home)).client.set_registered_model_alias(REGISTERED_MODEL, IN_USE, "1")


def _tag(home: Path) -> None:
    store = ModelStore(Home(home))
    store.client.set_model_version_tag(REGISTERED_MODEL, "1", "data_digest", "0" * 64)


def _metric(home: Path) -> None:
    store = ModelStore(Home(home))
    store.client.log_metric(store.version_info("1").run_id, "labels", 1e6)


def _posted_check(home: Path) -> None:
    with instance_of(Home(home)) as instance:
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey("bias_evidence"), check_name="bias_coverage", passed=True,
                metadata={}, severity=dg.AssetCheckSeverity.ERROR,
            )
        )  # fmt: skip


def _swapped(home: Path) -> None:
    one, two = (home / "tables" / f"scores_{n}.parquet" for n in ("use", "judged"))
    held = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(held)


def _linked(home: Path) -> None:
    file = home / "tables" / "labels.parquet"
    file.rename(home / "elsewhere.parquet")
    file.symlink_to(home / "elsewhere.parquet")


def _policy(home: Path) -> None:
    file = home / "tables" / "landing" / "policy.toml"
    file.write_text(
        file.read_text().replace("coverage_at_least = 0.80", "coverage_at_least = 0.60")
    )


def _worklist(home: Path) -> None:
    next(Home(home).issued.iterdir()).unlink()


ATTACKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a ledger line changed": (_line(lambda e: [e[0].replace(b"letter", b"LETTER"), *e[1:]]), "1"),
    "a ledger line dropped": (_line(lambda e: [*e[:2], *e[3:]]), "3"),
    "ledger lines in another order": (_line(lambda e: [e[1], e[0], *e[2:]]), "1"),
    "a ledger line twice": (_line(lambda e: [*e, e[-1]]), "each on the one before"),
    "the ledger cut": (_line(lambda e: e[:3]), "it was cut off or written anew"),
    "no ledger": (lambda home: (home / "ledger.jsonl").unlink(), "cut off or written anew"),
    "a file gone": (lambda h: (h / "tables" / "labels.parquet").unlink(), "labels.parquet is gone"),
    "a file more": (lambda h: (h / "tables" / "x.json").write_text("{}"), "never recorded"),
    "two files swapped": (_swapped, "is not the file that was recorded"),
    "a link for a file": (_linked, "is not the file that was recorded"),
    "another policy": (_policy, "policy.toml is not the file"),
    "the alias moved": (_moved_alias, "the ledger says None"),
    "a version's tag": (_tag, "has data_digest"),
    "a metric": (_metric, "other parameters, metrics or tags"),
    "a check posted": (_posted_check, "are not the evidence of ledger entry"),
    "a worklist gone": (_worklist, "is gone"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_named(name: str, home: Path) -> None:
    attack, said = ATTACKS[name]
    attack(home)
    assert said in fault(home)


def test_the_command_says_no_with_status_1(home: Path) -> None:
    (home / "tables" / "labels.parquet").unlink()
    done = ind_risk("verify", "--home", str(home))
    assert done.returncode == 1
    assert "The trail does not hold." in done.stdout
    assert "labels.parquet is gone" in done.stdout


def test_a_run_that_did_not_end_is_no_forgery(home: Path) -> None:
    """Its tables are nobody's evidence, and what was in use before still is."""
    from ind_risk.adapters.ledger_file import LedgerFile

    body = dict(next(e for e in LedgerFile(Home(home)).read() if e.kind == "data").body)
    LedgerFile(Home(home)).append("data", body)
    (home / "tables" / "labels.parquet").unlink()
    assert not fault(home)


def test_after_a_purge_the_trail_holds_and_no_row_is_left(home: Path) -> None:
    rows = {*home.rglob("*.parquet"), *(home / "issued").iterdir()}
    contents = {p: p.read_bytes() for p in rows}
    told = ind_risk("purge", "--before", "2030-01-01", "--rehearse", "--home", str(home))
    assert "Would be removed" in told.stdout
    assert all(p.exists() for p in rows)
    done = ind_risk("purge", "--before", "2030-01-01", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "for ever" in done.stdout
    assert not any(p.exists() for p in rows)
    assert not fault(home)
    back = next(p for p in sorted(rows) if p.suffix == ".parquet")
    back.parent.mkdir(parents=True, exist_ok=True)
    back.write_bytes(contents[back])
    assert "was to be removed and is there" in fault(home)
    assert ind_risk("purge", "--before", "2030-01-01", "--home", str(home)).returncode == 0
    assert not fault(home)
    refused = ind_risk("purge", "--before", "soon", "--home", str(home))
    assert refused.returncode == 2
    assert "--before" in refused.stderr


def test_a_checkpoint_by_a_key_that_the_policy_does_not_list_says_so(
    finished: Path, tmp_path: Path
) -> None:
    at = ("--home", str(finished))
    made = ind_risk("key", "eva.pem", "--no-password", cwd=tmp_path)
    public = "-----" + made.stdout.partition("-----")[2].rpartition("'''")[0]
    (tmp_path / "eva.pub").write_text(public)
    done = ind_risk("checkpoint", "--key", "eva.pem", "--out", "c.json", *at, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the policy lists nobody with this key" in done.stderr
    held = ind_risk("verify", "--checkpoint", "c.json", *at, cwd=tmp_path)
    assert held.returncode == 1
    assert "Give the public key with --public" in " ".join(held.stdout.split())
    held = ind_risk("verify", "--checkpoint", "c.json", "--public", "eva.pub", *at, cwd=tmp_path)
    assert held.returncode == 0, held.stdout
