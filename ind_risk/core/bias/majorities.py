"""Majorities as counts: how many sponsors of each value of a factor have which, and are selected.

Everything that selection parity needs, so that pooling and comparing never see a sponsor again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.distinct import labelled
from ind_risk.core.bias.groups import NO_MAJORITY, majority_code
from ind_risk.core.bias.membership import NATIONALITY, Membership, pooled
from ind_risk.core.bias.parity_counts import Group, Whole
from ind_risk.core.bias.parity_groups import pooled_codes
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.population import Population

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Majorities:
    """Sponsors with migrants by value of a factor and by majority: one row for each that occurs.

    Args:
        codes: nationalities, or values of another attribute of migrants.
        attribute: what the codes are values of.
        value, code: shape (rows,), in order of both; code -1 is no majority.
        n, selected, migrants: shape (rows,), sponsors, those selected, and migrants of all.
    """

    codes: tuple[str, ...]
    attribute: str
    value: Ints
    code: Ints
    n: Ints
    selected: Ints
    migrants: Ints

    @property
    def held(self) -> NDArray[np.bool_]:
        """Rows with a majority, shape (rows,)."""
        return np.asarray(self.code >= 0)

    def within(self, value: int) -> Majorities:
        """Of one value of the factor."""
        columns = (self.value, self.code, self.n, self.selected, self.migrants)
        return Majorities(self.codes, self.attribute, *(c[self.rows(value)] for c in columns))

    def rows(self, value: int) -> slice:
        """Where the rows of one value of the factor stand."""
        first, past = np.searchsorted(self.value, [value, value + 1])
        return slice(int(first), int(past))

    def together(self) -> Majorities:
        """Over all values of the factor."""
        kept, place, _ = labelled(self.code - NO_MAJORITY, len(self.codes) + 1)
        n, x, migrants = (
            np.bincount(place, c, len(kept)).astype(np.int64)
            for c in (self.n, self.selected, self.migrants)
        )
        return Majorities(
            codes=self.codes, attribute=self.attribute, value=np.zeros_like(kept),
            code=kept + NO_MAJORITY, n=n, selected=x, migrants=migrants,
        )  # fmt: skip

    def per_code(self, counts: Ints) -> Ints:
        """Sum of `counts`, shape (rows,), over the values of the factor, shape (codes,)."""
        held = self.held
        return np.bincount(self.code[held], counts[held], len(self.codes)).astype(np.int64)

    def membership(self, minimum: float) -> Membership:
        """Groups of at least `minimum` sponsors after pooling, with two rows for each one here.

        The first half of its rows is not selected, the second half is: see `chosen`.
        """
        grouping = pooled(self.codes, self.per_code(self.n), minimum, attribute=self.attribute)
        majority = np.tile(self.code, 2)
        group = np.full(len(majority), -1, dtype=np.int64)
        group[majority >= 0] = grouping.group_of_code[majority[majority >= 0]]
        return Membership(
            group=group, compared=np.ones(len(group), dtype=bool), majority=majority,
            grouping=grouping, codes=self.codes, attribute=self.attribute,
            times=np.concatenate((self.n - self.selected, self.selected)),
        )  # fmt: skip

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """Whether a row of `membership` is selected."""
        return np.repeat(np.array([False, True]), len(self.n))


def majorities(people: Population, *, share: float) -> Ints:
    """Code of more than `share` of each sponsor's migrants, else -1; shape (n,).

    As `groups.majority_code`, which knows what to do where there can be two.
    """
    if share < 0.5:
        return majority_code(
            sponsor=people.sponsor, code=people.code, migrants=people.migrants,
            total=people.total, share=share,
        )  # fmt: skip
    large = np.flatnonzero(people.migrants > (share * (1 + 1e-12) * people.total)[people.sponsor])
    made = np.full(len(people.total), NO_MAJORITY, dtype=np.int64)
    made[people.sponsor[large]] = people.code[large]
    return made


def count_majorities(
    people: Population, majority: Ints, number: Ints | None = None, *, attribute: str = NATIONALITY
) -> Majorities:
    """The one pass over the sponsors; those without migrants are not counted.

    Args:
        people: n sponsors.
        majority: of each, as `majorities` gives it.
        number: shape (n,), number of each one's value of a factor, from 0; all of one if None.
        attribute: what the codes of `people` are.

    Raises:
        IndRiskError: if there is not one number for each sponsor.
    """
    if number is not None and len(number) != len(majority):
        raise IndRiskError(
            f"{len(number)} values for {len(majority)} sponsors do not belong together; give one "
            "for every sponsor."
        )
    width = len(people.codes) + 1
    key = majority - NO_MAJORITY if number is None else number * width + (majority - NO_MAJORITY)
    values = 1 if number is None else int(number.max(initial=0)) + 1
    selected, total = people.selected, people.total
    there = people.with_migrants
    if not there.all():
        key, selected, total = key[there], selected[there], total[there]
    kept, place, n = labelled(key, values * width)
    x, migrants = (np.bincount(place, c, len(kept)).astype(np.int64) for c in (selected, total))
    return Majorities(
        codes=people.codes, attribute=attribute, value=kept // width,
        code=kept % width + NO_MAJORITY, n=n, selected=x, migrants=migrants,
    )  # fmt: skip


def compared_groups(
    counts: Majorities, member: Membership
) -> tuple[list[Group], list[Group], Whole]:
    """Groups by majority, the pooled codes one by one, and the whole: `majority_groups` of counts.

    Args:
        counts: sponsors with migrants by majority.
        member: `counts.membership(...)`.
    """
    grouping = member.grouping
    columns = [counts.per_code(c) for c in (counts.n, counts.selected, counts.migrants)]
    at, of = grouping.group_of_code >= 0, grouping.group_of_code
    sums = [np.bincount(of[at], c[at], len(grouping.names)).astype(np.int64) for c in columns]

    def group(name: str, of: int, from_: list[Ints], members: tuple[str, ...], ok: bool) -> Group:
        n, x, migrants = (int(c[of]) for c in from_)
        return Group(
            subject=member.subject(name), label=member.label_of(name), n=n, selected=x,
            migrants=migrants, members=members, assessable=ok,
        )  # fmt: skip

    groups = [
        group(name, g, sums, grouping.members[g], bool(grouping.assessable[g]))
        for g, name in enumerate(grouping.names)
    ]
    alone = [
        group(member.codes[c], c, columns, (member.codes[c],), False)
        for c in pooled_codes(member.codes, grouping)
    ]
    whole = Whole(
        n=int(counts.n.sum()), selected=int(counts.selected.sum()),
        migrants=int(counts.migrants.sum()), label="sponsors with migrants",
    )  # fmt: skip
    return groups, alone, whole
