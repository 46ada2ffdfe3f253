"""Long campaigns against one home: python benchmarks/soak.py [--flips N] [--seconds S] [--kills N].

    flips     one byte of a file of the evidence or of the ledger is changed: `verify` must notice
    stateful  the gate, ledger and release against a model of a few flags (hypothesis)
    crowd     eight processes run, withdraw, list and verify at once on one home
    kills     kill -9 at random moments of a run (benchmarks/interrupted.py) and of every command
              (benchmarks/killed.py), N of each
    disk      a full and a read-only disk under each command (benchmarks/disk.py; needs root)

Each is seeded and prints its counts; the first that does not hold ends the whole with status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.interrupted import warm
from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.manifest import evidence_files
from ind_risk.adapters.mlflow_store import ModelStore

ROOT = Path(__file__).parent.parent
PROCESSES = 8
# How often each is drawn; a run and a withdrawal change what is in use.
COMMANDS = {
    ("run", "--world", "audited", "--sponsors", "5000", "--seed", "1"): 2,
    ("run", "--world", "audited", "--sponsors", "5000", "--seed", "2"): 2,
    ("withdraw", "--reason", "soak"): 2,
    ("worklist", "--size", "20"): 3,
    ("gate",): 2,
    ("verify",): 3,
}


def call(*arguments: str) -> tuple[int, str]:
    """One command in this process; its status and what it said."""
    from ind_risk.cli import main

    said = io.StringIO()
    sys.argv = ["ind-risk", *arguments]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as ending:
            return int(ending.code or 0), said.getvalue()
    return 0, said.getvalue()


def flips(home: Path, number: int, seed: int) -> None:
    """Every flip is noticed, and the home holds again once it is undone."""
    from ind_risk.actions import verify_now

    draw = random.Random(seed)
    files = [*evidence_files(Home(home)).values(), home / "ledger.jsonl"]
    weights = [f.stat().st_size for f in files]
    noticed: Counter[str] = Counter()
    for k in range(number):
        # Half by bytes, so that large files are hit as a disk would; half by files.
        (file,) = draw.choices(files, weights) if k % 2 else (draw.choice(files),)
        content = file.read_bytes()
        if not content:
            continue
        place, mask = draw.randrange(len(content)), draw.randrange(1, 256)
        flipped = content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :]
        file.write_bytes(flipped)
        fault = next((p.what for p in verify_now(Home(home)) if p.fault), "")
        file.write_bytes(content)
        (home / "ledger.torn").unlink(missing_ok=True)
        if not fault:
            raise SystemExit(f"flips: byte {place} of {file} xor {mask} was not noticed")
        noticed[fault] += 1
    if any(p.fault for p in verify_now(Home(home))):
        raise SystemExit("flips: the home does not hold after all was undone")
    print(f"flips: {sum(noticed.values()):,} of {number:,} noticed; {dict(noticed)}", flush=True)


def crowd(home: Path, seconds: float, seed: int) -> None:
    """Eight processes for so long; then the trail holds and ledger and alias agree."""
    until = time.monotonic() + seconds
    children: list[int] = []
    for k in range(PROCESSES):
        child = os.fork()
        if not child:
            os._exit(_one_of_the_crowd(home, until, seed * 100 + k))
        children.append(child)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children]
    if any(statuses):
        raise SystemExit(f"crowd: processes ended with {statuses}")
    status, said = call("verify", "--home", str(home))
    if status:
        raise SystemExit(f"crowd: the trail does not hold\n{said}")
    state, alias = LedgerFile(Home(home)).state(), ModelStore(Home(home)).in_use_alias()
    in_use = None if state.in_use is None else state.in_use.model_version
    if alias != in_use:
        raise SystemExit(f"crowd: in use is {in_use} by the ledger and {alias} by the alias")
    kinds = Counter(e.kind for e in LedgerFile(Home(home)).read())
    print(f"crowd: {PROCESSES} processes, {seconds:.0f} s; ledger {dict(kinds)}", flush=True)


def _one_of_the_crowd(home: Path, until: float, seed: int) -> int:
    draw = random.Random(seed)
    while time.monotonic() < until:
        (command,) = draw.choices(list(COMMANDS), list(COMMANDS.values()))
        _, said = call(*command, "--home", str(home))
        if "Traceback" in said:
            print(f"crowd: {' '.join(command)} said\n{said}", flush=True)
            return 1
    return 0


def main() -> None:
    """Run all campaigns; a home of `audited` is made first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=2_000)
    parser.add_argument("--examples", type=int, default=420, help="of 25 steps each")
    parser.add_argument("--seconds", type=float, default=120.0, help="that the crowd works")
    parser.add_argument("--kills", type=int, default=34, help="of each command and world")
    parser.add_argument("--fills", type=int, default=6, help="of the disk, for each command")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    warm()
    commands: list[tuple[list[str], dict[str, str]]] = []
    if given.kills:
        kills = ["--quick", "--kills", str(given.kills), "--seed", str(given.seed)]
        both = f"{sys.executable} benchmarks/interrupted.py {' '.join(kills)} && "
        both += f"{sys.executable} benchmarks/killed.py {' '.join(kills[1:])}"
        commands.append((["bash", "-c", both], {}))
    if given.examples:
        tests = [sys.executable, "-m", "pytest", "-q", "ind_risk_tests/test_gate_stateful.py"]
        commands.append((tests, {"SOAK_EXAMPLES": str(given.examples)}))
    beside = [subprocess.Popen(c, cwd=ROOT, env={**os.environ, **more}) for c, more in commands]
    with tempfile.TemporaryDirectory(prefix="ind-risk-soak-") as scratch:
        home = Path(scratch) / "home"
        status, said = call("run", "--world", "audited", "--sponsors", "5000", "--seed", "1",
                            "--home", str(home))  # fmt: skip
        if status or "OPEN" not in said:
            raise SystemExit(f"soak: the home was not made\n{said}")
        flips(home, given.flips, given.seed)
        crowd(home, given.seconds, given.seed)
    for process in beside:
        if process.wait():
            raise SystemExit(f"soak: {process.args!r} ended with {process.returncode}")
    if given.fills:
        disk = [sys.executable, "benchmarks/disk.py", "--fills", str(given.fills)]
        status = subprocess.run(disk, cwd=ROOT, check=False).returncode
        if status not in (0, 2):
            raise SystemExit(f"soak: the disk campaign ended with {status}")
        if status:  # it said why; a part that was not run is not passed over in silence
            print("soak: WITHOUT the disk campaign")
    if given.examples:
        steps = given.examples * 25
        print(f"stateful: {given.examples} examples, at most {steps:,} steps; all as expected")
    print(f"soak: {time.monotonic() - begun:,.0f} s in all")


if __name__ == "__main__":
    main()
