"""A form that came back in a workbook, as the texts that a sheet in CSV would have held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.adapters.workbooks import Sheet, day_of, read_workbook
from ind_risk.core.contracts import OUTCOMES
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, InputRefused, Problem
from ind_risk.core.raw_landing import shown
from ind_risk.core.sampling.outcomes import COLUMNS, NOT_NEEDED, TABLE
from ind_risk.dossier.handouts.form import (
    DAYS,
    columns_by_heading,
    form_names,
    outcomes_by_word,
    plain,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ind_risk.adapters.workbook_xml import Cell

_HEAD = 1
_AGAIN = "Fill in the workbook that `ind-risk sample draw` wrote, and change no heading."
_NO_TYPE = {
    "formula": ("holds a formula", "Write the value itself."),
    "error": ("holds an error of the spreadsheet", "Write the value itself."),
    "boolean": ("holds true or false", "Write the value itself."),
}


def read_form(file: Path) -> pd.DataFrame:
    """The form's rows as texts, blanks as empty texts, in the columns of `COLUMNS`.

    Args:
        file: the workbook, filled in whole or in part.

    Raises:
        InputRefused: naming sheet, column, row, value and the next step; nothing is guessed.
    """
    import pandas as pd

    sheet = read_workbook(file, sheets=form_names(), table=TABLE)
    columns, problems = _columns(sheet)
    if problems:
        raise InputRefused(problems)
    faults = _Faults(sheet)
    rows = []
    for number in sorted(set(sheet.rows) - {_HEAD}):
        found = sheet.rows[number]
        for at in sorted(set(found) - set(columns)):
            faults.foreign.append((number, at, found[at].text))
        row = {name: _text(found.get(at), name, number, faults) for at, name in columns.items()}
        if any(row.values()):
            rows.append(row)
    if faults.found or faults.foreign:
        raise InputRefused(faults.problems())
    return pd.DataFrame(rows, columns=[c for c in COLUMNS if c in columns.values()], dtype=object)


class _Faults:
    """What is wrong, gathered by column and rule."""

    def __init__(self, sheet: Sheet) -> None:
        self.since_1904 = sheet.since_1904
        self.found: dict[tuple[str, str, str], list[str]] = {}
        self.foreign: list[tuple[int, int, str]] = []  # row, column, value

    def add(self, column: str, rule: str, row: int, value: str, next_step: str) -> None:
        keys = self.found.setdefault((column, rule, next_step), [])
        keys.append(f"row {row} ({shown(value)})")

    def problems(self) -> list[Problem]:
        step = "Empty them: what stands there is read by nobody."
        return [
            *_foreign(self.foreign, step),
            *(
                Problem(TABLE, column, rule, len(keys), tuple(keys[:MAX_EXAMPLE_KEYS]), step)
                for (column, rule, step), keys in self.found.items()
            ),
        ]


def _foreign(cells: list[tuple[int, int, str]], next_step: str) -> list[Problem]:
    """Cells that stand in no column of the form, named together: there may be thousands."""
    if not cells:
        return []
    some = cells[:MAX_EXAMPLE_KEYS]
    keys = tuple(f"row {row}, column {at} ({shown(value)})" for row, at, value in some)
    rule = "holds what belongs to no column of the form"
    return [Problem(TABLE, None, rule, len(cells), keys, next_step)]


def _columns(sheet: Sheet) -> tuple[dict[int, str], list[Problem]]:
    """Which column of the sheet holds what."""
    known = columns_by_heading()
    made: dict[int, str] = {}
    problems: list[Problem] = []
    foreign = []
    for at, cell in sorted(sheet.rows.get(_HEAD, {}).items()):
        name = known.get(plain(cell.text)) if cell.kind == "text" else None
        if name is None:
            foreign.append((_HEAD, at, cell.text))
        elif name in made.values():
            twice = (f"row {_HEAD}, column {at} ({shown(cell.text)})",)
            problems.append(Problem(TABLE, name, "is there twice", 1, twice, _AGAIN))
        else:
            made[at] = name
    problems += _foreign(foreign, _AGAIN)
    missing = [c for c in COLUMNS if c not in NOT_NEEDED and c not in made.values()]
    if missing == ["case"] and not problems:
        rule = "is missing: this is the form of a worklist, and of no sample"
        step = "Its outcomes belong in the table inspections, with how each company was chosen."
        return made, [Problem(TABLE, "case", rule, 1, (), step)]
    if missing:
        rule = f"is missing in row {_HEAD} of the sheet {sheet.name}"
        problems.append(Problem(TABLE, missing[0], rule, len(missing), tuple(missing), _AGAIN))
    return made, problems


def _text(cell: Cell | None, column: str, row: int, faults: _Faults) -> str:
    """The cell as a sheet in CSV would have it; what cannot be taken is noted."""
    if cell is None or (column == "legal_name" and cell.kind == "text"):
        return "" if cell is None else cell.text
    if cell.kind in _NO_TYPE:
        rule, step = _NO_TYPE[cell.kind]
        faults.add(column, rule, row, cell.text, step)
        return ""
    text = cell.text.strip()
    if cell.kind == "number":
        return _number(text, column, row, faults)
    if cell.kind == "day":
        return text.removesuffix("T00:00:00")
    if column == "outcome" and text:
        return _outcome(text, row, faults)
    return text


def _number(text: str, column: str, row: int, faults: _Faults) -> str:
    try:
        number = float(text)
        if column in DAYS:
            return day_of(number, since_1904=faults.since_1904).isoformat()
    except (ValueError, OverflowError) as error:
        rule = str(error) if column in DAYS and _finite(text) else "is no number"
        faults.add(column, rule, row, text, "Write the day alone, as 2026-03-31 or 31-03-2026."
                   if column in DAYS else "Correct it.")  # fmt: skip
        return ""
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else text


def _finite(text: str) -> bool:
    from math import isfinite

    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _outcome(text: str, row: int, faults: _Faults) -> str:
    known = outcomes_by_word()
    made = known.get(plain(text))
    if made is None:
        words = ", ".join(w for w in known if known[w] in OUTCOMES)
        faults.add("outcome", f"is none of {words}", row, text, "Choose one from the list.")
        return ""
    return made
