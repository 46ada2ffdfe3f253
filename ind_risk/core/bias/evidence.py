"""The two bias checks on one candidate: H1 independence and H2 selection parity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias import independence, parity
from ind_risk.core.bias.independence import independence_findings
from ind_risk.core.bias.multiplicity import holm
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_groups import attribute_groups, nationality_groups
from ind_risk.core.bias.population import Population, faults, population
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.policy import Policy


def bias_findings(
    *,
    scores: pd.DataFrame,
    composition: pd.DataFrame,
    sponsors: pd.DataFrame,
    policy: Policy,
    seed: int,
) -> list[Finding]:
    """Judge H1 and H2 of the letter; at least one finding for each, whatever comes in.

    The sponsors are treated as independent draws from those there could be, not as the only ones:
    with the size of band high fixed by capacity, rates in fact vary less than that, so that the
    intervals are if anything too wide.

    Args:
        scores: sponsor_id, score and band of every recognised sponsor at one date.
        composition: sponsor_id, nationality and migrants, as `composition_table` makes it.
        sponsors: sponsor_id and the attributes that the policy wants audited.
        policy: level, margins, minimum sizes, attributes.
        seed: of Monte Carlo permutations, where they are needed.

    Returns:
        Findings of the checks "bias_independence" and "bias_selection_parity". In their details
        `holm_p_value` is the p-value adjusted over all findings of the check that have one.
        Tables that do not fit together give insufficient data and a sentence that says why.
    """
    wrong = faults(scores=scores, composition=composition)
    if policy.bias.alpha >= 0.5:
        wrong.append(f"The level alpha is {policy.bias.alpha:g}; it must be below 0.5.")
    if wrong:
        text = f"{' '.join(wrong)} Insufficient data; correct the tables and score again."
        return [_nothing(claim, text, policy) for claim in (independence.OVERALL, parity.CLAIM)]
    people = population(scores=scores, composition=composition)
    first = _independence(people, policy, seed)
    second = _by_nationality(people, policy) + [
        finding
        for column in policy.bias.sponsor_attributes
        for finding in _by_attribute(people, scores, sponsors, column, policy)
    ]
    return [*_adjusted(first), *_adjusted(second)]


def _independence(people: Population, policy: Policy, seed: int) -> list[Finding]:
    if not people.with_migrants.any():
        return [_nothing(independence.OVERALL, _nobody(people), policy)]
    return independence_findings(people, policy=policy, seed=seed)


def _by_nationality(people: Population, policy: Policy) -> list[Finding]:
    if not people.with_migrants.any():
        return [_nothing(parity.CLAIM, _nobody(people), policy)]
    groups, pooled, whole = nationality_groups(people, policy)
    if not groups:
        text = (
            "No sponsor has a majority of migrants of one nationality, so there is no group to "
            "compare. Insufficient data; known nationalities or a lower majority share would help."
        )
        return [_nothing(parity.CLAIM, text, policy, n=whole.n)]
    return parity_findings(groups=groups, pooled=pooled, whole=whole, policy=policy)


def _by_attribute(
    people: Population,
    scores: pd.DataFrame,
    sponsors: pd.DataFrame,
    column: str,
    policy: Policy,
) -> list[Finding]:
    text = None
    if not {"sponsor_id", column} <= set(sponsors.columns):
        text = f"The sponsors have no column {column}, which the policy wants audited."
    elif sponsors["sponsor_id"].duplicated().any():
        text = f"The sponsors have a key twice, so {column} is not known of everybody."
    elif len(people.score) == 0:
        text = f"No sponsor is scored, so {column} cannot be audited."
    if text is not None:
        text += " Insufficient data; correct the tables or the policy."
        return [_nothing(parity.CLAIM, text, policy, subject=column)]
    values = sponsors.set_index("sponsor_id")[column].reindex(scores["sponsor_id"])
    groups, pooled, whole = attribute_groups(values, people.selected, column=column, policy=policy)
    return parity_findings(groups=groups, pooled=pooled, whole=whole, policy=policy)


def _nobody(people: Population) -> str:
    why = (
        "No sponsor is scored"
        if len(people.score) == 0
        else "No scored sponsor has a migrant in the last 36 months"
    )
    return (
        f"{why}, so there is nothing to compare. Insufficient data; scores of recognised sponsors "
        "and their permits with nationalities would help."
    )


def _nothing(
    claim: str, sentence: str, policy: Policy, *, subject: str = "all", n: int = 0
) -> Finding:
    first = claim == independence.OVERALL
    bias = policy.bias
    return Finding(
        check=independence.CHECK if first else parity.CHECK, claim=claim, subject=subject,
        verdict="insufficient_data", estimate=None, low=None, high=None,
        margin=bias.association_margin if first else bias.selection_rate_margin, n=n,
        sentence=sentence,
    )  # fmt: skip


def _adjusted(findings: list[Finding]) -> list[Finding]:
    """Add Holm-adjusted p-values; the global test is one of its own and needs none."""
    at = [
        k for k, f in enumerate(findings)
        if f.p_value is not None and f.claim != independence.OVERALL
    ]  # fmt: skip
    adjusted = holm(np.array([findings[k].p_value for k in at], dtype=float))
    made = list(findings)
    for k, p in zip(at, adjusted, strict=True):
        made[k] = replace(made[k], details={**made[k].details, "holm_p_value": float(p)})
    return made
