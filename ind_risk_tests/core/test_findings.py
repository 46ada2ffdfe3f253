"""The verdict rules of the design, at and around every boundary."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.findings import Finding, all_green, judge_bound, judge_difference

number = st.floats(-1, 1)


def finding(**changes: object) -> Finding:
    base: dict[str, object] = {
        "check": "c", "claim": "x", "subject": "all", "verdict": "equivalent", "estimate": 0.0,
        "low": -0.01, "high": 0.01, "n": 10, "sentence": "s",
    }  # fmt: skip
    return Finding(**{**base, **changes})  # type: ignore[arg-type]


@given(number, number, number, st.floats(0.01, 0.5))
def test_equivalent_only_if_the_interval_lies_inside(
    d: float, low: float, width: float, margin: float
) -> None:
    high = low + abs(width)
    verdict = judge_difference(
        estimate=d, tost_low=low, tost_high=high, low=low, high=high, margin=margin
    )
    assert (verdict == "equivalent") == (-margin < low and high < margin)
    if verdict == "disparity":
        assert low > 0 or high < 0
    if verdict == "risk_signalled":
        assert low <= 0 <= high
        assert abs(d) >= margin


def test_the_margin_itself_is_outside() -> None:
    assert judge_difference(
        estimate=0.0, tost_low=-0.05, tost_high=0.0, low=-0.06, high=0.01, margin=0.05
    ) == "insufficient_data"  # fmt: skip


def test_bounds() -> None:
    assert judge_bound(low=0.6, high=0.7, at_least=0.6) == "established"
    assert judge_bound(low=0.5, high=0.6, at_least=0.6) == "insufficient_data"
    assert judge_bound(low=0.5, high=0.59, at_least=0.6) == "refuted"
    assert judge_bound(low=math.nan, high=0.9, at_least=0.6) == "insufficient_data"


def test_a_number_that_is_not_finite_is_never_green() -> None:
    assert finding().green
    for bad in (math.nan, math.inf, None):
        for name in ("estimate", "low", "high"):
            assert not finding(**{name: bad}).green


def test_no_finding_is_not_green() -> None:
    assert not all_green([])
    assert all_green([finding()])
    assert not all_green([finding(), finding(verdict="insufficient_data")])


def test_json_has_no_nan() -> None:
    made = finding(estimate=math.nan, details={"a": [math.inf, {"b": math.nan}]}).to_dict()
    assert made["estimate"] is None
    assert made["details"] == {"a": [None, {"b": None}]}
