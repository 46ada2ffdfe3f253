"""How strong a partial rank correlation could be at most, given factors and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.cross_counts import CrossCounts

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def attainable_within(counts: CrossCounts) -> Floats:
    """Largest partial rank correlation of each group, up or down, whichever is smaller.

    Scores are dealt out within each stratum in order of the shares there, and in the opposite
    order: no other dealing gives more (rearrangement inequality). Where a factor and a nationality
    nearly coincide, little variation is left to be correlated with, and a small correlation is no
    news. Where scores are binned, those of one bin are dealt out as their mean.

    Returns:
        Shape (groups,), in [0, 1]; 0 where scores or shares do not vary within strata.
    """
    scores = counts.scores
    ends = np.append(0, np.cumsum(scores.cell_count))
    dealt = np.append(0.0, np.cumsum(scores.cell_count * scores.cell_value))
    return np.array([_one(counts, g, ends, dealt) for g in range(counts.shares.groups)])


def _one(counts: CrossCounts, group: int, ends: Floats, dealt: Floats) -> float:
    """Of one group; `dealt` is what the sponsors up to `ends` have, by stratum and rising score."""
    scores = counts.scores
    e, stratum, count = counts.pairs(group)
    whole = float(count @ (e * e))
    total = np.bincount(stratum, count * e, scores.strata)
    squares = whole - float(np.sum(total**2 / scores.size))
    product = squares * float(scores.spread.sum())
    if product <= 1e-15 * max(scores.n, 1) or squares <= 1e-9 * whole:
        return 0.0
    # In rising order of share within each stratum: `left` others of it stand behind a run.
    order = np.argsort(stratum, kind="stable")
    e, stratum, count = e[order], stratum[order], count[order]
    held = np.bincount(stratum, count, scores.strata)
    left = np.cumsum(held)[stratum] - np.cumsum(count)
    past = np.cumsum(scores.size)[stratum]

    def between(low: Ints, high: Ints) -> Floats:
        return np.asarray(np.interp(high, ends, dealt) - np.interp(low, ends, dealt))

    up = float(np.sum(e * between(past - left - count, past - left)))
    start = past - scores.size[stratum]
    down = float(np.sum(e * between(start + left, start + left + count)))
    return float(np.clip(min(up, -down) / np.sqrt(product), 0.0, 1.0))
