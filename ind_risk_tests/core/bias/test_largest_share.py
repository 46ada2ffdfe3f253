"""Sponsors by largest share: counted as by hand, told as verdicts only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ind_risk.core.bias.largest_share import CLAIM, largest_share_findings, largest_shares
from ind_risk.core.bias.population import Population, population
from ind_risk_tests.core.bias.mixed_world import POLICY, composition_of, scores_of


def of_entries(rows: list[tuple[str, str, int]]) -> Population:
    composition = pd.DataFrame(rows, columns=["sponsor_id", "nationality", "migrants"])
    ids = sorted({name for name, _, _ in rows})
    scores = pd.DataFrame({"sponsor_id": ids, "score": 0.5, "band": ["high", *["low"] * 2]})
    return population(scores=scores, composition=composition)


def test_a_tie_counts_to_each() -> None:
    some = of_entries([
        ("A", "IND", 2), ("A", "NGA", 2), ("A", "USA", 1), ("B", "IND", 3), ("B", "NGA", 1),
        ("C", "GHA", 1), ("C", "NGA", 1),
    ])  # fmt: skip
    made = largest_shares(some)
    each = made.counted(np.arange(4))
    assert dict(zip(some.codes, each.tolist(), strict=True)) == {
        "GHA": 1, "IND": 2, "NGA": 2, "USA": 0,
    }  # fmt: skip
    # Nigeria and Ghana in one group: C is in it once.
    together = np.array([0 if code in ("GHA", "NGA") else 1 for code in some.codes])
    assert made.counted(together).tolist() == [2, 2]
    assert made.counted(together, some.selected).tolist() == [1, 1]


def test_only_verdicts_are_told_and_only_what_stands_out_is_asked_for() -> None:
    rng = np.random.default_rng(1)
    n = 6_000
    nation = rng.choice(np.array(["IND", "USA", "NGA"], dtype=object), n)
    for tilt, verdict in ((0.0, "equivalent"), (0.3, "disparity")):
        score = rng.random(n) + tilt * (nation == "NGA")
        people = population(scores=scores_of(score), composition=composition_of(nation))
        found = {f.subject: f for f in largest_share_findings(people, policy=POLICY)}
        assert set(found) == {"IND", "USA", "NGA"}
        made = found["NGA"]
        assert (made.claim, made.verdict, made.required) == (CLAIM, verdict, tilt > 0)
        assert made.green == (verdict == "equivalent")
        assert (made.n, made.p_value, made.power) == (None, None, None)
        assert abs(made.estimate or 0.0) in (0.0, POLICY.bias.selection_rate_margin)


def test_the_small_are_named_only_where_they_stand_out() -> None:
    rng = np.random.default_rng(2)
    n = 6_000
    nation = rng.choice(np.array(["IND", "USA"], dtype=object), n)
    nation[:150] = "NGA"
    nation[150:300] = "GHA"
    for tilt in (0.0, 0.3):
        score = rng.random(n) + tilt * (nation == "NGA") - tilt * (nation == "GHA")
        people = population(scores=scores_of(score), composition=composition_of(nation))
        found = {f.subject: f for f in largest_share_findings(people, policy=POLICY)}
        assert ("NGA" in found) == (tilt > 0)
        assert all(found[s].required for s in ("NGA", "GHA") if s in found)


def test_nothing_where_there_is_nothing_to_compare() -> None:
    nation = np.array(["IND"] * 300, dtype=object)
    scores = scores_of(np.linspace(0, 1, 300))
    one = population(scores=scores, composition=composition_of(nation))
    assert largest_share_findings(one, policy=POLICY) == []
    nobody = population(scores=scores.assign(band="low"), composition=composition_of(nation))
    assert largest_share_findings(nobody, policy=POLICY) == []
    bare = replace(POLICY, bias=replace(POLICY.bias, minimum_group_sponsors=1))
    few = population(scores=scores[:2], composition=composition_of(["IND", "USA"]))
    largest_share_findings(few, policy=bare)
