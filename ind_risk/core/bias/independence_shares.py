"""Which groups H1 speaks of, and the ranks of scores and of each group's shares, as counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.cross_counts import counted
from ind_risk.core.bias.groups import pool
from ind_risk.core.bias.membership import NATIONALITY
from ind_risk.core.bias.ranks import score_ranks, share_numbers, share_ranks
from ind_risk.core.bias.residuals import crossed
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ind_risk.core.bias.cross_counts import CrossCounts
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
        scores: ranks.
        counts: of scores against shares, without strata.
        attribute: what the groups are values of.
    """

    there: NDArray[np.bool_]
    grouping: Grouping
    judged: list[int]
    scores: ScoreRanks
    counts: CrossCounts
    attribute: str

    @property
    def n(self) -> int:
        """Sponsors with migrants."""
        return self.counts.scores.n

    def tells_apart(self, minimum: int) -> bool:
        """Whether enough sponsors have another score than the commonest one.

        If nearly all scores are equal, a rank correlation is a function of how many of the few
        others are a group's, and would give that count away.

        Args:
            minimum: smallest count that may be shown; twice as many are enough.
        """
        return bool(self.n - self.scores.count.max(initial=0) >= 2 * minimum)

    def given(self, factors: Mapping[str, Ints]) -> CrossCounts:
        """Scores against shares within strata: sponsors of one combination of factor values.

        Args:
            factors: codes of at least one factor, shape (scored sponsors,); a code for unknown is
                a category like any other.

        Raises:
            IndRiskError: if a factor has not one code for each sponsor.
        """
        for name, code in factors.items():
            if np.shape(code) != self.there.shape:
                raise IndRiskError(
                    f"The factor {name} has {np.size(code)} codes for {len(self.there)} sponsors; "
                    "give one for each."
                )
        whole = bool(self.there.all())
        strata = crossed([c if whole else c[self.there] for c in factors.values()])
        return counted(self.scores, self.counts.shares, strata)

    def subject(self, name: str) -> str:
        """A group as the subject of a finding: "IND", "gender=F"."""
        return name if self.attribute == NATIONALITY else f"{self.attribute}={name}"


def ranked(people: Population, *, policy: Policy, attribute: str = NATIONALITY) -> Ranked:
    """Group, rank and count: the one part of H1 that passes over all sponsors.

    A sponsor's share of a nationality is its migrants of it over all its migrants, those of
    unknown nationality included; that of a pool is the sum of its members' shares.
    """
    there = people.with_migrants
    grouping = grouped(people, policy, attribute=attribute)
    judged = [int(g) for g in np.flatnonzero(grouping.assessable)]
    scores = score_ranks(people.score if there.all() else people.score[there])
    return Ranked(
        there=there, grouping=grouping, judged=judged, scores=scores,
        counts=counted(scores, _shares(people, grouping, judged)), attribute=attribute,
    )  # fmt: skip


def grouped(people: Population, policy: Policy, *, attribute: str = NATIONALITY) -> Grouping:
    """Groups of nationalities that are assessable or not, after pooling by `groups.pool`."""
    per_code = np.bincount(people.code, minlength=len(people.codes)).astype(np.int64)
    return pool(
        people.codes,
        size=lambda group: sponsors_with_any(people, group, per_code=per_code),
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


def sponsors_with_any(people: Population, group: Ints, *, per_code: Ints) -> Ints:
    """Sponsors with at least one migrant of each group.

    Args:
        people: the sponsors and their migrants.
        group: shape (codes,), number of each code's group, -1 for none.
        per_code: shape (codes,), sponsors with any migrant of each code.
    """
    width = int(group.max()) + 1 if len(group) else 0
    members = np.bincount(group[group >= 0], minlength=width)
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
    number = np.full(len(grouping.names) + 1, -1, dtype=np.int64)
    number[judged] = np.arange(len(judged))
    there, width = people.with_migrants, len(judged)
    sponsor, group, migrants = _entries(
        people, number[grouping.group_of_code],
        pooled=np.array([len(grouping.members[g]) > 1 for g in judged], dtype=bool),
    )  # fmt: skip
    share = share_numbers(migrants, people.total[sponsor])
    if not there.all():
        sponsor = (np.cumsum(there) - 1)[sponsor]
    return share_ranks(group=group, sponsor=sponsor, share=share, groups=width, n=int(there.sum()))


def _entries(
    people: Population, of_code: Ints, *, pooled: NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints]:
    """Sponsor, group and migrants of all entries whose code has a group, one for each of both.

    Args:
        people: the sponsors and their migrants.
        of_code: shape (codes,), group of each code; -1 for none.
        pooled: shape (groups,), groups of several codes.
    """
    group, width = of_code[people.code], len(pooled)
    if not pooled.any():
        if (of_code >= 0).all():
            return people.sponsor, group, people.migrants
        kept = np.flatnonzero(group >= 0)
        return people.sponsor[kept], group[kept], people.migrants[kept]
    # A sponsor can have migrants of several members of a pool.
    kept = np.flatnonzero(group >= 0)
    several = pooled[group[kept]]
    alone, kept = kept[~several], kept[several]
    key, place = np.unique(people.sponsor[kept] * width + group[kept], return_inverse=True)
    added = np.bincount(place, people.migrants[kept], len(key)).astype(np.int64)
    parts = (
        (people.sponsor[alone], key // width), (group[alone], key % width),
        (people.migrants[alone], added),
    )  # fmt: skip
    sponsor, group, migrants = (np.concatenate(p) for p in parts)
    return sponsor, group, migrants
