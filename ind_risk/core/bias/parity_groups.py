"""Who is compared with whom in H2: majorities of one nationality, and sponsor attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.groups import OTHER
from ind_risk.core.bias.parity_counts import Group, Whole
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.size_classes import in_classes

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy


def majority_groups(
    people: Population, member: Membership
) -> tuple[list[Group], list[Group], Whole]:
    """Groups by majority, the pooled codes one by one, and the whole.

    The whole are the sponsors with migrants: hypothesis 2 speaks of the nationality of a
    sponsor's migrants, so a sponsor without any is neither in a group nor among the others.
    Sponsors whose migrants have no majority are among the others of every group.
    """
    grouping, width = member.grouping, len(member.codes)
    columns = (None, people.selected, people.total)
    n, x, migrants = (member.sums(c).astype(np.int64) for c in columns)
    groups = [
        Group(
            subject=member.subject(name), label=member.label(g), n=int(n[g]), selected=int(x[g]),
            migrants=int(migrants[g]), members=grouping.members[g],
            assessable=bool(grouping.assessable[g]),
        )
        for g, name in enumerate(grouping.names)
    ]  # fmt: skip
    held = member.majority >= 0
    of_code = member.majority[held]
    per_code = [
        np.bincount(of_code, None if c is None else c[held], width).astype(np.int64)
        for c in columns
    ]
    pooled = [
        Group(
            subject=member.subject(member.codes[c]), label=member.label_of(member.codes[c]),
            n=int(per_code[0][c]), selected=int(per_code[1][c]), migrants=int(per_code[2][c]),
            members=(member.codes[c],), assessable=False,
        )
        for c in pooled_codes(member.codes, grouping)
    ]  # fmt: skip
    whole = Whole(
        n=int(n[-1]), selected=int(x[-1]), migrants=int(migrants[-1]),
        label="sponsors with migrants",
    )  # fmt: skip
    return groups, pooled, whole


def pooled_codes(codes: tuple[str, ...], grouping: Grouping) -> list[int]:
    """Numbers of the codes that share a group with others."""
    return [
        c for c in range(len(codes))
        if (g := grouping.group_of_code[c]) >= 0 and len(grouping.members[g]) > 1
    ]  # fmt: skip


def attribute_groups(
    values: pd.Series[Any], selected: NDArray[np.bool_], *, column: str, policy: Policy
) -> tuple[list[Group], list[Group], Whole]:
    """Groups by the values of one sponsor attribute, over all scored sponsors.

    Args:
        values: of each scored sponsor; null is "unknown", numbers are in size classes. Values
            that fewer sponsors than the minimum have are pooled into "other".
        selected: of each scored sponsor.
        column: name of the attribute.
        policy: for the minimum.
    """
    import pandas as pd

    values = in_classes(values)
    filled = values.astype(object).where(values.notna(), UNKNOWN).astype(str)
    number, names = pd.factorize(filled, sort=True)
    n = np.bincount(number, minlength=len(names))
    x = np.bincount(number, selected, len(names)).astype(np.int64)
    minimum = policy.bias.minimum_group_sponsors
    single = [
        Group(
            subject=f"{column}={name}", label=f"with {column} {name}", n=int(n[k]),
            selected=int(x[k]), members=(str(name),), assessable=bool(n[k] >= minimum),
        )
        for k, name in enumerate(names)
    ]  # fmt: skip
    groups = sorted((g for g in single if g.assessable), key=lambda g: (-g.n, g.subject))
    pooled = [g for g in single if not g.assessable]
    if pooled:
        total = sum(g.n for g in pooled)
        groups.append(
            Group(
                subject=f"{column}={OTHER}", label=f"with one of the remaining values of {column}",
                n=total, selected=sum(g.selected for g in pooled),
                members=tuple(g.members[0] for g in pooled), assessable=total >= minimum,
            )
        )  # fmt: skip
        pooled = pooled if len(pooled) > 1 else []
    whole = Whole(
        n=len(filled), selected=int(selected.sum()), migrants=None, label="scored sponsors"
    )
    return groups, pooled, whole
