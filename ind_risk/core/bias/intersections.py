"""Selection parity within each value of a factor: nationality by sector, say.

A model can be even-handed over all sponsors and not within one sector; the differences cancel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.parity import CHECK, parity_findings
from ind_risk.core.bias.parity_groups import majority_groups
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.subpopulation import subpopulation
from ind_risk.core.bias.wording import share
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

CLAIM = "selection_rate_difference_within"


def intersection_findings(
    *, people: Population, values: Mapping[str, NDArray[np.object_]], policy: Policy
) -> list[Finding]:
    """Selection parity of each majority group against the others of the same value.

    Within each value the majorities are pooled by M49 until a group reaches the policy's minimum
    of sponsors of that value: a rule that never sees scores. A pooled nationality that is a
    disparity itself is named as in selection parity. What stays too small is not listed one by
    one: one finding a factor says how many intersections that are, and with which share of the
    sponsors.

    Args:
        people: the sponsors and their migrants, n sponsors.
        values: of each factor, shape (n,); null is "unknown".
        policy: level, margin, minimum and smallest count to be shown.

    Returns:
        Findings with subjects such as "IND × sector=ICT"; none if there are no factors. The one on
        what is too small is asked for only where nothing could be judged within any value.

    Raises:
        IndRiskError: where a factor has not one value for each sponsor.
    """
    return [
        finding
        for factor, column in values.items()
        for finding in _by_factor(people, factor, column, policy)
    ]


def _by_factor(
    people: Population, factor: str, column: NDArray[np.object_], policy: Policy
) -> list[Finding]:
    bias = policy.bias
    number, names = _numbered(column, len(people.total), factor)
    whole = membership(people, share=bias.majority_share, minimum=bias.minimum_group_sponsors)
    held = whole.majority >= 0
    enough = np.bincount(number[held], minlength=len(names)) >= bias.minimum_group_sponsors
    judged = np.zeros(len(held), dtype=bool)
    found: list[Finding] = []
    for value in np.flatnonzero(enough):
        there = number == value
        part = subpopulation(people, there)
        some, inside = _within(part, policy)
        judged[there] = inside
        found += [_named(f, factor, names[value], policy) for f in some]
    left = held & ~judged
    pairs = len(np.unique(number[left] * max(len(people.codes), 1) + whole.majority[left]))
    if pairs or not found:
        found.append(_left(factor, pairs, left, people, policy, judged=bool(judged.any())))
    return found


def _numbered(column: NDArray[np.object_], n: int, factor: str) -> tuple[Ints, list[str]]:
    """Number of each sponsor's value, and the values."""
    import pandas as pd

    if len(column) != n:
        raise IndRiskError(
            f"{len(column)} values of {factor} for {n} sponsors do not belong together; give one "
            "for every sponsor."
        )
    values = pd.Series(column, dtype=object)
    number, names = pd.factorize(values.where(values.notna(), UNKNOWN).astype(str), sort=True)
    return number.astype(np.int64), [str(name) for name in names]


def _within(part: Population, policy: Policy) -> tuple[list[Finding], NDArray[np.bool_]]:
    """Findings among the sponsors of one value, and which of these are in a group judged."""
    bias = policy.bias
    member = membership(part, share=bias.majority_share, minimum=bias.minimum_group_sponsors)
    groups, pooled, whole = majority_groups(part, member)
    large = [g for g in groups if g.assessable]
    of_large = {code for g in large for code in g.members}
    found = parity_findings(
        groups=large, pooled=[g for g in pooled if set(g.members) <= of_large], whole=whole,
        policy=policy, ratios=False,
    )  # fmt: skip
    inside = member.group >= 0
    inside[inside] = member.grouping.assessable[member.group[inside]]
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
    factor: str,
    pairs: int,
    left: NDArray[np.bool_],
    people: Population,
    policy: Policy,
    *,
    judged: bool,
) -> Finding:
    """On the intersections that are too small, all together."""
    minimum, least = max(policy.disclosure.minimum_count, 1), policy.bias.minimum_group_sponsors
    n, total = int(left.sum()), int(people.with_migrants.sum())
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
