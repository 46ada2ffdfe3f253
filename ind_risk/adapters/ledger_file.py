"""The ledger on disk: JSON lines, one writer at a time, whole lines only, verified at each read."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import IndRiskError, IntegrityError
from ind_risk.core.ledger import (
    Entry,
    Fault,
    broken,
    decode,
    encode,
    fault_after,
    last,
    next_entry,
)
from ind_risk.core.ledger_state import LedgerState, fold

if TYPE_CHECKING:
    from ind_risk.adapters.home import Home

LOCK_WAIT_SECONDS = 120
_log = logging.getLogger(__name__)


class LedgerFile:
    """The append-only ledger of one home.

    Every instance on one home shares one lock, which a thread may take again while it holds it:
    release decides, writes and tells MLflow under it, and what it calls may read the ledger.
    """

    def __init__(self, home: Home) -> None:
        self.path = home.ledger
        self.lock_path = home.root / "ledger.lock"
        self.torn_path = home.root / "ledger.torn"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the ledger: nobody else reads or appends meanwhile.

        Raises:
            IndRiskError: if another process keeps it for longer than two minutes, or the disk
                refuses.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.lock_path, timeout=LOCK_WAIT_SECONDS, is_singleton=True)
        try:
            self.lock_path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise IndRiskError(
                f"Another process keeps {self.path} for more than {LOCK_WAIT_SECONDS} s. Wait for "
                "it or end it, then try again."
            ) from None
        except OSError as error:
            raise _refused(self.lock_path, error) from error
        try:
            yield
        finally:
            lock.release()

    def read(self) -> tuple[Entry, ...]:
        """All entries, verified; a missing file is an empty ledger.

        Raises:
            IntegrityError: naming the first entry that does not hold, or that it cannot be read.
        """
        if not self.path.exists():
            return ()
        with self.locked():
            return self._read_healed()

    def state(self) -> LedgerState:
        """The facts that follow from the entries.

        Raises:
            IntegrityError: if the chain does not hold or contradicts itself.
        """
        return fold(self.read())

    @property
    def head(self) -> str:
        """Digest of the newest entry; 64 zeros while there is none."""
        return self.state().head

    def append(self, kind: str, body: Mapping[str, Any], *, at: datetime | None = None) -> Entry:
        """Write one entry; when this returns it is on the disk.

        Args:
            kind: one of `core.ledger.KINDS`.
            body: plain JSON-able facts, no NaN.
            at: moment with a time zone; None for now.

        Raises:
            IntegrityError: if the ledger does not hold; nothing is appended to a broken chain.
            IndRiskError: if the disk refuses; the ledger is then as it was.
            ValueError: for an unknown kind or a body that is not plain JSON.
        """
        with self.locked():
            entries = self._read_healed()
            entry = next_entry(last(entries), kind, body, at or datetime.now(UTC))
            fold([*entries, entry])  # an entry that contradicts the others is never written
            self._write(encode(entry) + b"\n")
            return entry

    def _read_healed(self) -> tuple[Entry, ...]:
        """Entries of the file; what a crash left unfinished at its end is set right first."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise IntegrityError(
                f"The ledger {self.path} cannot be read ({error}); nothing is released or used "
                "until it can. Mend the permissions, then try again."
            ) from error
        whole, end, tail = content.rpartition(b"\n")
        entries = _entries(whole) if end else []
        if tail:
            entries += self._heal_tail(tail, last(entries), keep=len(content) - len(tail))
        return tuple(entries)

    def _heal_tail(self, tail: bytes, before: Entry | None, *, keep: int) -> list[Entry]:
        """A last line without line end: completed if only that lacks, moved aside if torn."""
        if not _is_torn(tail):
            (entry,) = _entries(tail, before)
            self._write(b"\n")
            _log.warning("The last entry of %s lacked its line end; it is complete.", self.path)
            return [entry]
        try:
            self._move_aside(tail, keep=keep)
        except OSError as error:
            raise _refused(self.path, error) from error
        _log.warning(
            "The last entry of %s was torn by a crash before it was reported as written; its "
            "%d bytes are kept in %s.", self.path, len(tail), self.torn_path,
        )  # fmt: skip
        return []

    def _move_aside(self, tail: bytes, *, keep: int) -> None:
        with self.torn_path.open("ab") as torn:
            torn.write(tail + b"\n")
            torn.flush()
            os.fsync(torn.fileno())
        _sync_folder(self.torn_path.parent)
        with self.path.open("r+b") as ledger:
            ledger.truncate(keep)
            os.fsync(ledger.fileno())

    def _write(self, content: bytes) -> None:
        """Append bytes and flush them to the disk, or leave the file as it was."""
        new = not self.path.exists()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            descriptor = os.open(self.path, flags, 0o640)
        except OSError as error:
            raise _refused(self.path, error) from error
        try:
            before = os.fstat(descriptor).st_size
            try:
                written = os.write(descriptor, content)
                if written != len(content):
                    raise OSError(f"only {written} of {len(content)} bytes fitted")
                os.fsync(descriptor)
            except OSError as error:
                with suppress(OSError):
                    os.ftruncate(descriptor, before)
                    os.fsync(descriptor)
                raise _refused(self.path, error) from error
        finally:
            os.close(descriptor)
        if new:
            _sync_folder(self.path.parent)


def _entries(content: bytes, before: Entry | None = None) -> list[Entry]:
    """Decode and verify whole lines in one pass; the first follows `before`."""
    entries: list[Entry] = []
    for line in content.split(b"\n"):
        try:
            entry = decode(line)
            what = fault_after(before, entry)
        except ValueError as error:
            what = str(error)
        if what is not None:
            raise broken(Fault(seq=1 if before is None else before.seq + 1, what=what))
        entries.append(entry)
        before = entry
    return entries


def _is_torn(tail: bytes) -> bool:
    """Whether a write was cut short: what is left of an entry is then never a whole JSON value."""
    try:
        json.JSONDecoder().raw_decode(tail.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return True
    return False


def _refused(path: Path, error: OSError) -> IndRiskError:
    return IndRiskError(
        f"The ledger {path} cannot be written ({error}); nothing was changed. Make room or mend "
        "the permissions, then try again."
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
