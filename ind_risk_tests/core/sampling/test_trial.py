"""The planned power is the power: a plan, outcomes by its assumption, the real evaluation.

Here few trials; by hand 1,000 of the shipped policy and 10,000 sponsors (2,503 drawn): every claim
within 1.2 points of its planned power, standard errors up to 0.7 points.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ind_risk.core.accuracy.evidence import accuracy_findings, band_order_findings
from ind_risk.core.bias.error_parity import error_parity_findings
from ind_risk.core.robustness.label_assumption import label_assumption_findings
from ind_risk.core.sampling.certificate_trials import (
    accuracy_shown,
    established,
    outcomes,
    parity_shown,
    people_of,
)
from ind_risk.core.sampling.claims_coverage import COVERAGE
from ind_risk.core.sampling.plan import SamplePlan, plan_sample
from ind_risk.core.sampling.required import CHECKS
from ind_risk_tests.core.sampling.example import SHIPPED, frame

TRIALS = 120
POLICY = replace(
    SHIPPED,
    bias=replace(SHIPPED.bias, minimum_group_sponsors=300, minimum_group_audited=150),
)


def made(**changes: Any) -> SamplePlan:
    sponsors = frame(n=2_500, groups={"": 0.1, "no majority": 0.1, "IND": 0.45, "CHN": 0.35})
    # Coverage is a count, and has a test of its own.
    checks = [c for c in CHECKS if c != COVERAGE.check]
    return plan_sample(frame=sponsors, policy=POLICY, auc=0.75, checks=checks, **changes)


@pytest.mark.parametrize("part", [1.0, 0.6])
def test_every_claim_has_its_planned_power(part: float) -> None:
    """Within 2 points and 3 standard errors, at the planned size and at three fifths of it."""
    plan = made()
    total = round(part * plan.total)
    rng = np.random.default_rng(round(10 * part))
    seen = established(plan, total=total, trials=TRIALS, rng=rng)
    for claim, power in plan.power(total).items():
        error = np.sqrt(max(power * (1 - power), 0.01) / TRIALS)
        share = seen.get((claim.name, claim.subject), 0) / TRIALS
        assert abs(share - power) < 0.02 + 3 * error, (claim, power, share)


def test_the_trial_establishes_what_the_findings_establish() -> None:
    plan = made()
    people, rng = people_of(plan), np.random.default_rng(2)
    judged = outcomes(plan, plan.path.at(round(0.7 * plan.total)), rng)
    findings = [
        *accuracy_findings(judged=judged, policy=POLICY),
        *band_order_findings(judged=judged, policy=POLICY),
        *error_parity_findings(people=people, judged=judged, policy=POLICY),
        *label_assumption_findings(judged=judged, assumed_rows=0, policy=POLICY),
    ]
    names = {(claim.name, claim.subject) for claim in plan.claims}
    green = {(f.claim, f.subject) for f in findings if f.green}
    shown = {*accuracy_shown(plan, judged), *parity_shown(people, judged, POLICY)}
    assert shown == green & names
    assert {(f.claim, f.subject) for f in findings} >= {n for n in names if n[1] == "all"}
