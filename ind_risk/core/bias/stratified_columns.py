"""Every number of the stratified view, one value a group, before any words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import hidden
from ind_risk.core.bias.mantel_haenszel import odds_ratio, risk_difference
from ind_risk.core.bias.score_test import score_p_value
from ind_risk.core.bias.stratified_power import (
    stratified_minimal_margin,
    stratified_power,
    stratified_required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ind_risk.core.bias.mantel_haenszel import Tables
    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.policy import Policy

    Columns = Mapping[str, NDArray[Any]]

_LEFT_OUT = 0.05  # share of a group beyond which "explained" would also mean "not compared"


def stratified_columns(
    member: Membership, selected: NDArray[np.bool_], tables: Tables, policy: Policy
) -> Columns:
    """What the findings are made of, each of shape (groups,) or (groups, ends).

    Args:
        member: groups, and who is compared.
        selected: shape (n,).
        tables: of the groups against others in each stratum.
        policy: level, margin and smallest count to be shown.
    """
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    size, chosen = member.sums(), member.sums(selected)
    n, x, others = size[:-1], chosen[:-1], size[-1] - size[:-1]
    n1, x1, n2, x2 = (tables.total(v) for v in (tables.n1, tables.x1, tables.n2, tables.x2))
    counts: dict[str, Any] = {"x1": x, "n1": n, "x2": chosen[-1] - x, "n2": others}
    minimum = policy.disclosure.minimum_count
    made = risk_difference(tables)
    zero, one = np.zeros(len(member)), np.ones(len(member))
    given: dict[str, Any] = {"alpha": level}
    return {
        "n": n, "n1": n1, "n2": n2, "selected": x1 + x2, "left_out": n - n1,
        "crude": x / np.maximum(n, 1) - counts["x2"] / np.maximum(others, 1),
        "clear": score_p_value(**counts) < level,
        "all_compared": n - n1 <= _LEFT_OUT * n,
        "estimate": made.estimate, "se": np.sqrt(made.variance), "p_value": made.p_value(),
        "narrow": np.column_stack(made.interval(1 - 2 * level)),
        "wide": np.column_stack(made.interval(1 - level)),
        "odds": np.column_stack(odds_ratio(tables, confidence=1 - level)),
        "power": stratified_power(
            tables, margin=one * margin, difference=zero, times=one, **given
        ),
        "mde": stratified_minimal_margin(tables, **given),
        "required": stratified_required(tables, margin=margin, difference=zero, **given),
        "as_seen": stratified_required(tables, margin=margin, difference=made.estimate, **given),
        "strata": np.bincount(tables.group, tables.times, len(member)),
        "tells_size": _tells(size, minimum) & ((n == n1) | (n - n1 >= minimum)),
        "tells_rates": _tells(size, minimum) & _tells(chosen, minimum)
        & _tells(size - chosen, minimum),
    }  # fmt: skip


def _tells(counts: NDArray[np.float64], minimum: int) -> NDArray[np.bool_]:
    """Which groups' counts may be told; the last one is that of everybody."""
    return ~hidden(counts[:-1], total=float(counts[-1]), minimum=minimum)
