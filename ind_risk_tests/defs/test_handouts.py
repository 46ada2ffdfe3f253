"""Issuing: three files or none, and none that could not be entered in the ledger."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from ind_risk.core.errors import IndRiskError
from ind_risk.defs.handouts import Files, issuing
from ind_risk_tests.dossier.handouts.example import SAMPLE

LISTED = pd.DataFrame({"case": ["00001"], "sponsor_id": ["S1"]})


def test_all_three_take_their_places_and_have_their_digests(tmp_path: Path) -> None:
    files = Files.at(tmp_path / "list.csv")
    with issuing(files, LISTED, SAMPLE, "nl") as digests:
        assert not [p for p in tmp_path.iterdir() if p.is_file()]
    there = {p.suffix[1:]: hashlib.sha256(p.read_bytes()).hexdigest() for p in tmp_path.iterdir()}
    assert there == digests
    assert digests["csv"] in files.page.read_text(encoding="utf-8")
    with issuing(files, LISTED, SAMPLE, "nl") as again:
        pass
    assert again == digests


def test_what_cannot_be_recorded_is_not_issued(tmp_path: Path) -> None:
    files = Files.at(tmp_path / "list.csv")
    files.csv.write_text("of before")
    with pytest.raises(OSError, match="full"), issuing(files, LISTED, SAMPLE, "en"):
        raise OSError("the disk is full")
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]
    assert files.csv.read_text() == "of before"


@pytest.mark.parametrize(
    ("given", "page"),
    [("a.csv", "a.html"), ("a.CSV", "a.html"), ("a.b", "a.b.html"), ("a", "a.html")],
)
def test_names_beside_the_csv(tmp_path: Path, given: str, page: str) -> None:
    files = Files.at(tmp_path / given)
    assert (files.page.name, files.workbook.name) == (page, page.replace(".html", ".xlsx"))
    assert len({files.csv, files.page, files.workbook}) == 3


@pytest.mark.parametrize("given", ["a.html", "a.xlsx", "a.XLSX"])
def test_a_name_that_is_taken(tmp_path: Path, given: str) -> None:
    with pytest.raises(IndRiskError, match=r"Name it a\.csv"):
        Files.at(tmp_path / given)
