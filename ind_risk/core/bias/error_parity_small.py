"""Error parity of nationalities that are judged within a pool only, or in too small a group.

Two nationalities of one pool can be treated in opposite ways so that the pool looks even-handed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.error_rates import CHECK, known
from ind_risk.core.bias.membership import pooled
from ind_risk.core.bias.multiplicity import exact_p_value, holm
from ind_risk.core.bias.outcome_cells import (
    as_known,
    completed_rates,
    constant,
    outcome_cells,
    tables,
)
from ind_risk.core.bias.parity_groups import pooled_codes
from ind_risk.core.bias.score_test import equivalence_interval
from ind_risk.core.bias.wording import margin_points
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.error_rates import Arm
    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.bias.outcome_cells import Cells
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy

    Floats = NDArray[np.float64]

TEST = "twice the smaller tail of Fisher's exact test, Holm-adjusted"


def small_findings(people: Population, arm: Arm, policy: Policy) -> list[Finding]:
    """A disparity for each small group and each pooled nationality that is one beyond chance.

    Each is compared with all others with the outcome by an exact test, Holm-adjusted over all of
    them, and is a disparity if the p-value is at most the level of a look and the (1 - 2 level)
    interval of the difference does not lie inside the margin: the rule of the groups that are
    judged, with an exact test in place of the wider interval. Where inclusion probabilities
    differ, numbers are effective ones, rounded towards no difference. Stratifying by probability
    instead would compare nothing: a sample drawn by band and majority has in each stratum one
    band or one nationality.

    Only the verdict is told: figures beside those of the pool would give the other members away.

    Args:
        people: the scored sponsors.
        arm: the random arm as one error rate sees it.
        policy: level, margins.
    """
    if arm.why_not is not None or not arm.audit.weight.any():
        return []
    by_code = _by_code(arm.members)
    names, at = _names(arm.members, by_code)
    own = [_rows(people, m, arm) for m in (arm.members, by_code)]
    cells, others = (_stacked(own[0][k], own[1][k], at) for k in (0, 1))
    if not names:
        return []
    table, estimate = _tables(cells, others, arm, policy)
    adjusted = holm(_exact(table))
    level, margin = policy.bias.level, arm.rate.margin(policy.bias)
    low, high = equivalence_interval(**table, alpha=level)
    inside = (-margin < low) & (high < margin)
    seen = known(cells, arm.rate).sum(axis=-1) > 0
    return [
        _disparity(arm, policy, subject=names[k], more=bool(estimate[k] > 0))
        for k in np.flatnonzero((adjusted <= level) & ~inside & seen)
    ]


def _by_code(members: Membership) -> Membership:
    """The same sponsors with each nationality as a group of its own."""
    everybody = np.ones(len(members.codes), dtype=np.int64)
    grouping = pooled(members.codes, everybody, 1, attribute=members.attribute)
    group = np.full(len(members.majority), -1, dtype=np.int64)
    held = members.majority >= 0
    group[held] = grouping.group_of_code[members.majority[held]]
    return replace(members, group=group, grouping=grouping)


def _names(members: Membership, by_code: Membership) -> tuple[list[str], tuple[list[int], ...]]:
    """Small groups and pooled codes: names, and their numbers among the groups and the codes."""
    small = [int(g) for g in np.flatnonzero(~members.grouping.assessable)]
    # A pool of one is its nationality.
    named = [
        m[0] if len(m := members.grouping.members[g]) == 1 else members.grouping.names[g]
        for g in small
    ]
    codes = pooled_codes(members.codes, members.grouping)
    alone = [int(by_code.grouping.group_of_code[c]) for c in codes]
    return [*named, *(members.codes[c] for c in codes)], (small, alone)


def _rows(people: Population, members: Membership, arm: Arm) -> tuple[Cells, Cells]:
    return outcome_cells(
        members, selected=people.selected, outcome=arm.audit.outcome, weight=arm.audit.weight
    )


def _stacked(first: Cells, second: Cells, at: tuple[list[int], ...]) -> Cells:
    parts = zip(first.parts, second.parts, strict=True)
    return type(first)(*(np.concatenate([a[at[0]], b[at[1]]]) for a, b in parts))


def _tables(
    own: Cells, others: Cells, arm: Arm, policy: Policy
) -> tuple[dict[str, Floats], Floats]:
    """Events and sizes of each and of the others, and the difference of the rates."""
    whole = own.plus(others)
    first, second = (
        completed_rates(
            as_known(c), arm.rate.measure, filled=constant(np.zeros(2), c), arm=whole,
            level=policy.bias.level / 2,
        )
        for c in (own, others)
    )  # fmt: skip
    return tables(first, second), first.value - second.value


def _exact(table: dict[str, Floats]) -> Floats:
    """Exact p-values of whole numbers; those that are not whole are rounded to less evidence."""
    n1, n2 = np.floor(table["n1"] + 1e-9), np.floor(table["n2"] + 1e-9)
    up = table["x1"] * table["n2"] < table["x2"] * table["n1"]

    def whole(x: Floats, n: Floats, size: Floats, *, up: NDArray[np.bool_]) -> Floats:
        scaled = x * np.where(size > 0, n / np.where(size > 0, size, 1.0), 0.0)
        near = np.where(up, np.ceil(scaled - 1e-9), np.floor(scaled + 1e-9))
        return np.asarray(np.clip(near, 0, n))

    x1 = whole(table["x1"], n1, table["n1"], up=up)
    x2 = whole(table["x2"], n2, table["n2"], up=~up)
    made = [
        float(exact_p_value(x=int(a), n=int(m), selected=int(a + b), total=int(m + k)))
        for a, m, b, k in zip(x1, n1, x2, n2, strict=True)
    ]
    return np.array(made, dtype=float)


def _disparity(arm: Arm, policy: Policy, *, subject: str, more: bool) -> Finding:
    rate, margin = arm.rate, arm.rate.margin(policy.bias)
    way = "more" if more else "less"
    return Finding(
        check=CHECK, claim=rate.claim, subject=subject, verdict="disparity",
        estimate=None, low=None, high=None, margin=margin, n=None,
        required=policy.bias.asks_for(rate.claim),
        sentence=f"By random inspections, {rate.who} sponsors {arm.members.label_of(subject)} are "
        f"{way} often {rate.event} than the other {rate.who} ones, beyond chance (exact test, "
        "adjusted for all small groups and pooled nationalities) and not shown to be within the "
        f"margin of {margin_points(margin)}: a disparity. They are judged within a pool only, or "
        "are too few to be judged; figures would tell too much of so few.",
        details={"method": TEST, "rounded": True},
    )  # fmt: skip
