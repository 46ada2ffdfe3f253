"""Tables and code in Markdown, escaped so that no value of the code becomes layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""A table; bars and line breaks within cells are escaped.

    >>> print(table(["a"], [["x | y"]]))
    | a |
    | --- |
    | x \| y |
    """
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(text: object) -> str:
    """Words as they stand in a file or a terminal; nothing for nothing.

    >>> code("alpha"), code("")
    ('`alpha`', '')
    """
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    """Several of them, with commas."""
    return ", ".join(code(text) for text in texts)


def plain(text: str) -> str:
    """A sentence of the code's, in which nothing but code in backticks is layout."""
    parts = text.split("`")
    for place in range(0, len(parts), 2):
        for sign in "\\*_<[":
            parts[place] = parts[place].replace(sign, f"\\{sign}")
    return "`".join(parts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in cells) + " |"
