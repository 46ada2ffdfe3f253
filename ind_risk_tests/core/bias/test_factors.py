"""Columns as numbers: null is a value, sponsors without a row are unknown, sizes are classes."""

from __future__ import annotations

import pandas as pd

from ind_risk.core.bias.factors import factor, sponsor_factors


def names(made: object) -> list[str]:
    return [made.names[n] for n in made.number]  # type: ignore[attr-defined]


def test_each_one_keeps_its_value() -> None:
    made = factor(pd.Series(["ICT", None, "Care", "ICT"]))
    assert made.names == ("Care", "ICT", "unknown")
    assert names(made) == ["ICT", "unknown", "Care", "ICT"]


def test_in_the_order_of_the_scores() -> None:
    scores = pd.DataFrame({"sponsor_id": ["B", "X", "A"]})
    sponsors = pd.DataFrame({
        "sponsor_id": ["A", "B", "C"], "sector": ["ICT", "Care", "Trade"],
        "employees": [5, 300, 20],
    })  # fmt: skip
    made = sponsor_factors(scores, sponsors, ("sector", "employees", "nothing", "sector"))
    assert list(made) == ["sector", "employees"]
    assert names(made["sector"]) == ["Care", "unknown", "ICT"]
    assert names(made["employees"]) == ["250 and over", "unknown", "under 10"]
    # What no scored sponsor has is no value.
    assert "Trade" not in made["sector"].names


def test_of_a_table_with_a_key_twice_nothing_is_used() -> None:
    scores = pd.DataFrame({"sponsor_id": ["A"]})
    twice = pd.DataFrame({"sponsor_id": ["A", "A"], "sector": ["ICT", "Care"]})
    assert sponsor_factors(scores, twice, ("sector",)) == {}
    assert sponsor_factors(scores, pd.DataFrame({"name": ["A"]}), ("sector",)) == {}
