"""Every measure against the same by hand, on random tables full of edges; and what is undefined."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.adapters.engine import Engine
from ind_risk.core.errors import IndRiskError
from ind_risk.core.features.expressions import feature_table
from ind_risk.core.features.measures import MEASURES
from ind_risk.core.features.register import FeatureRegister
from ind_risk_tests.core.features.landing import (
    AS_OF,
    Asker,
    World,
    arrow,
    full_register,
    world,
)
from ind_risk_tests.core.features.oracle import ORACLE, Look, months_back, recognised

REGISTER = full_register()


@pytest.fixture(scope="module")
def ask() -> Iterator[Asker]:
    with Asker(
        lambda tables: feature_table(tables, as_of_dates=AS_OF, register=REGISTER),
        world(Random(0)),
    ) as asker:
        yield asker


def agrees(ask: Asker, made: World) -> None:
    found = ask(made)
    assert list(found) == [(s, d) for d in AS_OF for s in recognised(made, d)]
    for (sponsor, as_of), row in found.items():
        assert list(row) == ["sponsor_id", "as_of", *REGISTER.names]
        for spec in REGISTER.features:
            look = Look(made, sponsor, as_of, spec.window_months or 0)
            expected, value = ORACLE[spec.measure](look), row[spec.name]
            place = f"{spec.name} of {sponsor} at {as_of}"
            if expected is None or isinstance(expected, str):
                assert value == expected, place
            else:
                # Ratios of salaries are kept to millionths; everything else is exact.
                slack = 1e-6 if spec.measure == "salary_ratio" else 1e-12
                assert isinstance(value, float), place
                assert math.isclose(value, expected, rel_tol=0, abs_tol=slack), place


def test_the_oracle_knows_every_measure() -> None:
    assert set(ORACLE) == set(MEASURES)


@settings(max_examples=25, deadline=None)
@given(rng=st.randoms(use_true_random=False))
def test_as_by_hand(ask: Asker, rng: Random) -> None:
    agrees(ask, world(rng))


def test_as_by_hand_for_many_sponsors(ask: Asker) -> None:
    agrees(ask, world(Random(7), sponsors=400))


def test_every_measure_takes_more_than_one_value(ask: Asker) -> None:
    """Otherwise the agreement above would say nothing of it."""
    rows = ask(world(Random(7), sponsors=400)).values()
    for spec in REGISTER.features:
        assert len({r[spec.name] for r in rows}) > 1, spec.name


def test_a_sponsor_without_rows_has_zeros_and_nulls(ask: Asker) -> None:
    made = world(Random(1), sponsors=1)
    made["sponsors"][0] |= {"recognised_on": date(2017, 1, 1), "recognition_ended_on": None}
    for name in ("permits", "inspections", "interventions", "signals"):
        made[name] = []
    rows = ask(made)
    assert len(rows) == len(AS_OF)
    for row in rows.values():
        for spec in REGISTER.features:
            if spec.source != "sponsors":
                assert row[spec.name] == MEASURES[spec.measure].empty, spec.name


def test_no_sponsors_are_no_rows(ask: Asker) -> None:
    assert ask({name: [] for name in world(Random(1))}) == {}


def test_rows_of_unknown_sponsors_count_for_nobody(ask: Asker) -> None:
    made = world(Random(2))
    with_strangers = {
        n: [*rows, *({**r, "sponsor_id": "nobody"} for r in rows if n != "sponsors")]
        for n, rows in made.items()
    }
    assert ask(with_strangers) == ask(made)


def test_windows_begin_after_a_day_clamped_to_the_months_end(ask: Asker) -> None:
    """The worked example of core/features/moment.py."""
    assert months_back(date(2024, 8, 31), 6) == date(2024, 2, 29)
    made = world(Random(3), sponsors=1)
    made["sponsors"][0] |= {"recognised_on": date(2017, 1, 1), "recognition_ended_on": None}
    template = made["signals"][0] if made["signals"] else {"source": "tip", "sponsor_id": "S0000"}
    for day, counts in (
        (date(2024, 2, 29), 0.0), (date(2024, 3, 1), 1.0),
        (date(2024, 8, 31), 1.0), (date(2024, 9, 1), 0.0),
    ):  # fmt: skip
        made["signals"] = [{**template, "signal_id": "G", "received_on": day}]
        assert ask(made)["S0000", date(2024, 8, 31)]["signals_6m"] == counts


def test_a_row_of_sponsors_in_any_order_gives_the_same(ask: Asker) -> None:
    made, rng = world(Random(4), sponsors=30), Random(5)
    shuffled = {name: rng.sample(rows, len(rows)) for name, rows in made.items()}
    assert ask(shuffled) == ask(made)


def test_sums_do_not_depend_on_order_or_cores() -> None:
    """Floats added in another order give other last digits; these are added as integers."""
    rng, n = Random(6), 260_000  # more than two row groups of DuckDB, so that two cores share them
    base = arrow(world(Random(8), sponsors=1))
    first = {c: base["permits"][c].type for c in base["permits"].column_names}
    columns: dict[str, list[Any]] = {
        "permit_id": [f"P{i}" for i in range(n)],
        "sponsor_id": ["S0000"] * n,
        "applied_on": [date(2024, 1, 1)] * n,
        "decided_on": [date(2024, 2, 1)] * n,
        "decision": ["granted"] * n,
        "gross_monthly_salary": [rng.uniform(3e3, 9e3) for _ in range(n)],
        "salary_criterion": [rng.choice([4612.0, 3381.0]) for _ in range(n)],
    }
    permits = pa.table({c: pa.array(columns.get(c, [None] * n), t) for c, t in first.items()})
    sponsors = arrow(world(Random(1), sponsors=1))["sponsors"].to_pylist()
    sponsors[0] |= {"recognised_on": date(2017, 1, 1), "recognition_ended_on": None}
    base["sponsors"] = pa.Table.from_pylist(sponsors, schema=base["sponsors"].schema)
    wanted = FeatureRegister(tuple(f for f in REGISTER.features if f.measure == "salary_ratio"))
    seen = set()
    for threads, order in ((1, 1), (2, 1), (2, -1)):
        with Engine(threads=threads) as engine:
            tables = engine.tables({**base, "permits": permits[::order]})
            made = feature_table(tables, as_of_dates=AS_OF, register=wanted)
            seen.add(engine.to_arrow(made)["salary_ratio_6m"].to_pylist()[0])
    expected = math.fsum(
        s / c
        for s, c in zip(columns["gross_monthly_salary"], columns["salary_criterion"], strict=True)
    )
    (value,) = seen
    assert value == pytest.approx(expected / n, abs=1e-6)


@pytest.mark.parametrize(
    ("salary", "criterion", "ratio"),
    [(1e300, 1e-300, 1e6), (1e300, 1e300, 1.0), (5e-324, 1e300, 0.0), (5e3, 5e-324, 1e6)],
)
def test_absurd_salaries_do_not_stop_the_run(
    ask: Asker, salary: float, criterion: float, ratio: float
) -> None:
    made = world(Random(9), sponsors=20)
    for row in made["permits"]:
        row |= {"gross_monthly_salary": salary, "salary_criterion": criterion}
    assert {r["salary_ratio_36m"] for r in ask(made).values()} == {ratio, None}


@pytest.mark.parametrize(
    ("dates", "says"), [([], "No as-of date"), ([AS_OF[0]] * 2, "2024-02-29 was given twice")]
)
def test_dates_are_checked(dates: list[date], says: str) -> None:
    with Engine() as engine, pytest.raises(IndRiskError, match=says):
        tables = engine.tables(arrow(world(Random(0))))
        feature_table(tables, as_of_dates=dates, register=REGISTER)
