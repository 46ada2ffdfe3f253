"""Labels against the same by hand, on random tables; ties, late closings, and the audit arm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.adapters.engine import Engine
from ind_risk.core.errors import IndRiskError
from ind_risk.core.labels import label_table
from ind_risk_tests.core.features.landing import AS_OF, Asker, Row, World, arrow, world
from ind_risk_tests.core.features.oracle import recognised

HORIZON = 12
# The label window of the earlier date ends before its cut-off, that of the later one after it.
CUTOFFS = {AS_OF[0]: date(2025, 8, 31), AS_OF[1]: date(2025, 3, 1)}
DAY = timedelta(1)


@pytest.fixture(scope="module")
def ask() -> Iterator[Asker]:
    with Asker(
        lambda t: label_table(t, as_of_dates=AS_OF, horizon_months=HORIZON, cutoff=CUTOFFS),
        world(Random(0)),
    ) as asker:
        yield asker


def by_hand(made: World, sponsor: str, as_of: date) -> Row:
    """The definition, word by word."""
    cutoff = CUTOFFS[as_of]
    end = (pd.Timestamp(as_of) + pd.DateOffset(months=HORIZON)).date()
    opened = [
        i
        for i in made["inspections"]
        if i["sponsor_id"] == sponsor and as_of < i["opened_on"] <= end and i["opened_on"] <= cutoff
    ]
    opened.sort(key=lambda i: (i["opened_on"], i["inspection_id"]))
    at_random = [i for i in opened if i["selection"] == "random"]
    first, audit = (rows[0] if rows else None for rows in (opened, at_random))
    return {
        "sponsor_id": sponsor,
        "as_of": as_of,
        "label": "unobserved" if first is None else outcome(first, cutoff),
        "selection": first and first["selection"],
        "inclusion_probability": first and first["inclusion_probability"],
        "inspection_id": first and first["inspection_id"],
        "inspector_id": first and first["inspector_id"],
        "opened_on": first and first["opened_on"],
        "closed_on": first and closed(first, cutoff),
        "audit_label": audit and outcome(audit, cutoff),
        "audit_inclusion_probability": audit and audit["inclusion_probability"],
        "audit_inspection_id": audit and audit["inspection_id"],
        "audit_closed_on": audit and closed(audit, cutoff),
        "never_intervened": not any(
            v["sponsor_id"] == sponsor and v["imposed_on"] <= as_of for v in made["interventions"]
        ),
    }


def closed(inspection: Row, cutoff: date) -> date | None:
    day: date | None = inspection["closed_on"]
    return day if day is not None and day <= cutoff else None


def outcome(inspection: Row, cutoff: date) -> str:
    known = closed(inspection, cutoff) is not None
    if known and inspection["outcome"] in ("compliant", "non_compliant"):
        return str(inspection["outcome"])
    return "unobserved"


def agrees(ask: Asker, made: World) -> None:
    expected = [by_hand(made, s, day) for day in AS_OF for s in recognised(made, day)]
    found = list(ask(made).values())
    assert found == expected
    assert all(list(row) == list(other) for row, other in zip(found, expected, strict=True))


@settings(max_examples=30, deadline=None)
@given(rng=st.randoms(use_true_random=False))
def test_as_by_hand(ask: Asker, rng: Random) -> None:
    agrees(ask, world(rng))


def test_as_by_hand_for_many_sponsors_with_every_kind_of_label(ask: Asker) -> None:
    made = world(Random(5), sponsors=500)
    agrees(ask, made)
    rows = ask(made).values()
    for column in ("label", "audit_label"):
        assert {r[column] for r in rows} >= {"compliant", "non_compliant", "unobserved"}
    assert any(r["audit_inspection_id"] not in (None, r["inspection_id"]) for r in rows)
    assert {r["never_intervened"] for r in rows} == {True, False}


def test_of_several_opened_on_one_day_the_lowest_id_is_the_first(ask: Asker) -> None:
    made, day = lone(), AS_OF[0] + DAY
    made["inspections"] = [
        seen(key, day, route, "compliant") for key, route in
        (("I3", "signal"), ("I10", "theme"), ("I2", "random"), ("I20", "random"))
    ]  # fmt: skip
    row = ask(made)["S0000", AS_OF[0]]
    assert (row["inspection_id"], row["audit_inspection_id"]) == ("I10", "I2")


@pytest.mark.parametrize(
    ("opened", "closed_on", "label"),
    [
        (AS_OF[1], AS_OF[1], "unobserved"),
        (AS_OF[1] + DAY, AS_OF[1] + DAY, "non_compliant"),
        (AS_OF[1] + DAY, CUTOFFS[AS_OF[1]], "non_compliant"),
        (AS_OF[1] + DAY, CUTOFFS[AS_OF[1]] + DAY, "unobserved"),
        (CUTOFFS[AS_OF[1]], CUTOFFS[AS_OF[1]], "non_compliant"),
        (CUTOFFS[AS_OF[1]] + DAY, CUTOFFS[AS_OF[1]] + DAY, "unobserved"),
        (AS_OF[1] + DAY, None, "unobserved"),
    ],
)
def test_the_edges_of_the_window(
    ask: Asker, opened: date, closed_on: date | None, label: str
) -> None:
    made = lone()
    made["inspections"] = [seen("I1", opened, "signal", "non_compliant") | {"closed_on": closed_on}]
    row = ask(made)["S0000", AS_OF[1]]
    assert row["label"] == label
    if label == "unobserved":
        assert row["closed_on"] is None


def test_the_first_inspection_counts_even_if_a_later_one_says_more(ask: Asker) -> None:
    made = lone()
    made["inspections"] = [
        seen("I1", AS_OF[0] + DAY, "signal", "undetermined"),
        seen("I2", AS_OF[0] + 2 * DAY, "random", "non_compliant"),
    ]
    row = ask(made)["S0000", AS_OF[0]]
    assert (row["label"], row["selection"]) == ("unobserved", "signal")
    assert (row["audit_label"], row["audit_inclusion_probability"]) == ("non_compliant", 0.5)


def test_no_intervention_is_unobserved(ask: Asker) -> None:
    for row in ask(lone()).values():
        assert row["label"] == "unobserved"
        assert row["audit_label"] is None
        assert row["never_intervened"] is True


def test_no_sponsors_are_no_labels(ask: Asker) -> None:
    assert ask({name: [] for name in lone()}) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"as_of_dates": []}, "No as-of date"),
        ({"as_of_dates": [AS_OF[0]] * 2}, "given twice"),
        ({"horizon_months": 0}, "A horizon of 0 months"),
        ({"cutoff": {AS_OF[0]: AS_OF[1]}}, "2024-08-31 has no cut-off"),
    ],
)
def test_nonsense_is_refused_by_name(changes: dict[str, Any], says: str) -> None:
    wanted: dict[str, Any] = {"as_of_dates": AS_OF, "horizon_months": 12, "cutoff": CUTOFFS}
    with Engine() as engine, pytest.raises(IndRiskError, match=says):
        label_table(engine.tables(arrow(lone())), **{**wanted, **changes})


def lone() -> World:
    """One recognised sponsor of which nothing is known."""
    made = world(Random(1), sponsors=1)
    made["sponsors"][0] |= {"recognised_on": date(2017, 1, 1), "recognition_ended_on": None}
    return {name: rows if name == "sponsors" else [] for name, rows in made.items()}


def seen(key: str, opened: date, route: str, found: str) -> Row:
    """An inspection closed the day it was opened."""
    return {
        "inspection_id": key, "sponsor_id": "S0000", "opened_on": opened, "closed_on": opened,
        "selection": route, "inclusion_probability": 0.5 if route == "random" else None,
        "inspector_id": None, "outcome": found, "breaches": None,
    }  # fmt: skip
