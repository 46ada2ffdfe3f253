"""A run that is killed leaves a home from which the next completes; nothing is released by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_kills_at_random_moments() -> None:
    """A few of the many that `make soak` makes, on the world whose model comes into use."""
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "interrupted.py"),
            "--quick",
            "--worlds",
            "audited",
            "--kills",
            "3",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "audited: 3 kills" in done.stdout
    assert "(open)" in done.stdout
