"""The rows of a reliability plot: what was predicted and what was found, by rising score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.rates import quantile, weighted_rate, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.accuracy.random_arm import RandomArm
    from ind_risk.core.policy import Policy

    Ints = NDArray[np.int64]

TENTHS = 10


def reliability_rows(arm: RandomArm, policy: Policy) -> list[dict[str, Any]]:
    """One row for each tenth of the inspections by score, merged with neighbours where too few.

    Every row holds at least `policy.disclosure.minimum_count` inspections of either outcome, so
    none has to be hidden; equal scores are in one row.

    Args:
        arm: random inspections.
        policy: smallest count to be shown, level of the limits.

    Returns:
        `predicted` and `observed` weighted rates, `low` and `high` (1 − 2·alpha Wilson limits) and
        n, in rising order of score; empty where even all together are too few.
    """
    least = max(policy.disclosure.minimum_count, 1)
    if arm.few(least):
        return []
    tenth = _tenths(arm)
    found, n = np.bincount(tenth, arm.outcome), np.bincount(tenth)
    row = merged(found, n - found, least)[tenth]
    return [_row(arm, row == k, policy) for k in range(int(row.max()) + 1)]


def merged(found: NDArray[Any], others: NDArray[Any], least: int) -> Ints:
    """Number of the row that each bin goes to: bins are joined until both counts reach `least`.

    What is left at the end goes to the last row.

    >>> import numpy as np
    >>> merged(np.array([2, 9, 4, 12, 3]), np.array([90, 80, 85, 70, 60]), 10).tolist()
    [0, 0, 1, 1, 1]
    """
    row, rows, both = np.zeros(len(found), dtype=np.int64), 0, np.zeros(2)
    for k, counts in enumerate(zip(found, others, strict=True)):
        row[k] = rows
        both = both + counts
        if both.min() >= least:
            rows, both = rows + 1, np.zeros(2)
    return np.minimum(row, max(rows - 1, 0))


def _tenths(arm: RandomArm) -> Ints:
    cuts = np.unique(np.quantile(arm.score, np.arange(1, TENTHS) / TENTHS))
    return np.searchsorted(cuts, arm.score, side="left").astype(np.int64)


def _row(arm: RandomArm, inside: NDArray[np.bool_], policy: Policy) -> dict[str, Any]:
    rate = weighted_rate(arm.outcome[inside], arm.weight[inside])
    assert rate is not None  # noqa: S101 - every row has inspections
    limits = wilson(rate, z=quantile(policy.robustness_level, rate.effective))
    return {
        "predicted": float(np.average(arm.score[inside], weights=arm.weight[inside])),
        "observed": rate.value, "low": limits.low, "high": limits.high, "n": rate.n,
    }  # fmt: skip
