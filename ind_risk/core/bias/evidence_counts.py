"""All that the evidence on hypotheses 1 and 2 needs to know of the sponsors, counted in one pass.

What is judged from it costs the same for ten thousand sponsors and for a million; only Monte Carlo
permutations, which few sponsors need and many do not, go back to the ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.bias.independence_shares import ranked
from ind_risk.core.bias.intersections import Values
from ind_risk.core.bias.majorities import count_majorities, majorities
from ind_risk.core.bias.membership import NATIONALITY
from ind_risk.core.bias.residuals import crossed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ind_risk.core.bias.cross_counts import CrossCounts
    from ind_risk.core.bias.factors import Factor
    from ind_risk.core.bias.independence_shares import Ranked
    from ind_risk.core.bias.majorities import Majorities
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy


@dataclass(frozen=True, eq=False)
class Counts:
    """Of the sponsors with migrants.

    Args:
        ranked: scores against shares.
        given: the same within strata; None without risk factors.
        risk_factors: names of those that the sponsors' table has.
        majorities: how many sponsors have which, and are selected.
        strata: the same by combination of the risk factors' values; None without any.
        values: the same by value of each factor that nationalities are crossed with.
    """

    ranked: Ranked
    given: CrossCounts | None
    risk_factors: tuple[str, ...]
    majorities: Majorities
    strata: Majorities | None
    values: Mapping[str, Values]


def evidence_counts(
    people: Population,
    factors: Mapping[str, Factor],
    policy: Policy,
    *,
    attribute: str = NATIONALITY,
) -> Counts:
    """The one pass over the sponsors.

    Args:
        people: at least one sponsor with migrants.
        factors: columns of the sponsors' table, by name.
        policy: which of them are risk factors, and which are crossed with nationality; shares and
            sizes.
        attribute: what the codes of `people` are.
    """
    of = ranked(people, policy=policy, attribute=attribute)
    risk = {c: factors[c].number for c in policy.bias.risk_factors if c in factors}
    majority = majorities(people, share=policy.bias.majority_share)
    values = {
        c: Values(
            factors[c].names,
            count_majorities(people, majority, factors[c].number, attribute=attribute),
        )
        for c in policy.bias.intersections if c in factors
    }  # fmt: skip
    strata = None
    if len(risk) == 1 and next(iter(risk)) in values:
        strata = values[next(iter(risk))].majorities
    elif risk:
        strata = count_majorities(
            people, majority, crossed(list(risk.values())), attribute=attribute
        )
    one = strata if strata is not None else next((v.majorities for v in values.values()), None)
    return Counts(
        ranked=of, given=of.given(risk) if risk else None, risk_factors=tuple(risk),
        majorities=count_majorities(people, majority, attribute=attribute)
        if one is None else one.together(),
        strata=strata, values=values,
    )  # fmt: skip
