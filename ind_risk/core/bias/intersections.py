"""Selection parity within each value of a factor: nationality by sector, say.

A model can be even-handed over all sponsors and not within one sector; the differences cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.majorities import compared_groups
from ind_risk.core.bias.parity import CHECK, parity_findings
from ind_risk.core.bias.wording import share
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.majorities import Majorities
    from ind_risk.core.policy import Policy

CLAIM = "selection_rate_difference_within"


@dataclass(frozen=True, eq=False)
class Values:
    """A factor's values and the majorities of each.

    Args:
        names: of the values.
        majorities: counts; their `value` is a number among the names.
    """

    names: Sequence[str]
    majorities: Majorities


def intersection_findings(*, factors: Mapping[str, Values], policy: Policy) -> list[Finding]:
    """Selection parity of each majority group against the others of the same value.

    Within each value the majorities are pooled by M49 until a group reaches the policy's minimum
    of sponsors of that value: a rule that never sees scores. A pooled nationality that is a
    disparity itself is named as in selection parity. What stays too small is not listed one by
    one: one finding a factor says how many intersections that are, and with which share of the
    sponsors.

    Args:
        factors: sponsors with migrants by value and majority, for each factor.
        policy: level, margin, minimum and smallest count to be shown.

    Returns:
        Findings with subjects such as "IND × sector=ICT"; none if there are no factors. The one on
        what is too small is asked for only where nothing could be judged within any value.
    """
    return [
        finding
        for factor, values in factors.items()
        for finding in _by_factor(factor, values, policy)
    ]


def _by_factor(factor: str, values: Values, policy: Policy) -> list[Finding]:
    counts, minimum = values.majorities, policy.bias.minimum_group_sponsors
    held = counts.held
    per_value = np.bincount(counts.value[held], counts.n[held], len(values.names))
    judged = np.zeros(len(held), dtype=bool)
    found: list[Finding] = []
    for value in map(int, np.flatnonzero(per_value >= minimum)):
        some, inside = _within(counts.within(value), policy)
        judged[counts.rows(value)] = inside
        found += [_named(f, factor, values.names[value], policy) for f in some]
    left = held & ~judged
    if left.any() or not found:
        found.append(_left(factor, counts, left, policy, judged=bool(judged.any())))
    return found


def _within(counts: Majorities, policy: Policy) -> tuple[list[Finding], NDArray[np.bool_]]:
    """Findings among the sponsors of one value, and which rows are of a group judged."""
    member = counts.membership(policy.bias.minimum_group_sponsors)
    groups, pooled, whole = compared_groups(counts, member)
    large = [g for g in groups if g.assessable]
    of_large = {code for g in large for code in g.members}
    found = parity_findings(
        groups=large, pooled=[g for g in pooled if set(g.members) <= of_large], whole=whole,
        policy=policy, ratios=False,
    )  # fmt: skip
    inside = counts.held
    of = member.grouping.group_of_code[counts.code[inside]]
    inside[inside] = member.grouping.assessable[of]
    return found, inside


def _named(finding: Finding, factor: str, value: str, policy: Policy) -> Finding:
    """A finding of selection parity as one within a value."""
    text = finding.sentence
    return replace(
        finding,
        claim=CLAIM,
        subject=f"{finding.subject} × {factor}={value}",
        required=policy.bias.asks_for(CLAIM),
        sentence=f"Within {_words(factor)} {value}: {text[:1].lower()}{text[1:]}",
        details={**finding.details, "factor": factor, "value": value},
    )


def _left(
    factor: str, counts: Majorities, left: NDArray[np.bool_], policy: Policy, *, judged: bool
) -> Finding:
    """On the intersections that are too small, all together."""
    pairs = int(left.sum())
    minimum, least = max(policy.disclosure.minimum_count, 1), policy.bias.minimum_group_sponsors
    n, total = int(counts.n[left].sum()), int(counts.n.sum())
    among = share(n, total, minimum)
    them = "intersection" if pairs == 1 else "intersections"
    start = (
        f"{pairs:,} {them} of nationality and {_words(factor)}, with {among} of the sponsors with "
        f"migrants, {'is' if pairs == 1 else 'are'} too small to be judged, pooled by region or not"
        if pairs
        else "No sponsor has a majority of migrants of one nationality, so there is no intersection"
        f" with {_words(factor)} to judge"
    )
    return Finding(
        check=CHECK, claim=CLAIM, subject=factor, verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=policy.bias.selection_rate_margin,
        n=n if n >= minimum else None,
        required=not judged and policy.bias.asks_for(CLAIM),
        sentence=f"{start}. Insufficient data; at least {least:,} sponsors with the same majority "
        f"and the same {_words(factor)} would be needed.",
        details={"factor": factor, "intersections": pairs, "share_of_sponsors": among},
    )  # fmt: skip


def _words(factor: str) -> str:
    return factor.replace("_", " ")
