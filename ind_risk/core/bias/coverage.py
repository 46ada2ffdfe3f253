"""The check "bias_coverage": how many migrants belong to groups about which anything can be said.

Groups that are too small to be judged do not close the gate one by one; too many of them do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.disclosure import coarse_share
from ind_risk.core.bias.wording import codes, per_cent, share
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy

CHECK = "bias_coverage"
CLAIM = "share_of_migrants_in_assessable_groups"
_NAMED = 12


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a hypothesis can say something about.

    Args:
        hypothesis: subject of the finding ("selection parity").
        grouping: its groups.
        excluded: groups that reach the minimum and still could not be judged, by name.
        attribute: what is grouped.
    """

    hypothesis: str
    grouping: Grouping
    excluded: tuple[str, ...] = ()
    attribute: str = "nationality"


def coverage_findings(people: Population, reaches: list[Reach], *, policy: Policy) -> list[Finding]:
    """One finding a hypothesis: the share of migrants whose nationality stands in a judged group.

    A migrant counts by nationality, wherever it works: a nationality that is judged only within a
    pool counts, one that is in no group that can be judged does not. It is a count of the whole
    population, so it has no sampling interval.

    Args:
        people: the sponsors scored now and their migrants.
        reaches: groups by hypothesis.
        policy: the share asked for, smallest count to be shown.
    """
    migrants = np.bincount(people.code, people.migrants, len(people.codes)).astype(float)
    return [_finding(migrants, people, reach, policy) for reach in reaches]


def _finding(
    migrants: NDArray[np.float64], people: Population, reach: Reach, policy: Policy
) -> Finding:
    bound, minimum = policy.bias.coverage_at_least, policy.disclosure.minimum_count
    total = int(migrants.sum())
    judged = [
        g for g, name in enumerate(reach.grouping.names)
        if reach.grouping.assessable[g] and name not in reach.excluded
    ]  # fmt: skip
    covered = {c for g in judged for c in reach.grouping.members[g]}
    at = np.array([code in covered for code in people.codes], dtype=bool)
    inside = float(migrants[at].sum()) if len(at) else 0.0
    left = [
        f"{people.codes[c]} ({share(migrants[c], total, minimum)})"
        for c in np.argsort(-migrants, kind="stable")
        if not at[c]
    ]
    value = coarse_share(inside, total, minimum) if total else None
    established = value is not None and judged and inside >= bound * total
    verdict = "established" if established else "refuted" if judged else "insufficient_data"
    return Finding(
        check=CHECK, claim=CLAIM, subject=reach.hypothesis,
        verdict=verdict,  # type: ignore[arg-type]
        estimate=value, low=value, high=value, margin=bound,
        n=total if total >= minimum else None,
        required=policy.bias.asks_for(CLAIM),
        sentence=_sentence(reach, value, bound, left, judged=len(judged)),
        details={"unassessable": left, "groups_judged": len(judged)},
    )  # fmt: skip


def _sentence(
    reach: Reach, value: float | None, bound: float, left: list[str], *, judged: int
) -> str:
    if value is None:
        return (
            f"For {reach.hypothesis} no migrant is known, so nothing is covered. Insufficient "
            "data; permits with nationalities would help."
        )
    what = "nationalities" if reach.attribute == "nationality" else f"{_words(reach.attribute)}s"
    named = codes(left[:_NAMED]) if len(left) <= _NAMED else (
        f"{', '.join(left[:_NAMED])} and {len(left) - _NAMED} more"
    )  # fmt: skip
    outside = f" Nothing can be said of {named}." if left else " None is left out."
    grouping = reach.grouping
    pooled = sum(
        len(m)
        for m, a in zip(grouping.members, grouping.assessable, strict=True)
        if a and len(m) > 1
    )
    if pooled:
        outside += f" {pooled} {what} are judged only within a pool, not on their own."
    if not judged:
        return (
            f"For {reach.hypothesis} no group is large enough to be judged, against "
            f"{per_cent(bound)} of the migrants that must be.{outside} Insufficient data."
        )
    enough = "enough" if value >= bound else "too little"
    return (
        f"For {reach.hypothesis} {per_cent(value)} of the migrants are of {what} in groups "
        f"that can be judged; at least {per_cent(bound)} is asked: {enough}.{outside}"
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
