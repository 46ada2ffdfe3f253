"""Worklists as they were issued: read back only if the ledger has the digest of what is read."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING

from ind_risk.core.errors import IntegrityError
from ind_risk.core.purging import purged_worklists

if TYPE_CHECKING:
    from ind_risk.adapters.home import Home
    from ind_risk.adapters.ledger_file import LedgerFile


def listed_by_model(home: Home, ledger: LedgerFile, *, since: date, until: date) -> set[str] | None:
    """Sponsors that a model put on a worklist of a day in (since, until]; None without a worklist.

    Raises:
        IntegrityError: if a list is gone or is not the one that was issued.
    """
    listed: set[str] = set()
    found = False
    entries = ledger.read()
    gone = purged_worklists(entries)
    for entry in entries:
        if entry.kind != "worklist":
            continue
        when = date.fromisoformat(str(entry.body["as_of"]))
        if entry.body["model_version"] is None or not since < when <= until:
            continue
        found = True
        if str(entry.body["rows_digest"]) in gone:
            raise IntegrityError(
                f"The worklist of {when} was purged, and its year is not over: nobody can say whom "
                f"it sent inspectors to. Judge as of a date for which it is too old, or later than "
                f"{when} by a year."
            )
        listed |= _by_model(home, str(entry.body["rows_digest"]))
    return listed if found else None


def _by_model(home: Home, digest: str) -> set[str]:
    path = home.issued / f"{digest}.json"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IntegrityError(
            f"The worklist {path} is gone, though the ledger says it was issued ({error}). Put it "
            "back from a copy; without it nobody can say whom it sent inspectors to."
        ) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise IntegrityError(
            f"The worklist {path} is not the one that was issued. Put it back from a copy."
        )
    return {str(row["sponsor_id"]) for row in json.loads(content) if row["route"] != "random"}
