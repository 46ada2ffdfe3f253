"""Which intersections must not be told, so that totals less parts give no small count back.

The table of groups by values of a factor has published margins: selection parity tells every
group's size and selected sponsors, and each judged intersection tells those of its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.disclosure import exposed
from ind_risk.core.bias.groups import NO_MAJORITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.majorities import Majorities

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

_KINDS = 3  # sponsors, selected, not selected


@dataclass(frozen=True)
class Judged:
    """An intersection that is judged.

    Args:
        value: number of the factor's value.
        codes: numbers of the nationalities in it.
        size, rates: whether its size and its selected sponsors may be told within the value.
    """

    value: int
    codes: frozenset[int]
    size: bool
    rates: bool


def secret(
    counts: Majorities, totals: Sequence[frozenset[int]], judged: Sequence[Judged], minimum: int
) -> Mask:
    """Which intersections must not be told, shape (judged,).

    1. What a group (or all sponsors) has outside of what is told must not be a count from 1 to the
       minimum: the smallest of the group's intersections is hidden (or all of the smallest value).
    2. Neither a hidden intersection nor a small rest of a row and a value may follow from the
       margins and the other cells: the smallest intersection beside it is hidden as well.

    Both hold for sponsors, for those selected and for those not selected. Nationalities that are
    pooled with each other, in a total or within a value, make one row.

    Args:
        counts: sponsors by value and majority.
        totals: nationalities of each group whose total is told.
        judged: the intersections.
        minimum: smallest count that may be shown.
    """
    table = _Table(counts, totals, judged, minimum)
    hide = np.zeros(len(judged), dtype=bool)
    while len(more := table.fault(hide)):
        hide[more] = True
    return hide


class _Table:
    """Rows of nationalities by values, of sponsors, selected and not selected."""

    def __init__(
        self,
        counts: Majorities,
        totals: Sequence[frozenset[int]],
        judged: Sequence[Judged],
        minimum: int,
    ) -> None:
        self._minimum, self._totals, self._judged = minimum, totals, judged
        self._three = np.column_stack((counts.n, counts.selected, counts.n - counts.selected))
        self._code, self._value = counts.code, counts.value
        row_of_code = _rows(len(counts.codes), (*totals, *(j.codes for j in judged)))
        values, column = np.unique(counts.value, return_inverse=True)
        at = np.where(counts.code == NO_MAJORITY, len(counts.codes), row_of_code[counts.code])
        self._cells = np.zeros((len(counts.codes) + 1, len(values), _KINDS), dtype=np.int64)
        np.add.at(self._cells, (at, column), self._three)
        self._row = np.array([row_of_code[min(j.codes)] for j in judged], dtype=np.int64)
        self._column = np.searchsorted(values, [j.value for j in judged])
        self._size = np.array([self._of(j.codes, j.value) for j in judged]).reshape(-1, _KINDS)

    def _of(self, codes: frozenset[int], value: int | None = None) -> Ints:
        at = np.isin(self._code, list(codes))
        at &= True if value is None else self._value == value
        return np.asarray(self._three[at].sum(axis=0), dtype=np.int64)

    def fault(self, hide: Mask) -> Ints:
        """Intersections to be hidden next; none if all is well."""
        for kind in range(_KINDS):
            told = np.array([j.size if kind == 0 else j.rates for j in self._judged], bool) & ~hide
            if not told.any():
                continue
            for found in (self._rest_of_all(kind, told), self._rests(kind, told)):
                if len(found):
                    return found
            found = self._exposed(kind, told)
            if len(found):
                return found
        return np.zeros(0, dtype=np.int64)

    def _small(self, count: float) -> bool:
        return 0 < count < self._minimum

    def _smallest(self, among: Mask) -> Ints:
        at = np.flatnonzero(among)
        return at[[int(np.argmin(self._size[at, 0]))]] if len(at) else at

    def _rest_of_all(self, kind: int, told: Mask) -> Ints:
        """All of the smallest value, where the values that are not told have few together."""
        published = np.unique(self._column[told])
        of_value = self._cells[..., kind].sum(axis=0)
        if not self._small(of_value.sum() - of_value[published].sum()):
            return np.zeros(0, dtype=np.int64)
        least = published[int(np.argmin(of_value[published]))]
        return np.flatnonzero(told & (self._column == least))

    def _rests(self, kind: int, told: Mask) -> Ints:
        """The smallest intersection of a group or of a row that has few outside what is told."""
        for codes in self._totals:
            inside = told & np.array([j.codes <= codes for j in self._judged], dtype=bool)
            if self._small(self._of(codes)[kind] - self._size[inside, kind].sum()):
                return self._smallest(inside)
        for row in np.unique(self._row):
            inside = told & (self._row == row)
            if self._small(self._cells[row, :, kind].sum() - self._size[inside, kind].sum()):
                return self._smallest(inside)
        return np.zeros(0, dtype=np.int64)

    def _exposed(self, kind: int, told: Mask) -> Ints:
        """An intersection beside a hidden one, or a small rest, that could be worked out."""
        edges, guarded = self._edges(kind, told)
        if not any(guarded):
            return np.zeros(0, dtype=np.int64)
        for k in np.flatnonzero(exposed(edges) & np.array(guarded)):
            row, column = edges[k][0], edges[k][1] - len(self._cells)
            for beside in (told & (self._column == column), told & (self._row == row)):
                if beside.any():
                    return self._smallest(beside)
        return np.zeros(0, dtype=np.int64)

    def _edges(self, kind: int, told: Mask) -> tuple[list[tuple[int, int]], list[bool]]:
        """Row and column of each cell with unknown numbers, and whether it must stay unknown.

        Values of which nothing is told have no published margin and are one column together.
        """
        rows, values, _ = self._cells.shape
        published = np.isin(np.arange(values), self._column[told])
        rest = self._cells.copy()
        np.subtract.at(rest, (self._row, self._column), self._size)
        together = rest[:, ~published].sum(axis=1, keepdims=True)
        made = list(_unknown(np.concatenate((rest[:, published], together), axis=1), kind))
        place = np.where(published, np.cumsum(published) - 1, published.sum())
        name = np.append(np.flatnonzero(published), values)
        edges = [(r, rows + int(name[c])) for r, c, _ in made]
        guarded = [self._small(count) for _, _, count in made]
        for k in np.flatnonzero(~told):
            edges.append((int(self._row[k]), rows + int(name[place[self._column[k]]])))
            guarded.append(True)
        return edges, guarded


def _unknown(rest: Ints, kind: int) -> Iterator[tuple[int, int, int]]:
    """Row, column and count of each cell with sponsors in no intersection."""
    for r, c in np.argwhere(rest[..., 0] > 0):
        yield int(r), int(c), int(rest[r, c, kind])


def _rows(codes: int, sets: Iterable[frozenset[int]]) -> Ints:
    """Row of each code: the same for codes that are in one set, or joined by several."""
    row = np.arange(codes, dtype=np.int64)
    for members in sets:
        joined = np.unique(row[list(members)])
        row[np.isin(row, joined)] = joined[0]
    return row
