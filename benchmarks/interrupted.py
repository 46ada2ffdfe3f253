"""Kill -9 at random moments of a run: python benchmarks/interrupted.py [--kills N] [--quick].

A parent process imports everything once and forks a child per run, so that the moments fall in the
work and not in the imports. After every kill the trail must hold, what is in use must be what a
run that was never interrupted would have put there or nothing, and the next run must complete with
the same candidate. `letter` must never have a model in use; `audited` must end with one.
`--quick` takes small worlds, and kills all in one home before one run completes there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile

HEAVY = (
    "great_expectations", "mlflow", "sklearn.ensemble", "sklearn.linear_model", "ind_risk.cli",
    "ind_risk.definitions",
)  # fmt: skip
SPONSORS = {"audited": 10_000, "letter": 800}
QUICK = {"audited": 5_000, "letter": 800}


def warm() -> None:
    """Import what a run needs, once."""
    from ind_risk.adapters.mlflow_home import silence_mlflow

    silence_mlflow()
    for name in HEAVY:
        import_module(name)


def start(world: str, sponsors: int, home: Path, answer: Path) -> int:
    """Fork a child that runs the lifecycle and leaves its JSON in `answer`; returns its id."""
    child = os.fork()
    if child:
        return child
    said, status = io.StringIO(), 1
    try:
        from ind_risk.cli import main

        sys.argv = ["ind-risk", "run", "--world", world, "--sponsors", str(sponsors),
                    "--seed", "1", "--home", str(home), "--json"]  # fmt: skip
        with contextlib.redirect_stdout(said):
            main()
        status = 0
    except SystemExit as ending:
        status = int(ending.code or 0)
    finally:
        answer.write_text(said.getvalue(), encoding="utf-8")
        os._exit(status)


def complete(world: str, sponsors: int, home: Path, answer: Path) -> tuple[dict[str, Any], float]:
    """Run to the end; the JSON and the seconds it took."""
    begun = time.perf_counter()
    _, status = os.waitpid(start(world, sponsors, home, answer), 0)
    seconds = time.perf_counter() - begun
    if status != 0:
        raise SystemExit(
            f"{world}: the run after a kill ended with {os.waitstatus_to_exitcode(status)}"
        )
    return json.loads(answer.read_text(encoding="utf-8")), seconds


def in_use(home: Path) -> str | None:
    """Digest of the model in use by the ledger, which must hold."""
    state = LedgerFile(Home(home)).state()
    return None if state.in_use is None else state.in_use.model_digest


@dataclass(frozen=True)
class Undisturbed:
    """What a run that nobody interrupts comes to, and of how many sponsors."""

    world: str
    sponsors: int
    decision: str
    model_digest: str
    in_use: str | None
    seconds: float


def undisturbed(world: str, sponsors: int, folder: Path) -> Undisturbed:
    """The same world in a home of its own, never interrupted."""
    home = folder / f"{world}-undisturbed"
    said, seconds = complete(world, sponsors, home, folder / "answer.json")
    digest = said["candidate"]["model_digest"]
    return Undisturbed(world, sponsors, said["decision"], digest, in_use(home), seconds)


def killed(home: Path, expected: Undisturbed, moment: float) -> str:
    """One kill after `moment` seconds; what is in use after it, in words."""
    child = start(expected.world, expected.sponsors, home, home.with_suffix(".json"))
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    after = in_use(home)
    if after not in (None, expected.in_use):
        raise SystemExit(f"{expected.world}: after a kill at {moment:.2f} s {after} is in use")
    return "in use" if after else "nothing in use"


def completed(home: Path, expected: Undisturbed, moment: float) -> None:
    """The next run must come to what the one that nobody interrupted came to."""
    answer = home.with_suffix(".json")
    said, _ = complete(expected.world, expected.sponsors, home, answer)
    found = (said["decision"], said["candidate"]["model_digest"], in_use(home))
    if found != (expected.decision, expected.model_digest, expected.in_use):
        raise SystemExit(
            f"{expected.world}: after a kill at {moment:.2f} s the next run came to {found}"
        )


def main() -> None:
    """Print one line a world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40, help="kills a world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", nargs="*", choices=list(SPONSORS), default=list(SPONSORS))
    parser.add_argument(
        "--quick", action="store_true", help="small worlds, one run after all kills"
    )
    given = parser.parse_args()
    warm()
    moments = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="ind-risk-kill-") as scratch:
        for world in given.worlds:
            sponsors = (QUICK if given.quick else SPONSORS)[world]
            expected = undisturbed(world, sponsors, Path(scratch))
            found = []
            for n in range(given.kills):
                home = Path(scratch) / f"{world}-{0 if given.quick else n % 3}"
                moment = moments.uniform(0, expected.seconds)
                found.append(killed(home, expected, moment))
                if not given.quick or n == given.kills - 1:
                    completed(home, expected, moment)
            print(
                f"{world}: {given.kills} kills within {expected.seconds:.1f} s of work, every next "
                f"run completed ({expected.decision}); right after the kill: "
                + ", ".join(f"{found.count(x)} times {x}" for x in sorted(set(found))),
                flush=True,
            )


if __name__ == "__main__":
    main()
