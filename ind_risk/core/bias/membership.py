"""To which group each sponsor belongs: majorities, pooled until a group is large enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.groups import OTHER, majority_code, pool
from ind_risk.core.bias.regions import UNKNOWN

NATIONALITY = "nationality"

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Membership:
    """Sponsors 0 … n - 1 and their groups; or kinds of sponsors, each so many `times`.

    Args:
        group: shape (n,), number of the group; -1 without a majority or without migrants.
        compared: shape (n,), whether the sponsor has migrants: those without are in no group and
            not among the others.
        majority: shape (n,), number of the nationality before pooling, -1 without.
        grouping: names, members, sizes; `group_of_code` numbers each nationality's group.
        codes: nationalities, or values of another attribute.
        attribute: what the codes are values of.
        times: shape (n,), sponsors of each kind; one each if None.
    """

    group: Ints
    compared: NDArray[np.bool_]
    majority: Ints
    grouping: Grouping
    codes: tuple[str, ...]
    attribute: str = NATIONALITY
    times: Ints | None = None

    def __len__(self) -> int:
        return len(self.grouping.names)

    def sums(self, values: NDArray[np.generic] | None = None) -> NDArray[np.float64]:
        """Sum of `values` (shape (n,); ones if None) over each group's sponsors, shape (groups,).

        With the sum over all compared sponsors last: shape (groups + 1,).
        """
        weight = np.ones(len(self.group)) if values is None else np.asarray(values, dtype=float)
        weight = weight if self.times is None else weight * self.times
        held = self.group >= 0
        per_group = np.bincount(self.group[held], weight[held], len(self))
        return np.append(per_group, weight[self.compared].sum())

    def label(self, number: int) -> str:
        """Completes "Sponsors …" for a group."""
        return self.label_of(self.grouping.names[number])

    def label_of(self, name: str) -> str:
        """Completes "Sponsors …" for a group or a code by name."""
        return majority_label(name, self.attribute)

    def subject(self, name: str) -> str:
        """A group or code as the subject of a finding: "IND", "gender=F"."""
        return name if self.attribute == NATIONALITY else f"{self.attribute}={name}"


def membership(
    people: Population,
    *,
    share: float,
    minimum: float,
    counted: NDArray[np.bool_] | None = None,
    attribute: str = NATIONALITY,
) -> Membership:
    """Group the sponsors by majority nationality; pool groups by M49 until they are large enough.

    Args:
        people: the sponsors and their migrants.
        share: more than this share of a sponsor's migrants makes a majority.
        minimum: what the size of a group must reach.
        counted: shape (n,), which sponsors count towards the size; all if None.
        attribute: what the codes of `people` are; regions pool nationalities only.
    """
    majority = majority_code(
        sponsor=people.sponsor, code=people.code, migrants=people.migrants, total=people.total,
        share=share,
    )  # fmt: skip
    held = majority >= 0
    counts = held if counted is None else held & counted
    per_code = np.bincount(majority[counts], minlength=len(people.codes)).astype(np.int64)
    grouping = pooled(people.codes, per_code, minimum, attribute=attribute)
    group = np.full(len(majority), -1, dtype=np.int64)
    group[held] = grouping.group_of_code[majority[held]]
    return Membership(group, people.with_migrants, majority, grouping, people.codes, attribute)


def pooled(
    codes: tuple[str, ...], per_code: Ints, minimum: float, *, attribute: str = NATIONALITY
) -> Grouping:
    """Groups of codes that are large enough together, by `groups.pool`.

    Args:
        codes: nationalities, or values of another attribute.
        per_code: shape (codes,), how many of each there are.
        minimum: what the size of a group must reach.
        attribute: what the codes are; regions pool nationalities only.
    """

    def size(group: Ints) -> Ints:
        kept = group >= 0
        width = int(group.max()) + 1 if len(group) else 0
        return np.bincount(group[kept], per_code[kept], max(width, 0)).astype(np.int64)

    return pool(codes, size=size, minimum=minimum, by_region=attribute == NATIONALITY)


def majority_label(subject: str, attribute: str = NATIONALITY) -> str:
    """Completes "Sponsors …" for a group of majorities.

    >>> majority_label("IND"), majority_label("F", "gender")
    ('with a majority from IND', 'with a majority of gender F')
    """
    if attribute != NATIONALITY:
        name = attribute.replace("_", " ")
        if subject == OTHER:
            return f"with a majority of one of the remaining values of {name}"
        return f"with a majority of {name} {subject}"
    if subject == OTHER:
        return "with a majority from one of the remaining nationalities"
    if subject == UNKNOWN:
        return "with a majority of unknown nationality"
    if subject.startswith("region:"):
        region = subject.removeprefix("region:")
        return f"with a majority from a nationality of {region} too few to be judged alone"
    return f"with a majority from {subject}"
