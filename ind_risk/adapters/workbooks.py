"""Excel workbooks that come back: one sheet of cells, or a refusal that names what is wrong.

Nothing in a workbook is run, followed or computed. What could be is refused, since somebody opens
the same file in a spreadsheet.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ind_risk.adapters.archives import bounded_names
from ind_risk.adapters.workbook_xml import (
    BrokenXmlError,
    Cell,
    Elements,
    SharedStrings,
    SheetCells,
    read_xml,
)
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, InputRefused, Problem
from ind_risk.core.raw_landing import shown

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 20 * 2**20
LARGEST_UNPACKED = 100 * 2**20
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how a workbook begins, and one of before 2007
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_AGAIN = "Fill in the workbook that `ind-risk sample draw` wrote, and save it as .xlsx."
_LEAP_ERROR = 61  # Excel's 1900 has a 29 February; from this day on its numbers are right
# What may do or fetch something when the file is opened: where it lies, and what it is called.
_HARMFUL = (
    ("vbaproject", "macros"),
    ("/macrosheets/", "macros"),
    ("/activex/", "controls"),
    ("/embeddings/", "embedded files"),
    ("/externallinks/", "links to other workbooks"),
    ("/connections.xml", "a connection to a data source"),
    ("/querytables/", "a connection to a data source"),
    ("/customui", "buttons of its own"),
)


@dataclass(frozen=True)
class Sheet:
    """One sheet: cells by row and column, both from 1, and how it counts days."""

    name: str
    rows: dict[int, dict[int, Cell]]
    since_1904: bool


def is_workbook(file: Path) -> bool:
    """Whether a file begins as a workbook does, of today or of old."""
    with file.open("rb") as opened:
        return opened.read(4) in (ZIP, OLD)


def read_workbook(file: Path, *, sheets: Collection[str], table: str) -> Sheet:
    """The one sheet of these names.

    Args:
        file: .xlsx as a spreadsheet saved it.
        sheets: names that the sheet may have.
        table: what it is called in a refusal.

    Raises:
        InputRefused: if it is no workbook, too large, could do or fetch something when opened, has
            no such sheet or two, or the sheet hides or joins cells.
    """

    def refuse(rule: str, step: str = _AGAIN) -> InputRefused:
        return InputRefused([Problem(table, None, f"{shown(file.name)} {rule}", 1, (), step)])

    if file.stat().st_size > LARGEST_BYTES:
        size = file.stat().st_size / 2**20
        raise refuse(f"holds {size:,.0f} MB; a workbook holds at most {LARGEST_BYTES // 2**20}")
    content = file.read_bytes()
    if content.startswith(OLD):
        raise refuse("is a workbook of before 2007, or one with a password",
                     "Save it as .xlsx, without a password.")  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = bounded_names(archive, largest=LARGEST_UNPACKED)
            if harm := _harm(archive, names):
                raise refuse(f"holds {harm}", "Remove them, or fill in a fresh copy.")
            book = _Book(archive)
            found = [s for s in book.sheets if s in sheets]
            if len(found) != 1:
                there = ", ".join(map(shown, book.sheets[:MAX_EXAMPLE_KEYS])) or "none"
                wanted = " or ".join(sorted(sheets))
                what = "both are there" if found else f"there is {there}"
                raise refuse(f"must have one sheet {wanted}; {what}", "Put its name back.")
            if book.hidden[found[0]]:
                raise refuse(f"hides its sheet {found[0]}", "Show it.")
            cells = book.cells(found[0])
    except (zipfile.BadZipFile, BrokenXmlError, ValueError, LookupError, OSError, EOFError,
            zlib.error, NotImplementedError, RecursionError) as error:  # fmt: skip
        said = " ".join(str(error).split())[:200]
        raise refuse(f"is no Excel workbook that can be read: {said}") from error
    if problems := _hidden(cells, table, found[0]):
        raise InputRefused(problems)
    return Sheet(found[0], cells.rows, book.since_1904)


def day_of(serial: float, *, since_1904: bool) -> date:
    """The day that a spreadsheet keeps as a number.

    >>> day_of(46112, since_1904=False).isoformat(), day_of(44650, since_1904=True).isoformat()
    ('2026-03-31', '2026-03-31')

    Raises:
        ValueError: if it has a time of day, or is no day from March 1900 on.
    """
    if serial != int(serial):
        raise ValueError("has a time of day")
    if serial < (0 if since_1904 else _LEAP_ERROR):
        raise ValueError("is no day from March 1900 on")
    try:
        return (date(1904, 1, 1) if since_1904 else date(1899, 12, 30)) + timedelta(int(serial))
    except OverflowError:
        raise ValueError("is a day beyond the calendar") from None


class _Book:
    """Which sheets there are, and where."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        if "[Content_Types].xml" not in archive.namelist():
            raise ValueError("it is another kind of archive")
        root = _related(archive, "")
        books = [place for kind, place in root.values() if kind.endswith("/officeDocument")]
        if len(books) != 1:
            raise ValueError("it says not where its workbook is")
        self._main = books[0]
        kinds = _elements(archive, "[Content_Types].xml", "Override")
        kind = next((a["ContentType"] for _, a in kinds if a["PartName"] == f"/{self._main}"), "?")
        if kind != _MAIN:
            raise ValueError(f"it is of the kind {shown(kind)}")
        self.since_1904 = False
        self.hidden: dict[str, bool] = {}
        self._parts: dict[str, str] = {}
        self._related = _related(archive, self._main)
        for name, found in _elements(archive, self._main, "sheet", "workbookPr"):
            if name == "workbookPr":
                self.since_1904 = found.get("date1904") in ("1", "true")
                continue
            if found["name"] in self.hidden:
                raise ValueError(f"it has two sheets {shown(found['name'])}")
            self.hidden[found["name"]] = found.get("state", "visible") != "visible"
            self._parts[found["name"]] = self._related[found["id"]][1]

    @property
    def sheets(self) -> list[str]:
        """Names, in order."""
        return list(self.hidden)

    def cells(self, name: str) -> SheetCells:
        """Everything that is filled in on a sheet."""
        shared = SharedStrings()
        for kind, part in self._related.values():
            if kind.endswith("/sharedStrings"):
                with self._archive.open(part) as opened:
                    read_xml(opened, shared)
        cells = SheetCells(lambda number: shared.texts[number])
        with self._archive.open(self._parts[name]) as opened:
            read_xml(opened, cells)
        return cells


def _elements(
    archive: zipfile.ZipFile, part: str, *wanted: str
) -> list[tuple[str, dict[str, str]]]:
    reader = Elements(frozenset(wanted))
    with archive.open(part) as opened:
        read_xml(opened, reader)
    return reader.found


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Kind and place of everything that a part refers to within the workbook, by id."""
    folder, name = posixpath.split(part)
    found = _elements(archive, posixpath.join(folder, "_rels", f"{name}.rels"), "Relationship")
    return {
        a["Id"]: (a["Type"], posixpath.normpath(posixpath.join("/", folder, a["Target"]))[1:])
        for _, a in found if a.get("TargetMode") != "External"
    }  # fmt: skip


def _harm(archive: zipfile.ZipFile, names: list[str]) -> str | None:
    """What of it could do or fetch something; a link in a cell waits to be clicked and is none."""
    for name in names:
        for mark, what in _HARMFUL:
            if mark in f"/{name}".lower():
                return what
        if name.lower().endswith(".rels"):
            for _, found in _elements(archive, name, "Relationship"):
                outside = found.get("TargetMode") == "External"
                if outside and not found.get("Type", "").endswith("/hyperlink"):
                    return "a reference to something outside of it"
    return None


def _hidden(cells: SheetCells, table: str, name: str) -> list[Problem]:
    """Joined or hidden cells: what was filled in and what is seen would not be the same."""
    problems = []
    rows = sorted(cells.hidden_rows & set(cells.rows))
    for what, where, step in (
        ("joins cells", cells.merged, "Split them, and fill in each."),
        ("hides rows", [f"row {r}" for r in rows], "Take filters off and show all rows."),
        ("hides columns", [f"column {c}" for c in cells.hidden_columns], "Show all columns."),
    ):
        if where:
            keys = tuple(shown(w) for w in where[:MAX_EXAMPLE_KEYS])
            problems.append(
                Problem(table, None, f"the sheet {name} {what}", len(where), keys, step)
            )
    return problems
