"""Membership: groups as by hand, pooled by the number that counts, whatever the attribute."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ind_risk.core.bias.membership import membership
from ind_risk.core.bias.parity_groups import majority_groups
from ind_risk.core.bias.population import Population, population


def people(n: int = 3_000, *, seed: int = 0, attribute: str = "nationality") -> Population:
    rng = np.random.default_rng(seed)
    ids = np.array([f"S{i:05d}" for i in range(n)])
    main = rng.choice(["IND", "TUR", "NGA", "GHA", "SEN"], n, p=[0.5, 0.35, 0.05, 0.05, 0.05])
    if attribute != "nationality":
        main = np.where(main == "IND", "F", "M")
    some = rng.random(n) < 0.9
    composition = pd.DataFrame(
        {"sponsor_id": ids[some], attribute: main[some], "migrants": rng.integers(1, 9, some.sum())}
    )
    scores = pd.DataFrame({"sponsor_id": ids, "score": rng.random(n), "band": "low"})
    scores.loc[rng.random(n) < 0.1, "band"] = "high"
    return population(scores=scores, composition=composition, attribute=attribute)


def test_groups_are_pooled_by_region_and_add_up() -> None:
    some = people()
    member = membership(some, share=0.5, minimum=400)
    assert member.grouping.names == ("IND", "TUR", "region:Western Africa")
    groups, pooled, whole = majority_groups(some, member)
    assert whole.n == some.with_migrants.sum()
    assert whole.selected == (some.selected & some.with_migrants).sum()
    assert sum(g.n for g in groups) == (member.group >= 0).sum()
    africa = groups[-1]
    assert africa.members == ("GHA", "NGA", "SEN")
    assert {g.subject for g in pooled} == {"GHA", "NGA", "SEN"}
    assert sum(g.selected for g in pooled) == africa.selected


def test_only_what_counts_makes_a_group_large() -> None:
    some = people()
    few = np.zeros(len(some.score), dtype=bool)
    few[:900] = True
    member = membership(some, share=0.5, minimum=250, counted=few)
    assert dict(zip(member.grouping.names, member.grouping.assessable, strict=True)) == {
        "IND": True, "TUR": True, "other": False,
    }  # fmt: skip
    assert member.sums(few)[0] == (few & (member.group == 0)).sum()


def test_other_attributes_are_not_pooled_by_region() -> None:
    some = people(attribute="gender")
    member = membership(some, share=0.5, minimum=2_000, attribute="gender")
    assert member.grouping.names == ("other",)
    groups, _, _ = majority_groups(some, member)
    assert groups[0].subject == "gender=other"
    assert "gender" in groups[0].label
