"""One lifecycle at a time in a home, whoever launched it; the instance file is whole or absent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ind_risk.adapters.dagster_home import alone, alone_until_exit, prepare_dagster
from ind_risk.adapters.home import Home
from ind_risk.core.errors import IndRiskError

HOLD = """
import sys
from pathlib import Path
from ind_risk.adapters.dagster_home import alone_until_exit
from ind_risk.adapters.home import Home
alone_until_exit(Home(Path(sys.argv[1])), patience_seconds=10)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_is_refused_until_the_holder_ends(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(IndRiskError, match="at work in"), alone(home, patience_seconds=0.1):
            pytest.fail("two at once")
        holder.communicate("")
    with alone(home, patience_seconds=5):
        pass


def test_who_holds_it_may_ask_again(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with alone(home, patience_seconds=1):
        alone_until_exit(home, patience_seconds=0.1)
        with alone(home, patience_seconds=0.1):
            pass
    again = subprocess.run(
        [sys.executable, "-c", HOLD, str(home.root)],
        input="", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.stdout == "held\n", again.stderr


def test_an_instance_file_that_is_there_is_the_users(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    prepare_dagster(home)
    file = home.dagster / "dagster.yaml"
    assert "telemetry" in file.read_text()
    file.write_text("telemetry:\n  enabled: false\n")
    prepare_dagster(home)
    assert file.read_text() == "telemetry:\n  enabled: false\n"
