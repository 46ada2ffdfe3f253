"""Landing tables from a folder of `<table>.parquet` or `<table>.csv` files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.adapters.csv_scan import BrokenCsvError, scan
from ind_risk.adapters.sources_apart import not_apart
from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, InputRefused, Problem
from ind_risk.core.raw_landing import RawLanding, plan_columns, shown

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

# A record of quoted lines may span several lines of the scan's limit each.
_BLOCK = 8 << 20


def read_folder(folder: Path, extra: tuple[str, ...], names: tuple[str, ...]) -> RawLanding:
    """Read the tables of these names; other files in the folder are left alone.

    Raises:
        InputRefused: naming every table that is missing, ambiguous or unreadable.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        step = f"Name a folder with the tables {', '.join(TABLES)} as Parquet or CSV, or a URL."
        raise InputRefused([Problem("source", None, f"{folder} {what}", next_step=step)])
    if PROTECTED_TABLE not in names and any(p.exists() for p in _files(PROTECTED_TABLE, folder)):
        raise not_apart(f"it lies in {folder} as well")
    tables: dict[str, pa.Table] = {}
    problems: list[Problem] = []
    warnings: list[str] = []
    for name in names:
        try:
            tables[name], said = _read(name, folder, extra)
            warnings += said
        except InputRefused as refusal:
            problems += refusal.problems
        except BrokenCsvError as broken:
            problems.append(broken.problem)
        except OSError as error:
            reason = error.strerror or shown(str(error).splitlines()[0])
            rule = f"cannot be read: {reason}"
            problems.append(Problem(name, None, rule, next_step="Check the file and its rights."))
    if problems:
        raise InputRefused(problems)
    return RawLanding(
        tables=tables,
        description=str(folder.resolve()),
        extra_sponsor_columns=extra,
        warnings=tuple(warnings),
    )


def _files(name: str, folder: Path) -> tuple[Path, Path]:
    return folder / f"{name}.parquet", folder / f"{name}.csv"


def _read(name: str, folder: Path, extra: tuple[str, ...]) -> tuple[pa.Table, tuple[str, ...]]:
    parquet, csv = _files(name, folder)
    there = [p for p in (parquet, csv) if p.is_symlink() or p.exists()]
    if not there:
        raise _refused(name, f"table is missing: no {csv.name} or {parquet.name}",
                       "Add the file; an empty table has a header only.")  # fmt: skip
    if len(there) > 1:
        raise _refused(name, f"is there twice: {parquet.name} and {csv.name}", "Remove one.")
    if there[0].is_dir():
        raise _refused(name, f"{there[0].name} is a folder, not a file", "Put one file there.")
    return (_parquet if there[0] == parquet else _csv)(name, there[0], extra)


def _parquet(name: str, path: Path, extra: tuple[str, ...]) -> tuple[pa.Table, tuple[str, ...]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    step = "The file is damaged or no Parquet; write it again."
    with path.open("rb") as source:
        try:
            file = pq.ParquetFile(source)
            plan = plan_columns(name, file.schema_arrow.names, extra)
            if plan.problems:
                raise InputRefused(plan.problems)
            # By column: a nested or damaged column that is not asked for does no harm.
            found = file.read(columns=list(plan.keep))
        except (pa.ArrowException, OSError) as error:
            rule = f"{path.name} cannot be read as Parquet: {_said(error)}"
            raise _refused(name, rule, step) from error
    for column in plan.keep:
        try:
            found[column].validate(full=True)
        except pa.ArrowInvalid as error:
            problem = Problem(name, column, f"holds damaged values: {_said(error)}", next_step=step)
            raise InputRefused([problem]) from error
    return found.select(list(plan.keep)), plan.warnings


def _csv(name: str, path: Path, extra: tuple[str, ...]) -> tuple[pa.Table, tuple[str, ...]]:
    import pyarrow as pa

    shape = scan(name, path)
    plan = plan_columns(name, shape.header, extra)
    if plan.problems:
        raise InputRefused(plan.problems)
    keep = [shape.header.index(column) for column in plan.keep]
    if not shape.has_rows:
        return pa.table({c: pa.array([], pa.string()) for c in plan.keep}), plan.warnings
    wrong: list[Any] = []
    try:
        found = _parse(path, len(shape.header), keep, quoted=shape.quoted, wrong=wrong)
        if wrong:  # parsing in threads does not number the rows
            wrong.clear()
            _parse(path, len(shape.header), keep, quoted=shape.quoted, wrong=wrong, threads=False)
            raise InputRefused([_wrong_rows(name, wrong)])
    except pa.ArrowException as error:
        raise _refused(name, f"{path.name} cannot be read as CSV: {_said(error)}",
                       "Write it as RFC 4180 says.") from error  # fmt: skip
    return found.rename_columns(list(plan.keep)), plan.warnings


def _parse(
    path: Path, width: int, keep: list[int], *, quoted: bool, wrong: list[Any], threads: bool = True
) -> pa.Table:
    """All as text: what a value means is the contract's business, not the parser's."""
    import pyarrow as pa
    from pyarrow import csv

    def note(row: Any) -> str:
        wrong.append(row)
        return "skip"

    names = [f"c{i}" for i in range(width)]
    kept = [names[i] for i in keep]
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(
            column_names=names, skip_rows=1, block_size=_BLOCK, use_threads=threads
        ),
        parse_options=csv.ParseOptions(newlines_in_values=quoted, invalid_row_handler=note),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(kept, pa.string()),
            include_columns=kept,
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _wrong_rows(name: str, wrong: list[Any]) -> Problem:
    first = wrong[0]
    return Problem(
        name,
        None,
        f"has rows with another number of fields than its header: {first.actual_columns} "
        f"instead of {first.expected_columns}",
        count=len(wrong),
        keys=tuple(f"row {row.number - 1}" for row in wrong[:MAX_EXAMPLE_KEYS]),
        next_step="Look for missing or unquoted commas.",
    )


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _refused(name: str, rule: str, next_step: str) -> InputRefused:
    return InputRefused([Problem(name, None, rule, next_step=next_step)])
