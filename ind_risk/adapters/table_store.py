"""The home's tables as Parquet: the accepted landing tables, and what is derived from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.home import (
    PRIVATE_FILE,
    Home,
    private_folder,
    write_text,
    written_beside,
)
from ind_risk.adapters.settings import SETTINGS_FILE
from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.errors import IntegrityError, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

LANDING = "landing"
PROTECTED = "protected"  # its folder within: whoever may read the other tables may not enter
MOST_KEPT = 3  # frames read last, that several stages of a run ask for
_KEPT: dict[Path, tuple[tuple[int, int, int], pd.DataFrame]] = {}


@dataclass(frozen=True, kw_only=True)
class LandingFacts:
    """What is known of the accepted landing tables.

    Args:
        data_digest: full-content digest over all six tables.
        table_digests: the same per table.
        rows: rows per table.
        as_of: ISO date of the cut-off that the run was asked for.
        synthetic: whether a synthetic world was taken in.
        source: where from, without passwords.
        seed: seed of the run.
        warnings: what was dropped, in words.
    """

    data_digest: str
    table_digests: Mapping[str, str]
    rows: Mapping[str, int]
    as_of: str
    synthetic: bool
    source: str
    seed: int
    warnings: tuple[str, ...] = field(default_factory=tuple)


class TableStore:
    """Reads and writes the Parquet files of one home; every write is whole or not at all."""

    def __init__(self, home: Home) -> None:
        self._root = home.tables

    def write_landing(
        self, tables: Mapping[str, pa.Table], facts: LandingFacts, *, texts: Mapping[str, str]
    ) -> None:
        """Replace all six landing tables, their facts and accompanying texts in one step.

        Protected attributes lie in a folder that only the account that works here may enter; so
        does the request, which may name a login, in a file of the same kind.
        """
        import pyarrow.parquet as pq

        with written_beside(self._root / LANDING) as draft:
            draft.mkdir()
            private_folder(draft / PROTECTED)
            for name, table in tables.items():
                pq.write_table(table, _within(draft, name), compression="zstd")
            for name, text in texts.items():
                (draft / name).write_text(text, encoding="utf-8")
            for file in (_within(draft, PROTECTED_TABLE), draft / SETTINGS_FILE):
                if file.exists():
                    file.chmod(PRIVATE_FILE)
            (draft / "facts.json").write_text(json.dumps(asdict(facts), indent=1), encoding="utf-8")

    def landing(self, names: tuple[str, ...] = tuple(TABLES)) -> dict[str, pa.Table]:
        """The accepted landing tables of these names, in the types of the contract.

        Raises:
            NotFound: if no tables were ever accepted.
            IntegrityError: if a file is gone or damaged.
        """
        self._landed()
        return {n: _read_parquet(_within(self._root / LANDING, n)) for n in names}

    def landing_facts(self) -> LandingFacts:
        """What is known of the accepted landing tables.

        Raises:
            NotFound: if no tables were ever accepted.
            IntegrityError: if the file does not say so any more.
        """
        self._landed()
        path = self._root / LANDING / "facts.json"
        raw = _read_json(path)
        try:
            return LandingFacts(**{**raw, "warnings": tuple(raw["warnings"])})
        except (KeyError, TypeError) as error:
            raise _damaged(path, error) from error

    def landed(self) -> bool:
        """Whether landing tables were ever accepted."""
        return (self._root / LANDING / "facts.json").exists()

    def _landed(self) -> None:
        if not self.landed():
            raise NotFound(
                "No landing tables were accepted in this home yet. Run `ind-risk run` first."
            )

    def path(self, name: str) -> Path:
        """Where a derived table lies, for an engine that writes it itself."""
        return self._root / f"{name}.parquet"

    def write(self, name: str, table: pa.Table | pd.DataFrame) -> None:
        """Replace one derived table."""
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        if isinstance(table, pd.DataFrame):
            table = pa.Table.from_pandas(table, preserve_index=False)
        with written_beside(self.path(name)) as draft:
            pq.write_table(table, draft, compression="zstd")

    def read(self, name: str) -> pd.DataFrame:
        """One derived table as a frame, dates as datetime64.

        Raises:
            NotFound: if it was never made.
            IntegrityError: if the file is damaged.
        """
        path = self.path(name)
        if not path.exists():
            raise NotFound(f"The table {name} was not made yet. Run `ind-risk run` first.")
        stamp = _stamp(path)
        kept = _KEPT.pop(path, None)
        if kept is None or kept[0] != stamp:
            kept = stamp, _read_parquet(path).to_pandas(date_as_object=False)
        _KEPT[path] = kept
        while len(_KEPT) > MOST_KEPT:
            del _KEPT[next(iter(_KEPT))]
        return kept[1].copy(deep=False)  # whoever writes to it writes to a copy: pandas 3

    def write_json(self, name: str, value: Any) -> None:
        """Replace one small JSON file beside the tables."""
        write_text(self._root / f"{name}.json", json.dumps(value, indent=1, allow_nan=False) + "\n")

    def read_json(self, name: str) -> Any:
        """One small JSON file.

        Raises:
            NotFound: if it was never made.
            IntegrityError: if the file is damaged.
        """
        path = self._root / f"{name}.json"
        if not path.exists():
            raise NotFound(f"{name} was not made yet. Run `ind-risk run` first.")
        return _read_json(path)


def _within(landing: Path, name: str) -> Path:
    """Where a landing table lies in the folder of them."""
    folder = landing / PROTECTED if name == PROTECTED_TABLE else landing
    return folder / f"{name}.parquet"


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes with a file: every write puts another file in its place."""
    told = path.stat()
    return told.st_ino, told.st_mtime_ns, told.st_size


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        raise _damaged(path, FileNotFoundError("it is not there, purged or lost"))
    try:
        return pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> IntegrityError:
    return IntegrityError(
        f"{path} is gone or damaged: {str(error).partition(chr(10))[0]}. Run `ind-risk run` again."
    )
