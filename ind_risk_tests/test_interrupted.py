"""A run that is killed leaves a home from which the next completes; nothing is released by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_kills_at_random_moments() -> None:
    """A few of the many that benchmarks/interrupted.py makes."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "interrupted.py"), "--kills", "2", "--quick"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "audited: 2 kills" in done.stdout
    assert "letter: 2 kills" in done.stdout
    assert "(open)" in done.stdout.splitlines()[0]
    assert "(closed)" in done.stdout.splitlines()[1]
    assert "times in use" not in done.stdout.splitlines()[1]
