"""AUC, precision at capacity and the order of the bands, for planning.

Each limit is the one that the evaluation uses, at the effective sizes that an allocation gives it.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.auc import hanley_mcneil
from ind_risk.core.accuracy.lift import restricted_rate
from ind_risk.core.accuracy.rates import Rate, quantile, wilson
from ind_risk.core.sampling.claims import Claim, OneSided
from ind_risk.core.sampling.parts import Part, cent, squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.claims import Truth

    Floats = NDArray[np.float64]

ACCURACY, ORDER = "accuracy_established", "band_order"
_STEPS = 3  # of the fixed point of Newcombe's limits


def auc_claim(truth: Truth, policy: Policy) -> OneSided:
    """The AUC by `auc_interval`, Hanley and McNeil's variance at Kish's sizes of both classes."""
    p, rule = truth.rate, policy.accuracy
    below, above = _placements(truth.strata.score, p)
    share = float(p.mean())
    auc = float(np.average(below, weights=p))
    deviation = (below - auc) / share, (above - auc) / (1 - share)
    nobody = np.zeros_like(p)
    classes = (
        (truth.strata.mean(p), truth.influence(deviation[0], nobody)),
        (truth.strata.mean(1 - p), truth.influence(nobody, deviation[1])),
    )

    def reach(n: Floats) -> float:
        v, w = squares(truth, n), truth.strata.weight
        kish = [float((w @ f) ** 2 / (v @ f)) for f, _ in classes]
        sizes = [min(k, float(w @ f / v.sum())) for k, (f, _) in zip(kish, classes, strict=True)]
        design = sum(
            float(i.judged(n).sum()) * (m / (m - 1) if m > 1 else 1.0)
            for m, (_, i) in zip(kish, classes, strict=True)
        )
        factor = max(1.0, design / hanley_mcneil(auc, sizes[0], sizes[1]))
        variance = factor * hanley_mcneil(rule.auc_at_least, sizes[0], sizes[1])
        return quantile(policy.accuracy_level, *sizes) * sqrt(variance)

    return OneSided(
        claim=Claim(ACCURACY, "auc"),
        gap=auc - rule.auc_at_least,
        influence=truth.influence(*deviation),
        reach=reach,
        truth_said=f"the AUC is {auc:.2f} and {rule.auc_at_least:.2f} is asked",
    )


def lift_claim(truth: Truth, policy: Policy) -> OneSided:
    """Precision at capacity by `lift_interval`: p_high above bound · overall rate."""
    bound, alpha = policy.accuracy.precision_lift_at_least, policy.accuracy_level
    inside = truth.strata.band == "high"
    high, rest, share = Part(truth, inside), Part(truth, ~inside), float(inside.mean())
    everybody = Part(truth, np.ones_like(inside))
    p1, p2, overall = high.rate, rest.rate, everybody.rate
    c1, c2 = 1 - bound * share, bound * (1 - share)
    in_high = truth.influence(*[(inside - share) * 1.0] * 2)

    def reach(n: Floats) -> float:
        n1, n2 = high.effective(n), rest.effective(n)
        z = quantile(alpha, n1, n2)
        null = restricted_rate(c2 / c1, Rate(p1, 1, n1), Rate(p2, 1, n2))
        null1 = min(c2 / c1 * null, 1.0)
        variance = c1**2 * null1 * (1 - null1) / n1 + c2**2 * null * (1 - null) / n2
        # The weighted share in band high is estimated too: its part, on the scale of the gap.
        kish = 1 / float(squares(truth, n).sum())
        size = min(kish, share * (1 - share) / float(in_high.judged(n).sum()))
        wobble = (p1 - p2) * p1 / overall * sqrt(share * (1 - share) / size)
        return z * sqrt(variance + wobble**2)

    lift = p1 / overall
    return OneSided(
        claim=Claim(ACCURACY, "precision_lift_at_capacity"),
        gap=p1 - bound * overall if c1 > 0 else -1.0,
        influence=truth.influence(
            high.bad - bound * everybody.bad, high.good - bound * everybody.good
        ),
        reach=reach if c1 > 0 else lambda n: 1.0,
        truth_said=f"precision is {lift:.2f} times the overall rate and {bound:.2f} times is asked",
    )


def order_claim(truth: Truth, policy: Policy, above: str, below: str) -> OneSided:
    """One band above the next by `newcombe_difference`."""
    first, second = (Part(truth, truth.strata.band == b) for b in (above, below))
    gap = first.rate - second.rate

    def reach(n: Floats) -> float:
        sizes = first.effective(n), second.effective(n)
        z, made = quantile(policy.band_order_level, *sizes), gap
        spread = [p.rate * (1 - p.rate) / m for p, m in zip((first, second), sizes, strict=True)]
        for _ in range(_STEPS):  # at rates as they are where the limit meets 0
            toward = (gap - made) / sum(spread)
            p1 = min(max(first.rate - toward * spread[0], 0.0), 1.0)
            p2 = min(max(second.rate + toward * spread[1], 0.0), 1.0)
            low = p1 - wilson(Rate(p1, 1, sizes[0]), z=z).low
            high = wilson(Rate(p2, 1, sizes[1]), z=z).high - p2
            made = min(sqrt(low**2 + high**2), 1.0)
        return made

    return OneSided(
        claim=Claim(ORDER, f"{above}_above_{below}", f"{above} vs {below}"),
        gap=gap,
        influence=truth.influence(first.bad - second.bad, first.good - second.good),
        reach=reach,
        truth_said=f"{cent(first.rate)} in band {above} and {cent(second.rate)} in band {below} "
        "are non-compliant",
    )


def _placements(score: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Share of the compliant below each score, and of the non-compliant above it, ties half."""
    values, place = np.unique(score, return_inverse=True)
    bad, good = np.bincount(place, p, len(values)), np.bincount(place, 1 - p, len(values))
    below = (np.cumsum(good) - good / 2) / good.sum()
    above = (bad.sum() - np.cumsum(bad) + bad / 2) / bad.sum()
    return below[place], above[place]
