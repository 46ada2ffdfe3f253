"""The version of the code as a digest of its files: what ran, not what a number claims ran."""

from __future__ import annotations

import hashlib
from pathlib import Path

SUFFIXES = frozenset({".py", ".toml"})


def version_of(root: Path) -> str:
    """SHA-256 over relative path and content of every .py and .toml file below a folder.

    Paths are sorted and every part is preceded by its length, so that no two trees share a digest
    by running into one another.
    """
    digest = hashlib.sha256()
    found = (p for p in root.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    files = {p.relative_to(root).as_posix(): p for p in found}
    for name in sorted(files):
        for part in (name.encode("utf-8"), files[name].read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


# Taken when the process starts, so that an upgrade under a running one does not pass for its code.
_AT_START = version_of(Path(__file__).parent.parent)


def code_version() -> str:
    """Digest of the installed package as this process found it: 64 hex digits."""
    return _AT_START
