"""Ratios of selection rates: what is told of a group depends on no count that is hidden."""

from __future__ import annotations

from ind_risk.core.bias.parity import parity_findings
from ind_risk.core.bias.parity_counts import Group, Whole
from ind_risk.core.bias.parity_ratio import CLAIM
from ind_risk_tests.core.bias.stratified_world import POLICY


def _told(selected: int) -> list[object]:
    """What is told of 1,500 sponsors beside 500 others, of whom 100 less `selected` are picked."""
    group = Group(
        subject="IND", label="with a majority from IND", n=1_500, selected=selected,
        migrants=4_500, members=("IND",), assessable=True,
    )  # fmt: skip
    whole = Whole(n=2_000, selected=100, migrants=6_000, label="sponsors with migrants")
    found = parity_findings(groups=[group], pooled=[], whole=whole, policy=POLICY)
    (ratio,) = (f for f in found if f.claim == CLAIM)
    return [ratio.to_dict(), ratio.details, ratio.sentence]


def test_few_selected_among_the_others_cannot_be_worked_out() -> None:
    assert all(_told(100 - few) == _told(99) for few in range(1, 10))


def test_many_are_told_to_the_last_digit() -> None:
    assert _told(60) != _told(61)
