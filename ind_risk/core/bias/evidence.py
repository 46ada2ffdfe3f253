"""Hypotheses 1 and 2 on one candidate, and how many migrants they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias import (
    conditional,
    coverage,
    independence,
    intersections,
    parity,
    stratified,
)
from ind_risk.core.bias.conditional import conditional_findings
from ind_risk.core.bias.coverage import Reach, coverage_findings
from ind_risk.core.bias.evidence_counts import Counts, evidence_counts
from ind_risk.core.bias.factors import Factor, factor_fault, sponsor_factors
from ind_risk.core.bias.independence import independence_findings
from ind_risk.core.bias.intersections import intersection_findings
from ind_risk.core.bias.largest_share import largest_share_findings
from ind_risk.core.bias.majorities import Majorities, compared_groups, majorities
from ind_risk.core.bias.membership import NATIONALITY, Membership
from ind_risk.core.bias.multiplicity import holm
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_counts import Group
from ind_risk.core.bias.parity_groups import attribute_groups
from ind_risk.core.bias.population import Population, faults, population
from ind_risk.core.bias.stratified import stratified_findings
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.policy import Policy

NO_MAJORITY = "no majority"


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
    factors = sponsor_factors(
        scores, sponsors, (*policy.bias.risk_factors, *policy.bias.intersections)
    )
    findings = _of_nationality(people, factors, policy, seed)
    findings += _unknown_factors(sponsors, factors, policy)
    for attribute in policy.bias.migrant_attributes:
        findings += _of_migrants(attribute, scores, (others or {}).get(attribute), policy, seed)
    for column in policy.bias.sponsor_attributes:
        findings += _by_attribute(people, scores, sponsors, column, policy)
    return adjusted(findings)


def _of_nationality(
    people: Population, factors: Mapping[str, Factor], policy: Policy, seed: int
) -> list[Finding]:
    if not people.with_migrants.any():
        text = _nobody(people)
        return [
            nothing(independence.CHECK, independence.OVERALL, text, policy),
            nothing(parity.CHECK, parity.CLAIM, text, policy),
            nothing(coverage.CHECK, coverage.CLAIM, text, policy),
        ]
    counts = evidence_counts(people, factors, policy)
    first = _independence(counts, policy, seed)
    member = counts.majorities.membership(policy.bias.minimum_group_sponsors)
    second = _parity(counts.majorities, member, policy)
    second += largest_share_findings(people, policy=policy)
    if counts.strata is not None:
        second += stratified_findings(
            member=counts.strata.membership(policy.bias.minimum_group_sponsors),
            selected=counts.strata.chosen, strata=np.tile(counts.strata.value, 2),
            factor_names=counts.risk_factors, policy=policy,
        )  # fmt: skip
    second += intersection_findings(factors=counts.values, policy=policy)
    reaches = [
        Reach(hypothesis="independence", grouping=counts.ranked.grouping,
              excluded=unjudged(first, independence.STRENGTH)),
        Reach(hypothesis="selection parity", grouping=member.grouping,
              excluded=unjudged(second, parity.CLAIM),
              majority=majorities(people, share=policy.bias.majority_share)),
    ]  # fmt: skip
    return [*first, *second, *coverage_findings(people, reaches, policy=policy)]


def _unknown_factors(
    sponsors: pd.DataFrame, known: Mapping[str, Factor], policy: Policy
) -> list[Finding]:
    """What the policy wants given a factor or within its values, and cannot be had."""
    wanted = [
        *((independence.CHECK, conditional.CLAIM, c) for c in policy.bias.risk_factors),
        *((parity.CHECK, stratified.CLAIM, c) for c in policy.bias.risk_factors),
        *((parity.CHECK, intersections.CLAIM, c) for c in policy.bias.intersections),
    ]
    return [
        nothing(check, claim, f"{why} Insufficient data; correct the tables or the policy.",
                policy, subject=column)
        for check, claim, column in wanted
        if column not in known and (why := factor_fault(sponsors, column)) is not None
    ]  # fmt: skip


def _independence(counts: Counts, policy: Policy, seed: int) -> list[Finding]:
    """Hypothesis 1, as it is and given the risk factors."""
    plain = independence_findings(counts.ranked, policy=policy, seed=seed)
    if counts.given is None:
        return plain
    return plain + conditional_findings(
        counts.ranked, counts.given, factors=counts.risk_factors, policy=policy, seed=seed,
        unconditional=plain,
    )  # fmt: skip


def unjudged(findings: list[Finding], claim: str) -> tuple[str, ...]:
    """Subjects of a claim that have no estimate: not judged whatever their size."""
    return tuple(f.subject for f in findings if f.claim == claim and f.estimate is None)


def _parity(counts: Majorities, member: Membership, policy: Policy) -> list[Finding]:
    """Each group of majorities, and the sponsors without any, against all others.

    Those without a majority are a row like any other: they can hide anybody.
    """
    groups, pooled, whole = compared_groups(counts, member)
    if not groups:
        text = (
            f"No sponsor has a majority of migrants of one {member.attribute}, so there is no "
            "group to compare. Insufficient data; known values or a lower majority share would "
            "help."
        )
        subject = member.subject("all") if member.attribute != NATIONALITY else "all"
        return [nothing(parity.CHECK, parity.CLAIM, text, policy, n=whole.n, subject=subject)]
    rest = _without_majority(counts, member, policy)
    groups = [*groups, rest] if rest.n else groups
    return parity_findings(groups=groups, pooled=pooled, whole=whole, policy=policy)


def _without_majority(counts: Majorities, member: Membership, policy: Policy) -> Group:
    n, selected, migrants = (
        int(c[~counts.held].sum()) for c in (counts.n, counts.selected, counts.migrants)
    )
    kind = member.attribute.replace("_", " ")
    return Group(
        subject=member.subject(NO_MAJORITY), label=f"without a majority of any one {kind}", n=n,
        selected=selected, migrants=migrants, members=(),
        assessable=n >= policy.bias.minimum_group_sponsors,
    )  # fmt: skip


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
    counts = evidence_counts(people, {}, policy, attribute=attribute)
    member = counts.majorities.membership(policy.bias.minimum_group_sponsors)
    first = _independence(counts, policy, seed)
    second = _parity(counts.majorities, member, policy)
    judged = {f.subject for f in second if f.claim == parity.CLAIM and f.estimate is not None}
    reach = Reach(
        hypothesis=f"selection parity by {attribute}", grouping=member.grouping,
        excluded=tuple(n for n in member.grouping.names if member.subject(n) not in judged),
        attribute=attribute, majority=majorities(people, share=policy.bias.majority_share),
    )  # fmt: skip
    return [
        *first, *second,
        *largest_share_findings(people, policy=policy, attribute=attribute),
        *coverage_findings(people, [reach], policy=policy),
    ]  # fmt: skip


def _by_attribute(
    people: Population,
    scores: pd.DataFrame,
    sponsors: pd.DataFrame,
    column: str,
    policy: Policy,
) -> list[Finding]:
    text = factor_fault(sponsors, column)
    if text is None and len(people.score) == 0:
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
