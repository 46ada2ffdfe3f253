"""The written rule by which one candidate is chosen, and the numbers it looks at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Any

from ind_risk.core.bands import capacity_order
from ind_risk.core.training.candidates import CANDIDATES, DUMMY, ONE_RULE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ind_risk.core.policy import Training

ROUNDING = 1e-12  # a difference of exactly the margin is within the margin


@dataclass(frozen=True, kw_only=True)
class WindowResult:
    """How one candidate did on one window.

    Args:
        candidate: its kind.
        as_of: the validation as-of date.
        n: labelled sponsors there.
        positives: non-compliant ones among them.
        trained_on: labelled rows it was trained on.
        capacity: how many of the n are visited.
        precision_at_capacity: share non-compliant among those visited.
        auc: area under the ROC curve, reported only.
    """

    candidate: str
    as_of: date
    n: int
    positives: int
    trained_on: int
    capacity: int
    precision_at_capacity: float
    auc: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> WindowResult:
        """From what `to_dict` gave."""
        return cls(**{**raw, "as_of": date.fromisoformat(raw["as_of"])})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The chosen kind and, in words, why."""

    kind: str
    rule: str


def precision_at_capacity(
    y: NDArray[np.int64], score: NDArray[np.float64], ties: NDArray[np.uint64], *, share: float
) -> tuple[float, int]:
    """Share of positives among the ⌈share·n⌉ highest scores, and that number.

    Args:
        y: 0 or 1, shape (n,), n >= 1.
        score: higher means riskier, shape (n,).
        ties: decides between equal scores, shape (n,).
        share: capacity as a share of the n.
    """
    capacity = max(1, ceil(share * len(y)))
    return float(y[capacity_order(score, ties)[:capacity]].mean()), capacity


def area_under_curve(y: NDArray[np.int64], score: NDArray[np.float64]) -> float:
    """AUC by the rank sum (Mann and Whitney, 1947); ties count half.

    >>> import numpy as np
    >>> area_under_curve(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    from scipy.stats import rankdata

    positives, n = int(y.sum()), len(y)
    ranks = rankdata(score)
    above = float(ranks[y == 1].sum()) - positives * (positives + 1) / 2
    return above / (positives * (n - positives))


def few_labels(*, n: int, positives: int, minima: Training) -> Choice | None:
    """The choice where labels are too few for candidates to compete, None where they are enough."""
    if positives in (0, n):
        missing = "non-compliant" if positives == 0 else "compliant"
        return Choice(
            kind=DUMMY,
            rule=f"dummy: none of the {n:,} training labels is {missing}; nothing can be learned.",
        )
    if n < minima.minimum_labels or positives < minima.minimum_positives:
        return Choice(
            kind=ONE_RULE,
            rule=f"one_rule: {n:,} training labels with {positives:,} non-compliant are fewer than "
            f"the policy's {minima.minimum_labels:,} and {minima.minimum_positives:,}.",
        )
    return None


def choose(results: Sequence[WindowResult], *, margin: float) -> Choice:
    """The simplest candidate within `margin` of the best mean precision at capacity.

    The dummy is measured but never chosen. Without windows it is the simplest ranker, one_rule.

    Args:
        results: every candidate on every window.
        margin: absolute difference in precision that simplicity is worth.
    """
    means = {
        kind: sum(values) / len(values)
        for kind in CANDIDATES
        if kind != DUMMY
        and (values := [r.precision_at_capacity for r in results if r.candidate == kind])
    }
    if not means:
        return Choice(
            kind=ONE_RULE,
            rule="one_rule: no earlier as-of date has matured labels of both kinds, so candidates "
            "cannot be compared and the simplest ranker is taken.",
        )
    best = max(means, key=lambda kind: means[kind])  # the simplest of equals
    chosen = next(k for k, mean in means.items() if mean >= means[best] - margin - ROUNDING)
    windows = len({r.as_of for r in results})
    shown = ", ".join(f"{kind} {mean:.3f}" for kind, mean in means.items())
    past = "1 past window" if windows == 1 else f"{windows} past windows"
    text = f"Mean precision at capacity over {past}: {shown}. Best is {best}; "
    if chosen == best:
        text += f"no simpler candidate is within {margin:g} of it, so {best} is chosen."
    else:
        text += f"{chosen} is the simplest within {margin:g} of it and is chosen."
    return Choice(kind=chosen, rule=text)
