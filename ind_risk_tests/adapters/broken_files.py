"""Broken landings, second part: columns, files, encodings and Parquet types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ind_risk_tests.adapters.broken_tables import BOTH, Broken
from ind_risk_tests.adapters.small_tables import Tables

CSV, PARQUET = ("csv",), ("parquet",)


def _column(name: str, table: str, column: str, says: str, damage: Callable[[Tables], None],
            forms: tuple[str, ...] = BOTH) -> Broken:  # fmt: skip
    return Broken(name=name, table=table, column=column, says=says, damage=damage, forms=forms)


def _added(table: str, column: str) -> Broken:
    def damage(tables: Tables) -> None:
        rows = len(next(iter(tables[table].values())))
        tables[table][column] = ["NLD"] * rows

    return _column(f"origin {table}.{column}", table, column, "speaks of origin", damage)


def _renamed(table: str, old: str, new: str) -> Broken:
    def damage(tables: Tables) -> None:
        tables[table] = {new if c == old else c: v for c, v in tables[table].items()}

    return _column(f"renamed {old} to {new!r}", table, old, "column is missing", damage)


COLUMNS = (
    _added("sponsors", "director_nationality"),
    _added("sponsors", "DirectorOrigin"),
    _added("sponsors", "herkomst_bestuurder"),
    _added("permits", "nationality"),
    _added("permits", "land van herkomst"),
    _added("inspections", "geboorteland"),
    _added("signals", "ethnicity"),
    _added("interventions", "country_of_birth"),
    _added("protected_attributes", "nationaliteit_bestuurder"),
    _renamed("sponsors", "recognised_on", "Recognised_On"),
    _renamed("sponsors", "sector", "sector "),
    _renamed("permits", "permit_id", "id"),
    _column("column gone", "signals", "source", "column is missing",
            lambda t: t["signals"].__delitem__("source")),
)  # fmt: skip


def _bytes(name: str, says: str, change: Callable[[bytes], bytes], form: str = "csv",
           column: str | None = None, keys: tuple[str, ...] = (),
           count: int = 1) -> Broken:  # fmt: skip
    def afterwards(folder: Path, form: str) -> None:
        path = folder / f"signals.{form}"
        path.write_bytes(change(path.read_bytes()))

    return Broken(name=name, table="signals", column=column, says=says, keys=keys,
                  count=count, afterwards=afterwards, forms=(form,))  # fmt: skip


def _twice(content: bytes) -> bytes:
    head, _, rest = content.partition(b"\r\n")
    lines = [line + b",again" for line in rest.splitlines()]
    return head + b",source\r\n" + b"\r\n".join(lines) + b"\r\n"


_CSV = (
    _bytes("zero bytes", "empty file: not even a header", lambda _: b""),
    _bytes("only blank lines", "empty file: not even a header", lambda _: b"\n\n \n"),
    _bytes("only a BOM", "empty file: not even a header", lambda _: b"\xef\xbb\xbf"),
    _bytes("UTF-16", "is UTF-16", lambda b: b.decode().encode("utf-16")),
    _bytes("Latin-1", "is not UTF-8 (line 2)",
           lambda b: b.replace(b"labour", "labour\u00e9".encode("latin-1"))),
    _bytes("cut character", "is not UTF-8", lambda b: b + "é".encode()[:1]),
    _bytes("NUL byte", "NUL byte (line 3)", lambda b: b.replace(b"tax", b"t\0x")),
    _bytes("unclosed quote", "never closed", lambda b: b.replace(b"tax", b'"tax')),
    _bytes("stray quote", "inside a field (line 3)", lambda b: b.replace(b"tax", b'ta"x"')),
    _bytes("quotes that join lines", "inside a field",
           lambda b: b.replace(b"labour", b'"labour').replace(b"tax", b'"tax')),
    _bytes("line of 2 MiB", "more than 1 MiB", lambda b: b + b"x" * (2 << 20)),
    _bytes("too many fields", "another number of fields", keys=("row 2",),
           change=lambda b: b.replace(b"tax", b"tax,revenue")),
    _bytes("too few fields", "another number of fields", keys=("row 3",),
           change=lambda b: b + b"G3,S1\n"),
    _bytes("semicolons", "column is missing", lambda b: b.replace(b",", b";"), column="signal_id"),
    _bytes("line break in header", "line break inside its header",
           lambda b: b.replace(b"source", b'"sou\nrce"')),
    _bytes("column twice", "more than once", _twice, column="source", count=2),
    _bytes("no header", "column is missing", lambda b: b.partition(b"\n")[2], column="signal_id"),
    _bytes("an HTML page", "column is missing", lambda _: b"<html><body>Login</body></html>\n",
           column="signal_id"),
    _bytes("truncated Parquet", "cannot be read as Parquet", lambda b: b[:-20], "parquet"),
    _bytes("cut in half", "cannot be read as Parquet", lambda b: b[: len(b) // 2], "parquet"),
    _bytes("noise", "cannot be read as Parquet", lambda _: bytes(range(256)) * 9, "parquet"),
    _bytes("empty Parquet", "cannot be read as Parquet", lambda _: b"", "parquet"),
    _bytes("CSV named Parquet", "cannot be read as Parquet", lambda _: b"signal_id\n", "parquet"),
)  # fmt: skip


def _place(name: str, says: str, change: Callable[[Path], None]) -> Broken:
    def afterwards(folder: Path, form: str) -> None:
        change(folder / f"signals.{form}")

    return Broken(name=name, table="signals", column=None, says=says, afterwards=afterwards)


def _folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


_PLACES = (
    _place("table gone", "table is missing", Path.unlink),
    _place("table twice", "is there twice",
           lambda p: p.with_suffix(".csv" if p.suffix == ".parquet" else ".parquet").touch()),
    _place("folder for a file", "is a folder, not a file", _folder_instead),
    _place("link to nowhere", "cannot be read", _link_to_nowhere),
)  # fmt: skip


def _typed(name: str, place: str, values: Any, says: str, key: str, count: int = 1) -> Broken:
    """One Parquet column replaced by an Arrow array of another type."""
    table, column = place.split(".")

    def afterwards(folder: Path, form: str) -> None:
        path = folder / f"{table}.{form}"
        found = pq.read_table(path, partitioning=None)
        at = found.column_names.index(column)
        pq.write_table(found.set_column(at, column, values), path)

    return Broken(name=name, table=table, column=column, says=says, keys=(key,), count=count,
                  afterwards=afterwards, forms=PARQUET)  # fmt: skip


_NOON = datetime(2021, 1, 5, 12)
_DAY, _LATER = date(2021, 1, 5), datetime(2021, 1, 5, tzinfo=UTC)
_FAR = 13_000_000 * 86_400_000_000  # a day about the year 37,500, in microseconds
_BAD_UTF8 = pa.Array.from_buffers(
    pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
)
_TYPES = (
    _typed("keys as floats", "signals.sponsor_id", pa.array([1.0, 2.0]), "type double", "G1", 2),
    _typed("keys as booleans", "signals.sponsor_id", pa.array([True, None]), "type bool", "G1"),
    _typed("keys as bytes", "signals.source", pa.array([b"a", b"b"]), "type binary", "G1", 2),
    _typed("keys as dates", "signals.source", pa.array([_DAY, None]), "type date32", "G1"),
    _typed("lists", "signals.source", pa.array([["a"], None]), "type list", "G1"),
    _typed("dates as numbers", "signals.received_on", pa.array([20210105, 1]), "type int64", "G1",
           2),
    _typed("a time of day", "signals.received_on", pa.array([_NOON, None]), "time of day", "G1"),
    _typed("a time zone", "signals.received_on", pa.array([_LATER, None]), "tz=UTC", "G1"),
    _typed("far timestamp", "signals.received_on",
           pa.array([_FAR, None], pa.int64()).cast(pa.timestamp("us")),
           "outside 1900-01-01", "G1"),
    _typed("NaN", "interventions.amount", pa.array([float("nan"), None]), "is not finite", "V1"),
    _typed("infinity", "interventions.amount", pa.array([1.0, float("inf")]), "is not finite",
           "V2"),
    _typed("yes for a number", "interventions.amount", pa.array([True, None]), "type bool", "V1"),
    _typed("half an employee", "sponsors.employees", pa.array([1.5, 2.0, None]),
           "is not a whole number", "S1"),
    _typed("decimal employee", "sponsors.employees", pa.array([Decimal("1.5"), None, None]),
           "is not a whole number", "S1"),
    _typed("huge unsigned", "sponsors.employees", pa.array([2**63, 1, None], pa.uint64()),
           "is too large", "S1"),
)  # fmt: skip

_DAMAGED = Broken(
    name="text that is no UTF-8", table="signals", column="source", says="damaged values",
    afterwards=lambda folder, form: pq.write_table(
        pq.read_table(folder / f"signals.{form}", partitioning=None).set_column(
            3, "source", _BAD_UTF8), folder / f"signals.{form}"),
    forms=PARQUET,
)  # fmt: skip

FILES = (*COLUMNS, *_CSV, *_PLACES, *_TYPES, _DAMAGED)
