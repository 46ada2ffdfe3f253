"""`ind-risk dossier` of a real home in a real browser: languages, colour schemes, widths."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from ind_risk.dossier.page.words import LANGUAGES, Words, unit_of
from ind_risk_tests.browser import WIDE, readable, screens
from ind_risk_tests.command import ind_risk
from ind_risk_tests.dossier.page.test_build import annex
from ind_risk_tests.dossier.page.test_sections import green_outside

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home in which the letter's world was judged and shut, and what the run said."""
    home = tmp_path_factory.mktemp("dossier") / "home"
    done = ind_risk("run", "--world", "letter", "--sponsors", "2500", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_whole_and_readable(
    judged: tuple[Path, dict[str, Any]], browser: Browser, tmp_path: Path, language: str
) -> None:
    home, said = judged
    file = tmp_path / "dossier.html"
    done = ind_risk("dossier", "--lang", language, "--out", str(file), "--home", str(home))
    assert done.returncode == 0, done.stderr
    html = file.read_text(encoding="utf-8")
    assert len(html) < 3_000_000
    words = Words("nl" if language == "nl" else "en")
    rows = annex(html)
    assert [r[2] for r in rows] == [
        words.figure(f["estimate"], unit_of(f["claim"]), f["margin"]) for f in said["findings"]
    ]
    assert green_outside(said["findings"]) == []
    for page, width in screens(browser, file):
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate(WIDE) <= 0, width
        assert page.evaluate(CUT) == [], width
        drawn = "svg.chart.narrow" if width == 400 else "svg.chart.wide"
        assert page.locator(f"{drawn}:visible").count() > 10
        assert page.locator("svg.chart:visible").count() == page.locator(drawn).count()
        assert page.locator("svg.chart").count() > 10
        assert page.locator("svg.chart:not([aria-label])").count() == 0
        assert page.locator("h2").count() == 9
        readable(page)


def test_it_is_kept_at_each_decision(judged: tuple[Path, dict[str, Any]]) -> None:
    home, _ = judged
    kept = {f: f.read_bytes() for f in home.rglob("dossier/*.html")}
    assert len(kept) == 2 * len(LANGUAGES)  # in the home, and among the artefacts of MLflow's run
    assert ind_risk("verify", "--home", str(home)).returncode == 0
    again = ind_risk("dossier", "--home", str(home))
    assert again.returncode == 0, again.stderr
    assert all(file.read_bytes() != content for file, content in kept.items())
    assert ind_risk("verify", "--home", str(home)).returncode == 0
    for file, content in kept.items():
        whole = file.read_bytes()
        file.write_bytes(content.replace(b"<body>", b"<body>All is well."))
        found = ind_risk("verify", "--home", str(home))
        assert found.returncode == 1
        assert f"{file.relative_to(home)} is not a dossier that was written here" in " ".join(
            found.stdout.split()
        )
        file.write_bytes(whole)
    history = ind_risk("history", "--home", str(home)).stdout
    assert "Wrote the dossier of model version 1, gate closed, in en and nl." in history


def test_nothing_that_leaves_names_a_sponsor(
    judged: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Dossiers, exports, MLflow, Dagster, the ledger and Data Docs; only tables hold keys."""
    home, _ = judged
    out = tmp_path / "published"
    assert ind_risk("export", "all", "--out", str(out), "--home", str(home)).returncode == 0
    tables = pd.read_parquet(home / "tables" / "landing" / "sponsors.parquet")
    keys = re.compile("|".join([*tables["sponsor_id"], *tables["legal_name"]]).encode())
    files = [f for folder in (home, out) for f in folder.rglob("*") if f.is_file()]
    outside = [f for f in files if home / "tables" not in f.parents]
    assert len(outside) > 50
    assert [f for f in outside if keys.search(f.read_bytes())] == []
    inside = (home / "tables").rglob("*.parquet")
    named = (set(pd.read_parquet(f).columns) & {"sponsor_id"} for f in inside)
    assert any(named)


def test_a_home_without_anything_and_a_language_that_is_none(tmp_path: Path) -> None:
    none = ind_risk("dossier", "--home", str(tmp_path / "none"))
    assert none.returncode == 1
    assert "Begin with `ind-risk run`" in none.stderr
    assert not (tmp_path / "none").exists()
    other = ind_risk("dossier", "--lang", "fr", "--home", str(tmp_path))
    assert other.returncode == 2
    assert "nl and en" in other.stderr


# The least contrast of any text with the page behind it (WCAG 2.2, 1.4.3).
# Texts that are cut off, or so narrow that they break within words; and charts with tiny letters.
CUT = """() => {
  const found = [], body = document.documentElement.clientWidth;
  for (const e of document.querySelectorAll('.tag, th, td')) {
    const box = e.getBoundingClientRect();
    if (!box.width || box.width < 2) continue;
    const cut = e.matches('.tag') && (box.right > body || e.scrollWidth > e.clientWidth + 1);
    const narrow = e.matches('th') && e.offsetParent && e.textContent.trim().length > 4
      && getComputedStyle(e.parentElement.parentElement).position !== 'absolute' && box.width < 45;
    if (cut || narrow) found.push(e.textContent.trim().slice(0, 40) + ' ' + box.width);
  }
  for (const e of document.querySelectorAll('svg.chart')) {
    const box = e.getBoundingClientRect();
    if (!box.width) continue;
    if (14 * box.width / e.viewBox.baseVal.width < 11) found.push('small letters ' + box.width);
    for (const t of e.querySelectorAll('text')) {
      const at = t.getBoundingClientRect();
      if (at.left < box.left - 1 || at.right > box.right + 1) found.push('cut: ' + t.textContent);
    }
  }
  return found; }"""
