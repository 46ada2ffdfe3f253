"""What a plan takes to be true: how likely each sponsor is to be found non-compliant."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.accuracy.planning import AUC, PREVALENCE
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_GRID, _FARTHEST = 8_001, 12.0  # thresholds of the score
_STEPS = 50  # of Newton's method; it stops earlier
_CLOSE = 1e-10


def assumed_rates(score: Floats, *, prevalence: float, auc: float) -> Floats:
    """Rates that depend on a sponsor's rank alone: scores normal in both classes.

    The sponsor that a share u of all outranks has odds π / (1 − π) · exp(d·t − d²/2), with
    d = √2 · Φ⁻¹(AUC) and t the threshold that a share u exceeds: the assumption of
    `accuracy.planning.band_rates`, whose rates are the means of these by band.

    Args:
        score: shape (n,); equal scores get equal rates.
        prevalence: share of all sponsors that are non-compliant, above 0 and below 1.
        auc: above 0.5 and below 1.
    """
    from scipy.special import expit, logit, ndtr, ndtri

    if not (0 < prevalence < 1 and 0.5 <= auc < 1):
        raise IndRiskError(
            f"A prevalence of {prevalence} and an AUC of {auc} cannot be planned with; expected a "
            "share above 0 and below 1, and an AUC from 0.5 to below 1."
        )
    distance = sqrt(2) * float(ndtri(auc))
    threshold = np.linspace(-_FARTHEST, _FARTHEST, _GRID)
    above = prevalence * ndtr(distance - threshold) + (1 - prevalence) * ndtr(-threshold)
    values, place, times = np.unique(-score, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    share = (np.arange(len(score)) + 0.5) / len(score)
    at = np.interp(share, above[::-1], threshold[::-1])
    of_rank = expit(logit(prevalence) + distance * at - distance**2 / 2)
    tied = np.bincount(place[order], of_rank, len(values)) / times
    return np.asarray(tied[place], dtype=float)


def planned_rates(
    score: Floats, *, prevalence: float = PREVALENCE, auc: float = AUC, trust: float = 0.0
) -> Floats:
    """The assumption mixed with what the model itself says, shape (n,).

    Args:
        score: calibrated probabilities of non-compliance, shape (n,).
        prevalence, auc: of the assumption.
        trust: weight of the model's own scores, 0 to 1. At 0 a plan does not believe the model
            that it is to judge.
    """
    if not 0 <= trust <= 1:
        raise IndRiskError(f"The trust in the model's scores is {trust}; expected 0 to 1.")
    neutral = assumed_rates(score, prevalence=prevalence, auc=auc)
    return np.asarray(trust * score + (1 - trust) * neutral, dtype=float)


def moved_rates(rate: Floats, of: NDArray[np.int64], target: Floats) -> Floats:
    """Rates with their odds multiplied, by one factor a stratum, so that their means are as told.

    Args:
        rate: shape (n,).
        of: stratum of each sponsor, shape (n,).
        target: mean of each stratum, above 0 and below 1, shape (H,).
    """
    from scipy.special import expit, logit

    odds = logit(np.clip(rate, 1e-9, 1 - 1e-9))
    size = np.bincount(of, minlength=len(target))
    shift = np.zeros(len(target))
    for _ in range(_STEPS):
        p = expit(odds + shift[of])
        gap = target - np.bincount(of, p, len(target)) / size
        if np.all(np.abs(gap) < _CLOSE):
            break
        slope = np.bincount(of, p * (1 - p), len(target)) / size
        shift += np.clip(gap / np.maximum(slope, 1e-12), -2.0, 2.0)
    return np.asarray(expit(odds + shift[of]), dtype=float)


def assumption_said(prevalence: float, auc: float, trust: float) -> str:
    """The assumption as the end of a sentence.

    >>> assumption_said(0.1, 0.7, 0.0)
    'if 10 % of sponsors are non-compliant and the AUC is 0.70'
    """
    base = f"if {100 * prevalence:.3g} % of sponsors are non-compliant and the AUC is {auc:.2f}"
    if trust == 0:
        return base
    return f"{base}, mixed with {100 * trust:.0f} % of what the model's own scores say"
