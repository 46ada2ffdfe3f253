"""Selection parity within each value of a factor: nationality by sector, say.

A model can be even-handed over all sponsors and not within one sector; the differences cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.intersections_secret import Judged, secret
from ind_risk.core.bias.majorities import compared_groups
from ind_risk.core.bias.parity import CHECK, parity_findings
from ind_risk.core.bias.parity_telling import tellings
from ind_risk.core.bias.wording import share
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ind_risk.core.bias.majorities import Majorities
    from ind_risk.core.bias.parity_counts import Group, Whole
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
    sponsors. Of an intersection that would give a small count back, with the totals and the others,
    no more than the verdict is told: see `intersections_secret`.

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


@dataclass(frozen=True, eq=False)
class Within:
    """What is compared among the sponsors of one value.

    Args:
        value: its number.
        groups: those that reach the minimum.
        pooled: members of the pooled ones, one by one.
        whole: all sponsors of the value.
        inside: which rows of the value are in one of the groups.
    """

    value: int
    groups: list[Group]
    pooled: list[Group]
    whole: Whole
    inside: NDArray[np.bool_]


def _by_factor(factor: str, values: Values, policy: Policy) -> list[Finding]:
    counts, minimum = values.majorities, policy.bias.minimum_group_sponsors
    held = counts.held
    per_value = np.bincount(counts.value[held], counts.n[held], len(values.names))
    compared = [_within(counts, v, policy) for v in map(int, np.flatnonzero(per_value >= minimum))]
    hide = _secret(factor, counts, compared, policy)
    judged = np.zeros(len(held), dtype=bool)
    found: list[Finding] = []
    for one in compared:
        judged[counts.rows(one.value)] = one.inside
        some = parity_findings(
            groups=one.groups, pooled=one.pooled, whole=one.whole, policy=policy, ratios=False,
            # A nationality out of a pool could be taken from its own total.
            secret=[*hide[one.value], *(g.subject for g in one.pooled)],
        )  # fmt: skip
        found += [_named(f, factor, values.names[one.value], policy) for f in some]
    left = held & ~judged
    if left.any() or not found:
        vague = any(hide.values())
        found.append(_left(factor, counts, left, policy, judged=bool(judged.any()), vague=vague))
    return found


def _within(counts: Majorities, value: int, policy: Policy) -> Within:
    """Groups among the sponsors of one value, and which rows are of a group judged."""
    counts = counts.within(value)
    member = counts.membership(policy.bias.minimum_group_sponsors)
    groups, pooled, whole = compared_groups(counts, member)
    large = [g for g in groups if g.assessable]
    of_large = {code for g in large for code in g.members}
    inside = counts.held
    of = member.grouping.group_of_code[counts.code[inside]]
    inside[inside] = member.grouping.assessable[of]
    return Within(value, large, [g for g in pooled if set(g.members) <= of_large], whole, inside)


def _secret(
    factor: str, counts: Majorities, compared: Sequence[Within], policy: Policy
) -> dict[int, list[str]]:
    """Subjects of which no figure may be told, by value.

    Where the factor is a sponsor attribute that is audited, the sizes of its values are told for
    all sponsors, so that any figure within a value would tell how many of them have no migrants.
    """
    if factor in policy.bias.sponsor_attributes:
        return {one.value: [g.subject for g in one.groups] for one in compared}
    number = {code: k for k, code in enumerate(counts.codes)}
    totals = counts.together().membership(policy.bias.minimum_group_sponsors).grouping.members
    minimum = policy.disclosure.minimum_count
    pairs, judged = [], []
    for one in compared:
        telling = tellings(one.groups, [], one.whole, minimum)
        for group in one.groups:
            told, codes = telling[group.subject], frozenset(number[c] for c in group.members)
            pairs.append((one.value, group.subject))
            judged.append(Judged(one.value, codes, size=told.size, rates=told.rates))
    of_totals = [frozenset(number[c] for c in members) for members in totals]
    hide = secret(counts, of_totals, judged, minimum)
    made: dict[int, list[str]] = {one.value: [] for one in compared}
    for (value, subject), hidden in zip(pairs, hide, strict=True):
        made[value] += [subject] if hidden else []
    return made


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
    counts: Majorities,
    left: NDArray[np.bool_],
    policy: Policy,
    *,
    judged: bool,
    vague: bool,
) -> Finding:
    """On the intersections that are too small, all together; `vague` if others are hidden."""
    pairs = int(left.sum())
    minimum, least = max(policy.disclosure.minimum_count, 1), policy.bias.minimum_group_sponsors
    n, total = int(counts.n[left].sum()), int(counts.n.sum())
    among = share(n, total, minimum)
    if vague:  # in whole per cent, for the exact share could give a hidden one back
        among = f"less than {100 * max(n, minimum) // max(total, 1) + 1} %"
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
        n=n if n >= minimum and not vague else None,
        required=not judged and policy.bias.asks_for(CLAIM),
        sentence=f"{start}. Insufficient data; at least {least:,} sponsors with the same majority "
        f"and the same {_words(factor)} would be needed.",
        details={"factor": factor, "intersections": pairs, "share_of_sponsors": among},
    )  # fmt: skip


def _words(factor: str) -> str:
    return factor.replace("_", " ")
