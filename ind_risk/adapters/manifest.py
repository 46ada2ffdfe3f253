"""Which files of a home the evidence rests on, with a digest of each.

A manifest holds what is new or changed since the ones before, so that a home of many runs keeps a
short ledger; all manifests together name every file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ind_risk.adapters.home import Home
    from ind_risk.core.ledger import Entry

# Derived views and plans: nothing of the evidence is in them, and they may be made anew any time.
NOT_EVIDENCE = ("tables/sample_plan.json",)
# Pages made from the evidence, whose digests the ledger has in entries of their own.
_PAGES = re.compile(r"mlflow/artifacts/.*/dossier/[a-z]{2}\.html")
_BLOCK = 2**20


def evidence_files(home: Home) -> dict[str, Path]:
    """The files under tables and MLflow's artefacts, by their path in the home.

    Links are named like files, so that one put in a file's place does not pass for it.
    """
    found = {}
    for folder in (home.tables, home.mlflow_artifacts):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(home.root).as_posix()
            if name in NOT_EVIDENCE or _PAGES.fullmatch(name):
                continue
            if path.is_file() or path.is_symlink():
                found[name] = path
    return found


def pages_of_dossiers(home: Home) -> list[Path]:
    """Every dossier in the home and among MLflow's artefacts."""
    folders = (home.dossier, home.mlflow_artifacts)
    found = (path for folder in folders for path in sorted(folder.rglob("*.html")))
    return [
        p for p in found
        if p.parent == home.dossier or _PAGES.fullmatch(p.relative_to(home.root).as_posix())
    ]  # fmt: skip


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, hex; of a link, which is never evidence, a text that says so."""
    if path.is_symlink():
        return "a link"
    whole = hashlib.sha256()
    with path.open("rb") as opened:
        while block := opened.read(_BLOCK):
            whole.update(block)
    return whole.hexdigest()


def known_files(entries: Iterable[Entry]) -> dict[str, str]:
    """Path → digest, of all manifests of a ledger together."""
    known: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "evidence":
            known.update({str(k): str(v) for k, v in entry.body["files"].items()})
            for gone in entry.body["gone"]:
                known.pop(str(gone), None)
    return known


def manifest(home: Home, known: Mapping[str, str]) -> dict[str, Any]:
    """What is new, changed or gone since.

    Args:
        home: whose files.
        known: as `known_files` gives it.

    Returns:
        "files": path → digest; "gone": paths.
    """
    now = {name: digest_of_file(path) for name, path in evidence_files(home).items()}
    return {
        "files": {name: d for name, d in now.items() if known.get(name) != d},
        "gone": sorted(set(known) - set(now)),
    }
