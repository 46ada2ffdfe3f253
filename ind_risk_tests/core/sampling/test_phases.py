"""Phases of one sample weigh as one: against counting all draws, and what was observed so far."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.sampling.draw import draw_sample
from ind_risk.core.sampling.phases import joint_chance, observed_by_stratum
from ind_risk.core.sampling.second_phase import Observed
from ind_risk.core.sampling.strata import Key, strata_of
from ind_risk_tests.core.sampling.example import frame

COLUMNS = ("band", "majority")
MANY = frame(n=400, groups={"": 0.5, "IND": 0.5})


def small(sizes: dict[tuple[str, str], int]) -> pd.DataFrame:
    """So many sponsors of each band and group."""
    parts = [
        MANY[(MANY["band"] == band) & (MANY["group"] == group)].head(n)
        for (band, group), n in sizes.items()
    ]
    assert [len(p) for p in parts] == list(sizes.values())
    return pd.concat(parts, ignore_index=True)


def test_equals_the_count_of_all_draws_of_a_small_stratum() -> None:
    """2 of 6 first; then 1 of the other 4, or 2 of them if the first phase found sponsor 0."""
    everybody = range(6)
    hits = np.zeros(6)
    weight_total = np.zeros(6)
    first_draws = list(combinations(everybody, 2))
    for first in first_draws:
        more = 2 if 0 in first else 1
        rest = [k for k in everybody if k not in first]
        second_draws = list(combinations(rest, more))
        chances = [pd.Series(2 / 6, index=everybody), pd.Series(more / 4, index=everybody)]
        joint = joint_chance(chances)
        assert joint.to_numpy() == pytest.approx((2 + more) / 6)
        for second in second_draws:
            share = 1 / len(first_draws) / len(second_draws)
            for k in (*first, *second):
                hits[k] += share
                weight_total[k] += share / joint[k]
    # The weights of a stratum add up to its size whatever the second phase's size depended on.
    assert weight_total.sum() == pytest.approx(6)
    assert hits.sum() == pytest.approx(sum((4 if 0 in f else 3) for f in first_draws) / 15)


def test_two_phases_of_fixed_size_are_one_simple_random_sample() -> None:
    """Frequencies over 2,000 seeds agree with the joint chance; strata keep their own."""
    sponsors = small({("high", "IND"): 8, ("low", "IND"): 20})
    strata = strata_of(sponsors, COLUMNS)
    one: dict[Key, int] = {("high", "IND"): 3, ("low", "IND"): 4}
    two: dict[Key, int] = {("high", "IND"): 2, ("low", "IND"): 6}
    counted = pd.Series(0.0, index=strata.sponsor_id)
    for seed in range(2_000):
        first = draw_sample(frame=sponsors, columns=COLUMNS, allocation=one, seed=2 * seed)
        second = draw_sample(
            frame=sponsors, columns=COLUMNS, allocation=two, seed=2 * seed + 1,
            already=first["sponsor_id"].tolist(),
        )  # fmt: skip
        counted[[*first["sponsor_id"], *second["sponsor_id"]]] += 1
    n, m = strata.counts(one), strata.counts(two)
    first_chance = pd.Series((n / strata.size)[strata.of], index=strata.sponsor_id)
    second_chance = pd.Series((m / (strata.size - n))[strata.of], index=strata.sponsor_id)
    joint = joint_chance([first_chance, second_chance])
    assert set(joint.round(12)) == {round(5 / 8, 12), round(10 / 20, 12)}
    error = np.sqrt(joint * (1 - joint) / 2_000)
    assert ((counted / 2_000 - joint).abs() <= 4.5 * error).all()


def test_who_is_in_one_frame_only_had_no_chance_in_the_other() -> None:
    joint = joint_chance([pd.Series({"a": 0.5}), pd.Series({"a": 0.2, "b": 0.2})])
    assert joint.to_dict() == pytest.approx({"a": 0.6, "b": 0.2})


def test_what_was_observed_is_counted_by_stratum() -> None:
    strata = strata_of(small({("high", "IND"): 3, ("low", "IND"): 3}), COLUMNS)
    of = {s: strata.keys[h] for s, h in zip(strata.sponsor_id, strata.of, strict=True)}
    high = [s for s, key in of.items() if key[0] == "high"]
    drawn = pd.DataFrame({
        "sponsor_id": [*high, "a stranger"],
        "outcome": ["non_compliant", "compliant", None, "non_compliant"],
    })  # fmt: skip
    assert observed_by_stratum(strata, drawn) == {
        ("high", "IND"): Observed(drawn=3, known=2, non_compliant=1)
    }
