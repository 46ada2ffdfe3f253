"""Where MLflow keeps its things in one home, and how it is kept from the network and from noise.

This is the only file that says SQLite and file system for MLflow; another tracking server takes
their place here.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from ind_risk.adapters.home import Home

_SILENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


@dataclass(frozen=True)
class MlflowHome:
    """Addresses of one home's MLflow."""

    database: Path
    artifacts: Path

    @classmethod
    def of(cls, home: Home) -> MlflowHome:
        """Those of a home."""
        return cls(home.mlflow_database, home.mlflow_artifacts)

    @property
    def tracking_uri(self) -> str:
        """For MLflow's clients and its UI (`mlflow ui --backend-store-uri`)."""
        return f"sqlite:///{self.database}"

    @property
    def artifact_uri(self) -> str:
        """Root under which artefacts are stored."""
        return self.artifacts.as_uri()

    def here(self, uri: str) -> Path | None:
        """Where a file or folder that MLflow names lies in this home, though the home was moved.

        MLflow's records name files by whole paths. Of a copy they would name the original's, and
        whoever verifies the copy would read what lies there.

        Args:
            uri: as MLflow has it.

        Returns:
            None if it is not of a file store as this one is.
        """
        if not uri.startswith("file://"):
            return None
        parts = Path(url2pathname(urlsplit(uri).path)).parts
        own = self.artifacts.parts[-2:]  # "mlflow", "artifacts"
        at = [k for k in range(len(parts) - 1) if parts[k : k + 2] == own]
        return self.artifacts.joinpath(*parts[at[-1] + 2 :]) if at else None

    def client(self) -> MlflowClient:
        """A client of this home alone; MLflow's process-wide settings are not touched."""
        silence_mlflow()
        from mlflow import MlflowClient

        ensure_database(self.database)
        return MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)


def silence_mlflow() -> None:
    """Telemetry and progress bars off, only warnings logged.

    It works only if called before MLflow is first imported in the process.
    """
    os.environ.update(_SILENT)


def ensure_database(target: Path) -> None:
    """Put an empty MLflow database at `target`, unless one is there.

    MLflow's migrations cost three seconds on a new file, so they run once per environment and the
    result is copied. The file appears whole or not at all, and never replaces another.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".mlflow.", dir=target.parent) as scratch:
        draft = Path(scratch) / "mlflow.db"
        shutil.copyfile(_template(Path(scratch)), draft)
        with suppress(FileExistsError):  # somebody else was first, with the same content
            os.link(draft, target)


def template_path() -> Path:
    """The environment's empty database; it lies beside the code and is trusted as the code is."""
    return Path(sys.prefix) / "share" / "ind_risk" / f"mlflow-{version('mlflow')}.db"


def _template(scratch: Path) -> Path:
    """The environment's template, made now if there is none; in scratch if it cannot be kept."""
    kept = template_path()
    if kept.exists():
        return kept
    fresh = scratch / "template.db"
    _migrate(fresh)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mlflow.", dir=kept.parent) as beside:
            draft = Path(beside) / kept.name
            shutil.copyfile(fresh, draft)
            draft.replace(kept)
    except OSError:  # a read-only environment: this home pays, the next one too
        return fresh
    return kept


def _migrate(path: Path) -> None:
    """MLflow's own migrations. The registry's store is asked: it makes all tables and no rows."""
    silence_mlflow()
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

    store: Any = SqlAlchemyStore
    store(f"sqlite:///{path}").engine.dispose()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(_template(Path(folder)))
