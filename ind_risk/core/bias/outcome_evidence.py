"""What outcomes tell of bias: error rates on the random arm (H3), and the funnel of stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.bias import error_parity, funnel
from ind_risk.core.bias.coverage import Reach, coverage_findings
from ind_risk.core.bias.error_parity import error_parity_findings
from ind_risk.core.bias.evidence import adjusted, nothing, unjudged
from ind_risk.core.bias.funnel import funnel_findings
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.population import faults, population

if TYPE_CHECKING:
    import pandas as pd

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
            nothing(error_parity.CHECK, error_parity.FALSE_POSITIVES, text, policy),
            nothing(funnel.CHECK, funnel.BAND, text, policy),
        ]
    people = population(scores=judged, composition=composition)
    aligned = judged[["sponsor_id"]].merge(stages, on="sponsor_id", how="left")
    third = error_parity_findings(people=people, judged=judged, policy=policy)
    fourth = funnel_findings(people=people, stages=aligned, policy=policy)
    chance = judged["audit_inclusion_probability"].gt(0)
    compliant = (judged["audit_label"].isin(["compliant"]) & chance).to_numpy(dtype=bool)
    member = membership(
        people, share=policy.bias.majority_share, minimum=policy.bias.minimum_group_audited,
        counted=compliant,
    )  # fmt: skip
    reach = Reach(
        hypothesis="error parity", grouping=member.grouping,
        excluded=unjudged(third, error_parity.FALSE_POSITIVES),
    )  # fmt: skip
    covered = coverage_findings(people, [reach], policy=policy)
    return adjusted([*third, *fourth, *covered])
