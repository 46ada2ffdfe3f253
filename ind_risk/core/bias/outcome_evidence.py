"""What outcomes tell of bias: error rates on the random arm (H3), and the funnel of stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias import coverage
from ind_risk.core.bias.audited import COLUMNS, audit_faults, audited
from ind_risk.core.bias.coverage import Reach, coverage_findings
from ind_risk.core.bias.error_parity import error_parity_findings
from ind_risk.core.bias.error_parity_small import small_findings
from ind_risk.core.bias.error_parity_unjudged import nothing
from ind_risk.core.bias.error_rates import ERROR_RATES, FALSE_POSITIVE, random_arm
from ind_risk.core.bias.evidence import adjusted
from ind_risk.core.bias.evidence import nothing as uncovered
from ind_risk.core.bias.funnel import funnel_faults, funnel_findings
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.population import as_numbers, column_faults, faults, population

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.bias.error_rates import Arm
    from ind_risk.core.bias.population import Population
    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy


def outcome_findings(
    *, judged: pd.DataFrame, composition: pd.DataFrame, stages: pd.DataFrame, policy: Policy
) -> list[Finding]:
    """Judge error-rate parity, the funnel, and how many migrants the former speaks of.

    Args:
        judged: one row a sponsor scored at the judging date: sponsor_id, score, band, the label
            columns of `label_table`.
        composition: sponsor_id, nationality and migrants, as known at the judging date.
        stages: sponsor_id and, as booleans, the stages of the funnel after the judging date.
        policy: level, margins, minimum sizes.

    Returns:
        Findings of "bias_error_parity", "bias_funnel" and "bias_coverage"; tables that do not fit
        together give insufficient data and a sentence that says why.
    """
    if wrong := faults(scores=judged, composition=composition):
        text = f"{' '.join(wrong)} Insufficient data; correct the tables and score again."
        return [
            *_no_parity(text, policy), *funnel_faults(" ".join(wrong), policy),
            uncovered(coverage.CHECK, coverage.CLAIM, text, policy),
        ]  # fmt: skip
    people = population(scores=judged, composition=composition)
    aligned = _aligned(judged, stages)
    third = _error_parity(people, judged, policy)
    fourth = (
        funnel_faults(aligned, policy)
        if isinstance(aligned, str)
        else funnel_findings(people=people, stages=aligned, policy=policy)
    )
    return adjusted([*third, *fourth])


def _error_parity(people: Population, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Error rates of groups, of pooled nationalities, and how many migrants they speak of."""
    wrong = _outcome_faults(judged) or audit_faults(people, judged)
    if wrong:
        text = f"{' '.join(wrong)} Insufficient data; judge the scored sponsors again."
        return [*_no_parity(text, policy), _covered(people, None, policy)]
    audit = audited(judged)
    arms = [random_arm(people, audit, rate, policy) for rate in ERROR_RATES]
    found = error_parity_findings(people=people, judged=judged, policy=policy)
    named = {(f.claim, f.subject) for f in found if f.verdict == "disparity"}
    small = [f for arm in arms for f in small_findings(people, arm, policy)]
    return [
        *_without(found, small), *(f for f in small if (f.claim, f.subject) not in named),
        _covered(people, arms[ERROR_RATES.index(FALSE_POSITIVE)], policy),
    ]  # fmt: skip


def _without(found: list[Finding], small: list[Finding]) -> list[Finding]:
    """The findings without the listings of groups that turned out to be a disparity."""
    named = {(f.claim, f.subject) for f in small}
    return [
        f for f in found
        if f.verdict != "insufficient_data" or (f.claim, f.subject) not in named
    ]  # fmt: skip


def _covered(people: Population, arm: Arm | None, policy: Policy) -> Finding:
    """How many migrants the false-positive rates speak of; nobody without an arm."""
    bias, nobody = policy.bias, np.zeros(len(people.score), dtype=bool)
    members = (
        membership(
            people, share=bias.majority_share, minimum=bias.minimum_group_audited, counted=nobody
        )
        if arm is None
        else arm.members
    )
    judged = np.zeros(len(members), dtype=bool) if arm is None else arm.judged
    reach = Reach(
        hypothesis="error parity", grouping=members.grouping, majority=members.majority,
        excluded=tuple(n for n, j in zip(members.grouping.names, judged, strict=True) if not j),
    )  # fmt: skip
    return coverage_findings(people, [reach], policy=policy)[0]


def _outcome_faults(judged: pd.DataFrame) -> list[str]:
    """What makes the outcomes unusable, as sentences."""
    if wrong := column_faults(judged, COLUMNS, name="judged sponsors"):
        return wrong
    chance = judged["audit_inclusion_probability"]
    if (np.isnan(as_numbers(chance)) & chance.notna().to_numpy(dtype=bool)).any():
        return ["There are inclusion probabilities that are no number."]
    return []


def _no_parity(text: str, policy: Policy) -> list[Finding]:
    return [nothing(rate, policy, sentence=text) for rate in ERROR_RATES]


def _aligned(judged: pd.DataFrame, stages: pd.DataFrame) -> pd.DataFrame | str:
    """The stages in the order of the judged sponsors, or a sentence why that cannot be."""
    import pandas as pd

    if wrong := column_faults(stages, ("sponsor_id",), name="stages"):
        return " ".join(wrong)
    known = pd.Index(stages["sponsor_id"])
    if known.has_duplicates:
        return "The stages have a sponsor twice."
    row = known.get_indexer(pd.Index(judged["sponsor_id"]))
    if (row < 0).any():
        return "The stages do not have every judged sponsor."
    aligned: pd.DataFrame = stages.iloc[row].reset_index(drop=True)
    return aligned
