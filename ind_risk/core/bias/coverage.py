"""The check "bias_coverage": how many migrants there are about whom anything can be said.

Groups that are too small to be judged do not close the gate one by one; too many of them do. So do
migrants of unknown nationality, and those at sponsors that no judged group holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.membership import NATIONALITY
from ind_risk.core.bias.wording import codes, per_cent, share
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

CHECK = "bias_coverage"
CLAIM = "share_of_migrants_in_assessable_groups"
_NAMED = 12
_STEP = 0.001  # shares are told to a tenth of a per cent


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """What a hypothesis can say something about.

    Args:
        hypothesis: subject of the finding ("selection parity").
        grouping: its groups.
        excluded: groups that reach the minimum and still could not be judged, by name.
        attribute: what is grouped.
        majority: shape (sponsors,), number of each one's majority, -1 without; None where the
            hypothesis speaks of migrants by nationality and not of sponsors by majority.
    """

    hypothesis: str
    grouping: Grouping
    excluded: tuple[str, ...] = ()
    attribute: str = NATIONALITY
    majority: Ints | None = None


@dataclass(frozen=True)
class _Count:
    """Migrants of one hypothesis.

    Args:
        total: all of them.
        inside: those covered.
        unknown: those whose nationality is not known.
        nowhere: of the others, those at sponsors without a majority.
        left: names of what no judged group holds, each with its share.
    """

    total: int
    inside: int
    unknown: int
    nowhere: int
    left: list[str]


def coverage_findings(people: Population, reaches: list[Reach], *, policy: Policy) -> list[Finding]:
    """One finding a hypothesis: the share of migrants of whom its judged groups say something.

    Where migrants are grouped by nationality, one counts whose nationality is in a judged group,
    wherever it works. Where sponsors are grouped by majority, one counts who works at a sponsor in
    a judged group: a sponsor without a majority is compared with nobody as one of its nationality.
    A group judged only as a pool counts. A migrant of unknown nationality, or of a code that
    UN M49 does not know, never counts, even if a group of such is judged. It is a count of the
    whole population, so it has no sampling interval; it is told rounded down.

    Args:
        people: the sponsors scored now and their migrants.
        reaches: groups by hypothesis.
        policy: the share asked for, smallest count to be shown.
    """
    return [_finding(people, reach, policy) for reach in reaches]


def _finding(people: Population, reach: Reach, policy: Policy) -> Finding:
    bound, minimum = policy.bias.coverage_at_least, policy.disclosure.minimum_count
    judged = [
        g for g, name in enumerate(reach.grouping.names)
        if reach.grouping.assessable[g] and name not in reach.excluded
    ]  # fmt: skip
    count = _counted(people, reach, judged, minimum)
    value = _told(count, minimum) if count.total else None
    established = value is not None and judged and value >= bound
    verdict = "established" if established else "refuted" if judged else "insufficient_data"
    return Finding(
        check=CHECK, claim=CLAIM, subject=reach.hypothesis,
        verdict=verdict,  # type: ignore[arg-type]
        estimate=value, low=value, high=value, margin=bound,
        n=count.total if count.total >= minimum else None,
        required=policy.bias.asks_for(CLAIM),
        sentence=_sentence(reach, value, bound, count, minimum, judged=len(judged)),
        details={
            "unassessable": count.left, "groups_judged": len(judged),
            "share_unknown": share(count.unknown, count.total, minimum) if count.unknown else "0 %",
        },
    )  # fmt: skip


def _counted(people: Population, reach: Reach, judged: list[int], minimum: int) -> _Count:
    known = people.known(reach.attribute)
    seen = known[people.code]
    migrants = people.migrants[seen]
    # The code by which a migrant is covered or not: its own, or its sponsor's majority.
    by = (people.code if reach.majority is None else reach.majority[people.sponsor])[seen]
    per_code = np.bincount(by[by >= 0], migrants[by >= 0], len(people.codes)).astype(np.int64)
    covered = {code for g in judged for code in reach.grouping.members[g]}
    at = known & np.array([code in covered for code in people.codes], dtype=bool)
    total = int(people.migrants.sum())
    left = [
        f"{people.codes[c]} ({share(per_code[c], total, minimum)})"
        for c in np.argsort(-per_code, kind="stable")
        if not at[c] and per_code[c] > 0 and (known[c] or reach.majority is not None)
    ]
    return _Count(
        total, int(per_code[at].sum()), total - int(migrants.sum()),
        int(migrants[by < 0].sum()), left,
    )  # fmt: skip


def _told(count: _Count, minimum: int) -> float:
    """The share covered, rounded down so far that no small count follows from it."""
    step = max(_STEP, minimum / count.total)
    left = (count.total - count.inside) / count.total
    return float(max(round(1 - np.ceil(left / step - 1e-9) * step, 9), 0.0))


def _sentence(
    reach: Reach, value: float | None, bound: float, count: _Count, minimum: int, *, judged: int
) -> str:
    if value is None:
        return (
            f"For {reach.hypothesis} no migrant is known, so nothing is covered. Insufficient "
            "data; permits with nationalities would help."
        )
    outside = _outside(reach, count, minimum)
    if not judged:
        return (
            f"For {reach.hypothesis} no group is large enough to be judged, against "
            f"{per_cent(bound)} of the migrants that must be.{outside} Insufficient data."
        )
    enough = "enough" if value >= bound else "too little"
    what = _values(reach.attribute)
    are = (
        f"are of {what} in groups that can be judged"
        if reach.majority is None
        else f"are of known {_words(reach.attribute)} and work at sponsors in groups that can be "
        "judged"
    )
    return (
        f"For {reach.hypothesis} {per_cent(value)} of the migrants {are}; at least "
        f"{per_cent(bound)} is asked: {enough}.{outside}"
    )


def _outside(reach: Reach, count: _Count, minimum: int) -> str:
    """Who is left out, and who is judged within a pool only."""
    kind, text = _words(reach.attribute), ""
    if count.unknown:
        of = share(count.unknown, count.total, minimum)
        text += f" Of unknown {kind} are {of} of the migrants, who never count."
    if count.nowhere:
        of = share(count.nowhere, count.total, minimum)
        text += f" At sponsors without a majority of one {kind} work {of} more."
    if count.left:
        who = "" if reach.majority is None else "sponsors with a majority of "
        text += f" Nothing can be said of {who}{_listed(count.left)}."
    grouping = reach.grouping
    pooled = sum(
        len(m)
        for m, a in zip(grouping.members, grouping.assessable, strict=True)
        if a and len(m) > 1
    )
    text = text or " None is left out."
    if pooled:
        text += f" {pooled} {_values(reach.attribute)} are judged only within a pool, not on "
        text += "their own."
    return text


def _listed(left: Sequence[str]) -> str:
    if len(left) <= _NAMED:
        return codes(left)
    return f"{', '.join(left[:_NAMED])} and {len(left) - _NAMED} more"


def _values(attribute: str) -> str:
    return "nationalities" if attribute == NATIONALITY else f"{_words(attribute)}s"


def _words(name: str) -> str:
    return name.replace("_", " ")
