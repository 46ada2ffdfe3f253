"""Commands that are killed: a few of the many moments that `make soak` tries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_statement_killed_at_random_moments_is_whole_or_not_there() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "killed.py"), "--kills", "4", "--only",
         "statement"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed: 4 kills in all" in done.stdout
