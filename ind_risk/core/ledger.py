"""The ledger as values: canonical entries and a chain of digests over them.

The chain has no key: what it cannot show is that its newest entries were cut off, or all of it
written anew. Against that stands its head, kept elsewhere: release and withdrawal tell it Dagster.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ind_risk.core.errors import IntegrityError

KINDS = frozenset(
    {
        "candidate",
        "decision",
        "release",
        "withdrawal",
        "worklist",
        "data",
        "policy",
        "look",
        "sample",
        "outcomes",
        "people",
        "statement",
        "evidence",
        "purge",
        "monitoring",
        "card",
        "dossier",
    }
)
BEFORE_THE_FIRST = "0" * 64
FIELDS = ("seq", "at", "kind", "body", "previous", "digest")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger.

    Args:
        seq: 1, 2, 3 …
        at: UTC, ISO 8601 with microseconds; never before its predecessor's.
        kind: one of `KINDS`.
        body: JSON-able facts.
        previous: digest of the entry before, or 64 zeros.
        digest: SHA-256 over the canonical encoding of all other fields, hex.
    """

    seq: int
    at: str
    kind: str
    body: Mapping[str, Any]
    previous: str
    digest: str

    def fields(self) -> dict[str, Any]:
        """All fields by name."""
        return {name: getattr(self, name) for name in FIELDS}


def canonical(value: Any) -> bytes:
    """The one encoding of a JSON value: UTF-8, sorted keys, no blanks, no NaN.

    Raises:
        ValueError: for anything that JSON would not give back as it was.

    >>> canonical({"b": 1, "a": ["é", None]}).decode()
    '{"a":["é",null],"b":1}'
    """
    _refuse_odd(value)
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def _refuse_odd(value: Any) -> None:
    if value is None or isinstance(value, (str, bool, int)):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"the ledger holds no number like {value}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"the ledger's keys are texts, not {key!r}")
            _refuse_odd(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_odd(item)
    else:
        raise ValueError(f"the ledger holds JSON, not {type(value).__name__}")


def digest_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 over every field but the digest itself."""
    content = {name: entry[name] for name in FIELDS if name != "digest"}
    return hashlib.sha256(canonical(content)).hexdigest()


def next_entry(previous: Entry | None, kind: str, body: Mapping[str, Any], at: datetime) -> Entry:
    """The entry that follows; a clock that was set back does not make the trail run backwards.

    Raises:
        ValueError: for an unknown kind, a time without zone, or a body that is not plain JSON.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of entry {kind!r}; known are {', '.join(sorted(KINDS))}")
    if at.tzinfo is None:
        raise ValueError("a ledger entry needs a time with a time zone")
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content: dict[str, Any] = {
        "seq": 1 if previous is None else previous.seq + 1,
        "at": moment if previous is None else max(moment, previous.at),
        "kind": kind,
        "body": json.loads(canonical(dict(body))),
        "previous": BEFORE_THE_FIRST if previous is None else previous.digest,
    }
    return Entry(**content, digest=digest_of(content))


def encode(entry: Entry) -> bytes:
    """The line of an entry, without its line end."""
    return canonical(entry.fields())


def decode(line: bytes) -> Entry:
    """Read a line back; only the canonical encoding is accepted.

    Raises:
        ValueError: saying what is wrong with the line.
    """
    try:
        raw = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(raw, dict) or set(raw) != set(FIELDS):
        raise ValueError("does not have the fields of an entry")
    texts = ("at", "kind", "previous", "digest")
    if (
        type(raw["seq"]) is not int
        or not isinstance(raw["body"], dict)
        or not all(isinstance(raw[name], str) for name in texts)
    ):
        raise ValueError("has a field of another type")
    try:
        same = canonical(raw) == line
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise ValueError("is not in the canonical encoding")
    return Entry(**raw)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The first entry of a chain that does not hold."""

    seq: int
    what: str

    def __str__(self) -> str:
        return f"ledger entry {self.seq} {self.what}"


def fault_after(before: Entry | None, entry: Entry) -> str | None:
    """What is wrong with an entry that follows `before`; None if nothing."""
    expected = 1 if before is None else before.seq + 1
    if entry.seq != expected:
        return f"is numbered {entry.seq}"
    if entry.previous != (BEFORE_THE_FIRST if before is None else before.digest):
        return "does not follow the one before it: a line was changed, dropped, added or moved"
    if entry.digest != digest_of(entry.fields()):
        return "does not have its own digest: it was changed"
    if entry.kind not in KINDS:
        return f"is of the unknown kind {entry.kind!r}"
    if not _is_moment(entry.at):
        return f"has the time {entry.at!r}, which is none"
    if before is not None and entry.at < before.at:
        return "is dated before its predecessor"
    return None


def verify_chain(entries: Iterable[Entry]) -> Fault | None:
    """The first fault of a chain, or None; an empty chain holds."""
    before: Entry | None = None
    for place, entry in enumerate(entries, start=1):
        if what := fault_after(before, entry):
            return Fault(seq=place, what=what)
        before = entry
    return None


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is UTC and moment.isoformat(timespec="microseconds") == text


def broken(fault: Fault | str) -> IntegrityError:
    """The error for a ledger that does not hold, with the next step."""
    return IntegrityError(
        f"The ledger does not hold: {fault}. Nothing is released or used until it is put back "
        "from a copy."
    )


def last(entries: Sequence[Entry]) -> Entry | None:
    """The newest entry."""
    return entries[-1] if entries else None
