"""Routes of a worklist by largest remainders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.route_mix import RouteMix, route_mix
from ind_risk_tests.core.sampling.example import SHIPPED

RULE = SHIPPED.sampling


def test_two_to_one_to_one() -> None:
    assert route_mix(200, RULE) == RouteMix(profile=100, random=50, signal=50)
    assert route_mix(2, RULE) == RouteMix(profile=1, random=1, signal=0)
    assert route_mix(0, RULE) == RouteMix(profile=0, random=0, signal=0)
    with pytest.raises(IndRiskError, match="-1"):
        route_mix(-1, RULE)


def test_shares_that_binary_numbers_do_not_hold() -> None:
    rule = replace(RULE, profile_share=0.29, random_share=0.42, signal_share=0.29)
    assert route_mix(100, rule) == RouteMix(profile=29, random=42, signal=29)


@given(size=st.integers(0, 5_000), cuts=st.tuples(st.floats(0.01, 0.98), st.floats(0.01, 0.98)))
def test_the_mix_adds_up_and_is_within_one_of_the_shares(
    size: int, cuts: tuple[float, float]
) -> None:
    low, high = sorted(cuts)
    shares = (low, high - low, 1 - high)
    rule = replace(RULE, profile_share=low, random_share=high - low, signal_share=1 - high)
    made = route_mix(size, rule)
    counts = (made.profile, made.random, made.signal)
    assert sum(counts) == size
    for count, share in zip(counts, shares, strict=True):
        assert abs(count - size * share) < 1 + 1e-6
