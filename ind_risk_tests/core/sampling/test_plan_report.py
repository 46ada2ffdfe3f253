"""What a plan says of the gate, in its one sentence."""

from __future__ import annotations

from typing import Any

from ind_risk.core.sampling.plan_report import ClaimLine, PlanReport, stays_false


def report(*now: str, elsewhere: int = 0, **more: Any) -> PlanReport:
    claims = tuple(
        ClaimLine(check="bias_error_parity", claim="false_positive_rate_difference",
                  subject=f"G{k}", now=v, power=0.99, decided_from=3_000)
        for k, v in enumerate(now)
    )  # fmt: skip
    return PlanReport(
        judging=3_000, calibrating=0, outcomes=2_600, population=9_000, assumption="if so",
        claims=claims, by_band={}, by_group={}, prices={}, not_asked={},
        elsewhere={f"claim {k}": "disparity" for k in range(elsewhere)}, **more,
    )  # fmt: skip


def test_it_says_how_many_claims_no_sample_undoes() -> None:
    assert "cannot open" not in report("insufficient_data").sentence
    one = report("insufficient_data", elsewhere=1).sentence
    assert "It cannot open the gate: a claim that is shown to be false stays so." in one
    more = report("insufficient_data", "disparity", elsewhere=1).sentence
    assert "2 claims that are shown to be false stay so." in more
    assert report("insufficient_data", "refuted").stays_false == 1


def test_how_many_migrants_can_be_judged_is_no_fact_that_stays() -> None:
    assert stays_false("bias_coverage", "selection parity", "refuted")
    assert not stays_false("bias_coverage", "error parity", "refuted")
    assert not stays_false("bias_error_parity", "IND", "risk_signalled")
    assert report("insufficient_data").to_dict()["needed"] is True
