"""Workbooks: cells as they are stored, and a refusal by name of whatever could do harm."""

from __future__ import annotations

import io
import time
import tracemalloc
import warnings
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ind_risk.adapters import workbook_xml, workbooks
from ind_risk.adapters.workbooks import Sheet, day_of, is_workbook, read_workbook
from ind_risk.core.errors import InputRefused
from ind_risk_tests.adapters.workbook_files import (
    SHEET,
    Rewrite,
    archive,
    changed,
    plain_workbook,
)

WELL = plain_workbook()


def read(folder: Path, content: bytes) -> Sheet:
    file = folder / "back.xlsx"
    file.write_bytes(content)
    return read_workbook(file, sheets=("Outcomes", "Uitkomsten"), table="sample")


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(InputRefused) as refused:
        read(folder, content)
    assert all(p.table == "sample" and p.next_step for p in refused.value.problems)
    return str(refused.value)


def _as_rows(sheet: Sheet) -> list[list[tuple[str, str]]]:
    return [[(c.text, c.kind) for c in row.values()] for row in sheet.rows.values()]


def test_cells_are_what_they_are_stored_as(tmp_path: Path) -> None:
    rows = (
        '<row><c t="inlineStr"><is><r><t>a</t></r><rPh><t>no</t></rPh><r><t>b</t></r></is></c>'
        '<c><v>46112</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="str"><v>x</v></c>'
        '<c t="d"><v>2026-03-31</v></c><c><f>1+1</f><v>2</v></c><c/><c><v/></c></row>'
    )
    assert _as_rows(read(tmp_path, plain_workbook(rows=rows))) == [[
        ("ab", "text"), ("46112", "number"), ("1", "boolean"), ("#N/A", "error"), ("x", "text"),
        ("2026-03-31", "day"), ("=1+1", "formula"),
    ]]  # fmt: skip


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.one_of(
    st.integers(-10**9, 10**9),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
), min_size=1, max_size=6))  # fmt: skip
def test_read_as_openpyxl_wrote_it(tmp_path: Path, values: list[Any]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Outcomes"
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(1, column)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    found = read(tmp_path, out.getvalue()).rows.get(1, {})
    kept = {k + 1: v for k, v in enumerate(values)}
    assert {k: c.text.replace("\r\n", "\n") for k, c in found.items()} == {
        k: str(v).replace("\r\n", "\n") for k, v in kept.items()
    }


def test_days_are_those_of_openpyxl() -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel

    for serial in (61, 36526, 46112, 73050):
        assert day_of(serial, since_1904=False) == from_excel(serial).date()
        assert day_of(serial, since_1904=True) == from_excel(serial, CALENDAR_MAC_1904).date()
    assert day_of(61, since_1904=False) == date(1900, 3, 1)
    assert day_of(0, since_1904=True) + timedelta(1) == date(1904, 1, 2)


@pytest.mark.parametrize("serial", [0, 60, -1, 46112.5, 1e9, float("inf"), float("nan")])
def test_what_is_no_day(serial: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        day_of(serial, since_1904=False)


def test_the_other_calendar_is_noticed(tmp_path: Path) -> None:
    mac = changed(WELL, {
        "xl/workbook.xml": lambda x: x.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    })  # fmt: skip
    assert read(tmp_path, mac).since_1904
    assert not read(tmp_path, WELL).since_1904


_RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
_REL = f'<Relationships xmlns="{_RELATED}">{{}}</Relationships>'
_OUT = '<Relationship Id="r9" Type="x/{}" Target="http://x.test/" TargetMode="External"/>'
_MACRO = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
HARM: dict[str, tuple[Mapping[str, str | bytes | Rewrite | None], str]] = {
    "macros": ({"xl/vbaProject.bin": b"x"}, "holds macros"),
    "old macros": ({"xl/macrosheets/sheet1.xml": "<a/>"}, "holds macros"),
    "a kind with macros": (
        {"[Content_Types].xml": lambda x: x.replace(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", _MACRO)},
        "macroEnabled"),
    "other workbooks": ({"xl/externalLinks/externalLink1.xml": "<a/>"}, "links to other workbooks"),
    "something outside": (
        {"xl/worksheets/_rels/sheet1.xml.rels": _REL.format(_OUT.format("image"))},
        "outside of it"),
    "data sources": ({"xl/connections.xml": "<a/>"}, "a connection to a data source"),
    "embedded files": ({"xl/embeddings/oleObject1.bin": b"x"}, "embedded files"),
    "controls": ({"xl/activeX/activeX1.xml": "<a/>"}, "controls"),
    "entities": (
        {SHEET: lambda x: '<!DOCTYPE a [<!ENTITY b "ha">]>' + x}, "declares a document type"),
    "a bomb": ({"xl/media/image1.png": bytes(120 * 2**20)}, "unpacks to 120 MB, 100 at most"),
    "no xml": ({SHEET: "<worksheet>"}, "a part is damaged"),
    "no sheet": ({SHEET: None}, "no Excel workbook that can be read"),
    "no kinds": ({"[Content_Types].xml": None}, "it is another kind of archive"),
    "another name": (
        {"xl/workbook.xml": lambda x: x.replace("Outcomes", "Blad1")},
        "must have one sheet Outcomes or Uitkomsten; there is Blad1"),
    "both names": (
        {"xl/workbook.xml": lambda x: x.replace(
            "</sheets>", '<sheet name="Uitkomsten" sheetId="2" r:id="r1"/></sheets>')},
        "both are there"),
    "a hidden sheet": (
        {"xl/workbook.xml": lambda x: x.replace("sheetId", 'state="veryHidden" sheetId')},
        "hides its sheet Outcomes"),
    "merged cells": (
        {SHEET: lambda x: x.replace(
            "</sheetData>",
            '</sheetData><mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>')},
        "joins cells (1 case); for example A2:XFD1048576"),
    "hidden rows": (
        {SHEET: lambda x: x.replace('<row r="1"', '<row r="1" hidden="1"')},
        "hides rows (1 case); for example row 1"),
    "hidden columns": (
        {SHEET: lambda x: x.replace(
            "<sheetData>", '<cols><col min="1" max="9" hidden="1"/></cols><sheetData>')},
        "hides columns (1 case); for example column 1"),
    "a cell that is nowhere": ({SHEET: lambda x: x.replace('r="A1"', 'r="1A"')}, "is no cell"),
    "a text that is nowhere": (
        {SHEET: lambda x: x.replace("<row", '<row><c t="s"><v>7</v></c></row><row')},
        "can be read"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_what_could_do_harm_is_refused_by_name(tmp_path: Path, harm: str) -> None:
    parts, said = HARM[harm]
    assert said in refusal(tmp_path, changed(WELL, parts))


def test_a_link_that_waits_to_be_clicked_is_no_harm(tmp_path: Path) -> None:
    part = {"xl/worksheets/_rels/sheet1.xml.rels": _REL.format(_OUT.format("hyperlink"))}
    assert read(tmp_path, changed(WELL, part)).name == "Outcomes"


def test_hidden_rows_without_anything_are_no_harm(tmp_path: Path) -> None:
    more = changed(WELL, {SHEET: lambda x: x.replace(
        "</sheetData>", '<row r="2" hidden="1"><c/></row></sheetData>')})  # fmt: skip
    assert list(read(tmp_path, more).rows) == [1]


def test_what_is_no_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "of before 2007, or one with a password" in refusal(tmp_path, workbooks.OLD + b"x")
    assert "no Excel workbook" in refusal(tmp_path, b"PK\x03\x04 and then nothing")
    assert "another kind of archive" in refusal(tmp_path, archive({"mimetype": "opendocument"}))
    (tmp_path / "sheet.csv").write_text("case,outcome\n")
    assert not is_workbook(tmp_path / "sheet.csv")
    assert is_workbook(tmp_path / "back.xlsx")
    monkeypatch.setattr(workbooks, "LARGEST_BYTES", 3)
    assert "a workbook holds at most" in refusal(tmp_path, WELL)


def test_five_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.xlsx"
    with file.open("wb") as opened:
        opened.write(WELL)
        opened.truncate(5 * 2**30)  # a hole: nothing is on the disk
    begun = time.monotonic()
    with pytest.raises(InputRefused, match="holds 5,120 MB"):
        read_workbook(file, sheets=("Outcomes",), table="sample")
    assert time.monotonic() - begun < 1


def test_a_thousand_ranges_and_columns_cost_little(tmp_path: Path) -> None:
    """Each range over all columns, and all columns filled: not each with each."""
    hide = "<cols>" + '<col min="1" max="16384" hidden="1"/>' * 20_000 + "</cols><sheetData>"
    row = "<row>" + "<c><v>1</v></c>" * 16_384 + "</row>"
    wide = changed(plain_workbook(rows=row), {SHEET: lambda x: x.replace("<sheetData>", hide)})
    begun = time.process_time()
    assert "hides columns (16,384 cases)" in refusal(tmp_path, wide)
    assert time.process_time() - begun < 5
    assert "more than 16,384 cells" in refusal(tmp_path, plain_workbook(rows="<c/>" * 16_385))


def test_one_far_cell_and_many_cells_cost_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    tracemalloc.start()
    assert list(read(tmp_path, plain_workbook(rows=far)).rows) == [1048576]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    monkeypatch.setattr(workbook_xml, "MOST_MARKS", 10)
    assert "more than 10 marks" in refusal(
        tmp_path, plain_workbook(rows="<row>" + "<c/>" * 11 + "</row>")
    )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damaged_anywhere_it_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Never another exception, which a command would show as an error of its own."""
    content = bytearray(WELL)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, of names that are there twice
        try:
            read(tmp_path, bytes(content))
        except InputRefused:
            return


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_damaged_marks_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """The same with parts that unpack well and say something else."""
    names = [SHEET, "xl/workbook.xml", "[Content_Types].xml", "_rels/.rels"]
    name = data.draw(st.sampled_from(names))

    def rewrite(text: str) -> str:
        at = data.draw(st.integers(0, len(text)))
        new = data.draw(
            st.one_of(st.text(max_size=5), st.sampled_from(['"', "<", "r=", "1", "xl"]))
        )
        return text[:at] + new + text[at + data.draw(st.integers(0, 9)) :]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, of names that are there twice
        try:
            text = changed(WELL, {name: rewrite})
        except UnicodeEncodeError:
            return
        try:
            read(tmp_path, text)
        except InputRefused:
            return
