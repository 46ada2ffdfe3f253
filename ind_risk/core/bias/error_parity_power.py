"""How many random inspections it takes to show that error rates are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.accuracy.planning import ASSUMPTION, PREVALENCE, band_rates
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.outcome_cells import COMPLIANT, NON_COMPLIANT
from ind_risk.core.bias.power import TARGET, approximate_power, scaled_to_target

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ind_risk.core.bias.audited import Audited
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Capacity, Policy

    Floats = NDArray[np.float64]

_MOST = 1e7  # inspections; beyond this no number is of use
_HALVINGS = 30


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Random inspections that the most frequent majority would need.

    Args:
        code: that nationality.
        inspections: with a known outcome, in total; infinite where no number would do.
        basis: completes "if …", or "at …", the sentence.
    """

    code: str
    inspections: float
    basis: str


def required_inspections(
    *,
    n1: ArrayLike,
    n2: ArrayLike,
    base: ArrayLike,
    margin: float,
    alpha: float,
    difference: ArrayLike = 0.0,
) -> Floats:
    """Random inspections in total for 80 % power, groups and others growing alike.

    Args:
        n1, n2: effective sizes for each random inspection; all arguments broadcast.
        base, margin, alpha, difference: as in `equivalence_power`.

    Returns:
        Whole numbers, rounded up; infinite where no number is enough.
    """
    a, b, p, d = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (n1, n2, base, difference))
    )

    rate = np.clip(p + d, 0.0, 1.0)

    def power(total: Floats) -> Floats:
        return approximate_power(
            a * total, b * total, rate, p, np.full_like(p, margin), alpha=alpha
        )

    most = np.full(p.shape, float(_MOST))
    found = scaled_to_target(power, shape=p.shape, exponent=2.0, highest=float(_MOST), alpha=alpha)
    return np.where(power(most) >= TARGET, np.ceil(found), np.inf)


def assumed_rate(outcome: int, capacity: Capacity) -> float:
    """False-positive rate, or miss rate, under the planning assumption of the accuracy claims."""
    caught = capacity.high_share * band_rates(capacity)["high"]
    if outcome == NON_COMPLIANT:
        return 1 - caught / PREVALENCE
    return (capacity.high_share - caught) / (1 - PREVALENCE)


def plan(
    people: Population,
    audit: Audited,
    *,
    outcome: int,
    rate: float | None,
    margin: float,
    policy: Policy,
) -> Plan | None:
    """What the most frequent majority would need; None without any majority or anybody else.

    Args:
        people, audit: the sponsors and their random inspections, which may be none.
        outcome: that the error rate is about.
        rate: seen in the arm; None if too few were seen: then the planning assumption holds, and
            its prevalence too.
        margin: of equivalence.
        policy: level, shares, minimum.
    """
    bias, there = policy.bias, people.with_migrants
    counted = (audit.outcome == outcome) & there
    everybody = membership(people, share=bias.majority_share, minimum=1)
    held = everybody.majority[everybody.majority >= 0]
    if len(held) == 0:
        return None
    size = np.bincount(held, minlength=len(people.codes))
    most = int(np.argmax(size))
    share = size[most] / there.sum()
    if rate is None:
        prevalence = 1 - PREVALENCE if outcome == COMPLIANT else PREVALENCE
        each, base, basis = prevalence * there.mean(), None, ASSUMPTION
    else:
        each, base, basis = audit.per_inspection(counted), rate, "if they go on as so far"
    number: Any = required_inspections(
        n1=each * share, n2=each * (1 - share), margin=margin, alpha=bias.level,
        base=assumed_rate(outcome, policy.capacity) if base is None else base,
    )  # fmt: skip
    fewest = np.ceil(bias.minimum_group_audited / max(each * share, 1e-12))
    return Plan(code=people.codes[most], inspections=float(np.maximum(number, fewest)), basis=basis)
