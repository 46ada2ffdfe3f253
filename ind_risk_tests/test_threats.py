"""The document on threats names tests that exist, and enough of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_line_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
    lines = [x for x in text.splitlines() if x.startswith("|") and "::" in x]
    rows = [x for x in text.splitlines() if x.startswith("| ") and not x.startswith("|--")]
    assert len(lines) >= 60
    assert len(rows) - len(lines) == text.count("|---|---|")  # all others are headings
    for line in lines:
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", line)
        assert named, line
        for file, test in named:
            source = (ROOT / "ind_risk_tests" / file).read_text(encoding="utf-8")
            assert f"def {test}(" in source, f"{file}::{test}"
