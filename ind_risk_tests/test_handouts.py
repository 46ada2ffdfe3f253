"""What inspectors get and hand back, through the command and in a real browser."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.ledger_file import LedgerFile
from ind_risk.dossier.handouts.page import page
from ind_risk.dossier.page.words import LANGUAGES, Language
from ind_risk_tests.browser import WIDE, readable, screens
from ind_risk_tests.command import ind_risk
from ind_risk_tests.dossier.handouts.example import KINDS, handout, told

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLAYED = 40  # cases that come back


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_readable_at_any_width_in_any_light_and_in_print(
    browser: Browser, tmp_path: Path, kind: str, language: Language
) -> None:
    cases = [type(c)(number=c.number, sponsor_id="S" * 60, legal_name=c.legal_name,
                     reasons=c.reasons) for c in KINDS[kind].cases]  # fmt: skip
    wide_names = handout(**{**vars(KINDS[kind]), "cases": [*KINDS[kind].cases, *cases]})
    file = tmp_path / "list.html"
    file.write_text(page(told(wide_names, language)), encoding="utf-8")
    for shown, width in screens(browser, file):
        assert shown.locator("h1").count() == 1
        readable(shown)
        shown.emulate_media(media="print")
        assert shown.evaluate(WIDE) <= 0, width
        readable(shown)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Drawn, filled in as people do, and taken in; with a worklist of the same home."""
    folder = tmp_path_factory.mktemp("handouts")
    home = ("--home", str(folder / "home"))
    done = ind_risk("run", "--world", "letter", "--sponsors", "2500", *home, "--json")
    assert done.returncode == 0, done.stderr
    assert ind_risk("sample", "plan", *home, "--json").returncode == 0
    sheet, back = folder / "sheet.csv", folder / "back.xlsx"
    drawn = ind_risk("sample", "draw", "--out", str(sheet), *home, "--json")
    assert drawn.returncode == 0, drawn.stderr
    said: dict[str, Any] = {"home": Path(home[1]), "folder": folder, "sheet": sheet, "at": home}
    said["draw"] = json.loads(drawn.stdout)
    said["bent"] = ind_risk("sample", "ingest", str(_filled(folder, bent=True)), *home)
    came = ind_risk("sample", "ingest", str(_filled(folder)), "--no-run", *home, "--json")
    assert came.returncode == 0, came.stderr
    said["came"], said["back"] = json.loads(came.stdout), back
    listed = ind_risk("worklist", "--out", str(folder / "work.csv"), "--lang", "en", *home)
    assert listed.returncode == 0, listed.stderr
    said["listed"] = listed.stdout
    return said


def _filled(folder: Path, *, bent: bool = False) -> Path:
    book = openpyxl.load_workbook(folder / "sheet.xlsx")
    form = book["Uitkomsten"]
    for row in range(2, PLAYED + 2):
        opened = date(2026, 3, 1) + timedelta(row)
        fails = row % 5 == 0
        given = (opened, opened.strftime("%d-%m-%Y"), f"I{row % 3}",
                 "niet in orde" if fails else "in orde", int(fails))  # fmt: skip
        for column, value in enumerate(given, start=5):
            form.cell(row, column).value = value
    if bent:
        form.cell(7, 8).value = "goed"
        form.cell(8, 5).value = "=TODAY()"
    file = folder / ("bent.xlsx" if bent else "back.xlsx")
    book.save(file)
    return file


def test_what_came_back_in_a_workbook_is_counted(loop: dict[str, Any]) -> None:
    came = loop["came"]
    assert (came["known"], came["new"], came["drawn"]) == (PLAYED, PLAYED, loop["draw"]["cases"])
    kept = json.loads((Home(loop["home"]).samples / "A1" / "returned.json").read_text())
    assert [k["outcome"] for k in kept].count("non_compliant") == PLAYED // 5
    entry = next(e for e in LedgerFile(Home(loop["home"])).read() if e.kind == "outcomes")
    assert entry.body["file_digest"] == hashlib.sha256(loop["back"].read_bytes()).hexdigest()


def test_a_bent_workbook_is_refused_whole(loop: dict[str, Any]) -> None:
    bent = loop["bent"]
    assert bent.returncode == 3
    assert "sample.outcome: is none of" in bent.stderr
    assert "row 7 (goed)" in bent.stderr
    assert "sample.opened_on: holds a formula (1 case); for example row 8 (=TODAY())" in bent.stderr
    kinds = [e.kind for e in LedgerFile(Home(loop["home"])).read()]
    assert kinds.count("outcomes") == 1


def test_all_that_was_issued_is_on_record_and_as_blind_as_the_sheet(loop: dict[str, Any]) -> None:
    draw, sheet = loop["draw"], pd.read_csv(loop["sheet"], dtype=str)
    entries = LedgerFile(Home(loop["home"])).read()
    on_record = next(e for e in entries if e.kind == "sample").body["files"]
    for ending, key in (("csv", "file"), ("html", "page"), ("xlsx", "workbook")):
        content = Path(draw[key]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == on_record[ending], ending
    html = Path(draw["page"]).read_text(encoding="utf-8")
    assert on_record["csv"] in html
    assert all(f"<bdi>{s}</bdi>" in html for s in sheet["sponsor_id"])
    book = openpyxl.load_workbook(draw["workbook"])
    assert [c.value for c in book["Uitkomsten"]["C"]][1:] == sheet["sponsor_id"].tolist()
    drawn = json.loads((Home(loop["home"]).samples / "A1" / "drawn.json").read_text())
    assert len({row["route"] for row in drawn}) > 1
    for route in ("calibrating", "inclusion", "random", "profile"):
        assert route not in html
        for cells in book.worksheets:
            assert not any(route in str(c.value) for row in cells.iter_rows() for c in row)


def test_a_worklist_has_a_page_and_a_workbook_too(loop: dict[str, Any]) -> None:
    folder = loop["folder"]
    assert "work.html and work.xlsx" in " ".join(loop["listed"].split())
    entry = next(e for e in LedgerFile(Home(loop["home"])).read() if e.kind == "worklist")
    for ending, digest in entry.body["files"].items():
        assert hashlib.sha256((folder / f"work.{ending}").read_bytes()).hexdigest() == digest
    assert entry.body["digest"] == entry.body["files"]["csv"]
    html = (folder / "work.html").read_text(encoding="utf-8")
    assert "for no model is in use" in html
    listed = pd.read_csv(folder / "work.csv", dtype=str)["sponsor_id"].tolist()
    book = openpyxl.load_workbook(folder / "work.xlsx")
    assert [c.value for c in book["List"]["B"]][1:] == sorted(listed) != listed
    refused = ind_risk("sample", "ingest", str(folder / "work.xlsx"), *loop["at"])
    assert refused.returncode == 3
    assert "this is the form of a worklist" in refused.stderr


@pytest.mark.parametrize(
    ("option", "said"), [(("--out", "x.xlsx"), "Name it x.csv"), (("--lang", "fr"), "nl and en")]
)
@pytest.mark.parametrize("command", [("worklist",), ("sample", "draw")])
def test_what_cannot_be_written_is_said_first(
    tmp_path: Path, command: tuple[str, ...], option: tuple[str, str], said: str
) -> None:
    done = ind_risk(*command, *option, "--home", str(tmp_path / "none"), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not list(tmp_path.iterdir())
