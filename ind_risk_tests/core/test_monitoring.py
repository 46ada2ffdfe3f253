"""Monitoring: what is counted a month, at which level, and what counts as out of line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.findings import Finding
from ind_risk.core.monitoring import (
    LOOKS_A_YEAR,
    Month,
    as_monitored,
    at_monthly_level,
    by_month,
    nothing_new,
    out_of_line,
)
from ind_risk.core.policy import parse_policy

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")


def _arm(**columns: object) -> pd.DataFrame:
    n = 60
    base = {
        "score": np.linspace(0.05, 0.35, n), "audit_inclusion_probability": 0.25,
        "audit_label": np.where(np.arange(n) % 3 == 0, "non_compliant", "compliant"),
        "audit_closed_on": pd.Timestamp("2026-03-15"),
    }  # fmt: skip
    return pd.DataFrame(base | columns)


def test_a_month_is_weighed_by_inclusion_probability() -> None:
    """By hand: half of the sample stands for four sponsors each, half for one."""
    label = np.array(["non_compliant"] * 15 + ["compliant"] * 15 + ["compliant"] * 30)
    chance = np.array([0.25] * 30 + [1.0] * 30)
    (month,) = by_month(_arm(audit_label=label, audit_inclusion_probability=chance), minimum=10)
    assert month.observed == pytest.approx(15 * 4 / (30 * 4 + 30))
    score = np.linspace(0.05, 0.35, 60)
    assert month.predicted == pytest.approx((score * (1 / chance)).sum() / (1 / chance).sum())
    assert (month.month, month.inspections) == ("2026-03", 60)


@pytest.mark.parametrize("failed", [0, 1, 9, 51, 60])
def test_no_rate_that_gives_few_away(failed: int) -> None:
    label = np.where(np.arange(60) < failed, "non_compliant", "compliant")
    (month,) = by_month(_arm(audit_label=label), minimum=10)
    assert month == Month("2026-03", 60, None, None)


def test_months_are_in_order_and_what_is_open_does_not_count() -> None:
    days = ["2026-01-02"] * 20 + ["NaT"] * 5 + ["2026-03-15"] * 35
    closed = pd.Series(np.array(days, dtype="datetime64[s]"))
    found = by_month(_arm(audit_closed_on=closed), minimum=10)
    assert [(m.month, m.inspections) for m in found] == [("2026-01", 20), ("2026-03", 35)]
    assert by_month(_arm(audit_label="undetermined"), minimum=10) == []


def test_a_year_of_looks_shares_the_level_of_one() -> None:
    monthly = at_monthly_level(POLICY)
    assert monthly.accuracy_level * LOOKS_A_YEAR == pytest.approx(POLICY.accuracy_level)
    assert monthly.bias.level * LOOKS_A_YEAR == pytest.approx(POLICY.bias.level)
    assert monthly.bias.selection_rate_margin == POLICY.bias.selection_rate_margin


def test_only_what_is_shown_to_be_wrong_is_out_of_line() -> None:
    (base,) = nothing_new("2025-12-31", "2025-12-31", POLICY)
    assert not base.required

    def finding(verdict: str, *, required: bool = True) -> Finding:
        return replace(base, verdict=verdict, required=required)  # type: ignore[arg-type]

    found = as_monitored([
        replace(finding("refuted"), check="drift"), finding("disparity"),
        finding("insufficient_data"), finding("risk_signalled"), finding("equivalent"),
        finding("refuted", required=False),
    ])  # fmt: skip
    assert [f.verdict for f in out_of_line(found)] == ["refuted", "disparity"]
    assert {f.check for f in found} == {"monitoring"}
    assert found[0].details["as_check"] == "drift"
