"""Rank correlations judged: one by one by the rule of the design, and the strongest of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.findings import judge_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.bias.association import Associations
    from ind_risk.core.bias.permutation import GlobalTest
    from ind_risk.core.findings import Verdict


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One rank correlation.

    Args:
        rho: the coefficient.
        narrow, wide: intervals at confidence 1 - 2 level (widened for skewness) and 1 - level.
        p_value: of rho = 0.
        verdict: the judgement.
    """

    rho: float
    narrow: tuple[float, float]
    wide: tuple[float, float]
    p_value: float
    verdict: Verdict

    @property
    def largest(self) -> float:
        """Largest |rho| in the narrow interval."""
        return max(abs(self.narrow[0]), abs(self.narrow[1]))


def judged(
    strength: Associations, *, level: float, margin: float, tellable: Sequence[bool]
) -> list[Judged | None]:
    """Judge each group; None where it is not `tellable` or there is no correlation.

    Args:
        strength: rank correlations.
        level: of one look.
        margin: of equivalence.
        tellable: whether a correlation of the group could be large enough to mean something.
    """
    narrow = np.column_stack(strength.interval(1 - 2 * level, widened=True))
    wide = np.column_stack(strength.interval(1 - level))
    p_values = strength.p_value()
    made: list[Judged | None] = []
    for k, rho in enumerate(strength.rho):
        if not (tellable[k] and np.isfinite(rho)):
            made.append(None)
            continue
        ends = [float(v) for v in (*narrow[k], *wide[k])]
        verdict = judge_difference(
            estimate=float(rho), tost_low=ends[0], tost_high=ends[1], low=ends[2], high=ends[3],
            margin=margin,
        )  # fmt: skip
        row = Judged(
            rho=float(rho), narrow=(ends[0], ends[1]), wide=(ends[2], ends[3]),
            p_value=float(p_values[k]), verdict=verdict,
        )  # fmt: skip
        made.append(row)
    return made


def overall_verdict(
    verdicts: Sequence[Verdict],
    *,
    estimate: float | None,
    test: GlobalTest,
    level: float,
    margin: float,
) -> Verdict:
    """The verdict on all groups together; of no group at all, insufficient data.

    Equivalent only if every one is: intersection-union test, Berger (1982), Technometrics 24:295.
    Else a disparity if the permutation test rejects; that never passes anything.

    Args:
        verdicts: of the groups that must be equivalent.
        estimate: largest |rho|; None if none is judged.
        test: of all groups at once.
        level: of one look.
        margin: of equivalence.
    """
    if estimate is not None and all(v == "equivalent" for v in verdicts):
        return "equivalent"
    if estimate is not None and test.freedom and test.p_value <= level:
        return "disparity"
    if estimate is not None and estimate >= margin:
        return "risk_signalled"
    return "insufficient_data"


def lower_bound(strength: Associations, kept: Sequence[bool], *, level: float) -> float | None:
    """Lower (1 - level) bound of the largest |rho|: Bonferroni over the groups kept."""
    at = np.asarray(kept, dtype=bool)
    if not at.any():
        return None
    low, high = strength.interval(1 - level / int(at.sum()))
    return float(np.max(np.maximum(low, -high)[at], initial=0.0))
