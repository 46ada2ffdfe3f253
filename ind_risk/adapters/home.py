"""The home of one installation: where everything it keeps lies, and safe ways to write there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = ".ind_risk"
HOME_VARIABLE = "IND_RISK_HOME"
PROJECT_MARK = "workspace.yaml"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True)
class Home:
    """Paths under one home directory; two homes share nothing."""

    root: Path

    @classmethod
    def resolve(cls, given: Path | None = None) -> Home:
        """The home given, else of IND_RISK_HOME, else `.ind_risk/` in the project."""
        root = given or Path(os.environ.get(HOME_VARIABLE) or _project() / DEFAULT_HOME)
        return cls(root.expanduser().resolve())

    @property
    def dagster(self) -> Path:
        """Dagster's storage and dagster.yaml."""
        return self.root / "dagster"

    @property
    def mlflow_database(self) -> Path:
        """SQLite file of MLflow's tracking and registry."""
        return self.root / "mlflow" / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        """MLflow's artefacts."""
        return self.root / "mlflow" / "artifacts"

    @property
    def tables(self) -> Path:
        """Accepted landing tables and what is derived from them, as Parquet."""
        return self.root / "tables"

    @property
    def landing(self) -> Path:
        """The accepted landing tables, with the request and the policy they came with."""
        return self.tables / "landing"

    @property
    def servers(self) -> Path:
        """What the servers need and nobody else may read: logins and keys; nothing of evidence."""
        return self.root / "servers"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' Data Docs."""
        return self.root / "data_docs"

    @property
    def worklists(self) -> Path:
        """Worklists issued."""
        return self.root / "worklists"

    @property
    def dossier(self) -> Path:
        """The dossier of the last decision, in each language."""
        return self.root / "dossier"

    @property
    def issued(self) -> Path:
        """What each worklist holds, routes included, under the digest the ledger has of it."""
        return self.root / "issued"

    @property
    def samples(self) -> Path:
        """Audit samples as drawn, and the outcomes that came back."""
        return self.root / "samples"

    @property
    def monitoring(self) -> Path:
        """What each look at the model in use found, under the digest the ledger has of it."""
        return self.root / "monitoring"

    @property
    def ledger(self) -> Path:
        """The append-only ledger."""
        return self.root / "ledger.jsonl"


def _project() -> Path:
    """The nearest folder upwards that holds a workspace.yaml, else the working directory."""
    here = Path.cwd()
    return next((f for f in (here, *here.parents) if (f / PROJECT_MARK).is_file()), here)


@contextmanager
def written_beside(target: Path) -> Iterator[Path]:
    """Yield a path to write a file or folder at; on success it takes the target's place.

    On an exception what was there before stays. A file replaces its predecessor in one rename; a
    folder's predecessor is moved aside first and put back if the second rename fails.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    draft = scratch / target.name
    try:
        yield draft
        _sync(draft)
        if draft.is_dir() and target.exists():
            aside = scratch / "previous"
            os.rename(target, aside)
            try:
                os.rename(draft, target)
            except OSError:
                os.rename(aside, target)
                raise
        else:
            os.replace(draft, target)
        _sync(target.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def recover(folder: Path) -> list[str]:
    """Finish or undo what an interrupted `written_beside` left in a folder and below.

    Call it only while no other process writes there. A predecessor that was moved aside and has no
    successor is put back; drafts are removed.

    Returns:
        Names of what was put back.
    """
    restored = []
    for scratch in sorted(folder.rglob(".*.*")):
        if not (scratch.is_dir() and scratch.name.count(".") > 1):
            continue
        previous = scratch / "previous"
        target = scratch.parent / scratch.name[1:].rpartition(".")[0]
        if previous.exists() and not target.exists():
            os.rename(previous, target)
            restored.append(target.name)
        shutil.rmtree(scratch, ignore_errors=True)
    return restored


def write_text(target: Path, text: str, *, private: bool = False) -> None:
    """Write a text file beside its place and rename it there.

    Args:
        target: the file.
        text: what it will hold.
        private: whether only the account that works here may read it.
    """
    with written_beside(target) as draft:
        draft.write_text(text, encoding="utf-8")  # in a scratch folder that nobody else may enter
        if private:
            draft.chmod(PRIVATE_FILE)


def private_folder(folder: Path) -> Path:
    """A folder, made if absent, that only the account that works here may enter; returns it."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)
    return folder


def _sync(path: Path) -> None:
    """Flush a file, or a folder's own entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
