"""The findings on groups whose error rates cannot be judged: who they are, what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.disclosure import part_of
from ind_risk.core.bias.error_parity_power import plan
from ind_risk.core.bias.error_parity_rows import fewest_inspections, told, whole_number
from ind_risk.core.bias.error_parity_sentences import (
    none_sentence,
    small_sentence,
    unseen_sentence,
    void_sentence,
)
from ind_risk.core.bias.error_rates import CHECK, known
from ind_risk.core.bias.outcome_cells import as_known, completed_rates, constant
from ind_risk.core.bias.wording import shown
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from ind_risk.core.bias.error_rates import Arm, ErrorRate
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy


def unjudged_rows(people: Population, arm: Arm, policy: Policy) -> list[Finding]:
    """Listings of the groups that cannot be judged, and of nationalities without any inspection."""
    tells = told(arm, policy.disclosure.minimum_count)
    rows = [
        _unjudged(arm, policy, int(g), tells=bool(tells[g, 0])) for g in np.flatnonzero(~arm.judged)
    ]
    return [*rows, *_unseen(people, arm, policy)]


def _unjudged(arm: Arm, policy: Policy, g: int, *, tells: bool) -> Finding:
    members, minimum = arm.members, policy.disclosure.minimum_count
    named, sums = members.grouping.members[g], members.sums()
    seen = int(known(arm.own, arm.rate)[g].sum()) if tells else None
    required: float | None = None
    if members.grouping.assessable[g]:
        sentence = void_sentence(arm.rate, label=members.label(g), reason=arm.why_not)
    else:
        required = fewest_inspections(arm, policy, g) if tells else None
        sentence = small_sentence(
            arm.rate, label=members.label(g), members=named, inspections=seen,
            sponsors=(float(sums[g]), float(sums[-1])), minimum=minimum,
            fewest=policy.bias.minimum_group_audited, required=required,
        )  # fmt: skip
    return nothing(
        arm.rate, policy, sentence=sentence, subject=members.grouping.names[g], n=seen,
        required=False,
        details={
            "members": list(named), "sponsors": shown(sums[g], minimum),
            "required_random_inspections": None if required is None else int(required),
        },
    )  # fmt: skip


def _unseen(people: Population, arm: Arm, policy: Policy) -> list[Finding]:
    """One listing of all nationalities of which no random inspection has the outcome."""
    members, minimum = arm.members, policy.disclosure.minimum_count
    sizes = np.bincount(members.majority[members.majority >= 0], minlength=len(members.codes))
    left = np.flatnonzero((sizes > 0) & (members.grouping.group_of_code < 0))
    if len(left) == 0 or arm.audit.opened == 0:
        return []
    named = [members.codes[c] for c in left]
    sentence = unseen_sentence(
        arm.rate, members=named, minimum=minimum,
        sponsors=(float(sizes[left].sum()), float(people.with_migrants.sum())),
    )  # fmt: skip
    return [
        nothing(
            arm.rate, policy, sentence=sentence, subject="without a random inspection", n=0,
            required=False,
            details={"members": named, "sponsors": shown(sizes[left].sum(), minimum)},
        )
    ]  # fmt: skip


def none_judged(people: Population, arm: Arm, policy: Policy) -> Finding:
    """The finding on "all" where no group can be judged: why, and what would help."""
    opened, rate = arm.audit.opened, arm.rate
    everybody = arm.audit.outcome == rate.outcome
    counted = everybody & people.with_migrants
    seen, minimum = int(counted.sum()), policy.disclosure.minimum_count
    exact = part_of(seen, whole=int(everybody.sum()), minimum=minimum) == f"{seen:,}"
    margin = rate.margin(policy.bias)
    planned = plan(
        people, arm.audit, outcome=rate.outcome, margin=margin, policy=policy,
        rate=_overall(arm) if seen >= max(minimum, 1) and arm.why_not is None else None,
    )  # fmt: skip
    reason = arm.why_not or _too_few(arm, policy)
    sentence = none_sentence(rate, reason=reason, planned=planned, margin=margin, opened=opened)
    needed = None if planned is None else whole_number(planned.inspections)
    return nothing(
        rate, policy, sentence=sentence + arm.audit.remark(minimum),
        n=seen if seen == 0 or exact else None,
        details={"required_random_inspections": needed, **arm.audit.counts(minimum)},
    )  # fmt: skip


def _too_few(arm: Arm, policy: Policy) -> str:
    if arm.members.grouping.assessable.any():
        return (
            f"All or nearly all {arm.rate.who} sponsors that were randomly inspected belong to one "
            "group: there are too few others to compare it with."
        )
    return (
        f"No group of sponsors has {policy.bias.minimum_group_audited:,} random inspections that "
        f"found one {arm.rate.who}, of {arm.audit.opened:,} random inspections in all."
    )


def _overall(arm: Arm) -> float | None:
    """The error rate of everybody in the arm; None without groups."""
    if len(arm.members) == 0:
        return None
    whole = arm.own.plus(arm.others)
    made = completed_rates(
        as_known(whole),
        arm.rate.measure,
        filled=constant(np.zeros(2), whole),
        arm=whole,
        level=0.05,  # of no effect on the rate
    )
    return float(made.value[0])


def nothing(
    rate: ErrorRate,
    policy: Policy,
    *,
    sentence: str,
    subject: str = "all",
    n: int | None = 0,
    required: bool = True,
    details: dict[str, Any] | None = None,
) -> Finding:
    """A finding where nothing can be judged."""
    return Finding(
        check=CHECK, claim=rate.claim, subject=subject, verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=rate.margin(policy.bias), n=n,
        sentence=sentence, details=details or {},
        required=required and policy.bias.asks_for(rate.claim),
    )  # fmt: skip
