"""Which groups H1 speaks of, and the ranks of scores and of each group's shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.groups import pool
from ind_risk.core.bias.membership import NATIONALITY
from ind_risk.core.bias.ranks import score_ranks, share_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population
    from ind_risk.core.bias.ranks import ScoreRanks, ShareRanks
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

# An association of twice the margin must be possible, or to find less than the margin is no news.
HEADROOM = 2.0


@dataclass(frozen=True, eq=False)
class Ranked:
    """Scores and shares of the sponsors with migrants, as ranks.

    Args:
        there: shape (scored sponsors,), which of them have migrants; all else is of these.
        grouping: nationalities and pools, by sponsors that have any migrant of them.
        judged: numbers of the assessable groups; the shares follow their order.
        scores, shares: ranks.
        attribute: what the groups are values of.
    """

    there: NDArray[np.bool_]
    grouping: Grouping
    judged: list[int]
    scores: ScoreRanks
    shares: ShareRanks
    attribute: str

    @property
    def n(self) -> int:
        """Sponsors with migrants."""
        return self.shares.n

    def subject(self, name: str) -> str:
        """A group as the subject of a finding: "IND", "gender=F"."""
        return name if self.attribute == NATIONALITY else f"{self.attribute}={name}"


def ranked(people: Population, *, policy: Policy, attribute: str = NATIONALITY) -> Ranked:
    """Group and rank: the one part of H1 that sorts all sponsors.

    A sponsor's share of a nationality is its migrants of it over all its migrants, those of
    unknown nationality included; that of a pool is the sum of its members' shares.
    """
    there = people.with_migrants
    grouping = grouped(people, policy, attribute=attribute)
    judged = [int(g) for g in np.flatnonzero(grouping.assessable)]
    return Ranked(
        there=there, grouping=grouping, judged=judged, scores=score_ranks(people.score[there]),
        shares=_shares(people, grouping, judged), attribute=attribute,
    )  # fmt: skip


def grouped(people: Population, policy: Policy, *, attribute: str = NATIONALITY) -> Grouping:
    """Groups of nationalities that are assessable or not, after pooling by `groups.pool`."""
    return pool(
        people.codes,
        size=lambda group: sponsors_with_any(people, group),
        minimum=fewest(int(people.with_migrants.sum()), policy),
        by_region=attribute == NATIONALITY,
    )


def fewest(n: int, policy: Policy) -> float:
    """Sponsors with any migrant of a group that make it assessable among n.

    With m of n shares above 0 no score can have a rank correlation above sqrt(1 - (1 - m/n)^3);
    that must be `HEADROOM` times the margin. Nor may it be a count that must not be shown.
    """
    wanted = min(HEADROOM * policy.bias.association_margin, 1.0)
    rarest = n * (1 - (1 - wanted**2) ** (1 / 3))
    minima = (policy.bias.minimum_group_sponsors, policy.disclosure.minimum_count)
    return float(max(*minima, rarest))


def sponsors_with_any(people: Population, group: Ints) -> Ints:
    """Sponsors with at least one migrant of each group; `group` numbers each code, -1 none."""
    width = int(group.max()) + 1 if len(group) else 0
    members = np.bincount(group[group >= 0], minlength=width)
    per_code = np.bincount(people.code, minlength=len(group))
    found = np.bincount(group[group >= 0], per_code[group >= 0], width).astype(np.int64)
    # Only a pool of several nationalities can meet a sponsor twice.
    pools = members > 1
    if not pools.any():
        return found
    of_entry = group[people.code]
    kept = (of_entry >= 0) & pools[of_entry]
    pairs = np.unique(people.sponsor[kept] * max(width, 1) + of_entry[kept])
    distinct = np.bincount(pairs % max(width, 1), minlength=width)
    return np.where(pools, distinct, found).astype(np.int64)


def _shares(people: Population, grouping: Grouping, judged: list[int]) -> ShareRanks:
    """Share ranks of the judged groups among the sponsors with migrants."""
    row = np.cumsum(people.with_migrants) - 1
    number = np.full(len(grouping.names) + 1, -1, dtype=np.int64)
    number[judged] = np.arange(len(judged))
    of_code = number[grouping.group_of_code]
    # Entries are in order of sponsors; those of a pool are added up, and are again.
    pooled = np.array([len(grouping.members[g]) > 1 for g in judged], dtype=bool)
    group = of_code[people.code]
    alone = (
        np.flatnonzero(group >= 0)
        if not pooled.any()
        else np.flatnonzero((group >= 0) & ~pooled[group])
    )
    parts = [(people.sponsor[alone], group[alone], people.migrants[alone])]
    if pooled.any():
        kept = np.flatnonzero((group >= 0) & pooled[group])
        width = len(judged)
        key, place = np.unique(people.sponsor[kept] * width + group[kept], return_inverse=True)
        added = np.bincount(place, people.migrants[kept], len(key))
        parts.append((key // width, key % width, added))
    sponsor, of_group, migrants = (np.concatenate(p) for p in zip(*parts, strict=True))
    return share_ranks(
        group=of_group, sponsor=row[sponsor], share=migrants / people.total[sponsor],
        groups=len(judged), n=int(people.with_migrants.sum()),
    )  # fmt: skip
