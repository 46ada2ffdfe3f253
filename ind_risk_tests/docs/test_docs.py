"""The site is built strictly, its links lead somewhere, and its reference is all of the code's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.from_code import MAKERS, filled
from ind_risk.adapters.feature_file import shipped_register
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.contract_rules import rules_of
from ind_risk.core.contracts import TABLES
from ind_risk.core.policy import parse_policy
from ind_risk.core.policy_limits import ALWAYS_REQUIRED
from ind_risk.core.worlds import WORLDS

ROOT = Path(__file__).parent.parent.parent
# Elements that a browser fetches by itself, and where each says what.
FETCHED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"),
           ("source", "src"), ("object", "data"), ("use", "href")}  # fmt: skip


class Page(HTMLParser):
    """What a page links to, what it makes a browser fetch, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.fetched, self.ids = set[str](), set[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif (tag, name) in FETCHED and value:
                self.fetched.add(value)
            elif (tag, name) == ("a", "href") and value:
                self.links.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    made = tmp_path_factory.mktemp("site")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\t@\$\(BIN\)/python (-m sphinx .*) docs build/docs$", makefile, re.M)
    done = subprocess.run(
        [sys.executable, *line.split(), "docs", str(made)], cwd=ROOT, check=False,
        capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return made


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {f: Page(f.read_text(encoding="utf-8")) for f in site.rglob("*.html")}


def test_every_page_is_there(pages: dict[Path, Page], site: Path) -> None:
    sources = [
        f.relative_to(ROOT / "docs").with_suffix(".html") for f in (ROOT / "docs").rglob("*.md")
    ]
    assert len(sources) >= 40
    assert {site / s for s in sources} <= set(pages)


def test_links_lead_somewhere(pages: dict[Path, Page], site: Path) -> None:
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert parts.scheme == "https", f"{file.relative_to(site)}: {link}"
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            assert target.is_file(), f"{file.relative_to(site)}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{file}: {link}"


def test_nothing_is_fetched_from_elsewhere(pages: dict[Path, Page], site: Path) -> None:
    for file, page in pages.items():
        for what in page.fetched:
            assert not urlsplit(what).netloc, f"{file.relative_to(site)}: {what}"
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"url\([\"']?(https?:)?//|@import", text), style


def test_formulas_are_written_out(site: Path) -> None:
    text = (site / "methods" / "differences.html").read_text(encoding="utf-8")
    assert text.count("<math ") >= 20
    assert "$" not in re.sub(r"<pre>.*?</pre>|<script>.*?</script>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_pages_of_the_reference_are_made_from_the_code(name: str) -> None:
    mark = f"<!-- from the code: {name} -->"
    holding = [f for f in (ROOT / "docs" / "reference").glob("*.md") if mark in f.read_text()]
    assert len(holding) == 1
    text = filled(holding[0].read_text(encoding="utf-8"))
    assert mark not in text
    assert "|  |" not in text.replace("|  |\n", "\n") or name == "policy"


def test_the_contract_is_told_whole() -> None:
    text = MAKERS["contract"]()
    for table in TABLES.values():
        part = text.partition(f"## `{table.name}`\n")[2].partition("\n## ")[0]
        assert all(f"| `{c.name}`" in part for c in table.columns)
        assert part.count("\n| `") == len(table.columns) + len(rules_of(table))


def test_every_field_of_the_policy_has_its_value_and_a_meaning() -> None:
    text, policy = MAKERS["policy"](), parse_policy(shipped_policy_text(), source="policy.toml")
    rows = [[c.strip() for c in x.split(" | ")] for x in text.splitlines() if x.startswith("| `")]
    numbers = [row for row in rows if len(row) == 4 and "[gate]" not in row[0]]
    assert len(numbers) >= 60
    assert all(meaning for _, _, meaning, *_ in numbers)
    assert f"| `selection_rate_margin` | `{policy.bias.selection_rate_margin}` |" in text
    assert "at most 0.1 |" in text


def test_every_check_and_feature_and_world_is_told() -> None:
    text = MAKERS["checks"]()
    for check in parse_policy(shipped_policy_text(), source="policy.toml").required_checks:
        assert re.search(rf"\| `{check.check}` \|[^\n]*`{check.asset}`[^\n]*\| yes \|", text)
    assert all(f"| `{name}` |" in text for name in (*ALWAYS_REQUIRED, "monitoring", "sensitivity"))
    assert all(f"| `{f}` |" in MAKERS["features"]() for f in shipped_register().names)
    assert all(f"| `{w}` |" in MAKERS["worlds"]() for w in WORLDS)


def test_every_command_is_told_with_its_options() -> None:
    text = MAKERS["commands"]()
    for name in ("run", "gate", "sample draw", "sample ingest", "synth", "verify", "ui"):
        assert f"## `ind-risk {name}`\n" in text
    for option in ("--protected-data", "--first-phase", "--run/--no-run", "--read-only"):
        assert option.split("/")[0] in text
    assert "\\[required]" in text
