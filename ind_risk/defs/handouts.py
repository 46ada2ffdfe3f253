"""Issuing a list: the CSV, and beside it a page and a workbook for inspectors, all on record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ind_risk.adapters.account import account
from ind_risk.adapters.home import written_beside
from ind_risk.core.errors import IndRiskError
from ind_risk.defs.resources import Platform
from ind_risk.dossier.handouts.facts import Handout

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.dossier.page.words import Language

CSV, PAGE, WORKBOOK = ".csv", ".html", ".xlsx"


@dataclass(frozen=True)
class Files:
    """The three files of a list, beside one another."""

    csv: Path

    @classmethod
    def at(cls, csv: Path) -> Files:
        """By the place of the CSV.

        Raises:
            IndRiskError: if its name is that of the page or the workbook.
        """
        if csv.suffix.lower() in (PAGE, WORKBOOK):
            raise IndRiskError(
                f"{csv.name} would be the CSV, and the page and the workbook are written beside it "
                f"under its name. Name it {csv.stem}{CSV}."
            )
        return cls(csv.resolve())

    @property
    def page(self) -> Path:
        """To read and print."""
        return self.csv.with_name(f"{self._stem}{PAGE}")

    @property
    def workbook(self) -> Path:
        """To fill in."""
        return self.csv.with_name(f"{self._stem}{WORKBOOK}")

    @property
    def _stem(self) -> str:
        return self.csv.stem if self.csv.suffix.lower() == CSV else self.csv.name


@contextmanager
def issuing(
    files: Files, listed: pd.DataFrame, handout: Handout, language: Language
) -> Iterator[Mapping[str, str]]:
    """Write the three files where nobody sees them; they take their places at the end.

    Whoever issues enters the digests in the ledger in between: what cannot be recorded is not
    issued.

    Args:
        files: where they go.
        listed: the rows of the CSV, safe to be opened in a spreadsheet.
        handout: of the same rows; its digest is filled in here.
        language: of page and workbook.

    Yields:
        SHA-256 of each file, by the ending of its name.
    """
    from ind_risk.dossier.handouts.form import words_of
    from ind_risk.dossier.handouts.page import page
    from ind_risk.dossier.handouts.telling import Telling
    from ind_risk.dossier.handouts.workbook import workbook

    with ExitStack() as stack:
        drafts = {
            ending: stack.enter_context(written_beside(file))
            for ending, file in ((WORKBOOK, files.workbook), (PAGE, files.page), (CSV, files.csv))
        }
        listed.to_csv(drafts[CSV], index=False, encoding="utf-8")
        told = replace(handout, digest=_digest(drafts[CSV]))
        telling = Telling(told, words_of(language), files.page.stem)
        drafts[PAGE].write_text(page(telling), encoding="utf-8")
        drafts[WORKBOOK].write_bytes(workbook(telling))
        yield {ending[1:]: _digest(draft) for ending, draft in drafts.items()}


def issued_today() -> tuple[date, str]:
    """When and under which account a list is issued."""
    return date.today(), account()


def known_inspectors(platform: Platform) -> tuple[str, ...]:
    """Pseudonyms in the landing tables: chosen from a list, one is not written in two ways."""
    import pyarrow.compute as pc

    named = platform.tables.landing(("inspections",))["inspections"]["inspector_id"]
    return tuple(sorted(pc.unique(named.drop_null()).to_pylist()))


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
