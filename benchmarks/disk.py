"""A full and a read-only disk: python benchmarks/disk.py [--fills N] [--only …]. Needs to be root.

The home lies on a small tmpfs. Each command is given while only so much space is left as it will
not do with (drawn anew each time), and on a disk that cannot be written at all. It must fail with a
message and no trace; nothing that was there is lost; and with space again the same command
completes and the trail holds.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.interrupted import warm
from benchmarks.killed import DONE_BEFORE, Stage, call, checked, forked, must, put_back, stages

ROOM = 400  # MB of the tmpfs


def mounted(folder: Path) -> None:
    """A tmpfs at the folder; ends the whole with status 2 where that may not be done."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        print(f"disk: not run, for a tmpfs cannot be mounted here: {done.stderr.strip()}")
        raise SystemExit(2)


def remount(folder: Path, how: str) -> None:
    """Read-only ("ro") or writable ("rw")."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def free(folder: Path) -> int:
    """Bytes left."""
    return shutil.disk_usage(folder).free


def fill(folder: Path, left: int) -> Path:
    """A file that leaves so many bytes free."""
    filler = folder / "filler"
    with filler.open("wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, max(free(folder) - left, 1))
    return filler


def needs(stage: Stage, disk: Path) -> int:
    """Bytes that the command takes, about."""
    before = free(disk)
    must(*stage.command)
    return max(before - free(disk), 200_000)


def attempt(stage: Stage) -> int:
    """The command, and 3 if it said a trace; what it said goes to a file beside the home."""
    status, said = call(*stage.command)
    stage.home.with_suffix(".said").write_text(said)
    return 3 if "Traceback" in said else status


def after(stage: Stage) -> int:
    """What must hold with space again, in a fork of its own."""
    fault = checked(stage, [])
    print(fault, end="")
    return int(bool(fault))


def tried(stage: Stage, where: Path, how: str) -> str:
    """Give the command to a disk that is not as it should be; what came of it."""
    status = forked(partial(attempt, stage))
    said = where / stage.home.with_suffix(".said").name
    if status == 3 or status < 0:
        text = said.read_text()[-1500:] if said.exists() else ""
        raise SystemExit(f"{stage.name}, {how}: ended with {status}\n{text}")
    return "refused" if status else "completed"


def main() -> None:
    """Print one line a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fills", type=int, default=6, help="of the disk for each command")
    parser.add_argument("--sponsors", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="names of commands")
    given = parser.parse_args()
    warm()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="ind-risk-disk-") as scratch:
        disk = Path(scratch) / "disk"
        mounted(disk)
        try:
            for stage in stages(disk, sponsors=given.sponsors, only=given.only):
                pristine, found = Path(scratch) / "pristine", Counter[str]()
                shutil.copytree(stage.home, pristine)
                wanted = needs(stage, disk)
                for k in range(given.fills):
                    put_back(pristine, stage.home)
                    filler = fill(disk, draw.randrange(wanted) if k % 2 else 0)
                    try:
                        found[f"full: {tried(stage, disk, 'full disk')}"] += 1
                    finally:
                        filler.unlink()
                    if forked(partial(after, stage)):
                        raise SystemExit(f"\n{stage.name}: with space again the above is wrong")
                put_back(pristine, stage.home)
                remount(disk, "ro")
                try:
                    status = forked(partial(_read_only, stage, Path(scratch)))
                finally:
                    remount(disk, "rw")
                if status:
                    raise SystemExit(f"\n{stage.name}: on a read-only disk the above came")
                found["read-only: refused"] += 1
                shutil.rmtree(pristine)
                print(f"{stage.name}: {dict(found)}; all held", flush=True)
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)
    print("disk: all held")


def _read_only(stage: Stage, scratch: Path) -> int:
    os.environ["TMPDIR"] = str(scratch)
    status, said = call(*stage.command)
    if status and "Traceback" not in said:
        return 0
    if not status and any(d in " ".join(said.split()) for d in DONE_BEFORE):
        return 0
    print(f"status {status}: {said[-1500:]}", end="")
    return 1


if __name__ == "__main__":
    main()
