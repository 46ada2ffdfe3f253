"""Handouts of every kind, and a workbook as an inspector fills it in."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from ind_risk.dossier.handouts.facts import Case, Handout, Reason
from ind_risk.dossier.handouts.form import words_of
from ind_risk.dossier.handouts.telling import Telling
from ind_risk.dossier.page.words import Language

DIGEST = "5f" * 32
AS_OF, UNTIL, ISSUED = date(2025, 12, 31), date(2026, 12, 31), date(2026, 1, 15)
REASONS = (
    Reason(feature="refused_share_12m", value="0.25",
           definition="Share of decisions of the last 12 months that were refusals"),
    Reason(feature="months_since_inspection_60m", value=None,
           definition="Months since the last inspection closed, within 60 months"),
    Reason(feature="sector", definition="Line of business", value="temporary_work"),
)  # fmt: skip
OWN = Reason(feature="of_our_own", definition="A column of our own", value="12345.678")
NAMES = ("De Vries Techniek B.V.", "Bakkerij Jansen & Zonen", None,
         "Onderlinge Waarborgmaatschappij voor Internationale Kennismigratie-"
         "bemiddelingsbureaus U.A.")  # fmt: skip


def handout(**changes: Any) -> Handout:
    """A worklist by a model, with what is to be different."""
    return Handout(**{
        "kind": "worklist", "name": "", "as_of": AS_OF, "until": None, "issued_on": ISSUED,
        "issued_by": "avries", "model_version": "3", "synthetic": True, "digest": DIGEST,
        "inspectors": ("I01", "I02"),
        "cases": [
            Case(number=str(k + 1), sponsor_id=f"S{k:08d}", legal_name=name,
                 reasons=(*REASONS[: k % 4], *((OWN,) if k == 2 else ())))
            for k, name in enumerate(NAMES)
        ],
        **changes,
    })  # fmt: skip


def sample(names: tuple[str | None, ...] = NAMES, **changes: Any) -> Handout:
    """The sheet of a sample."""
    cases = [
        Case(number=f"{k + 1:05d}", sponsor_id=f"S{k:08d}", legal_name=name)
        for k, name in enumerate(names)
    ]
    return handout(kind="sample", name="A1", until=UNTIL, cases=cases, **changes)


WORKLIST, SAMPLE = handout(), sample()
RANDOM = handout(
    model_version=None, synthetic=False,
    cases=[Case(number=c.number, sponsor_id=c.sponsor_id, legal_name=c.legal_name)
           for c in WORKLIST.cases],
)  # fmt: skip
KINDS = {"worklist": WORKLIST, "sample": SAMPLE, "random": RANDOM}


def told(given: Handout, language: Language = "nl") -> Telling:
    return Telling(given, words_of(language), "lijst")


def filled(content: bytes, rows: dict[int, dict[str, Any]], language: Language = "nl") -> Any:
    """The workbook of openpyxl with some rows of the form filled in, by heading's column name."""
    import openpyxl

    book, words = openpyxl.load_workbook(io.BytesIO(content)), words_of(language)
    form = book[words("sheet_form")]
    places = {cell.value: cell.column for cell in form[1]}
    for row, values in rows.items():
        for column, value in values.items():
            form.cell(row, places[words(f"column_{column}")]).value = value
    return book


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


DONE = {"opened_on": datetime(2026, 3, 1), "closed_on": datetime(2026, 4, 1),
        "inspector_id": "I01", "outcome": "in orde", "breaches": 0}  # fmt: skip
