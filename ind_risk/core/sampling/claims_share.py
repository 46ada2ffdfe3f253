"""Shares with a bound, judged by Korn and Graubard's limits, for planning.

Recall at capacity, non-compliance in band low, and among sponsors never intervened against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.sampling.claims import TINY, Claim, OneSided
from ind_risk.core.sampling.estimates import Proportion, korn_graubard
from ind_risk.core.sampling.parts import cent, squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.claims import Truth

    Floats = NDArray[np.float64]

_STEPS = 3  # of the fixed point of the limits
_UNLUCKY = 2.0  # samples: the heaviest weight is that of the unluckier of two


def recall_claim(truth: Truth, policy: Policy) -> OneSided:
    """Share of the non-compliant that stand in band high, at least the policy's."""
    bound, p = policy.accuracy.recall_at_least, truth.rate
    inside = (truth.strata.band == "high").astype(float)
    share = _Share(truth, yes=p * inside, no=p * (1 - inside))
    slope = (inside - share.value) / float(p.mean())
    return OneSided(
        claim=Claim("accuracy_established", "recall_at_capacity"),
        gap=share.value - bound,
        influence=truth.influence(slope, np.zeros_like(p)),
        reach=lambda n: share.reach(n, bound=bound, alpha=policy.accuracy_level, at_most=False),
        truth_said=f"{cent(share.value)} of the non-compliant are in band high and {cent(bound)} "
        "is asked",
    )


def ceiling_claim(
    truth: Truth, inside: NDArray[np.bool_], *, claim: Claim, bound: float, alpha: float, who: str
) -> OneSided:
    """A rate within a part of the sponsors that is at most a bound.

    Args:
        truth: the assumption.
        inside: which sponsors, shape (n,).
        claim: its names.
        bound: the rate asked for.
        alpha: one-sided level.
        who: completes "… % of sponsors".
    """
    at, p = inside.astype(float), truth.rate
    share, size = _Share(truth, yes=at * p, no=at * (1 - p)), max(float(at.mean()), TINY)
    return OneSided(
        claim=claim,
        gap=bound - share.value,
        influence=truth.influence(-at * (1 - share.value) / size, at * share.value / size),
        reach=lambda n: share.reach(n, bound=bound, alpha=alpha, at_most=True),
        truth_said=f"{cent(share.value)} of sponsors {who} are non-compliant and at most "
        f"{cent(bound)} is asked",
    )


@dataclass(frozen=True, eq=False)
class _Share:
    """Σ yes / Σ (yes + no), of how likely each sponsor is to count as either, shape (n,) each."""

    truth: Truth
    yes: Floats
    no: Floats

    @property
    def value(self) -> float:
        """The share if the assumption is true."""
        return float(self.yes.sum() / max(float((self.yes + self.no).sum()), TINY))

    def reach(self, n: Floats, *, bound: float, alpha: float, at_most: bool) -> float:
        """Distance of an estimate from the bound at which its limit meets it."""
        side, found, made = (-1.0 if at_most else 1.0), self._sample(n), 0.0
        for _ in range(_STEPS):
            value = min(max(bound + side * made, TINY), 1 - TINY)
            limits = korn_graubard(_moved(found, value), alpha=alpha)
            made = limits.high - value if at_most else value - limits.low
        return made

    def _sample(self, n: Floats) -> Proportion:
        """What a sample shows if it shows what is to be expected."""
        yes, no = self.truth.strata.mean(self.yes), self.truth.strata.mean(self.no)
        w, v, there = self.truth.strata.weight, squares(self.truth, n), yes + no
        whole = max(float(w @ there), TINY)
        counted = max(round(float(n @ there)), 2)
        return Proportion(
            value=self.value, n=counted, freedom=counted - 1, effective=float(counted),
            heaviest=_heaviest(w / np.maximum(n, TINY) / whole, n * there),
            squares=(float(v @ no) / whole**2, float(v @ yes) / whole**2),
        )  # fmt: skip


def _heaviest(weight: Floats, expected: Floats) -> float:
    """Mean of the largest weight that two samples meet, numbers being Poisson.

    Meeting a heavy weight both lowers an estimate and widens its interval, so that the samples
    that decide about power are unluckier than the mean one.

    Args:
        weight: of one inspection of each stratum, shape (H,).
        expected: inspections of each stratum, shape (H,).
    """
    order = np.argsort(-weight)
    none = np.exp(-_UNLUCKY * np.cumsum(expected[order]))
    largest = np.append(1.0, none)[:-1] - none
    return min(float(largest @ np.minimum(weight[order], 1.0)) + float(none[-1]), 1.0)


def _moved(found: Proportion, value: float) -> Proportion:
    """The same sample with another share: effective size as `survey_proportion` has it."""
    p = min(max(found.value, TINY), 1 - TINY)
    no, yes = found.squares[0] * (1 - value) / (1 - p), found.squares[1] * value / p
    variance = yes * (1 - value) ** 2 + no * value**2
    effective = min(value * (1 - value) / max(variance, TINY**2), float(found.n))
    return Proportion(
        value=value, n=found.n, freedom=found.freedom, effective=max(effective, TINY),
        heaviest=found.heaviest, squares=(max(no, TINY**2), max(yes, TINY**2)),
    )  # fmt: skip
