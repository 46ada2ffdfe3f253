"""The workbook: texts stay texts, the form asks for what is allowed, and bytes are the same."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.sampling.outcomes import FORM
from ind_risk.dossier.handouts.workbook import workbook
from ind_risk.dossier.page.words import LANGUAGES, Language
from ind_risk_tests.dossier.handouts.example import (
    DIGEST,
    KINDS,
    NAMES,
    SAMPLE,
    WORKLIST,
    sample,
    told,
)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def texts(sheet: Any) -> list[str]:
    return [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_holds_what_to_know_the_list_and_the_form(kind: str, language: Language) -> None:
    telling = told(KINDS[kind], language)
    book = opened(workbook(telling))
    names = [telling.words(f"sheet_{s}") for s in ("read", "list", "form", "choices")]
    assert book.sheetnames == names
    read = texts(book[names[0]])
    for expected in (DIGEST, "avries", *(f"• {x}" for x in (*telling.may, *telling.may_not))):
        assert expected in read
    for sheet in (book[names[1]], book[names[2]]):
        assert sheet.max_row == 1 + len(NAMES)
        said = texts(sheet)
        assert all(c.sponsor_id in said for c in KINDS[kind].cases)
    heads = [c.value for c in book[names[2]][1]]
    assert ("Zaak" in heads or "Case" in heads) == (kind == "sample")


def test_the_header_is_locked_and_the_form_is_open() -> None:
    form = opened(workbook(told(SAMPLE)))["Uitkomsten"]
    assert form.protection.sheet
    assert form.freeze_panes == "A2"
    assert not form.auto_filter.ref  # rows that a filter hides would be refused
    assert all(cell.protection.locked for cell in form[1])
    for row in form.iter_rows(min_row=2):
        assert [c.protection.locked for c in row] == [True] * 4 + [False] * len(FORM)


def test_the_form_asks_for_what_is_allowed() -> None:
    form = opened(workbook(told(SAMPLE)))["Uitkomsten"]
    rules = {str(r.sqref): r for r in form.data_validations.dataValidation}
    assert {k: (r.type, r.errorStyle or "stop") for k, r in rules.items()} == {
        "E2:E5": ("date", "stop"), "F2:F5": ("date", "stop"), "G2:G5": ("list", "warning"),
        "H2:H5": ("list", "stop"), "I2:I5": ("whole", "stop"),
    }  # fmt: skip
    assert rules["H2:H5"].formula1 == "'Keuzes'!$A$2:$A$4"
    assert rules["E2:E5"].formula1 == "46023"  # 1 January 2026, the day after the register's
    choices = opened(workbook(told(SAMPLE)))["Keuzes"]
    assert [c.value for c in choices["A"]][1:] == [
        "in orde",
        "niet in orde",
        "niet vast te stellen",
    ]
    assert [c.value for c in choices["B"]][1:3] == ["I01", "I02"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "'=", "<r>", "{=", "http://"])
def test_a_name_is_never_a_formula(start: str) -> None:
    name = f'{start}HYPERLINK("http://x.test",1)</r>'
    content = workbook(told(sample((name,))))
    for sheet in ("Lijst", "Uitkomsten"):
        (cell,) = [c for row in opened(content)[sheet].iter_rows(min_row=2) for c in row
                   if c.value and "HYPERLINK" in str(c.value)]  # fmt: skip
        assert cell.data_type == "s"
        assert cell.quotePrefix
        assert cell.number_format == "@"
        assert str(cell.value).replace("_x000D_", "\r").strip() == name.strip()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.namelist():
            assert b"<f>" not in archive.read(part)
            assert b"<hyperlink" not in archive.read(part)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=50), min_size=1, max_size=5))
def test_wild_names_come_through_as_they_are(names: list[str]) -> None:
    from ind_risk.adapters.workbook_xml import SharedStrings, read_xml

    content = workbook(told(sample(tuple(names))))
    shared = SharedStrings()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        read_xml(archive.open("xl/sharedStrings.xml"), shared)
    assert opened(content)["Lijst"].max_row == 1 + len(names)
    there = {t.strip() for t in shared.texts}
    for name in names:
        if name.isprintable():
            assert name.strip() in there


def test_the_same_list_gives_the_same_bytes_and_another_day_others() -> None:
    first = workbook(told(WORKLIST))
    time.sleep(1.1)  # a file that keeps the second would differ
    assert workbook(told(WORKLIST)) == first
    later = replace(WORKLIST, issued_on=WORKLIST.issued_on + timedelta(days=1))
    assert workbook(told(later)) != first
    assert opened(first).properties.created.date() == WORKLIST.issued_on


def test_a_long_list_is_quick_and_can_be_mailed() -> None:
    begun = time.process_time()
    content = workbook(told(sample(NAMES * 1200)))
    assert time.process_time() - begun < 10
    assert len(content) < 1_000_000


def test_a_list_of_nobody_and_a_crowd_of_inspectors() -> None:
    book = opened(workbook(told(sample(()))))
    assert book["Uitkomsten"].max_row == 1
    crowd = replace(SAMPLE, inspectors=tuple(f"I{k}" for k in range(501)))
    form = opened(workbook(told(crowd)))["Uitkomsten"]
    assert len(form.data_validations.dataValidation) == 4
