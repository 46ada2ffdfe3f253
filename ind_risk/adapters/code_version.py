"""The version of the code as a digest of its files: what ran, not what a number claims ran."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

SUFFIXES = frozenset({".py", ".toml"})
HEX_DIGITS = 16


@cache
def code_version() -> str:
    """Digest of the installed package, read once per process: 16 hex digits."""
    import ind_risk

    return version_of(Path(ind_risk.__file__).parent)


def version_of(root: Path) -> str:
    """SHA-256 over relative path and content of every .py and .toml file below a folder.

    Paths are sorted and every part is preceded by its length, so that no two trees share a digest
    by running into one another.
    """
    digest = hashlib.sha256()
    files = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.suffix in SUFFIXES}
    for name in sorted(files):
        for part in (name.encode("utf-8"), files[name].read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()[:HEX_DIGITS]
