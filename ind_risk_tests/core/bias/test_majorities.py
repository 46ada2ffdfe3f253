"""Majorities as counts say the same as majorities sponsor by sponsor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.bias.groups import majority_code
from ind_risk.core.bias.majorities import compared_groups, count_majorities, majorities
from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.parity_groups import majority_groups
from ind_risk.core.bias.population import Population
from ind_risk.core.errors import IndRiskError

CODES = ("BRA", "CHN", "IND", "TUR")


def people_of(seed: int, n: int = 60) -> Population:
    """Sponsors with up to three of four nationalities, some without migrants."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 4, (n, len(CODES))) * (rng.random((n, len(CODES))) < 0.5)
    sponsor, code = np.nonzero(table)
    return Population(
        score=rng.random(n), selected=rng.random(n) < 0.3, sponsor=sponsor, code=code,
        migrants=table[sponsor, code], total=table.sum(axis=1), codes=CODES,
    )  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.5, 0.75]), st.integers(1, 25))
def test_as_sponsor_by_sponsor(seed: int, share: float, minimum: int) -> None:
    people = people_of(seed)
    majority = majorities(people, share=share)
    assert majority.tolist() == majority_code(
        sponsor=people.sponsor, code=people.code, migrants=people.migrants, total=people.total,
        share=share,
    ).tolist()  # fmt: skip
    number = np.random.default_rng(seed).integers(0, 3, len(majority))
    within = count_majorities(people, majority, number)
    plain = count_majorities(people, majority)
    for counts in (plain, within.together()):
        made = compared_groups(counts, counts.membership(minimum))
        assert made == majority_groups(people, membership(people, share=share, minimum=minimum))
    for value in range(3):
        one = within.within(value)
        there = (number == value) & (people.total > 0)
        assert one.n.sum() == there.sum()
        assert one.selected.sum() == (there & people.selected).sum()
        assert one.migrants.sum() == people.total[there].sum()


def test_values_of_other_sponsors_are_refused() -> None:
    people = people_of(1)
    with pytest.raises(IndRiskError, match="one for every sponsor"):
        count_majorities(people, majorities(people, share=0.5), np.zeros(3, dtype=np.int64))
