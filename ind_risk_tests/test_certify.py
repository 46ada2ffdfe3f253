"""`ind-risk certify` as a user meets it: a few configurations of it, everything else as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ind_risk.cli import app
from ind_risk.core.bias import (
    certificate,
    certificate_configurations,
    certificate_equivalence,
    certificate_populations,
    certificate_probability,
)

QUICK = ("certify", "--worlds", "100", "--quiet")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of configurations."""
    for name, value in (
        ("GROUPS", (1_000,)), ("OTHERS", (9_000,)), ("RATES", (0.1,)), ("MARGINS", (0.03, 0.05)),
        ("DIFFERENCES", (0.0, 0.05)), ("COVERED", ((500, 9_000),)), ("SMALL_GROUPS", (5,)),
        ("SMALL_OTHERS", (200,)),
    ):  # fmt: skip
        monkeypatch.setattr(certificate_configurations, name, value)
    monkeypatch.setattr(certificate_populations, "GROUP_COUNTS", (5,))
    monkeypatch.setattr(certificate, "FEWEST_CALLS", 3)


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1"}).invoke(app, arguments)
    return done.exit_code, done.stdout


def test_json_says_everything_and_the_same_again() -> None:
    status, first = said(*QUICK, "--json")
    made: dict[str, Any] = json.loads(first)
    assert made["holds"] is (status == 0)
    assert made["holds"] is (not made["failing"])
    names = {b["name"] for b in made["blocks"]}
    assert names == {
        "false equivalence", "power", "coverage", "coverage below 20 sponsors",
        "false opening of the gate", "opening without any difference",
        "coverage under sampling designs", "planned power of the audit sample",
    }  # fmt: skip
    assert {b["level"] for b in made["blocks"] if b["name"] == "power"} == {0.05, 0.025}
    for block in made["blocks"]:
        for case in block["configurations"]:
            assert 0 <= case["measured"] <= 1
            assert case["standard_error"] > 0
    assert made["tables_compared_with_the_findings"] > 0
    assert said(*QUICK, "--json") == (status, first)


def test_the_document_and_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_probability, "_ROUNDING", 0.01)
    status, shown = said(*QUICK, "--out", str(tmp_path / "docs"))
    assert status == 0, shown
    # A hundred worlds tell little: where the worst lies outside, that is what the end says.
    end = " ".join(shown.split())
    assert "too few to tell of" in end
    assert "Give more with --worlds." in end
    assert "too few" in shown.partition("Each line")[0]
    assert "(≤ " in shown
    assert all(len(line) <= 100 for line in shown.splitlines())
    text = (tmp_path / "docs/certificate.md").read_text(encoding="utf-8")
    for heading in ("How it was made", "What it does not show", "The gate as a whole",
                    "The audit sample"):  # fmt: skip
        assert f"## {heading}" in text
    assert "--worlds 100 --seed 0" in text
    assert "](images/certificate.png)" in text
    assert "nan" not in text.lower().split()
    picture = (tmp_path / "docs/images/certificate.png").read_bytes()
    assert picture[:4] == b"\x89PNG"
    assert sorted(p.name for p in (tmp_path / "docs").iterdir()) == ["certificate.md", "images"]


def test_what_does_not_hold_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(_configuration: Any, tables: Any, *, alpha: float) -> Any:
        return np.ones(len(tables.x1), dtype=bool)

    monkeypatch.setattr(certificate_equivalence, "equivalent", always)
    status, shown = said(*QUICK)
    assert status == 1
    last = " ".join(shown.splitlines()[-2:])
    assert "requirements do not hold: false equivalence, level 5 %" in last
    assert "1,000 against 9,000" in shown


@pytest.mark.parametrize("wrong", [("--worlds", "3"), ("--seed", "-1"), ("--worlds", "many")])
def test_wrong_use_is_status_2(wrong: tuple[str, ...]) -> None:
    assert said("certify", *wrong)[0] == 2


def test_help_has_an_example() -> None:
    status, shown = said("certify", "--help")
    assert status == 0
    assert "Example" in shown
