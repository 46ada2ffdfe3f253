"""Every number of the stratified view, one value a group, before any words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import hidden, numerators
from ind_risk.core.bias.mantel_haenszel import Tables, odds_ratio, risk_difference
from ind_risk.core.bias.score_test import score_p_value
from ind_risk.core.bias.stratified_power import (
    stratified_minimal_margin,
    stratified_power,
    stratified_required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

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
    tells_rates = _tells(size, minimum) & _tells(chosen, minimum) & _tells(size - chosen, minimum)
    seen = _as_told(
        {
            "estimate": made.estimate,
            "narrow": np.column_stack(made.interval(1 - 2 * level)),
            "wide": np.column_stack(made.interval(1 - level)),
        },
        tables, level, ~tells_rates, minimum,
    )  # fmt: skip
    return seen | {
        "n": n, "n1": n1, "n2": n2, "selected": x1 + x2, "left_out": n - n1,
        "crude": x / np.maximum(n, 1) - counts["x2"] / np.maximum(others, 1),
        "clear": score_p_value(**counts) < level,
        "all_compared": n - n1 <= _LEFT_OUT * n,
        "se": np.sqrt(made.variance), "p_value": made.p_value(),
        "odds": np.column_stack(odds_ratio(tables, confidence=1 - level)),
        "power": stratified_power(
            tables, margin=one * margin, difference=zero, times=one, **given
        ),
        "mde": stratified_minimal_margin(tables, **given),
        "required": stratified_required(tables, margin=margin, difference=zero, **given),
        "as_seen": stratified_required(tables, margin=margin, difference=made.estimate, **given),
        "strata": np.bincount(tables.group, tables.times, len(member)),
        "tells_size": _tells(size, minimum) & ((n == n1) | (n - n1 >= minimum)),
        "tells_rates": tells_rates,
    }  # fmt: skip


def _as_told(
    exact: dict[str, NDArray[Any]],
    tables: Tables,
    level: float,
    hide: NDArray[np.bool_],
    minimum: int,
) -> dict[str, NDArray[Any]]:
    """Estimate and intervals; those of hidden groups hold for a whole block of numerators.

    A sponsor more or less that is selected moves the Mantel–Haenszel difference by the same amount
    in whichever stratum, so the numerators of a block are spread over the strata as if rates were
    alike: that the true spread is another changes the variance only, and is not told.
    """
    if not hide.any():
        return exact
    n1, x1, n2, x2 = (
        tables.total(v).astype(np.int64) for v in (tables.n1, tables.x1, tables.n2, tables.x2)
    )
    blocks = np.array([
        numerators(int(x), int(n), selected=int(x + y), total=int(n + m), minimum=minimum)
        for x, n, y, m in zip(x1, n1, x2, n2, strict=True)
    ])  # fmt: skip
    ends = [risk_difference(_spread(tables, blocks[:, k].astype(float))) for k in (0, 1)]
    made = {"estimate": (ends[0].estimate + ends[1].estimate) / 2}
    for name, confidence in (("narrow", 1 - 2 * level), ("wide", 1 - level)):
        low, high = zip(*(e.interval(confidence) for e in ends), strict=True)
        made[name] = np.column_stack((np.min(low, axis=0), np.max(high, axis=0)))
    return {
        k: np.where(hide if v.ndim == 1 else hide[:, None], made[k], v) for k, v in exact.items()
    }


def _spread(tables: Tables, target: NDArray[np.float64]) -> Tables:
    """The tables with so many selected in each group, over the strata as if rates were alike."""
    chosen = tables.x1 + tables.x2
    alike = tables.n1 * chosen / (tables.n1 + tables.n2)
    least, most = np.maximum(chosen - tables.n2, 0.0), np.minimum(chosen, tables.n1)
    middle = tables.total(alike)
    edge = np.where(target < middle, tables.total(least), tables.total(most))
    part = np.clip((target - middle) / np.where(edge == middle, 1.0, edge - middle), 0.0, 1.0)
    towards = np.where((target < middle)[tables.group], least, most)
    x1 = alike + part[tables.group] * (towards - alike)
    return replace(tables, x1=x1, x2=chosen - x1)


def _tells(counts: NDArray[np.float64], minimum: int) -> NDArray[np.bool_]:
    """Which groups' counts may be told; the last one is that of everybody."""
    return ~hidden(counts[:-1], total=float(counts[-1]), minimum=minimum)
