"""The check "bias_funnel": parity at each stage a case passes, so that bias added by people shows.

From the band over the worklist and the inspection by choice to the intervention; the same groups,
tests and margin as selection parity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.difference_sentences import too_few
from ind_risk.core.bias.disclosure import hidden
from ind_risk.core.bias.factors import single_values
from ind_risk.core.bias.funnel_path import Flow, path, ratios
from ind_risk.core.bias.funnel_sentences import STAGES, Stage, ratio_sentence, stage_sentence
from ind_risk.core.bias.groups import majority_code
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_counts import Group
from ind_risk.core.bias.parity_groups import majority_groups
from ind_risk.core.bias.parity_ratio import CLAIM as RATIO
from ind_risk.core.bias.subpopulation import subpopulation
from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.bias.membership import Membership
    from ind_risk.core.bias.parity_counts import Whole
    from ind_risk.core.bias.population import Population
    from ind_risk.core.policy import Policy

    Mask = NDArray[np.bool_]

CHECK = "bias_funnel"
NO_MAJORITY = "no majority"
BAND = STAGES[0].claim
NO_WORKLIST = "No worklist by a model has been issued since the judging date."


@dataclass(frozen=True, eq=False)
class Passage:
    """A stage with who is at risk in it and who passes it, each of shape (n,)."""

    stage: Stage
    there: Mask
    passed: Mask


def funnel_findings(*, people: Population, stages: pd.DataFrame, policy: Policy) -> list[Finding]:
    """Each group against all others at each stage, by the margin of selection parity.

    At each stage the majorities are pooled by M49 until a group has the policy's minimum of
    sponsors at risk; those without a majority are a group too. At risk are the sponsors with
    migrants; at the intervention those of them who were inspected by choice. Who stays too small is
    named in one finding a stage, which is asked for only where no group could be judged; a small
    nationality that is a disparity beyond chance gets a finding of its own, as in selection parity,
    and is asked for where the stage is. At the band it is only reported here, for selection parity
    asks for it.

    Args:
        people: sponsors scored at the beginning of the funnel, n of them.
        stages: n rows in the same order with columns inspected and intervened, and worklist once
            one has been issued; true or false, as `funnel_table` makes them.
        policy: level, margin, minimum and smallest count to be shown.

    Returns:
        Findings of the check "bias_funnel"; their details say under `along_the_funnel` where the
        group's disparity arises or grows. A column that is missing or not true or false throughout
        gives insufficient data and a sentence.
    """
    known = [_passage(people, stages, stage) for stage in STAGES]
    passages = [p for p in known if isinstance(p, Passage)]
    flow = _flow(people, passages, policy)
    return [
        finding
        for stage, what in zip(STAGES, known, strict=True)
        for finding in (
            _judged(people, what, flow, policy)
            if isinstance(what, Passage)
            else [_fault(stage, what, policy)]
        )
    ]


def funnel_faults(why: str, policy: Policy) -> list[Finding]:
    """The findings of all stages where nothing can be known of any.

    Args:
        why: a sentence.
        policy: which stages are asked for, and the margin.
    """
    return [_fault(stage, why, policy) for stage in STAGES]


def _passage(people: Population, stages: pd.DataFrame, stage: Stage) -> Passage | str:
    """Who is at risk and who passes, or a sentence why that is not known."""
    there = people.with_migrants
    if not stage.column:
        return Passage(stage, there, people.selected)
    if stage.column == "worklist" and "worklist" not in stages.columns:
        return NO_WORKLIST
    passed = _flags(stages, stage.column, len(there))
    if isinstance(passed, str) or not stage.conditional:
        return passed if isinstance(passed, str) else Passage(stage, there, passed)
    before = _flags(stages, "inspected", len(there))
    return before if isinstance(before, str) else Passage(stage, there & before, passed)


def _flags(stages: pd.DataFrame, column: str, n: int) -> Mask | str:
    if column not in stages.columns:
        return f"The stages have no column {column}."
    if len(stages) != n:
        return f"The stages have {len(stages):,} rows for {n:,} scored sponsors."
    values = stages[column]
    if values.ndim > 1:
        return f"The stages have the column {column} more than once."
    if not single_values(values) or not bool(values.isin([True, False]).all()):
        return f"The stages do not say true or false of {column} for every sponsor."
    return values.to_numpy().astype(bool)


def _flow(people: Population, passages: Sequence[Passage], policy: Policy) -> Flow:
    majority = majority_code(
        sponsor=people.sponsor, code=people.code, migrants=people.migrants, total=people.total,
        share=policy.bias.majority_share,
    )  # fmt: skip
    masks = [(p.there, p.there & p.passed) for p in passages]
    width = len(people.codes)
    n, x = (
        np.array(
            [np.bincount(majority[m[k] & (majority >= 0)], minlength=width) for m in masks],
            dtype=float,
        ).reshape(len(masks), width)
        for k in (0, 1)
    )
    n_all, x_all = (np.array([m[k].sum() for m in masks], dtype=float) for k in (0, 1))
    return Flow(
        tuple(p.stage.place for p in passages), tuple(p.stage.conditional for p in passages),
        n, x, n_all, x_all,
    )  # fmt: skip


def _judged(people: Population, passage: Passage, flow: Flow, policy: Policy) -> list[Finding]:
    """Findings of one stage."""
    bias, stage = policy.bias, passage.stage
    part = subpopulation(people, passage.there, selected=passage.passed)
    member = membership(part, share=bias.majority_share, minimum=bias.minimum_group_sponsors)
    groups, pooled, whole = majority_groups(part, member)
    rest = _without_majority(part, member, policy)
    groups = [*groups, rest] if rest.n else groups
    large = [g for g in groups if g.assessable]
    small = [g for g in groups if not g.assessable]
    # A nationality alone in a group that is too small is in no pool, and as little to be hidden.
    alone = [
        replace(g, subject=g.members[0], label=member.label_of(g.members[0]))
        for g in small
        if len(g.members) == 1
    ]
    pooled = [*pooled, *alone]
    found = parity_findings(
        groups=large, pooled=pooled, whole=whole, policy=policy, ratios=stage.claim != BAND
    )
    ways = _ways([g for g in large if g.members], people.codes, flow, policy)
    group_of = {g.subject: g for g in [*pooled, *large]}
    made = [
        _of_stage(f, stage, group_of[f.subject], whole, policy, ways.get(f.subject, {}))
        for f in found
    ]
    return made + ([_summary(stage, small, groups, whole, policy)] if small or not large else [])


def _without_majority(people: Population, member: Membership, policy: Policy) -> Group:
    """Sponsors at risk without a majority: a row like any other, for they can hide anybody."""
    there = member.compared & (member.group < 0)
    n = int(there.sum())
    return Group(
        subject=NO_MAJORITY, label="without a majority of any one nationality", n=n,
        selected=int((there & people.selected).sum()), members=(),
        migrants=int(people.total[there].sum()),
        assessable=n >= policy.bias.minimum_group_sponsors,
    )  # fmt: skip


def _ways(
    groups: Sequence[Group], codes: Sequence[str], flow: Flow, policy: Policy
) -> dict[str, dict[str, Any]]:
    """The way of each group through the whole funnel."""
    place = {code: number for number, code in enumerate(codes)}
    numbers = [[place[code] for code in g.members] for g in groups]
    table = ratios(flow, numbers, minimum=policy.disclosure.minimum_count)
    return {g.subject: {"along_the_funnel": path(flow, table[:, k])} for k, g in enumerate(groups)}


def _of_stage(
    finding: Finding, stage: Stage, group: Group, whole: Whole, policy: Policy, way: dict[str, Any]
) -> Finding:
    if finding.claim == RATIO:
        # Few pass a late stage: a margin in points says little there, and a ratio does.
        return replace(
            finding, check=CHECK, claim=stage.ratio_claim, required=False,
            sentence=ratio_sentence(stage, finding),
        )  # fmt: skip
    return replace(
        finding,
        check=CHECK,
        claim=stage.claim,
        # A small group that stands out is asked for; at the band selection parity asks for it.
        required=policy.bias.asks_for(stage.claim)
        and (group.assessable or (finding.verdict == "disparity" and stage.claim != BAND)),
        sentence=stage_sentence(stage, finding, group, whole, policy),
        details={**finding.details, **way},
    )


def _summary(
    stage: Stage, small: Sequence[Group], groups: Sequence[Group], whole: Whole, policy: Policy
) -> Finding:
    """On the groups of a stage that are too small, by name."""
    minimum, bias = policy.disclosure.minimum_count, policy.bias
    hide = hidden([g.n for g in groups], total=whole.n, minimum=minimum)
    tells = bool(small) and not any(h for g, h in zip(groups, hide, strict=True) if g in small)
    named = sorted({code for g in small for code in g.members or (NO_MAJORITY,)})
    text = too_few(
        named=named, n=sum(g.n for g in small) if tells else None, hidden_below=minimum,
        minimum=bias.minimum_group_sponsors, whose=stage.whose, place=stage.place,
    )  # fmt: skip
    return Finding(
        check=CHECK, claim=stage.claim, subject="too small", verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=bias.selection_rate_margin,
        n=sum(g.n for g in small) if tells else None,
        required=len(small) == len(groups) and bias.asks_for(stage.claim),
        sentence=text, details={"members": named},
    )  # fmt: skip


def _fault(stage: Stage, why: str, policy: Policy) -> Finding:
    """On a stage about which nothing is known."""
    bias, none_yet = policy.bias, why == NO_WORKLIST
    more = (
        "Insufficient data; the worklists that come will be judged."
        if none_yet
        else "Insufficient data; correct the table of stages."
    )
    return Finding(
        check=CHECK, claim=stage.claim, subject="all", verdict="insufficient_data",
        estimate=None, low=None, high=None, margin=bias.selection_rate_margin, n=None,
        required=bias.asks_for(stage.claim) and not none_yet,
        sentence=f"{why} {more}",
    )  # fmt: skip
