"""How much more one choice of sponsors finds than another, where the two overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

from ind_risk.core.accuracy.random_arm import random_arm
from ind_risk.core.accuracy.rates import Interval, quantile, weighted_rate, wilson

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.accuracy.rates import Rate

    Chosen = NDArray[np.bool_]

ONLY_FIRST, ONLY_SECOND, BOTH = "only_first", "only_second", "both"
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Part:
    """Sponsors that only the first, only the second or both choose.

    Args:
        share: how much their rate counts in the difference of the two precisions, with its sign.
        rate: of non-compliance at random inspections; None without any.
    """

    share: float
    rate: Rate | None


def parts_of(judged: pd.DataFrame, *, first: Chosen, second: Chosen) -> Mapping[str, Part]:
    """The parts that make up the precision of one choice minus that of another.

    Who chooses whom is known of the whole register, so the shares are exact (post-stratification)
    and what both choose in equal numbers cancels: it is left out.

    Args:
        judged: as for `random_arm`, one row a sponsor.
        first, second: who is chosen, shape (sponsors,); neither is empty.
    """
    of_first, of_second = 1 / first.sum(), 1 / second.sum()
    chosen = {
        ONLY_FIRST: (first & ~second, of_first),
        ONLY_SECOND: (second & ~first, -of_second),
        BOTH: (first & second, of_first - of_second),
    }
    made = {}
    for name, (rows, each) in chosen.items():
        share = float(rows.sum() * each)
        if abs(share) > _ROUNDING:
            arm = random_arm(judged.loc[rows])
            made[name] = Part(share=share, rate=weighted_rate(arm.outcome, arm.weight))
    return made


def combined(parts: Mapping[str, Part], *, alpha: float) -> Interval:
    """Σ share · rate with limits, each at one-sided level alpha.

    Squares of the distances to Wilson's limits add up (MOVER for linear functions; Zou, Huang and
    Zhang, 2009, Computational Statistics and Data Analysis 53:1080, equation 5), so parts without
    any finding still have limits. With equal numbers chosen it is Newcombe's (1998) interval times
    the share in which the two choices differ. Nothing to combine gives 0.

    Args:
        parts: each with a rate.
        alpha: level of each limit.
    """
    rates = [(p.share, p.rate) for p in parts.values() if p.rate is not None]
    if not rates:
        return Interval(0.0, 0.0, 0.0)
    z = quantile(alpha, *(r.effective for _, r in rates))
    estimate, below, above = 0.0, 0.0, 0.0
    for share, rate in rates:
        limits = wilson(rate, z=z)
        down, up = share * (rate.value - limits.low), share * (limits.high - rate.value)
        estimate += share * rate.value
        below, above = (hypot(below, down), hypot(above, up)) if share > 0 else (
            hypot(below, up), hypot(above, down)
        )  # fmt: skip
    return Interval(estimate, estimate - below, estimate + above)
