"""Which column names speak of origin: such a column is refused, a director's above all."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ind_risk.core.contracts import DIRECTOR_WORDS, ORIGIN_WORDS, PROTECTED_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

# "country of birth" and "land van herkomst" are the longest phrases in use.
_LONGEST_PHRASE = 4
# A shorter word inside a longer one is usually another word: "race" in "trace", "dga" in "badgas".
_SHORTEST_INSIDE = 5
# "original", "originator" and "originated" are about an earlier state, not about people's origin.
_FALSE_FRIENDS = re.compile(r"origin(?:al|at|el|eel)")
_WORD_BORDERS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+|_+")


def names_origin(column: str) -> bool:
    """Whether a column's name speaks of nationality, ethnicity, origin or birth country.

    Case, camelCase, underscores, spaces, accents and plurals do not matter.

    >>> names_origin("DirectorOrigin"), names_origin("land van herkomst"), names_origin("original")
    (True, True, False)
    """
    return _speaks_of(column, ORIGIN_WORDS)


def about_directors(column: str) -> bool:
    """Whether a column's name speaks of the people who direct or own a sponsor."""
    return _speaks_of(column, DIRECTOR_WORDS)


def refused_columns(table: str, columns: Iterable[str]) -> tuple[str, ...]:
    """The columns of a table whose name alone makes the whole landing be refused.

    In `protected_attributes` the migrants' origin belongs; their sponsor's directors' does not.
    """
    origin = tuple(c for c in columns if names_origin(c))
    if table == PROTECTED_TABLE:
        return tuple(c for c in origin if about_directors(c))
    return origin


def _speaks_of(column: str, words: tuple[str, ...]) -> bool:
    tokens = _tokens(column)
    phrases = {
        "".join(tokens[start:end])
        for start in range(len(tokens))
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(tokens)) + 1)
    }
    wanted = set(words)
    if any(p in wanted or p.removesuffix("s") in wanted for p in phrases):
        return True
    # Written without borders ("directornationality"): look inside, leaving the false friends out.
    joined = "".join(_FALSE_FRIENDS.sub("", token) for token in tokens)
    return any(len(word) >= _SHORTEST_INSIDE and word in joined for word in words)


def _tokens(column: str) -> list[str]:
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", column) if not unicodedata.combining(c)
    )
    return [token.lower() for token in _WORD_BORDERS.split(plain) if token]
