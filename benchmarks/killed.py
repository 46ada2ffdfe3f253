"""Kill -9 at random moments of every command: python benchmarks/killed.py [--kills N] [--only …].

Each kill is on a finished home, put back in its place before the next. The command runs in a fork
of a process that has its imports, so that the moments fall in the work, and reports each ledger
entry that it was told is written. Afterwards: what was reported is in the ledger; the ledger holds,
so that no model is in use without an open decision and never two are; `verify` holds, or names
what an interrupted purge or run left; and the same command again completes, or says that all was
done before the kill.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.interrupted import warm
from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.adapters.mlflow_store import ModelStore

# What the same command may say if the kill came when it had all but ended.
DONE_BEFORE = (
    "No model is in use", "proves nothing", "Nothing in this home is of before", "has signed this",
    "no outcome", "was drawn from the frame", "nothing new",
)  # fmt: skip
# What verify may name after a kill, before the command is given again.
LEFT = ("was to be removed and is there", "A run began after ledger entry")


@dataclass(frozen=True)
class Stage:
    """A command and the home that it is given to.

    Args:
        name: of the stage.
        home: finished; put back after each kill.
        arguments: of the command; `{home}` and `{sheet}` are filled in.
        sheet: a file beside the home, if the command needs one.
    """

    name: str
    home: Path
    arguments: tuple[str, ...]
    sheet: Path | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """The command, with home and sheet filled in."""
        return tuple(a.format(home=self.home, sheet=self.sheet) for a in self.arguments)


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
        except Exception:
            return 1, said.getvalue() + traceback.format_exc()  # as a user would see it
    return 0, said.getvalue()


def forked(work: Callable[[], int]) -> int:
    """Do something in a fork; its status. What it leaves open or loaded goes with it."""
    child = os.fork()
    if not child:
        status = 1
        try:
            status = work()
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def must(*arguments: str) -> float:
    """A command that has to succeed, in a fork; the seconds it took."""

    def work() -> int:
        status, said = call(*arguments)
        if status:
            print(f"{' '.join(arguments)} ended with {status}\n{said}")
        return status

    begun = time.perf_counter()
    if forked(work):
        raise SystemExit("killed: what is needed before the kills does not work")
    return time.perf_counter() - begun


def reported(file: Path) -> None:
    """From here on each entry that `append` returns is noted in a file: it was told as written."""
    append = LedgerFile.append

    def noting(self: LedgerFile, *given: object, **more: object) -> object:
        entry = append(self, *given, **more)  # type: ignore[arg-type]
        with file.open("a") as notes:
            notes.write(entry.digest + "\n")
        return entry

    LedgerFile.append = noting  # type: ignore[method-assign,assignment]


def killed(stage: Stage, moment: float) -> tuple[bool, list[str]]:
    """Kill the command after `moment` seconds; whether it was still at work, and what it noted."""
    notes = stage.home.with_suffix(".notes")
    notes.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        os.setsid()  # its own processes are killed with it
        reported(notes)
        status, _ = call(*stage.command)
        os._exit(status)
    time.sleep(moment)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    told = notes.read_text().split() if notes.exists() else []
    return os.WIFSIGNALED(status), told


def checked(stage: Stage, told: list[str]) -> str:
    """Whether all that must hold after a kill does; the first that does not, or nothing."""
    from ind_risk.actions import verify_now
    from ind_risk.adapters.release import heal

    home = stage.home
    ledger = LedgerFile(Home(home))
    entries = ledger.read()
    digests = {e.digest for e in entries}
    if lost := [d for d in told if d not in digests]:
        return f"{len(lost)} entries that were told as written are not in the ledger"
    state = ledger.state()  # raises where a release has no open decision
    faults = [p.fault for p in verify_now(Home(home)) if p.fault]
    # The alias follows at the next start; until then verify says so.
    store = ModelStore(Home(home))
    faults = [f for f in faults if not any(left in f for left in LEFT) and "alias" not in f]
    if faults:
        return f"verify: {faults[0]}"
    heal(store=store, ledger=ledger)
    in_use = None if state.in_use is None else state.in_use.model_version
    if store.in_use_alias() != in_use:
        return f"in use is {in_use} by the ledger and {store.in_use_alias()} by the alias"
    status, said = call(*stage.command)
    if status and not any(done in " ".join(said.split()) for done in DONE_BEFORE):
        return f"the command again ended with {status}: {said[-600:]}"
    if "Traceback" in said:
        return f"the command again said {said[-900:]}"
    faults = [p.fault for p in verify_now(Home(home)) if p.fault]
    return f"verify after the command again: {faults[0]}" if faults else ""


def stages(folder: Path, *, sponsors: int, only: list[str]) -> list[Stage]:
    """Homes for each command: with a model in use, without a sample, with a sheet, to be signed."""
    used, asked, sheet = folder / "used", folder / "asked", folder / "filled.csv"
    world, drawn, blank = folder / "world", folder / "drawn", folder / "sheet.csv"
    at = ("--home", "{home}")
    made = [
        Stage("withdraw", used, ("withdraw", "--reason", "killed", *at)),
        Stage("worklist", used, ("worklist", "--size", "20", *at)),
        Stage("purge", used, ("purge", "--before", "2040-01-01", *at)),
        Stage("monitor", used, ("monitor", *at)),
        Stage("run", used, ("run", "--world", "audited", "--sponsors", str(sponsors), "--seed", "2",
                            *at)),
        Stage("statement", used.with_name("signing"), ("state", "approval", "--demo", *at)),
        Stage("sample plan", asked, ("sample", "plan", *at)),
        Stage("sample draw", asked, ("sample", "draw", *at)),
        Stage("sample ingest", drawn, ("sample", "ingest", "{sheet}", *at), sheet),
    ]  # fmt: skip
    made = [s for s in made if not only or s.name in only]
    needed = {s.home.name for s in made}
    size = ("--sponsors", str(sponsors), "--seed", "1")
    if "used" in needed:
        must("run", "--world", "audited", *size, "--home", str(used))
    if "signing" in needed:
        signing = ("run", "--world", "letter", "--sponsors", "400", "--demo-statements")
        must(*signing, "--home", str(used.with_name("signing")))
    if needed & {"asked", "drawn"}:
        must("synth", "letter", *size, "--out", str(world))
        must("run", "--data", str(world), "--home", str(asked))
    if "drawn" in needed:
        must("run", "--data", str(world), "--home", str(drawn))
        must("sample", "draw", "--out", str(blank), "--home", str(drawn))
        must("synth", "outcomes", str(world), "--sample", str(blank), "--out", str(sheet))
    return made


def put_back(pristine: Path, home: Path) -> None:
    """The home as it was, in its place: MLflow's records name their files by whole paths."""
    shutil.rmtree(home)
    shutil.copytree(pristine, home)


def main() -> None:
    """Kill each command so often; print one line a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=34, help="of each command")
    parser.add_argument("--sponsors", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="names of commands")
    given = parser.parse_args()
    warm()
    draw, total = random.Random(given.seed), 0
    with tempfile.TemporaryDirectory(prefix="ind-risk-killed-") as scratch:
        folder = Path(scratch)
        for stage in stages(folder, sponsors=given.sponsors, only=given.only):
            found, pristine = Counter[str](), folder / "pristine"
            shutil.copytree(stage.home, pristine)
            seconds = must(*stage.command)
            for _ in range(given.kills):
                put_back(pristine, stage.home)
                moment = draw.uniform(0, seconds)
                at_work, told = killed(stage, moment)
                found["at work" if at_work else "had ended"] += 1
                found["entries told"] += len(told)

                def work(stage: Stage = stage, told: list[str] = told) -> int:
                    fault = checked(stage, told)
                    print(fault, end="")
                    return int(bool(fault))

                if forked(work):
                    raise SystemExit(
                        f"\n{stage.name}: after a kill at {moment:.2f} of {seconds:.2f} s the "
                        "above does not hold"
                    )
            put_back(pristine, stage.home)
            shutil.rmtree(pristine)
            total += given.kills
            print(f"{stage.name}: {given.kills} kills within {seconds:.1f} s; {dict(found)}; all "
                  "held", flush=True)  # fmt: skip
    print(f"killed: {total} kills in all")


if __name__ == "__main__":
    main()
