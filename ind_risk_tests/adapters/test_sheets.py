"""Sheets: no formula runs, what a spreadsheet saves is read, what is no sheet is named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ind_risk.adapters import sheets
from ind_risk.adapters.sheets import read_sheet, write_sheet
from ind_risk.core.errors import IndRiskError, InputRefused


def test_formulas_are_shown_and_not_run(tmp_path: Path) -> None:
    write_sheet(tmp_path / "s.csv", pd.DataFrame({"name": ["=1+1", "-x", "plain", ""]}))
    assert read_sheet(tmp_path / "s.csv")["name"].tolist() == ["'=1+1", "'-x", "plain", ""]


@pytest.mark.parametrize("text", ["case;outcome\n00001;x\n", "\ufeffcase,outcome\n00001,x\n"])
def test_as_spreadsheets_save_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    made = read_sheet(tmp_path / "s.csv")
    assert made.to_dict("records") == [{"case": "00001", "outcome": "x"}]


def test_what_is_no_sheet_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndRiskError, match="There is no file"):
        read_sheet(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00case")
    with pytest.raises(InputRefused, match="cannot be read"):
        read_sheet(tmp_path / "bad.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputRefused, match="cannot be read"):
        read_sheet(tmp_path / "empty.csv")
    monkeypatch.setattr(sheets, "LARGEST_BYTES", 3)
    with pytest.raises(IndRiskError, match="holds at most"):
        read_sheet(tmp_path / "bad.csv")
