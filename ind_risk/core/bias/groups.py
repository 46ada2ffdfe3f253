"""Which sponsors form a group: majorities, and the pooling of groups that are too small.

Pure rules, fixed beforehand: they see nationalities and counts, never scores or selections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.regions import place_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

OTHER = "other"
NO_MAJORITY = -1


@dataclass(frozen=True, eq=False)
class Grouping:
    """Every code that occurs, in exactly one group.

    Args:
        names: subjects, as in the findings: "IND", "region:Western Africa", "other".
        members: the codes of each group.
        sizes: sponsors in each group.
        assessable: whether the group reaches the minimum.
        group_of_code: group number of each code; -1 for a code without any sponsor.
    """

    names: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    sizes: Ints
    assessable: NDArray[np.bool_]
    group_of_code: Ints


def majority_code(*, sponsor: Ints, code: Ints, migrants: Ints, total: Ints, share: float) -> Ints:
    """The nationality to which more than `share` of a sponsor's migrants belong, else -1.

    Migrants of unknown nationality count in the denominator: a majority is one that no unknown
    nationality could undo, so that no group is diluted with sponsors that may not belong to it.
    "unknown" can be a majority itself: leaving nationality blank is no way out of the audit.

    Args:
        sponsor, code, migrants: entries, at most one for each (sponsor, code).
        total: migrants of each sponsor, shape (n,).
        share: in (0, 1). Below one half the largest such nationality counts; of two equally
            large ones, none.
    """
    made = np.full(len(total), NO_MAJORITY, dtype=np.int64)
    # A tolerance, because 0.6 * 5 is not 3 in binary and exactly the share is no majority.
    large = migrants > share * total[sponsor] * (1 + 1e-12)
    who, which, count = sponsor[large], code[large], migrants[large]
    largest = np.zeros(len(total), dtype=np.int64)
    np.maximum.at(largest, who, count)
    top = count == largest[who]
    alone = np.bincount(who[top], minlength=len(total))[who] == 1
    made[who[top & alone]] = which[top & alone]
    return made


def pool(
    codes: Sequence[str],
    *,
    size: Callable[[Ints], Ints],
    minimum: float,
    by_region: bool = True,
) -> Grouping:
    """Put every code into the narrowest group with at least `minimum` sponsors.

    A nationality that reaches the minimum stands alone. The rest is pooled by UN M49, from the
    intermediate region (or the sub-region where there is none) over the sub-region to the region;
    a pool that reaches the minimum is closed and its codes go no further. What is left is
    "other", assessable only if it reaches the minimum.

    Args:
        codes: nationalities, or values of another attribute.
        size: (group number of each code, -1 for none) → sponsors in each group.
        minimum: sponsors a group needs.
        by_region: whether the codes are nationalities; other values go straight into "other".
    """
    levels = [
        [
            code,
            *(f"region:{name}" for name in (place_of(code).levels if by_region else ())),
            OTHER,
        ]
        for code in codes
    ]
    open_codes = np.flatnonzero(size(np.arange(len(codes), dtype=np.int64)) > 0)
    closed: dict[str, list[int]] = {}
    for level in range(len(levels[0]) if levels else 0):
        last = level == len(levels[0]) - 1
        labels = [levels[c][level] for c in open_codes]
        names, number = np.unique(np.array(labels, dtype=object), return_inverse=True)
        trial = np.full(len(codes), -1, dtype=np.int64)
        trial[open_codes] = number
        large = size(trial) >= minimum if len(names) else np.zeros(0, dtype=bool)
        close = np.ones(len(number), dtype=bool) if last else large[number]
        for code, name in zip(
            open_codes[close], np.array(labels, dtype=object)[close], strict=True
        ):
            closed.setdefault(str(name), []).append(int(code))
        open_codes = open_codes[~close]
    return _grouping(codes, closed, size=size, minimum=minimum)


def _grouping(
    codes: Sequence[str],
    closed: dict[str, list[int]],
    *,
    size: Callable[[Ints], Ints],
    minimum: float,
) -> Grouping:
    """Number the groups from the largest to the smallest, "other" last."""
    trial = np.full(len(codes), -1, dtype=np.int64)
    for number, members in enumerate(closed.values()):
        trial[members] = number
    sizes = size(trial)[: len(closed)]
    names = list(closed)
    order = sorted(range(len(names)), key=lambda g: (names[g] == OTHER, -sizes[g], names[g]))
    final = np.full(len(codes), -1, dtype=np.int64)
    for number, group in enumerate(order):
        final[closed[names[group]]] = number
    sizes = sizes[order].astype(np.int64)
    return Grouping(
        names=tuple(names[g] for g in order),
        members=tuple(tuple(codes[c] for c in closed[names[g]]) for g in order),
        sizes=sizes,
        assessable=np.asarray(sizes >= minimum),
        group_of_code=final,
    )
