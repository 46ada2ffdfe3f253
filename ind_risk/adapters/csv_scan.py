"""A cheap look at the bytes of a CSV file, so that a broken one is named before it is parsed.

The parser behind it is lenient (an unclosed quotation mark swallows the rest of the file in
silence) and keeps whole lines in memory; this scan is strict and keeps one chunk.
"""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ind_risk.core.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 20
MAX_LINE = CHUNK
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTE, _NEIGHBOURS = ord('"'), np.frombuffer(b',\r\n"', dtype=np.uint8)


class BrokenCsvError(Exception):
    """The file is no CSV this project reads; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


@dataclass(frozen=True)
class CsvShape:
    """What the scan learned: the names in the header, and whether there are quotation marks."""

    header: tuple[str, ...]
    quoted: bool
    has_rows: bool


def scan(table: str, path: Path) -> CsvShape:
    """Look at every byte once, in chunks.

    Raises:
        BrokenCsvError: empty file, UTF-16, NUL bytes, invalid UTF-8, a line over 1 MiB, or
            quotation marks that do not follow RFC 4180; with the line number.
        OSError: if the file cannot be read.
    """
    with path.open("rb") as file:
        first = file.readline(MAX_LINE + 1)
        if not first.strip(codecs.BOM_UTF8 + b" \t\r\n"):
            rule = "is an empty file: not even a header"
            raise _broken(table, path, rule, "Write the header.")
        if first.startswith(_UTF16):
            raise _broken(table, path, "is UTF-16, not UTF-8", "Save it as UTF-8.")
        file.seek(0)
        state = _State(table, path)
        while chunk := file.read(CHUNK):
            state.take(chunk)
        state.finish()
        header, end = _header(table, path, file)
        return CsvShape(header, quoted=state.quotes > 0, has_rows=state.size > end)


class _State:
    """What must be remembered from one chunk to the next."""

    def __init__(self, table: str, path: Path) -> None:
        self.table, self.path = table, path
        self.decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.lines = self.quotes = self.size = self.open_line = 0
        self.before = ord("\n")  # the byte before this chunk
        self.unjudged = False  # the chunk before ended in a closing quotation mark

    def take(self, chunk: bytes) -> None:
        if (at := chunk.find(b"\0")) >= 0:
            raise self.error("has a NUL byte", chunk[:at], "Export the table again as plain text.")
        try:
            self.decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise self.error(
                "is not UTF-8", chunk[: max(0, error.start)], "Save the file as UTF-8."
            ) from None
        ends = chunk.find(b"\n")
        if self.open_line + (ends if ends >= 0 else len(chunk)) > MAX_LINE:
            raise self.error("has a line of more than 1 MiB", b"", "Look for missing line ends.")
        if _QUOTE in chunk or self.unjudged:
            self.judge_quotes(chunk)
        last = chunk.rfind(b"\n")
        self.open_line = len(chunk) - last - 1 if last >= 0 else self.open_line + len(chunk)
        self.lines += chunk.count(b"\n")
        self.before, self.size = chunk[-1], self.size + len(chunk)

    def judge_quotes(self, chunk: bytes) -> None:
        """Opening marks follow a border or a mark, closing ones precede one (RFC 4180, 2.5–2.7)."""
        codes = np.frombuffer(chunk, dtype=np.uint8)
        if self.unjudged and codes[0] not in _NEIGHBOURS:
            raise self.stray(b"")
        at = np.flatnonzero(codes == _QUOTE)
        opening = (self.quotes + np.arange(len(at))) % 2 == 0
        padded = np.concatenate([[self.before], codes, [ord("\n")]]).astype(np.uint8)
        if self.size == 0 and chunk.startswith(codecs.BOM_UTF8):
            padded[len(codecs.BOM_UTF8)] = ord("\n")
        neighbour = np.where(opening, padded[at], padded[at + 2])
        stray = at[~np.isin(neighbour, _NEIGHBOURS)]
        if len(stray):
            raise self.stray(chunk[: int(stray[0])])
        self.quotes += len(at)
        self.unjudged = bool(len(at) and at[-1] == len(chunk) - 1 and not opening[-1])

    def finish(self) -> None:
        try:
            self.decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise self.error("is not UTF-8", b"", "The file is cut off; copy it again.") from None
        if self.quotes % 2:
            raise self.error("has a quotation mark that is never closed", b"", "Close it.")

    def stray(self, before: bytes) -> BrokenCsvError:
        return self.error(
            "has a quotation mark inside a field",
            before,
            'Put the field in quotation marks and double those inside it: "5"" pipe".',
        )

    def error(self, rule: str, before: bytes, next_step: str) -> BrokenCsvError:
        line = self.lines + before.count(b"\n") + 1
        return _broken(self.table, self.path, f"{rule} (line {line:,})", next_step)


def _header(table: str, path: Path, file: BinaryIO) -> tuple[tuple[str, ...], int]:
    """Names in the first line, and where it ends; the line may end in CR alone."""
    file.seek(0)
    start = file.read(MAX_LINE)
    end = min((i for i in (start.find(b"\n"), start.find(b"\r")) if i >= 0), default=len(start))
    line = start[:end].decode("utf-8-sig")
    if line.count('"') % 2:
        raise _broken(table, path, "has a line break inside its header", "Write it on one line.")
    after = end + len(start[end : end + 2]) - len(start[end : end + 2].lstrip(b"\r\n"))
    return tuple(next(csv.reader([line], strict=True))), after


def _broken(table: str, path: Path, rule: str, next_step: str) -> BrokenCsvError:
    return BrokenCsvError(Problem(table, None, f"{path.name} {rule}", next_step=next_step))
