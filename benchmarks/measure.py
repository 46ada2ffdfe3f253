"""Run a command and tell how long it took and how much memory it needed at its peak."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLOOR = "import dagster, mlflow.sklearn, great_expectations, sklearn.ensemble"


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds, the highest resident memory of any child so far (MB), and stdout."""

    seconds: float
    peak_mb: float
    stdout: str


def run(command: list[str], *, check: bool = True) -> Measured:
    """Run one command to its end, with stderr shown only if it fails."""
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if check and done.returncode != 0:
        sys.stderr.write(done.stderr)
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Measured(seconds, peak, done.stdout)


def import_floor() -> float:
    """Seconds one new process needs merely to import the four libraries."""
    return run([sys.executable, "-c", FLOOR]).seconds


def ind_risk(*arguments: str, home: Path) -> tuple[dict[str, Any], Measured]:
    """`ind-risk … --json` in a home of its own; the JSON and the measurement."""
    program = str(Path(sys.executable).parent / "ind-risk")
    measured = run([program, *arguments, "--json", "--home", str(home)])
    return json.loads(measured.stdout), measured


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes away; in the folder named by TMPDIR, else /tmp."""
    return tempfile.TemporaryDirectory(prefix="ind-risk-benchmark-", dir=os.environ.get("TMPDIR"))
