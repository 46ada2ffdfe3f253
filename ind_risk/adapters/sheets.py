"""Sheets that people fill in: CSV in and out, safe to open in a spreadsheet, bounded in size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.adapters.home import written_beside
from ind_risk.core.errors import IndRiskError, InputRefused, Problem, UnusableFile

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

LARGEST_BYTES = 100 * 2**20
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def no_formula(text: str) -> str:
    """A spreadsheet must show a cell, not run it (OWASP: CSV injection)."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def safe_sheet(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with no text that a spreadsheet would run."""
    safe = frame.copy()
    for column in safe.columns:
        safe[column] = (
            safe[column].astype(object).map(lambda v: no_formula(v) if isinstance(v, str) else v)
        )
    return safe


def write_sheet(file: Path, frame: pd.DataFrame) -> None:
    """Write a sheet of texts beside its place and rename it there."""
    with written_beside(file.resolve()) as draft:
        safe_sheet(frame).to_csv(draft, index=False, encoding="utf-8")


def read_sheet(file: Path) -> pd.DataFrame:
    """A sheet as texts, blanks as empty texts; comma or semicolon, as spreadsheets write it.

    Raises:
        IndRiskError: if it is not there or far too large.
        InputRefused: if it is no CSV in UTF-8.
    """
    import pandas as pd

    if not file.is_file():
        raise UnusableFile(f"There is no file {file}. Name the sheet as it was handed back.")
    if file.stat().st_size > LARGEST_BYTES:
        raise IndRiskError(
            f"{file} holds {file.stat().st_size / 2**20:,.0f} MB; a sheet holds at most "
            f"{LARGEST_BYTES // 2**20}. Hand in the sheet that was written, filled in."
        )
    try:
        with file.open(encoding="utf-8-sig") as lines:
            head = lines.readline()
        separator = ";" if head.count(";") > head.count(",") else ","
        frame = pd.read_csv(
            file, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=separator
        )
    except (ValueError, OSError) as error:
        said = str(error).partition("\n")[0]
        raise InputRefused(
            [Problem("sample", None, f"{file.name} cannot be read: {said}", 1, (),
                     "Save it as CSV in UTF-8.")]
        ) from error  # fmt: skip
    frame.columns = [str(c).strip() for c in frame.columns]
    return frame
