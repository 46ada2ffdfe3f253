"""The XML parts of a workbook, read as a stream: no tree, no entities, nothing looked up elsewhere.

A library would build every part in memory and merged ranges cell by cell, so that a few bytes can
take the machine; here what is not asked for is passed over, and what is kept is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, Protocol
from xml.parsers import expat

if TYPE_CHECKING:
    from typing import IO

CHUNK = 1 << 16
MOST_COLUMNS = 16_384  # as spreadsheets have
MOST_MARKS = 2_000_000  # of one part: twenty bytes unpack to thousands, and each costs time
Kind = Literal["text", "number", "day", "formula", "error", "boolean"]
_KINDS: Mapping[str, Kind] = {"n": "number", "b": "boolean", "e": "error", "d": "day"}
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_TRUE = ("1", "true")


class BrokenXmlError(Exception):
    """A part that no spreadsheet wrote, or one made to do harm; says why."""


class Reader(Protocol):
    """What is done at each mark; names are without their namespace."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Characters between marks."""


def read_xml(part: IO[bytes], reader: Reader) -> None:
    """Feed a part to a reader.

    Raises:
        BrokenXmlError: if it is no XML, or declares entities, which nothing of ours needs.
    """

    def refuse(*_: object) -> None:
        raise BrokenXmlError("a part declares a document type, as no spreadsheet does")

    local, marks = _Local(), 0

    def start(name: str, found: dict[str, str]) -> None:
        nonlocal marks
        marks += 1
        if marks > MOST_MARKS:
            raise BrokenXmlError(f"a part holds more than {MOST_MARKS:,} marks")
        reader.start(local[name], {local[k]: v for k, v in found.items()})

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: reader.end(local[name])
    parser.CharacterDataHandler = reader.text
    try:
        while chunk := part.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BrokenXmlError(f"a part is damaged ({error})") from None


class _Local(dict[str, str]):
    """Names without their namespace, each looked at once."""

    def __missing__(self, name: str) -> str:
        return self.setdefault(name, name.rpartition(" ")[2])


@dataclass
class Elements:
    """Attributes of every element of some names, in order: for the small parts."""

    wanted: frozenset[str]
    found: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Keep it if it is wanted."""
        if name in self.wanted:
            self.found.append((name, dict(attributes)))

    def end(self, name: str) -> None:
        """Nothing is kept of ends."""

    def text(self, data: str) -> None:
        """Nothing is kept of texts."""


@dataclass
class _Texts:
    """Collects `t` of a string item, in runs or not; how it is pronounced (`rPh`) is left out."""

    parts: list[str] = field(default_factory=list)
    inside: bool = False
    spoken: bool = False

    def mark(self, name: str, begins: bool) -> None:
        if name == "rPh":
            self.spoken = begins
        elif name == "t":
            self.inside = begins and not self.spoken

    def taken(self) -> str:
        text, self.parts = "".join(self.parts), []
        return text


class SharedStrings:
    """The texts that cells refer to by number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._of = _Texts()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A string item, or the text in it."""
        self._of.mark(name, True)

    def end(self, name: str) -> None:
        """A string item is whole."""
        self._of.mark(name, False)
        if name == "si":
            self.texts.append(self._of.taken())

    def text(self, data: str) -> None:
        """Of a text."""
        if self._of.inside:
            self._of.parts.append(data)


@dataclass(frozen=True)
class Cell:
    """One filled cell, as it was stored: a number or day is still text."""

    text: str
    kind: Kind


class SheetCells:
    """Filled cells by row and column (both from 1), and what hides or joins them.

    Args:
        shared: gives the text of a number.
    """

    def __init__(self, shared: Callable[[int], str]) -> None:
        self.rows: dict[int, dict[int, Cell]] = {}
        self.merged: list[str] = []
        self.hidden_rows: set[int] = set()
        self._hides = [0] * (MOST_COLUMNS + 2)  # +1 where a hidden range begins, -1 behind it
        self._shared, self._texts = shared, _Texts()
        self._row = self._column = 0
        self._kind, self._inside, self._formula = "n", "", False
        self._parts: dict[str, list[str]] = {"v": [], "f": []}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Where it is, and what it is."""
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
            if attributes.get("hidden") in _TRUE:
                self.hidden_rows.add(self._row)
        elif name == "c":
            place = attributes.get("r")
            self._column = self._column + 1 if place is None else column_of(place)
            if self._column > MOST_COLUMNS:
                raise BrokenXmlError(f"a row holds more than {MOST_COLUMNS:,} cells")
            self._kind, self._formula = attributes.get("t", "n"), False
            self._parts = {"v": [], "f": []}
        elif name in self._parts:
            self._inside, self._formula = name, self._formula or name == "f"
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", "?"))
        elif name == "col" and attributes.get("hidden") in _TRUE:
            first, last = (min(max(int(attributes[k]), 1), MOST_COLUMNS) for k in ("min", "max"))
            self._hides[first] += 1
            self._hides[last + 1] -= 1
        else:
            self._texts.mark(name, True)

    def end(self, name: str) -> None:
        """A cell is whole."""
        self._texts.mark(name, False)
        if name in self._parts:
            self._inside = ""
        elif name == "c":
            self._keep()

    def text(self, data: str) -> None:
        """Of a value, or of a text that stands in the cell itself."""
        if self._inside:
            self._parts[self._inside].append(data)
        elif self._texts.inside:
            self._texts.parts.append(data)

    @property
    def hidden_columns(self) -> list[int]:
        """Columns that are hidden and hold anything."""
        depth = list(accumulate(self._hides))
        used = {column for row in self.rows.values() for column in row}
        return sorted(column for column in used if depth[column] > 0)

    def _keep(self) -> None:
        value, inline = "".join(self._parts["v"]), self._texts.taken()
        kind = "formula" if self._formula else _KINDS.get(self._kind, "text")
        if self._formula:
            value = "=" + "".join(self._parts["f"])
        elif self._kind == "s" and value:
            value = self._shared(int(value))
        elif self._kind == "inlineStr":
            value = inline
        if kind == "text":
            value = unescaped(value)
        if value:
            self.rows.setdefault(self._row, {})[self._column] = Cell(value, kind)


def column_of(place: str) -> int:
    """The number of a cell's column, from 1.

    >>> column_of("A1"), column_of("AB12")
    (1, 28)

    Raises:
        ValueError: if it is no place of a cell.
    """
    number = 0
    letters = place.rstrip("0123456789")
    if letters.isascii() and letters.isalpha():
        for letter in letters.upper()[:4]:
            number = 26 * number + ord(letter) - ord("A") + 1
    if not 1 <= number <= MOST_COLUMNS:
        raise ValueError(f"{place[:20]!r} is no cell")
    return number


def unescaped(text: str) -> str:
    """A text with its control characters, which a workbook writes as `_x0007_`.

    >>> unescaped("a_x0041_b_x005F_x0041_")
    'aAb_x0041_'
    """
    if "_x" not in text:
        return text
    made = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
