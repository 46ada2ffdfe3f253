"""The workbook of a handout: what to know, the list, and the form that comes back filled in.

Every text is written as a text, and shown so: a name that begins with an equals sign is no formula,
not even once somebody edits the cell. The same handout gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from ind_risk.core.contracts import LAST_DATE, OUTCOMES
from ind_risk.core.sampling.outcomes import FORM
from ind_risk.core.training.reasons import TOP
from ind_risk.dossier.handouts.facts import Case
from ind_risk.dossier.handouts.form import DAYS, columns_of
from ind_risk.dossier.handouts.telling import Telling

MOST_INSPECTORS = 500  # more than anybody looks through
_LONGEST_CELL = 32_000
_WIDTHS = {"sample": 11, "case": 9, "sponsor_id": 16, "legal_name": 44, "inspector_id": 16,
           "outcome": 22}  # fmt: skip
_AS_SAFE = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
# Not on the form: rows that a filter hides are refused when it comes back.
_MAY_STILL = {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True}


def workbook(telling: Telling) -> bytes:
    """The workbook's bytes."""
    import xlsxwriter

    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, **_AS_SAFE})
    # Else the time at which it was written stands in it.
    issued = datetime.combine(telling.handout.issued_on, time())
    made.set_properties({"title": telling.title, "created": issued})
    _Pages(made, telling).write()
    made.close()
    return out.getvalue()


def safe(text: str) -> str:
    """A text that the writer takes for one: a name in marks of its own would be taken for marks."""
    text = text[:_LONGEST_CELL]
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


class _Pages:
    """The sheets, in order."""

    def __init__(self, made: Any, telling: Telling) -> None:
        self.made, self.t, self.w, self.h = made, telling, telling.words, telling.handout
        wrapped = {"text_wrap": True, "valign": "top"}
        # Shown as texts, and kept as texts when somebody edits them.
        text = {**wrapped, "num_format": "@", "quote_prefix": True}
        head = {**wrapped, "bold": True, "bg_color": "#DFE7F0", "font_color": "#154273",
                "border": 1, "border_color": "#9AA7B8"}  # fmt: skip
        fill = {**wrapped, "locked": False, "border": 1, "border_color": "#9AA7B8",
                "bg_color": "#FFFBE6"}  # fmt: skip
        self.title = made.add_format({"bold": True, "font_size": 15, "font_color": "#154273"})
        self.sub = made.add_format({"bold": True, "font_size": 12, "font_color": "#154273"})
        self.plain, self.text = made.add_format(wrapped), made.add_format(text)
        self.bold, self.head = made.add_format({**text, "bold": True}), made.add_format(head)
        self.fill = made.add_format({**fill, "num_format": "@"})
        self.day = made.add_format({**fill, "num_format": "dd-mm-yyyy"})
        self.number = made.add_format({**fill, "num_format": "0"})

    def write(self) -> None:
        sheets = {
            name: self.made.add_worksheet(self.w(f"sheet_{name}"))
            for name in ("read", "list", "form", "choices")
        }
        self._read(sheets["read"])
        self._list(sheets["list"])
        self._choices(sheets["choices"])
        self._form(sheets["form"])

    def _read(self, sheet: Any) -> None:
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 90)
        row = 0

        def put(text: str, style: Any, beside: str | None = None) -> None:
            nonlocal row
            sheet.write_string(row, 0 if beside is not None else 1, safe(text), style)
            if beside is not None:
                sheet.write_string(row, 1, safe(beside), self.text)
            row += 1

        sheet.write_string(0, 0, safe(self.t.title), self.title)
        row = 1
        put(self.t.issued, self.plain)
        if self.h.synthetic:
            put(self.w("synthetic"), self.bold)
        for key, lines in (("may", self.t.may), ("may_not", self.t.may_not)):
            row += 1
            sheet.write_string(row, 0, f"{self.w('conclude')}: {self.w(key).lower()}", self.sub)
            row += 1
            for line in lines:
                put(f"• {line}", self.plain)
        row += 1
        sheet.write_string(row, 0, self.w("give_back"), self.sub)
        row += 1
        for number, step in enumerate(self.t.steps, start=1):
            put(f"{number}. {step}", self.plain)
        row += 1
        sheet.write_string(row, 0, self.w("about"), self.sub)
        row += 1
        for name, value in self.t.about:
            put(name, self.plain, value)
        put(self.w("about_trail"), self.plain)
        self._finish(sheet, filters=None)

    def _list(self, sheet: Any) -> None:
        first = "column_case" if self.h.kind == "sample" else "column_place"
        heads = [self.w(first), self.w("column_sponsor_id"), self.w("column_legal_name")]
        reasons = self.t.with_reasons
        heads += [f"{self.w('reasons')} ({k + 1})" for k in range(TOP if reasons else 0)]
        self._heads(sheet, heads, [10, 16, 44, *[48] * (len(heads) - 3)])
        for row, case in enumerate(self.h.cases, start=1):
            self._texts(sheet, row, [case.number, case.sponsor_id, case.legal_name or ""])
            if reasons:
                said = [self.t.in_a_cell(r) for r in case.reasons] or [self.w("reasons_none")]
                for column, text in enumerate(said, start=3):
                    sheet.write_string(row, column, safe(text), self.text)
        self._finish(sheet, filters=len(heads))

    def _choices(self, sheet: Any) -> None:
        heads = [self.w("choices_outcomes"), self.w("choices_inspectors")]
        self._heads(sheet, heads, [26, 26])
        for row, outcome in enumerate(OUTCOMES, start=1):
            self._texts(sheet, row, [self.w(f"outcome_{outcome}")])
        for row, who in enumerate(self._inspectors, start=1):
            sheet.write_string(row, 1, safe(who), self.text)
        self._finish(sheet, filters=None)

    @property
    def _inspectors(self) -> Sequence[str]:
        return self.h.inspectors if len(self.h.inspectors) <= MOST_INSPECTORS else ()

    def _form(self, sheet: Any) -> None:
        columns = columns_of(self.h.kind)
        self._heads(
            sheet, [self.w(f"column_{c}") for c in columns], [_WIDTHS.get(c, 14) for c in columns]
        )
        styles = {**dict.fromkeys(FORM, self.fill), **dict.fromkeys(DAYS, self.day),
                  "breaches": self.number}  # fmt: skip
        for row, case in enumerate(self.h.cases, start=1):
            self._texts(sheet, row, [self._given(case, c) for c in columns if c not in FORM])
            for column, name in enumerate(columns):
                if name in FORM:
                    sheet.write_blank(row, column, None, styles[name])
        last = len(self.h.cases)
        for column, name in enumerate(columns):
            if name in FORM and last:
                for rule in self._rules(name):
                    sheet.data_validation(1, column, last, column, rule)
        self._finish(sheet, filters=None)

    def _given(self, case: Case, column: str) -> str:
        given = {"sample": self.h.name, "case": case.number, "sponsor_id": case.sponsor_id,
                 "legal_name": case.legal_name or ""}  # fmt: skip
        return given[column]

    def _rules(self, column: str) -> list[dict[str, Any]]:
        shown = {"input_title": self.w(f"column_{column}"), "error_title": self.w("check_title")}
        choices = self.w("sheet_choices")
        if column in DAYS:
            said = self.w("check_day", since=self.h.as_of.isoformat())
            first = datetime.combine(self.h.as_of + timedelta(days=1), time())
            rule: dict[str, Any] = {
                "validate": "date", "criteria": "between", "minimum": first,
                "maximum": datetime.combine(LAST_DATE, time()),
            }  # fmt: skip
        elif column == "outcome":
            said = self.w("check_outcome")
            rule = {"validate": "list", "source": f"='{choices}'!$A$2:$A${len(OUTCOMES) + 1}"}
        elif column == "breaches":
            said = self.w("check_breaches")
            rule = {"validate": "integer", "criteria": ">=", "value": 0}
        elif not self._inspectors:
            return []
        else:  # somebody new may inspect: asked, and not refused
            said = self.w("check_inspector")
            source = f"='{choices}'!$B$2:$B${len(self._inspectors) + 1}"
            rule = {"validate": "list", "source": source, "error_type": "warning"}
            return [{**rule, "error_title": shown["input_title"], "error_message": said}]
        return [{**rule, **shown, "input_message": said, "error_message": said}]

    # What sheets share.

    def _heads(self, sheet: Any, heads: Sequence[str], widths: Sequence[int]) -> None:
        for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.write_string(0, column, head, self.head)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)

    def _texts(self, sheet: Any, row: int, texts: Sequence[str]) -> None:
        for column, text in enumerate(texts):
            sheet.write_string(row, column, safe(text), self.text)

    def _finish(self, sheet: Any, *, filters: int | None) -> None:
        """Locked without a password: against slips. What comes back is checked anyway."""
        if filters is not None and self.h.cases:
            sheet.autofilter(0, 0, len(self.h.cases), filters - 1)
        sheet.protect("", {} if filters is None else _MAY_STILL)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(0)
