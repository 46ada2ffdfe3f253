"""The funnel's table against the same by hand, on random tables; the days at its edges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.adapters.engine import Engine
from ind_risk.core.bias.funnel_table import funnel_table
from ind_risk.core.errors import IndRiskError
from ind_risk_tests.core.features.landing import AS_OF, Row, World, arrow, sponsor, world

SINCE, UNTIL = AS_OF
DAY = timedelta(1)


class Ask:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, made: World, since: date = SINCE, until: date = UNTIL) -> list[Row]:
        t = self._engine.tables(arrow(made))
        table = funnel_table(
            t["sponsors"], t["inspections"], t["interventions"], since=since, until=until
        )
        rows: list[Row] = self._engine.to_arrow(table).to_pylist()
        return rows


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with Engine(threads=1) as engine:
        yield Ask(engine)


def by_hand(made: World, since: date, until: date) -> list[Row]:
    """The definition, word by word."""

    def any_of(table: str, key: str, column: str, **routes: Any) -> bool:
        return any(
            row["sponsor_id"] == key
            and since < row[column] <= until
            and ("random" not in routes or (row["selection"] == "random") is routes["random"])
            for row in made[table]
        )

    return [
        {
            "sponsor_id": key,
            "inspected": any_of("inspections", key, "opened_on", random=False),
            "intervened": any_of("interventions", key, "imposed_on"),
            "random_inspected": any_of("inspections", key, "opened_on", random=True),
        }
        for key in sorted(
            s["sponsor_id"]
            for s in made["sponsors"]
            if s["recognised_on"] <= since
            and (s["recognition_ended_on"] is None or s["recognition_ended_on"] > since)
        )
    ]


@settings(max_examples=30, deadline=None)
@given(rng=st.randoms(use_true_random=False))
def test_as_by_hand(ask: Ask, rng: Random) -> None:
    made = world(rng)
    assert ask(made) == by_hand(made, SINCE, UNTIL)


def test_as_by_hand_for_many_sponsors_and_every_kind(ask: Ask) -> None:
    made = world(Random(5), sponsors=400)
    rows = ask(made)
    assert rows == by_hand(made, SINCE, UNTIL)
    for column in ("inspected", "intervened", "random_inspected"):
        assert {r[column] for r in rows} == {True, False}


@settings(max_examples=15, deadline=None)
@given(rng=st.randoms(use_true_random=False))
def test_what_comes_after_the_end_changes_nothing(ask: Ask, rng: Random) -> None:
    made = world(rng)
    known = {
        **made,
        "inspections": [r for r in made["inspections"] if r["opened_on"] <= UNTIL],
        "interventions": [r for r in made["interventions"] if r["imposed_on"] <= UNTIL],
    }
    assert ask(made) == ask(known)


def lone() -> World:
    made = world(Random(0), sponsors=0)
    made["sponsors"] = [
        sponsor(Random(1), "S0000") | {"recognised_on": SINCE, "recognition_ended_on": None}
    ]
    return made


def opened(on: date, route: str) -> Row:
    return {
        "inspection_id": f"I{on}{route}", "sponsor_id": "S0000", "opened_on": on,
        "selection": route, "inclusion_probability": 0.5 if route == "random" else None,
        "inspector_id": None, "closed_on": None, "outcome": None, "breaches": None,
    }  # fmt: skip


def imposed(on: date) -> Row:
    return {
        "intervention_id": f"V{on}", "sponsor_id": "S0000", "inspection_id": None,
        "imposed_on": on, "kind": "fine", "amount": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "counts"),
    [(SINCE, False), (SINCE + DAY, True), (UNTIL, True), (UNTIL + DAY, False)],
)
def test_the_first_day_is_out_and_the_last_is_in(ask: Ask, day: date, counts: bool) -> None:
    for route in ("risk_model", "signal", "theme", "reinspection"):
        made = lone() | {"inspections": [opened(day, route)]}
        assert ask(made)[0]["inspected"] is counts
        assert ask(made)[0]["random_inspected"] is False
    made = lone() | {"inspections": [opened(day, "random")], "interventions": [imposed(day)]}
    assert ask(made) == [
        {"sponsor_id": "S0000", "inspected": False, "intervened": counts,
         "random_inspected": counts}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ended", "there"),
    [(None, True), (SINCE, False), (SINCE + DAY, True), (UNTIL + DAY, True)],
)
def test_who_is_recognised_at_the_beginning_is_there(
    ask: Ask, ended: date | None, there: bool
) -> None:
    made = lone()
    made["sponsors"][0]["recognition_ended_on"] = ended
    made["interventions"] = [imposed(UNTIL)]
    assert [r["intervened"] for r in ask(made)] == [True] * there


def test_nobody_and_no_time(ask: Ask) -> None:
    assert ask(world(Random(0), sponsors=0)) == []
    made = lone() | {"inspections": [opened(SINCE, "signal")]}
    assert ask(made, SINCE, SINCE)[0]["inspected"] is False
    with pytest.raises(IndRiskError, match="before it begins"):
        ask(made, UNTIL, SINCE)
