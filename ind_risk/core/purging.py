"""What a retention date asks to be removed, and what the ledger says was removed.

A purge takes rows of people and sponsors away and leaves their digests: the trail says for ever
that a table, a sample or a worklist was there and which one it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ind_risk.core.ledger import Entry

PURGE = "purge"


def purged_files(entries: Iterable[Entry]) -> dict[str, str]:
    """Path in the home → digest, of every file that a purge took away and nothing made anew since.

    Args:
        entries: of a ledger that was verified.
    """
    gone: dict[str, str] = {}
    for entry in entries:
        if entry.kind == PURGE:
            gone.update({str(k): str(v) for k, v in entry.body["files"].items()})
        elif entry.kind == "data":  # the tables are there again
            gone = {name: d for name, d in gone.items() if not name.startswith("tables/")}
    return gone


def purged_samples(entries: Iterable[Entry]) -> frozenset[str]:
    """Names of the samples whose rows a purge took away."""
    return frozenset(str(n) for e in entries if e.kind == PURGE for n in e.body["samples"])


def purged_worklists(entries: Iterable[Entry]) -> frozenset[str]:
    """Digests of the worklists whose rows a purge took away."""
    return frozenset(str(d) for e in entries if e.kind == PURGE for d in e.body["worklists"])


def samples_before(entries: Iterable[Entry], day: date) -> list[str]:
    """Samples to be purged: all of a frame's day together, once the last of them is closed.

    Together, for they judge together: whoever could purge one of two samples of a day could leave
    the one that pleases.

    Args:
        entries: of the ledger.
        day: what was closed before it goes.
    """
    known = list(entries)
    drawn = [e.body for e in known if e.kind == "sample"]
    last = {str(b["as_of"]): "" for b in drawn}
    for body in drawn:
        key = str(body["as_of"])
        last[key] = max(last[key], str(body["until"]))
    there = [b for b in drawn if str(b["name"]) not in purged_samples(known)]
    return [str(b["name"]) for b in there if last[str(b["as_of"])] < day.isoformat()]


def worklists_before(entries: Iterable[Entry], day: date) -> list[tuple[str, str]]:
    """Digest and as-of date of the worklists to be purged: those of a day before."""
    known = list(entries)
    gone = purged_worklists(known)
    return [
        (str(e.body["rows_digest"]), str(e.body["as_of"]))
        for e in known
        if e.kind == "worklist" and str(e.body["as_of"]) < day.isoformat()
        and str(e.body["rows_digest"]) not in gone
    ]  # fmt: skip
