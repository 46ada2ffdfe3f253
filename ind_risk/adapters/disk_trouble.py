"""A disk that is full, read-only or not ours, behind whatever error a library makes of it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator

_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
# What SQLite says of a disk that does not take or give what it should.
_SQLITE = (
    "unable to open database file", "database or disk is full", "readonly database",
    "disk i/o error", "database is locked",
)  # fmt: skip


def trouble(error: BaseException) -> str | None:
    """What the disk refused, as a sentence for people; None if the error is of something else.

    The libraries that keep our records wrap an error of the disk in several of their own; each
    cause of each is looked at.

    Args:
        error: as it was raised.
    """
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in _ERRNO:
            named = f"{cause.filename}: " if cause.filename else ""
            return f"{named}{os.strerror(cause.errno)}."
        if isinstance(cause, sqlite3.Error):
            said = str(cause)
            if any(text in said.lower() for text in _SQLITE):
                return f"SQLite says: {said}."
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    ahead: list[BaseException | None] = [error]
    while ahead:
        cause = ahead.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        ahead += [cause.__cause__, cause.__context__, getattr(cause, "orig", None)]
