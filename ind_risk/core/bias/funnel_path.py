"""Where along the funnel a group's disparity arises or grows: ratios of rates, stage by stage.

No test, but a reading aid beside the tests of each stage; small counts have no ratio.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import hidden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LITTLE = 1.1  # a ratio that changes by less than this factor is said to hardly change


@dataclass(frozen=True, eq=False)
class Flow:
    """How many of each nationality reach and pass each stage.

    Args:
        stages: name of each stage as in a sentence ("in band high").
        conditional: whether only those who passed the stage before are at risk in it.
        n, x: shape (stages, codes): sponsors at risk with that majority, and those who pass.
        n_all, x_all: shape (stages,), of all sponsors, without a majority too.
    """

    stages: tuple[str, ...]
    conditional: tuple[bool, ...]
    n: Floats
    x: Floats
    n_all: Floats
    x_all: Floats


def ratios(flow: Flow, groups: Sequence[Sequence[int]], *, minimum: int) -> Floats:
    """Rate of each group over that of all others, shape (stages, groups).

    NaN where a count behind it is below the minimum, or would give such a count away.

    Args:
        flow: counts.
        groups: numbers of the codes in each group; disjoint.
        minimum: smallest count that may be shown.
    """
    few = max(minimum, 1)
    made = np.full((len(flow.stages), len(groups)), np.nan)
    for k in range(len(flow.stages)):
        n, x = (np.array([c[k, list(g)].sum() for g in groups]) for c in (flow.n, flow.x))
        n_all, x_all = flow.n_all[k], flow.x_all[k]
        hide = hidden(x, total=x_all, minimum=few) | hidden(n, total=n_all, minimum=few)
        hide |= hidden(n - x, total=n_all - x_all, minimum=few)
        rest = np.minimum(x_all - x, (n_all - n) - (x_all - x))
        at = ~hide & (rest >= few)
        made[k, at] = x[at] / n[at] / ((x_all - x[at]) / (n_all - n[at]))
    return made


def path(flow: Flow, ratio: Floats) -> dict[str, Any]:
    """One group's way through the funnel, for the details of a finding.

    Args:
        flow: names of the stages.
        ratio: shape (stages,), of one group.

    Returns:
        `ratio_to_others` by stage (None where it cannot be told), and a `sentence`.
    """
    shown = {
        stage: round(float(r), 2) if isfinite(r) else None
        for stage, r in zip(flow.stages, ratio, strict=True)
    }
    return {"ratio_to_others": shown, "sentence": _sentence(flow, ratio)}


def _sentence(flow: Flow, ratio: Floats) -> str:
    before, said, changes, untold = 1.0, [], [], []
    known = np.isfinite(ratio)
    for k, (stage, conditional) in enumerate(zip(flow.stages, flow.conditional, strict=True)):
        r = float(ratio[k])
        # A rate among those who passed the stage before says nothing without that stage's.
        if not known[k] or (conditional and not known[k - 1]):
            untold.append(stage)
            continue
        now = before * r if conditional else r
        said.append(f"{r:.2f} {stage}" + (" (of those inspected)" if conditional else ""))
        changes.append(f"{_change(before, now)} {stage}")
        before = now
    if not said:
        return "Too few sponsors passed any stage to compare the group's rates along the funnel."
    text = (
        f"The group's rate as a multiple of the others': {', '.join(said)}. "
        f"Over all, the difference {_listed(changes)}."
    )
    return text + (f" Too few to tell: {', '.join(untold)}." if untold else "")


def _change(before: float, now: float) -> str:
    """What becomes of a disparity from one stage to the next."""
    a, b, little = log(before), log(now), log(LITTLE)
    if abs(b - a) < little:
        return "hardly changes" if abs(a) >= little else "stays small"
    if abs(a) < little:
        return "arises"
    if abs(b) < little:
        return "disappears"
    if a * b < 0:
        return "turns round"
    return "grows" if abs(b) > abs(a) else "shrinks"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
