"""How strong a partial rank correlation could be at most, given factors and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.ranks import ShareRanks
    from ind_risk.core.bias.residuals import ScoreResiduals

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def attainable_within(scores: ScoreResiduals, shares: ShareRanks) -> Floats:
    """Largest partial rank correlation of each group, up or down, whichever is smaller.

    Scores are dealt out within each stratum in order of the shares there, and in the opposite
    order: no other dealing gives more (rearrangement inequality). Where a factor and a nationality
    nearly coincide, little variation is left to be correlated with, and a small correlation is no
    news.

    Returns:
        Shape (groups,), in [0, 1]; 0 where scores or shares do not vary within strata.
    """
    ends = np.cumsum(scores.size)
    dealt = scores.value[scores.order]
    return np.array([_one(scores, shares, g, ends, dealt) for g in range(shares.groups)])


def _one(
    scores: ScoreResiduals, shares: ShareRanks, group: int, ends: Ints, dealt: Floats
) -> float:
    part = shares.part(group)
    e = shares.value[part] - float(shares.zero[group])
    stratum = scores.stratum[shares.sponsor[part]]
    count = np.bincount(stratum, minlength=scores.strata)
    total = np.bincount(stratum, e, scores.strata)
    squares = float(e @ e - np.sum(total**2 / scores.size))
    product = squares * float(scores.spread.sum())
    if product <= 1e-15 * max(scores.n, 1) or squares <= 1e-9 * float(e @ e):
        return 0.0
    # In rising order of share within each stratum: `left` others of it stand behind an entry.
    order = np.argsort(stratum, kind="stable")
    e, stratum = e[order], stratum[order]
    left = np.cumsum(count)[stratum] - 1 - np.arange(len(e))
    up = float(e @ dealt[ends[stratum] - 1 - left])
    down = float(e @ dealt[(ends - scores.size)[stratum] + left])
    return float(np.clip(min(up, -down) / np.sqrt(product), 0.0, 1.0))
