"""The two error rates of H3, and the random arm as each of them sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.outcome_cells import (
    COMPLIANT,
    FALSE_POSITIVE_RATE,
    MISS_RATE,
    NON_COMPLIANT,
    outcome_cells,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.audited import Audited
    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.bias.outcome_cells import Cells, Measure
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Bias, Policy


CHECK = "bias_error_parity"
FALSE_POSITIVES = "false_positive_rate_difference"
MISSES = "miss_rate_difference"


@dataclass(frozen=True, kw_only=True)
class ErrorRate:
    """One of the two error rates.

    Args:
        claim: of its findings.
        name: in a sentence: "false-positive rate".
        measure: how it is made of cells.
        outcome: whose rate it is.
        who: "compliant" or "non-compliant".
        event: what happens to them: "in band high".
    """

    claim: str
    name: str
    measure: Measure
    outcome: int
    who: str
    event: str

    def margin(self, bias: Bias) -> float:
        """The policy's margin."""
        of_compliant = self.outcome == COMPLIANT
        return bias.false_positive_margin if of_compliant else bias.miss_rate_margin


FALSE_POSITIVE = ErrorRate(
    claim=FALSE_POSITIVES, name="false-positive rate",
    measure=FALSE_POSITIVE_RATE, outcome=COMPLIANT, who="compliant", event="in band high",
)  # fmt: skip
MISS = ErrorRate(
    claim=MISSES, name="miss rate", measure=MISS_RATE, outcome=NON_COMPLIANT,
    who="non-compliant", event="outside band high",
)  # fmt: skip
ERROR_RATES = (FALSE_POSITIVE, MISS)


@dataclass(frozen=True, eq=False)
class Arm:
    """The random arm as one error rate sees it.

    Args:
        rate: which one.
        audit: all outcomes.
        members: groups, pooled by sponsors of the arm with the rate's outcome.
        own, others: cells of each group and of those it is compared with.
        judged: shape (groups,), which groups can be judged.
        why_not: why none can be, where that is not for lack of numbers in the groups.
    """

    rate: ErrorRate
    audit: Audited
    members: Membership
    own: Cells
    others: Cells
    judged: NDArray[np.bool_]
    why_not: str | None


def random_arm(people: Population, audit: Audited, rate: ErrorRate, policy: Policy) -> Arm:
    """Group the sponsors for one error rate and count the cells of the random arm."""
    members = membership(
        people, share=policy.bias.majority_share, minimum=policy.bias.minimum_group_audited,
        counted=(audit.outcome == rate.outcome) & people.with_migrants,
    )  # fmt: skip
    own, others = outcome_cells(
        members, selected=people.selected, outcome=audit.outcome, weight=audit.weight
    )
    few = max(policy.disclosure.minimum_count, 1)
    enough = members.grouping.assessable & (known(others, rate).sum(axis=-1) >= few)
    why_not = _why_not(people, audit)
    return Arm(rate, audit, members, own, others, enough & (why_not is None), why_not)


def _why_not(people: Population, audit: Audited) -> str | None:
    there = people.with_migrants
    inspected = (audit.weight > 0) & there
    chosen = int(people.selected[inspected].sum())
    if audit.opened == 0:
        return "No random inspection was opened after the judging date."
    if not inspected.any():
        return (
            f"None of {audit.opened:,} random inspections is one of a sponsor with migrants that "
            "can be weighed."
        )
    if 0 < chosen < inspected.sum():
        return None
    who = "Nobody" if chosen == 0 else "Everybody"
    return f"{who} among the randomly inspected sponsors with migrants is in band high."


def known(cells: Cells, rate: ErrorRate) -> NDArray[np.float64]:
    """Sponsors with the rate's outcome to whom its event did not and did happen, (groups, 2)."""
    return np.stack(
        [cells.count[..., s, y] for s, y in (rate.measure.rest, rate.measure.part)], axis=-1
    )
