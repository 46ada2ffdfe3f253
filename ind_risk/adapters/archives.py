"""Zip archives from elsewhere: what they would unpack to is known, and bounded, before they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile

_MOST_ENTRIES = 20_000
_ENCRYPTED = 0x1


def bounded_names(archive: zipfile.ZipFile, *, largest: int) -> list[str]:
    """Names of the entries of an archive that may be unpacked.

    An entry is never read past the size that the archive declares of it (Python's `zipfile` stops
    there), so that the sum of those sizes bounds what reading costs: a zip bomb is known by it.

    Args:
        archive: open for reading.
        largest: bytes that all entries may unpack to together.

    Raises:
        ValueError: if it unpacks to more, has an entry twice, one with a password, or far too many.
    """
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > _MOST_ENTRIES:
        raise ValueError(f"it holds {len(entries):,} entries")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"it holds {twice[0]!r} twice")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise ValueError("it is locked with a password")
    if (size := sum(entry.file_size for entry in entries)) > largest:
        raise ValueError(f"it unpacks to {size / 2**20:,.0f} MB, {largest / 2**20:,.0f} at most")
    return names
