"""`ind-risk dossier` of a real home in a real browser: languages, colour schemes, widths."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from ind_risk.dossier.page.words import LANGUAGES, Words, unit_of
from ind_risk_tests.command import ind_risk
from ind_risk_tests.dossier.page.test_build import annex
from ind_risk_tests.test_screens import CHROMIUM_FLAGS


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home in which the letter's world was judged and shut, and what the run said."""
    home = tmp_path_factory.mktemp("dossier") / "home"
    done = ind_risk("run", "--world", "letter", "--sponsors", "2500", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield started
        started.close()


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
        words.figure(f["estimate"], unit_of(f["claim"])) for f in said["findings"]
    ]
    for width in (1400, 400):
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if scheme == "dark" else "light", offline=True,
            )  # fmt: skip
            page, errors = context.new_page(), list[str]()

            def noticed(message: ConsoleMessage, errors: list[str] = errors) -> None:
                if message.type == "error":
                    errors.append(message.text)

            page.on("console", noticed)
            page.goto(file.as_uri())
            assert not errors
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) <= 0, (width, scheme)
            assert page.locator("svg.chart").count() > 10
            assert page.locator("svg.chart:not([aria-label])").count() == 0
            assert page.locator("h2").count() == 9
            assert page.evaluate(CONTRAST) >= 4.5, (width, scheme)
            found = Axe().run(page)
            assert not found.violations_count, (width, scheme, found.generate_report())
            context.close()


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


def test_a_home_without_anything_and_a_language_that_is_none(tmp_path: Path) -> None:
    none = ind_risk("dossier", "--home", str(tmp_path / "none"))
    assert none.returncode == 1
    assert "Begin with `ind-risk run`" in none.stderr
    assert not (tmp_path / "none").exists()
    other = ind_risk("dossier", "--lang", "fr", "--home", str(tmp_path))
    assert other.returncode == 2
    assert "nl and en" in other.stderr


# The least contrast of any text with the page behind it (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const rgb = t => t.match(/[0-9.]+/g).map(Number);
  const light = c => { const v = c.slice(0, 3).map(x => { x /= 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const behind = e => { for (; e; e = e.parentElement) {
    const b = rgb(getComputedStyle(e).backgroundColor);
    if (b.length < 4 || b[3] > 0) return b; } return [255, 255, 255]; };
  let least = 21;
  const texts = 'p,li,td,th,h1,h2,h3,h4,a,summary,span,strong,svg text';
  for (const e of document.querySelectorAll(texts)) {
    const style = getComputedStyle(e);
    const ink = rgb(e instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x);
    least = Math.min(least, (a + 0.05) / (b + 0.05));
  }
  return least; }"""
