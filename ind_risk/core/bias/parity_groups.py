"""Who is compared with whom in H2: majorities of one nationality, and sponsor attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.groups import OTHER, majority_code, pool
from ind_risk.core.bias.parity import Group, Whole
from ind_risk.core.bias.regions import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.bias.groups import Grouping
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy


def nationality_groups(
    people: Population, policy: Policy
) -> tuple[list[Group], list[Group], Whole]:
    """Groups by majority nationality, the pooled nationalities one by one, and the whole.

    The whole are the sponsors with migrants: hypothesis 2 speaks of the nationality of a
    sponsor's migrants, so a sponsor without any is neither in a group nor among the others.
    Sponsors whose migrants have no majority are among the others of every group.
    """
    majority = majority_code(
        sponsor=people.sponsor, code=people.code, migrants=people.migrants, total=people.total,
        share=policy.bias.majority_share,
    )  # fmt: skip
    held = majority >= 0
    of_code = majority[held]
    width = len(people.codes)
    per_code = [
        np.bincount(of_code, weights, width).astype(np.int64)
        for weights in (None, people.selected[held], people.total[held])
    ]

    def size(group: NDArray[np.int64]) -> NDArray[np.int64]:
        return _summed(per_code[0], group)

    grouping = pool(people.codes, size=size, minimum=policy.bias.minimum_group_sponsors)
    sums = [_summed(column, grouping.group_of_code) for column in per_code]
    groups = [
        Group(
            subject=name, label=majority_label(name), n=int(sums[0][g]), selected=int(sums[1][g]),
            migrants=int(sums[2][g]), members=grouping.members[g],
            assessable=bool(grouping.assessable[g]),
        )
        for g, name in enumerate(grouping.names)
    ]  # fmt: skip
    pooled = [
        Group(
            subject=people.codes[c], label=majority_label(people.codes[c]),
            n=int(per_code[0][c]), selected=int(per_code[1][c]), migrants=int(per_code[2][c]),
            members=(people.codes[c],), assessable=False,
        )
        for c in pooled_codes(people.codes, grouping)
    ]  # fmt: skip
    there = people.with_migrants
    whole = Whole(
        n=int(there.sum()), selected=int(people.selected[there].sum()),
        migrants=int(people.total.sum()), label="sponsors with migrants",
    )  # fmt: skip
    return groups, pooled, whole


def pooled_codes(codes: tuple[str, ...], grouping: Grouping) -> list[int]:
    """Numbers of the codes that share a group with others."""
    return [
        c for c in range(len(codes))
        if (g := grouping.group_of_code[c]) >= 0 and len(grouping.members[g]) > 1
    ]  # fmt: skip


def majority_label(subject: str) -> str:
    """Completes "Sponsors …" for a group of majorities."""
    if subject == OTHER:
        return "with a majority from one of the remaining nationalities"
    if subject == UNKNOWN:
        return "with a majority of unknown nationality"
    if subject.startswith("region:"):
        region = subject.removeprefix("region:")
        return f"with a majority from one of the less frequent nationalities of {region}"
    return f"with a majority from {subject}"


def attribute_groups(
    values: pd.Series[Any], selected: NDArray[np.bool_], *, column: str, policy: Policy
) -> tuple[list[Group], list[Group], Whole]:
    """Groups by the values of one sponsor attribute, over all scored sponsors.

    Args:
        values: of each scored sponsor; null is "unknown". Values that fewer sponsors than the
            minimum have are pooled into "other".
        selected: of each scored sponsor.
        column: name of the attribute.
        policy: for the minimum.
    """
    import pandas as pd

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


def _summed(column: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of a column of codes over each group; -1 belongs to none."""
    kept = group >= 0
    width = int(group.max()) + 1 if len(group) else 0
    return np.bincount(group[kept], column[kept], max(width, 0)).astype(np.int64)
