"""Planning the rest of a sample anew once its first phase is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.assumption import moved_rates
from ind_risk.core.sampling.plan import solved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.sampling.plan import SamplePlan
    from ind_risk.core.sampling.strata import Key

    Floats = NDArray[np.float64]

PRIOR = 30.0  # inspections that the assumption on a stratum counts for


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One stratum after the first phase.

    Args:
        drawn: sponsors.
        known: of these with a known outcome.
        non_compliant: of these.
    """

    drawn: int
    known: int
    non_compliant: int


def second_phase(
    plan: SamplePlan,
    observed: Mapping[Key, Observed],
    *,
    prior: float = PRIOR,
    spent: Mapping[Key, int] | None = None,
) -> SamplePlan:
    """Plan how many more to draw, given what the first phase found.

    The assumed rates are first moved together, by their odds, to the overall rate that was seen,
    then each stratum's toward its own: (k·p_h + x_h) / (k + n_h) with x_h of n_h non-compliant
    and k = `prior`. What was seen counts as inspections that are already there.

    A first phase that is evaluated (by findings, by the gate) is a look, and so is the second: the
    policy says how many there may be. This re-planning sees outcomes too. It changes how many are
    inspected and never which finding is made of them, but a rule that stops when it likes what it
    sees would err more often than the policy allows; evaluate once, after the last phase, unless
    the looks allow more.

    Args:
        plan: of the first phase.
        observed: by stratum; a stratum that is not named was not drawn from.
        prior: inspections that the assumption on a stratum counts for.
        spent: sponsors by stratum that were drawn for another purpose and cannot be drawn any
            more, as those that set the level of the scores.

    Returns:
        A plan whose numbers are those still to be drawn, which may be none.

    Raises:
        IndRiskError: if the numbers do not fit together.
    """
    strata = plan.truth.strata
    drawn, known, bad = (
        strata.counts({key: getattr(o, name) for key, o in observed.items()})
        for name in ("drawn", "known", "non_compliant")
    )
    if (wrong := (known > drawn) | (bad > known)).any():
        key = strata.keys[int(np.argmax(wrong))]
        raise IndRiskError(
            f"Stratum {key}: non-compliant, known and drawn must not decrease in this order."
        )
    rate = _updated(plan, known.astype(float), bad.astype(float), prior)
    return solved(
        truth=replace(plan.truth, rate=rate),
        assumption=f"{plan.assumption}, updated by {known.sum():,} outcomes so far",
        policy=plan.policy,
        groups=plan.groups,
        checks=plan.checks,
        inspections=plan.inspections,
        existing=plan.existing + known,
        gone=plan.existing + drawn + strata.counts(spent),
        first_phase=None,
    )


def _updated(plan: SamplePlan, known: Floats, bad: Floats, prior: float) -> Floats:
    """Rates of all sponsors, shape (n,)."""
    strata, rate = plan.truth.strata, plan.truth.rate
    before = plan.truth.by_stratum
    expected = float(known @ before)
    if expected <= 0:
        return rate
    # As if the assumption had come true `prior` times more: no finding does not mean never.
    more = prior * expected / float(known.sum())
    overall = (float(bad.sum()) + more) / (expected + more)
    common = np.clip(before * overall / (1 - before + before * overall), 1e-6, 1 - 1e-6)
    target = (prior * common + bad) / (prior + known)
    return moved_rates(rate, strata.of, np.clip(target, 1e-6, 1 - 1e-6))
