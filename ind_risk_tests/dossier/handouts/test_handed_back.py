"""A form that came back: read as people fill it in, or refused by column, row and value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ind_risk.core.errors import InputRefused
from ind_risk.core.sampling.outcomes import COLUMNS, FORM, returned
from ind_risk.dossier.handouts.handed_back import read_form
from ind_risk.dossier.handouts.workbook import workbook
from ind_risk.dossier.page.words import LANGUAGES, Language, Words
from ind_risk_tests.adapters.workbook_files import changed
from ind_risk_tests.dossier.handouts.example import (
    AS_OF,
    DONE,
    SAMPLE,
    UNTIL,
    WORKLIST,
    filled,
    saved,
    told,
)

BLANK = workbook(told(SAMPLE))
DRAWN = pd.DataFrame({
    "case": [c.number for c in SAMPLE.cases], "sponsor_id": [c.sponsor_id for c in SAMPLE.cases],
})  # fmt: skip
FORM_PART = "xl/worksheets/sheet3.xml"


def read(folder: Path, content: bytes) -> pd.DataFrame:
    (folder / "back.xlsx").write_bytes(content)
    return read_form(folder / "back.xlsx")


def with_cells(rows: dict[int, dict[str, Any]]) -> bytes:
    return saved(filled(BLANK, rows))


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(InputRefused) as refused:
        read(folder, content)
    return str(refused.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_filled_in_by_people_it_is_taken_in(tmp_path: Path, language: Language) -> None:
    content, words = workbook(told(SAMPLE, language)), told(SAMPLE, language).words
    fails = {**DONE, "outcome": words("outcome_non_compliant"), "breaches": 2}
    sheet = read(tmp_path, saved(filled(content, {
        2: {**DONE, "outcome": words("outcome_compliant")}, 4: fails,
        5: {"opened_on": "01-03-2026"},
    }, language)))  # fmt: skip
    assert list(sheet.columns) == list(COLUMNS)
    assert set(sheet["sample"]) == {"A1"}
    came = returned(sheet, drawn=DRAWN, before=None, since=AS_OF, until=UNTIL)
    assert came.rows["case"].tolist() == ["00001", "00003", "00004"]
    assert came.rows["outcome"].tolist()[:2] == ["compliant", "non_compliant"]
    assert came.rows["opened_on"].dt.date.astype(str).tolist() == ["2026-03-01"] * 3
    assert came.rows["breaches"].tolist()[:2] == [0, 2]


def test_untouched_it_brings_nothing(tmp_path: Path) -> None:
    came = returned(read(tmp_path, BLANK), drawn=DRAWN, before=None, since=AS_OF, until=UNTIL)
    assert (came.new, len(came.rows)) == (0, 0)


@pytest.mark.parametrize(
    ("given_day", "read_as"),
    [
        (datetime(2026, 3, 31), "2026-03-31"), (46112, "2026-03-31"), (46112.0, "2026-03-31"),
        ("31-03-2026", "31-03-2026"), ("2026-03-31", "2026-03-31"), (" 31-03-2026 ", "31-03-2026"),
    ],
)  # fmt: skip
def test_days_as_people_and_spreadsheets_write_them(
    tmp_path: Path, given_day: Any, read_as: str
) -> None:
    sheet = read(tmp_path, with_cells({2: {"opened_on": given_day}}))
    assert sheet.loc[0, "opened_on"] == read_as
    came = returned(sheet, drawn=DRAWN, before=None, since=AS_OF, until=UNTIL)
    assert came.rows["opened_on"].dt.date.astype(str).tolist() == ["2026-03-31"]


def test_days_counted_from_1904(tmp_path: Path) -> None:
    mac = changed(with_cells({2: {"opened_on": 44650}}), {
        "xl/workbook.xml": lambda x: x.replace("<workbookPr", '<workbookPr date1904="1"')
    })  # fmt: skip
    assert read(tmp_path, mac).loc[0, "opened_on"] == "2026-03-31"


@pytest.mark.parametrize("word", ["in orde", "IN ORDE", " In  orde ", "compliant", "Compliant"])
def test_outcomes_in_any_language_and_as_people_type(tmp_path: Path, word: str) -> None:
    assert (
        read(tmp_path, with_cells({2: {**DONE, "outcome": word}})).loc[0, "outcome"] == "compliant"
    )


def test_numbers_that_were_texts(tmp_path: Path) -> None:
    """A spreadsheet that was told so takes a case for a number, and a pseudonym."""
    sheet = read(
        tmp_path, with_cells({2: {**DONE, "case": 1, "inspector_id": 17, "breaches": "0"}})
    )
    first = sheet.to_dict("records")[0]
    assert [first[c] for c in ("case", "inspector_id", "breaches")] == ["1", "17", "0"]
    came = returned(sheet, drawn=DRAWN, before=None, since=AS_OF, until=UNTIL)
    kept = came.rows.to_dict("records")[0]
    assert (kept["case"], kept["inspector_id"]) == ("00001", "17")


def _add_column(sheet: Any) -> None:
    sheet.cell(1, 10).value = "Opmerking"


def _add_cell(sheet: Any) -> None:
    sheet.cell(3, 12).value = "belde terug"


def _rename(sheet: Any) -> None:
    sheet.cell(1, 8).value = "Resultaat"


def _twice(sheet: Any) -> None:
    sheet.cell(1, 9).value = "Uitkomst"


def _no_heads(sheet: Any) -> None:
    sheet.delete_rows(1)


def _merge(sheet: Any) -> None:
    sheet.merge_cells("E2:E3")


def _hide_row(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def _hide_column(sheet: Any) -> None:
    sheet.column_dimensions["G"].hidden = True


def _rename_sheet(sheet: Any) -> None:
    sheet.title = "Resultaten"


BENT: dict[str, tuple[Callable[[Any], None], str]] = {
    "a column added": (_add_column, "belongs to no column of the form (1 case); for example "
                                    "row 1, column 10 (Opmerking)"),
    "a note added": (_add_cell, "belongs to no column of the form (1 case); for example row 3, "
                                "column 12 (belde terug). Empty them"),
    "a heading renamed": (_rename, "belongs to no column of the form (1 case); for example row 1, "
                                   "column 8 (Resultaat)"),
    "a heading twice": (_twice, "outcome: is there twice"),
    "no headings": (_no_heads, "is missing in row 1 of the sheet Uitkomsten"),
    "cells joined": (_merge, "the sheet Uitkomsten joins cells (1 case); for example E2:E3"),
    "a row hidden": (_hide_row, "hides rows (1 case); for example row 3. Take filters off"),
    "a column hidden": (_hide_column, "hides columns (1 case); for example column 7"),
    "the sheet renamed": (_rename_sheet, "must have one sheet Outcomes or Uitkomsten; there is "
                                         "Lees dit eerst, Lijst, Resultaten, Keuzes"),
}  # fmt: skip


@pytest.mark.parametrize("bent", BENT)
def test_a_form_that_was_bent_is_named(tmp_path: Path, bent: str) -> None:
    bend, said = BENT[bent]
    book = filled(BLANK, {2: DONE})
    bend(book["Uitkomsten"])
    assert said in refusal(tmp_path, saved(book))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("outcome", "=IF(1,\"in orde\",\"\")",
         "outcome: holds a formula (1 case); for example row 2 (=I"),
        ("opened_on", "=TODAY()",
         "opened_on: holds a formula (1 case); for example row 2 (=TODAY())"),
        ("inspector_id", "=cmd|' /C calc'!A0", "inspector_id: holds a formula"),
        ("legal_name", "=1+1", "legal_name: holds a formula"),
        ("breaches", "#N/A", "breaches: holds an error of the spreadsheet"),
        ("breaches", True, "breaches: holds true or false"),
        ("opened_on", 46112.75,
         "opened_on: has a time of day (1 case); for example row 2 (46112.75)"),
        ("opened_on", 12,
         "opened_on: is no day from March 1900 on (1 case); for example row 2 (12)"),
        ("opened_on", 10**9, "opened_on: is a day beyond the calendar"),
        ("outcome", "goed", "outcome: is none of compliant, non_compliant, undetermined, in orde"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_named_by_column_row_and_value(
    tmp_path: Path, column: str, value: Any, said: str
) -> None:
    assert said in refusal(tmp_path, with_cells({2: {**DONE, column: value}}))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("opened_on", "31 maart 2026",
         "opened_on: is no date like 2026-01-31 or 31-01-2026 (1 case); "
         "for example 00001 (31 maart 2026)"),
        ("opened_on", "03/31/2026", "00001 (03/31/2026)"),
        ("breaches", 1.5,
         "breaches: is no whole number from 0 to 10,000 (1 case); for example 00001 (1.5)"),
        ("sponsor_id", "S99999999", "is not the sponsor drawn for this case"),
        ("case", "00009", "is no case of this sample"),
    ],
)  # fmt: skip
def test_what_the_sheet_in_csv_is_refused_for_is_refused_here(
    tmp_path: Path, column: str, value: Any, said: str
) -> None:
    sheet = read(tmp_path, with_cells({2: {**DONE, column: value}}))
    with pytest.raises(InputRefused) as refused:
        returned(sheet, drawn=DRAWN, before=None, since=AS_OF, until=UNTIL)
    assert said in str(refused.value)


def test_the_form_of_a_worklist_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = refusal(tmp_path, workbook(told(WORKLIST)))
    assert "this is the form of a worklist, and of no sample" in text
    assert "belong in the table inspections" in text


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from([*FORM, "legal_name"]),
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
        st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**12), 10**12),
        st.booleans(), st.datetimes(datetime(1900, 3, 1), datetime(2100, 1, 1)),
    ),
)  # fmt: skip
def test_anything_in_a_cell_is_taken_as_it_is_or_named(
    tmp_path: Path, column: str, value: Any
) -> None:
    try:
        sheet = read(tmp_path, with_cells({2: {**DONE, column: value}}))
        returned(sheet, drawn=DRAWN, before=None, since=AS_OF, until=UNTIL)
    except InputRefused as refused:
        if not all(p.column and p.keys and p.next_step for p in refused.problems):
            raise
        return
    if column == "inspector_id" and isinstance(value, str):
        assert sheet.loc[0, column] == value.strip()


def test_saved_again_by_another_program_it_is_the_same(tmp_path: Path) -> None:
    """Texts in the cells themselves instead of a table of texts, as some programs write them."""
    book = openpyxl.Workbook(write_only=True)
    form = book.create_sheet("Outcomes")
    words = Words("en", package="ind_risk.dossier.handouts")
    form.append([words(f"column_{c}") for c in COLUMNS])
    form.append(["A1", "00001", "S00000000", "x", *({**DONE, "outcome": "compliant"}).values()])
    assert read(tmp_path, saved(book)).loc[0, "outcome"] == "compliant"
