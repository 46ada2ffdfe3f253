"""Retention: rows of people and sponsors leave a home, their digests stay in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.account import account
from ind_risk.adapters.manifest import digest_of_file
from ind_risk.adapters.samples import AUDIT_FILE
from ind_risk.core.purging import PURGE, purged_files, samples_before, worklists_before

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ind_risk.adapters.home import Home
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.adapters.table_store import TableStore

_ROWS = ".parquet"


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What a retention date takes away.

    Args:
        before: the date.
        files: paths in the home.
        tables: whether the accepted tables and what is derived from them are among them.
        samples: names of samples.
        worklists: digests of worklists.
        cut_off: of the accepted tables, by which they stay or go; empty without any.
    """

    before: date
    files: tuple[str, ...]
    tables: bool
    samples: tuple[str, ...]
    worklists: tuple[str, ...]
    cut_off: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON-able form."""
        return {**vars(self), "before": self.before.isoformat()}


def purge(
    home: Home, tables: TableStore, ledger: LedgerFile, *, before: date, rehearse: bool = False
) -> Purged:
    """Remove rows of before a date; the ledger has their digests first.

    Removed are the accepted tables with all that is derived row by row, if their cut-off is
    earlier; samples whose last day is, all of one frame together; and worklists of an earlier day.
    Findings, models and facts hold no rows and stay. What an interrupted purge left is removed
    too.

    Args:
        home: whose rows.
        tables: of the home.
        ledger: of the home.
        before: the retention date.
        rehearse: change nothing.

    Returns:
        What was removed, or would be.

    Raises:
        IntegrityError: if the ledger does not hold; nothing is removed then.
    """
    with ledger.locked():
        entries = ledger.read()
        left = [name for name in purged_files(entries) if (home.root / name).exists()]
        cut_off = tables.landing_facts().as_of if tables.landed() else ""
        stale = bool(cut_off) and cut_off < before.isoformat()
        samples = samples_before(entries, before)
        lists = worklists_before(entries, before)
        files = {
            **(_of_tables(home) if stale else {}),
            **{n: p for s in samples for n, p in _within(home, home.samples / s).items()},
            **_of_worklists(home, lists, before),
        }
        done = Purged(
            before=before, files=tuple(sorted({*files, *left})), tables=bool(stale and files),
            samples=tuple(samples), worklists=tuple(d for d, _ in lists),
            cut_off=cut_off,
        )  # fmt: skip
        if rehearse or not done.files:
            return done
        if files:
            body = {
                "before": before.isoformat(), "by": account(),
                "files": {name: digest_of_file(path) for name, path in files.items()},
                "samples": list(done.samples), "worklists": list(done.worklists),
            }  # fmt: skip
            ledger.append(PURGE, body)
        for name in done.files:
            (home.root / name).unlink(missing_ok=True)
        return done


def _of_tables(home: Home) -> dict[str, Path]:
    """Every table of rows, the list of sponsors that calibrate, and the pages that quote keys."""
    found = {n: p for n, p in _within(home, home.tables).items() if n.endswith(_ROWS)}
    found |= _within(home, home.data_docs)
    audit = home.landing / AUDIT_FILE
    return found | ({_name(home, audit): audit} if audit.exists() else {})


def _of_worklists(home: Home, lists: list[tuple[str, str]], before: date) -> dict[str, Path]:
    """What was issued, and the sheets of those days that lie in the home."""
    issued = [home.issued / f"{digest}.json" for digest, _ in lists]
    sheets = [
        p for p in home.worklists.glob("*") if p.is_file() and p.stem[-10:] < before.isoformat()
    ]
    return {_name(home, p): p for p in (*issued, *sheets) if p.exists()}


def _within(home: Home, folder: Path) -> dict[str, Path]:
    return {_name(home, p): p for p in sorted(folder.rglob("*")) if p.is_file()}


def _name(home: Home, path: Path) -> str:
    return path.relative_to(home.root).as_posix()
