"""The lift of precision in band high if sponsors without an outcome were such and such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.lift import lift_interval
from ind_risk.core.accuracy.rates import Interval, Rate, quantile
from ind_risk.core.bias.outcome_cells import MISSING, NON_COMPLIANT

if TYPE_CHECKING:
    from ind_risk.core.robustness.sensitivity_labels import Selected


def filled_lift(labels: Selected, *, elsewhere: float, high: float, alpha: float) -> Interval:
    """Precision in band high over the rate of all, with its limits, the missing filled in.

    The share in band high is set by capacity, so it has no error.

    Args:
        labels: with sponsors in both parts.
        elsewhere, high: share of non-compliance among the missing outside and in band high.
        alpha: one-sided level of each limit.

    Returns:
        0 and no upper limit where nobody at all is non-compliant.
    """
    rest, top, share = filled_rates(labels, elsewhere=elsewhere, high=high)
    if rest.value + top.value == 0:
        return Interval(0.0, 0.0, float("inf"))
    z = quantile(alpha, top.effective, rest.effective)
    return lift_interval(high=top, rest=rest, share=share, z=z)


def filled_rates(labels: Selected, *, elsewhere: float, high: float) -> tuple[Rate, Rate, Rate]:
    """Rates outside and in band high with the missing filled in, and the share in band high."""
    n = labels.count.sum(axis=1)
    bad = labels.count[:, NON_COMPLIANT] + labels.count[:, MISSING] * np.array([elsewhere, high])
    rest, top = (
        Rate(min(float(x / m), 1.0), int(m), float(m)) for x, m in zip(bad, n, strict=True)
    )
    return rest, top, Rate(float(n[1] / n.sum()), int(n.sum()), float("inf"))
