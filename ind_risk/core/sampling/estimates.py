"""Shares estimated from an audit sample, by the design that drew it.

Its variance takes strata and weights into account; strata without an answer are not left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.limits import korn_graubard, whole

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_TINY = 1e-200  # of the heaviest weight: below it a weight only makes numbers overflow

__all__ = ["Proportion", "korn_graubard", "survey_proportion"]


@dataclass(frozen=True, kw_only=True)
class Proportion:
    """A share of a population as a sample with unequal weights shows it.

    Args:
        value: estimate among the sponsors that the answers stand for, in [0, 1].
        n: answers it rests on.
        freedom: n less the strata, at least 1.
        effective: equal weights of one stratum that would be worth as much, at most n.
        heaviest: largest share of the whole weight that one answer has.
        squares: Σw² of answers with 0 and with 1, over (Σw)².
        remaining: share of the variance that the finite-population correction leaves.
        unseen: share of the population in strata where nobody answered, in [0, 1).
    """

    value: float
    n: int
    freedom: int
    effective: float
    heaviest: float
    squares: tuple[float, float]
    remaining: float = 1.0
    unseen: float = 0.0

    def at(self, value: float) -> Proportion:
        """The same sample had it found another share, by chance among all weights.

        The effective size is then Kish's (1965, section 11.7): (Σw)² / Σw².
        """
        square = sum(self.squares)
        squares = ((1 - value) * square, value * square)
        return replace(self, value=value, squares=squares, effective=whole(1 / square))


def survey_proportion(
    *,
    outcome: Floats,
    weight: Floats,
    stratum: NDArray[Any] | None = None,
    frame: Mapping[Any, float] | None = None,
    finite: bool = False,
    unseen: float = 0.0,
) -> Proportion | None:
    """Stratified Hájek share; None if nobody answered.

    The share is Σwy / Σw, which is Horvitz and Thompson's (1952) where the weights add up to the
    population. With a frame the weights are first scaled to each stratum's size, and the share is
    Cochran's (1977, section 5.10) Σ (N_h/N) p_h. Its variance is linearised, strata apart, draws
    taken as independent (Särndal, Swensson and Wretman, 1992, section 5.5): Σ_h n_h/(n_h - 1)
    Σ_i (e_hi - ē_h)² with e = w(y - p) / Σw. A stratum with a single answer has no mean of its
    own: its e counts from 0, the mean over all strata.

    `effective` is n over the design effect, at most n. Where the variance is 0 (nothing found,
    everybody found, or strata that are pure) it says nothing, and `effective` is Σw / max w: see
    `korn_graubard`.

    Args:
        outcome: 0 or 1, shape (n,).
        weight: above 0 and finite, shape (n,); only ratios matter.
        stratum: label of each answer's stratum, shape (n,); None: one stratum.
        frame: size N_h of each stratum in the population. Strata above 0 without an answer are
            `unseen`. None: the answers' strata are all there are.
        finite: whether to correct the variance for the share n_h / N_h of each stratum that
            answered; right only for claims about the sponsors of one day. N_h is the frame's, or
            the sum of the weights.
        unseen: share of the population that is known otherwise to have nobody who answered; of no
            effect with a frame.

    Raises:
        IndRiskError: for an outcome that is neither 0 nor 1, a weight that is not above 0, or a
            stratum that the frame does not know.

    >>> found = survey_proportion(
    ...     outcome=np.array([1.0, 0.0, 0.0, 0.0]), weight=np.array([10.0, 10.0, 90.0, 90.0])
    ... )
    >>> found and round(found.value, 6)
    0.05
    """
    _refuse(outcome, weight)
    if len(outcome) == 0:
        return None
    code, labels = _strata(stratum, len(outcome))
    w, sizes = np.maximum(weight / weight.max(), _TINY), np.bincount(code)
    if frame is not None:
        frame = {_label(h): float(size) for h, size in frame.items()}
        w = _scaled(w, code, labels, frame)
        everybody = sum(max(v, 0.0) for v in frame.values())
        unseen = max(1 - sum(frame[h] for h in labels) / everybody, 0.0)
    w = w / w.sum()
    equal = bool(np.ptp(w) == 0)
    heaviest = 1 / len(w) if equal else float(w.max())
    p = float(np.mean(outcome)) if equal else min(float((w * outcome).sum()), 1.0)
    e = w * (outcome - _centre(w, outcome, code, p, by_stratum=frame is not None))
    variance = _variance(e, code, sizes, np.ones(len(sizes)))
    left = _left(code, sizes, weight, labels, frame) if finite else np.ones(len(sizes))
    return Proportion(
        value=p,
        n=len(w),
        freedom=max(len(w) - len(sizes), 1),
        effective=_effective(p, variance, len(w), heaviest),
        heaviest=heaviest,
        squares=(float((w**2 * (1 - outcome)).sum()), float((w**2 * outcome).sum())),
        remaining=max(
            _ratio(_variance(e, code, sizes, left), variance),
            _ratio(float((left[code] * w**2).sum()), float((w**2).sum())),
        ),
        unseen=unseen,
    )


def _effective(p: float, variance: float, n: int, heaviest: float) -> float:
    if not 0 < p < 1 or variance <= 0:
        return whole(1 / heaviest)
    return min(whole(n * p * (1 - p) / ((n - 1) * variance)), float(n))


def _variance(e: Floats, code: Ints, sizes: Ints, left: Floats) -> float:
    """Σ_h left_h · n_h/(n_h - 1) · Σ_i (e_hi - ē_h)²; a single answer's e counts from 0."""
    several = sizes > 1
    mean = np.where(several, np.bincount(code, e) / sizes, 0.0)
    scale = left * np.where(several, sizes / np.maximum(sizes - 1, 1), 1.0)
    return float((scale[code] * (e - mean[code]) ** 2).sum())


def _centre(w: Floats, y: Floats, code: Ints, p: float, *, by_stratum: bool) -> Floats | float:
    """What each outcome is compared with: its stratum's share if weights are scaled by stratum."""
    if not by_stratum:
        return p
    total = np.bincount(code, w)
    own = np.bincount(code, w * y) / np.where(total > 0, total, 1.0)
    centre: Floats = np.where(np.bincount(code) > 1, own, p)[code]
    return centre


def _scaled(w: Floats, code: Ints, labels: list[Hashable], frame: Mapping[Any, float]) -> Floats:
    """Weights that add up to the frame's size in each stratum."""
    if alien := [h for h in labels if not frame.get(h, 0.0) > 0]:
        raise IndRiskError(
            f"Sponsors of stratum {alien[0]!r} answered, and the frame has none: draw it up again."
        )
    sizes = np.array([frame[h] for h in labels])
    scaled: Floats = w / np.bincount(code, w)[code] * sizes[code]
    return scaled


def _left(
    code: Ints,
    sizes: Ints,
    weight: Floats,
    labels: list[Hashable],
    frame: Mapping[Any, float] | None,
) -> Floats:
    """1 - n_h / N_h of each stratum, at least 0."""
    if frame is None:
        population = np.bincount(code, weight)
    else:
        population = np.array([frame[h] for h in labels])
    return np.maximum(1 - sizes / population, 0.0)


def _strata(stratum: NDArray[Any] | None, n: int) -> tuple[Ints, list[Hashable]]:
    import pandas as pd

    if stratum is None:
        stratum = np.zeros(n, dtype=np.int64)
    code, labels = pd.factorize(np.asarray(stratum), use_na_sentinel=False)
    return code.astype(np.int64), [_label(h) for h in labels.tolist()]


def _label(value: Any) -> Hashable:
    """A stratum's label, None for whatever a table has where it has none."""
    import pandas as pd

    label: Hashable = None if pd.api.types.is_scalar(value) and pd.isna(value) else value
    return label


def _refuse(outcome: Floats, weight: Floats) -> None:
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise IndRiskError("An outcome is neither 0 nor 1; leave out what nobody knows.")
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise IndRiskError("A weight is not above 0 and finite; give each answer its weight.")


def _ratio(above: float, below: float) -> float:
    return min(above / below, 1.0) if below > 0 else 0.0
