"""What of each group's counts may be told, and the counts that stand in for those that may not.

No verdict and no figure of parity may depend on a hidden count, or it would give the count back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ind_risk.core.bias.disclosure import hidden, low_end, numerator_class, numerators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ind_risk.core.bias.parity_counts import Group, Whole
    from ind_risk.core.policy import Policy


@dataclass(frozen=True)
class Telling:
    """What of a group may be told: its size, how many of it are selected, any figure at all."""

    size: bool
    rates: bool
    figures: bool = True


def tellings(
    groups: Sequence[Group], pooled: Sequence[Group], whole: Whole, minimum: int
) -> dict[str, Telling]:
    """What of each group may be told, so that no total gives a small count back."""

    def shows(some: Sequence[Group], n: int, selected: int) -> dict[str, Telling]:
        size, chosen = [g.n for g in some], [g.selected for g in some]
        left = [a - b for a, b in zip(size, chosen, strict=True)]
        no_size = hidden(size, total=n, minimum=minimum)
        no_rates = hidden(chosen, total=selected, minimum=minimum)
        no_rates |= hidden(left, total=n - selected, minimum=minimum) | no_size
        told = zip(some, ~no_size, ~no_rates, strict=True)
        return {g.subject: Telling(bool(a), bool(b)) for g, a, b in told}

    made = shows(groups, whole.n, whole.selected)
    for group in groups:
        parts = [g for g in pooled if set(g.members) < set(group.members)]
        of_parts = shows(parts, group.n, group.selected)
        above = made[group.subject]
        made |= {
            name: Telling(t.size and above.size, t.rates and above.rates)
            for name, t in of_parts.items()
        }
    return {g.subject: Telling(size=False, rates=False) for g in pooled} | made


def as_told(
    groups: Sequence[Group], whole: Whole, policy: Policy, telling: Mapping[str, Telling]
) -> list[Group]:
    """The groups, with stand-ins for the counts of those whose size may not be told."""
    minimum = policy.disclosure.minimum_count
    rest = whole.n - sum(g.n for g in groups if telling[g.subject].size)

    def stand_in(g: Group) -> Group:
        selected, n = low_end(g.selected, g.n, minimum, total=rest)
        return feasible(replace(g, selected=selected, n=max(n, 1)), whole)

    return [g if telling[g.subject].size else stand_in(g) for g in groups]


def least_far(
    groups: Sequence[Group], whole: Whole, policy: Policy, telling: Mapping[str, Telling]
) -> list[Group]:
    """The groups, with the numerator of the block that is least far from the others' rate.

    No figure, not even the last digits of those of other groups, may depend on the true one.
    """

    def likeliest(g: Group) -> Group:
        low, high = block(g, whole, policy)
        likely = round(g.n * whole.selected / whole.n)
        return replace(g, selected=min(max(likely, low), high))

    return [g if telling[g.subject].rates else likeliest(g) for g in groups]


def feasible(group: Group, whole: Whole) -> Group:
    """The group with as many selected as the whole leaves it at least, and has at most."""
    least, most = whole.selected - (whole.n - group.n), min(whole.selected, group.n)
    return replace(group, selected=min(max(group.selected, least, 0), most))


def low_ends(
    groups: Sequence[Group], whole: Whole, policy: Policy, telling: Mapping[str, Telling]
) -> list[Group]:
    """The groups, with the lowest numerator of its block where the true one is hidden."""
    minimum = policy.disclosure.minimum_count

    def lowest(g: Group) -> Group:
        low = numerator_class(g.selected, g.n, minimum)[0]
        return feasible(replace(g, selected=low), whole)

    return [g if telling[g.subject].rates else lowest(g) for g in groups]


def block(group: Group, whole: Whole, policy: Policy) -> tuple[int, int]:
    """Lowest and highest numerator that are told alike with the group's own."""
    return numerators(
        group.selected, group.n, selected=whole.selected, total=whole.n,
        minimum=policy.disclosure.minimum_count,
    )  # fmt: skip
