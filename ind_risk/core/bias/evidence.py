"""Hypotheses 1 and 2 on one candidate, and how many migrants they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias import coverage, independence, parity
from ind_risk.core.bias.conditional import conditional_findings
from ind_risk.core.bias.coverage import Reach, coverage_findings
from ind_risk.core.bias.independence import independence_findings
from ind_risk.core.bias.intersections import intersection_findings
from ind_risk.core.bias.membership import NATIONALITY, Membership, membership
from ind_risk.core.bias.multiplicity import holm
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_groups import attribute_groups, majority_groups
from ind_risk.core.bias.population import Population, faults, population
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.stratified import stratified_findings
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.policy import Policy


def bias_findings(
    *,
    scores: pd.DataFrame,
    composition: pd.DataFrame,
    sponsors: pd.DataFrame,
    policy: Policy,
    seed: int,
    others: Mapping[str, pd.DataFrame] | None = None,
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
        others: compositions by further attributes of migrants, which the policy wants audited.

    Returns:
        Findings of the checks "bias_independence", "bias_selection_parity" and "bias_coverage". In
        their details `holm_p_value` is the p-value adjusted over all findings of the same claim.
        Tables that do not fit together give insufficient data and a sentence that says why.
    """
    wrong = faults(scores=scores, composition=composition)
    if policy.bias.level >= 0.5:
        wrong.append(f"The level of a look is {policy.bias.level:g}; it must be below 0.5.")
    if wrong:
        text = f"{' '.join(wrong)} Insufficient data; correct the tables and score again."
        return [
            nothing(check, claim, text, policy)
            for check, claim in (
                (independence.CHECK, independence.OVERALL),
                (parity.CHECK, parity.CLAIM),
                (coverage.CHECK, coverage.CLAIM),
            )
        ]
    people = population(scores=scores, composition=composition)
    factors = _factors(scores, sponsors, policy.bias.risk_factors)
    findings = _of_nationality(people, factors, scores, sponsors, policy, seed)
    for attribute in policy.bias.migrant_attributes:
        findings += _of_migrants(attribute, scores, (others or {}).get(attribute), policy, seed)
    for column in policy.bias.sponsor_attributes:
        findings += _by_attribute(people, scores, sponsors, column, policy)
    return adjusted(findings)


def _of_nationality(
    people: Population,
    factors: Mapping[str, NDArray[np.object_]],
    scores: pd.DataFrame,
    sponsors: pd.DataFrame,
    policy: Policy,
    seed: int,
) -> list[Finding]:
    if not people.with_migrants.any():
        text = _nobody(people)
        return [
            nothing(independence.CHECK, independence.OVERALL, text, policy),
            nothing(parity.CHECK, parity.CLAIM, text, policy),
            nothing(coverage.CHECK, coverage.CLAIM, text, policy),
        ]
    ranked = independence.ranked(people, policy=policy)
    first = independence_findings(people, policy=policy, seed=seed, prepared=ranked)
    coded = {name: _codes(values) for name, values in factors.items()}
    first += conditional_findings(
        people, factors=coded, policy=policy, seed=seed, unconditional=first, prepared=ranked
    )
    member = membership(
        people, share=policy.bias.majority_share, minimum=policy.bias.minimum_group_sponsors
    )
    second = _parity(people, member, policy)
    if coded:
        second += stratified_findings(
            member=member, selected=people.selected, strata=_crossed(coded),
            factor_names=tuple(coded), policy=policy,
        )  # fmt: skip
    inside = _factors(scores, sponsors, policy.bias.intersections)
    if inside:
        second += intersection_findings(people=people, values=inside, policy=policy)
    reaches = [
        Reach(hypothesis="independence", grouping=independence.grouped(people, policy),
              excluded=unjudged(first, independence.STRENGTH)),
        Reach(hypothesis="selection parity", grouping=member.grouping,
              excluded=unjudged(second, parity.CLAIM)),
    ]  # fmt: skip
    return [*first, *second, *coverage_findings(people, reaches, policy=policy)]


def unjudged(findings: list[Finding], claim: str) -> tuple[str, ...]:
    """Subjects of a claim that have no estimate: not judged whatever their size."""
    return tuple(f.subject for f in findings if f.claim == claim and f.estimate is None)


def _parity(people: Population, member: Membership, policy: Policy) -> list[Finding]:
    groups, pooled, whole = majority_groups(people, member)
    if not groups:
        text = (
            f"No sponsor has a majority of migrants of one {member.attribute}, so there is no "
            "group to compare. Insufficient data; known values or a lower majority share would "
            "help."
        )
        subject = member.subject("all") if member.attribute != NATIONALITY else "all"
        return [nothing(parity.CHECK, parity.CLAIM, text, policy, n=whole.n, subject=subject)]
    return parity_findings(groups=groups, pooled=pooled, whole=whole, policy=policy)


def _of_migrants(
    attribute: str,
    scores: pd.DataFrame,
    composition: pd.DataFrame | None,
    policy: Policy,
    seed: int,
) -> list[Finding]:
    """H1 and H2 for another attribute of the migrants, such as gender."""
    wrong = (
        [f"There is no composition by {attribute}."]
        if composition is None
        else faults(scores=scores, composition=composition, attribute=attribute)
    )
    if composition is None or wrong:
        text = f"{' '.join(wrong)} Insufficient data; correct the tables or the policy."
        return [nothing(parity.CHECK, parity.CLAIM, text, policy, subject=attribute)]
    people = population(scores=scores, composition=composition, attribute=attribute)
    if not people.with_migrants.any():
        return [nothing(parity.CHECK, parity.CLAIM, _nobody(people), policy, subject=attribute)]
    member = membership(
        people, share=policy.bias.majority_share, minimum=policy.bias.minimum_group_sponsors,
        attribute=attribute,
    )  # fmt: skip
    first = independence_findings(people, policy=policy, seed=seed, attribute=attribute)
    reach = Reach(hypothesis=f"selection parity by {attribute}", grouping=member.grouping)
    return [
        *first, *_parity(people, member, policy),
        *coverage_findings(people, [reach], policy=policy),
    ]  # fmt: skip


def _factors(
    scores: pd.DataFrame, sponsors: pd.DataFrame, columns: tuple[str, ...]
) -> dict[str, NDArray[np.object_]]:
    """Columns of `sponsors` in the order of the scores; one that is not there is left out."""
    if "sponsor_id" not in sponsors.columns or sponsors["sponsor_id"].duplicated().any():
        return {}
    there = [c for c in columns if c in sponsors.columns]
    rows = sponsors.set_index("sponsor_id")[there].reindex(scores["sponsor_id"])
    return {
        c: rows[c].astype(object).where(rows[c].notna(), UNKNOWN).astype(str).to_numpy(dtype=object)
        for c in there
    }


def _codes(values: NDArray[np.object_]) -> NDArray[np.int64]:
    import pandas as pd

    return pd.factorize(values, sort=True)[0].astype(np.int64)


def _crossed(coded: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    """One number for each combination of factor values that occurs."""
    key: NDArray[np.int64] = np.zeros(len(next(iter(coded.values()))), dtype=np.int64)
    for code in coded.values():
        key = key * (int(code.max(initial=0)) + 1) + code
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


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
        return [nothing(parity.CHECK, parity.CLAIM, text, policy, subject=column)]
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


def nothing(
    check: str, claim: str, sentence: str, policy: Policy, *, subject: str = "all", n: int = 0
) -> Finding:
    """A finding where there is nothing to judge."""
    return Finding(
        check=check, claim=claim, subject=subject, verdict="insufficient_data",
        estimate=None, low=None, high=None, n=n, sentence=sentence,
        required=policy.bias.asks_for(claim),
    )  # fmt: skip


def adjusted(findings: list[Finding]) -> list[Finding]:
    """Add Holm-adjusted p-values over each claim; a global test is alone and needs none."""
    made = list(findings)
    for check, claim in dict.fromkeys((f.check, f.claim) for f in findings):
        at = [
            k for k, f in enumerate(findings)
            if (f.check, f.claim) == (check, claim) and f.p_value is not None
            and claim != independence.OVERALL
        ]  # fmt: skip
        stepped = holm(np.array([findings[k].p_value for k in at], dtype=float))
        for k, p in zip(at, stepped, strict=True):
            made[k] = replace(made[k], details={**made[k].details, "holm_p_value": float(p)})
    return made
