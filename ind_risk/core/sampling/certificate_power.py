"""Whether a planned audit sample decides its claims as often as the plan promises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.certificate_probability import Block, Probability, Row
from ind_risk.core.sampling.certificate_trials import established
from ind_risk.core.sampling.claims_coverage import COVERAGE
from ind_risk.core.sampling.plan import plan_sample
from ind_risk.core.sampling.required import CHECKS

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.bias.certificate_probability import Effort
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.claims import Claim
    from ind_risk.core.sampling.plan import SamplePlan

PLANNED_POWER = "planned power of the audit sample"
SPONSORS = 2_500
GROUPS = {"": 0.1, "no majority": 0.1, "IND": 0.45, "CHN": 0.35}
SMALLEST_GROUP, FEWEST_AUDITED = 300, 150  # of a group that is judged, so few being in the frame
PARTS = (1.0, 0.6)  # of the sample that the plan asks for
WITHIN = 0.02  # of the power that is promised
AUC = 0.75  # by assumption: with a weaker model a frame so small establishes little


def planned_power_blocks(*, policy: Policy, effort: Effort) -> list[Block]:
    """Planned and measured power of every claim, at the planned size and at a smaller one.

    Each claim is judged at the level that the policy has for it; the block bears that of the
    accuracy claims, which are most.

    Args:
        policy: claims and levels; groups are judged from smaller sizes on.
        effort: its worlds are trials of each size.
    """
    plan = small_plan(policy, rng=np.random.default_rng((effort.seed, 7)))
    rows: list[Row] = []
    for number, part in enumerate(PARTS):
        total, done = round(part * plan.total), number * effort.worlds

        def said(trials: int, before: int = done) -> None:
            effort.say(PLANNED_POWER, before + trials, len(PARTS) * effort.worlds)

        hits = established(
            plan, total=total, trials=effort.worlds,
            rng=np.random.default_rng((effort.seed, 8, number)), said=said,
        )  # fmt: skip
        rows += [
            _row(claim, total, promised, hits.get((claim.name, claim.subject), 0), effort.worlds)
            for claim, promised in plan.power(total).items()
        ]
    asked = f"the planned power within {100 * WITHIN:g} points"
    return [Block(name=PLANNED_POWER, alpha=policy.accuracy_level, asked=asked, rows=tuple(rows))]


def small_plan(policy: Policy, *, rng: np.random.Generator) -> SamplePlan:
    """The plan for an invented frame, small enough for many trials."""
    bias = replace(
        policy.bias, minimum_group_sponsors=SMALLEST_GROUP, minimum_group_audited=FEWEST_AUDITED
    )
    frame = small_frame(policy, rng=rng)
    # Coverage is a count of what was drawn: no verdict on outcomes whose power could be wrong.
    judged = [c for c in CHECKS if c != COVERAGE.check]
    return plan_sample(frame=frame, policy=replace(policy, bias=bias), auc=AUC, checks=judged)


def small_frame(policy: Policy, *, rng: np.random.Generator) -> pd.DataFrame:
    """Sponsors with scores, bands by the policy's capacity, and groups apart from both."""
    import pandas as pd

    score = rng.beta(1.2, 10, SPONSORS)
    rank = (-score).argsort().argsort() / SPONSORS
    high, share = policy.capacity.high_share, list(GROUPS.values())
    middle = high + policy.capacity.middle_share
    return pd.DataFrame({
        "sponsor_id": [f"S{i:06d}" for i in range(SPONSORS)], "score": score,
        "band": np.where(rank < high, "high", np.where(rank < middle, "middle", "low")),
        "group": rng.choice(np.array(list(GROUPS), dtype=object), SPONSORS, p=share),
        "never_intervened": rng.random(SPONSORS) < 0.9,
    })  # fmt: skip


def _row(claim: Claim, total: int, promised: float, happened: int, trials: int) -> Row:
    return Row(
        label=f"{claim}: {total:,} of {SPONSORS:,} drawn",
        facts={
            "check": claim.check, "claim": claim.name, "subject": claim.subject,
            "sponsors": SPONSORS, "drawn": total,
        },
        of=Probability(
            happened=happened, worlds=trials, lowest=max(promised - WITHIN, 0.0),
            highest=min(promised + WITHIN, 1.0), target=promised,
        ),
    )  # fmt: skip
