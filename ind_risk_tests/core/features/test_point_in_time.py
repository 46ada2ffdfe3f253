"""Nothing that became known after the as-of date reaches a feature of that date.

Whatever the tables say of later days (facts of the day after, restated facts, late closings, other
rows altogether), features and population stay as they were. Labels likewise, at their cut-off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.features.expressions import feature_table
from ind_risk.core.features.measure import Measure, count
from ind_risk.core.features.measures import MEASURES
from ind_risk.core.features.register import FeatureRegister, FeatureSpec
from ind_risk.core.labels import label_table
from ind_risk_tests.core.features.known import (
    LATER_FACTS,
    ROW_KNOWN_FROM,
    altered,
    as_it_was,
)
from ind_risk_tests.core.features.landing import (
    AS_OF,
    CUTOFF,
    Asker,
    Row,
    World,
    full_register,
    world,
)

Rows = Mapping[tuple[str, date], Row]


def features(register: FeatureRegister) -> Asker:
    return Asker(
        lambda tables: feature_table(tables, as_of_dates=AS_OF, register=register),
        world(Random(0)),
    )


@pytest.fixture(scope="module")
def ask() -> Iterator[Asker]:
    with features(full_register()) as asker:
        yield asker


@pytest.fixture(scope="module")
def ask_labels() -> Iterator[Asker]:
    with Asker(
        lambda t: label_table(t, as_of_dates=AS_OF, horizon_months=12, cutoff=CUTOFF),
        world(Random(0)),
    ) as asker:
        yield asker


def upto(rows: Rows, day: date) -> Rows:
    return {key: row for key, row in rows.items() if key[1] <= day}


@settings(max_examples=25, deadline=None)
@given(rng=st.randoms(use_true_random=False), day=st.sampled_from(AS_OF))
def test_another_future_gives_the_same_features(ask: Asker, rng: Random, day: date) -> None:
    made = world(rng)
    assert upto(ask(altered(rng, made, day)), day) == upto(ask(made), day)


@pytest.mark.parametrize("day", AS_OF)
@pytest.mark.parametrize("seed", range(3))
def test_another_future_of_many_sponsors(ask: Asker, seed: int, day: date) -> None:
    rng = Random(seed)
    made = world(rng, sponsors=300)
    other = altered(rng, made, day)
    assert other != made
    assert upto(ask(other), day) == upto(ask(made), day)


@pytest.mark.parametrize("day", AS_OF)
def test_an_export_of_that_day_gives_the_same_features(ask: Asker, day: date) -> None:
    made = world(Random(11), sponsors=300)
    then = as_it_was(made, day)
    assert sum(map(len, then.values())) < sum(map(len, made.values()))
    assert upto(ask(then), day) == upto(ask(made), day)


@settings(max_examples=30, deadline=None)
@given(rng=st.randoms(use_true_random=False))
def test_another_future_gives_the_same_labels(ask_labels: Asker, rng: Random) -> None:
    made = world(rng)
    before = ask_labels(made)
    after = ask_labels(altered(rng, made, CUTOFF))
    assert after == before


@pytest.mark.parametrize("seed", range(3))
def test_another_future_of_many_labels(ask_labels: Asker, seed: int) -> None:
    rng = Random(seed)
    made = world(rng, sponsors=300)
    assert ask_labels(altered(rng, made, CUTOFF)) == ask_labels(made)
    assert ask_labels(as_it_was(made, CUTOFF)) == ask_labels(made)


# One planted fact at a time: of the as-of date itself it must show, of the day after it must not.
LAST = AS_OF[-1]
BASE: dict[str, Row] = {
    "sponsors": {"recognised_on": date(2017, 1, 1), "founded_on": None, "employees": 1,
                 "recognition_ended_on": None, "sector": "ICT", "legal_form": "bv",
                 "legal_name": None, "province": None},
    "permits": {"applied_on": date(2024, 1, 1), "decided_on": date(2024, 2, 1),
                "decision": "granted", "valid_from": date(2024, 2, 1), "valid_until": None,
                "ended_on": None, "gross_monthly_salary": 4000.0, "salary_criterion": 4000.0,
                "occupation": None},
    "inspections": {"opened_on": date(2024, 1, 1), "closed_on": date(2024, 2, 1),
                    "selection": "signal", "inclusion_probability": None, "inspector_id": None,
                    "outcome": "non_compliant", "breaches": 3},
    "interventions": {"imposed_on": date(2024, 2, 1), "kind": "fine", "amount": None,
                      "inspection_id": None},
    "signals": {"received_on": date(2024, 2, 1), "source": "tip"},
}  # fmt: skip
KEYS = {"sponsors": "sponsor_id", "permits": "permit_id", "inspections": "inspection_id",
        "interventions": "intervention_id", "signals": "signal_id"}  # fmt: skip


def planted(table: str, changes: Row) -> World:
    """One sponsor, and one row in one table."""
    made: World = {name: [] for name in BASE}
    made["sponsors"] = [{**BASE["sponsors"], "sponsor_id": "S1"}]
    row = {**BASE[table], "sponsor_id": "S1", KEYS[table]: "S1" if table == "sponsors" else "X1"}
    if table == "sponsors":
        made["sponsors"] = [row | changes]
    else:
        made[table] = [row | changes]
    return made


@pytest.mark.parametrize(
    ("table", "facts"),
    [(t, (c,)) for t, c in ROW_KNOWN_FROM.items()]
    + [(t, facts) for t, groups in LATER_FACTS.items() for facts in groups],
)
def test_a_fact_shows_from_its_own_day_and_not_the_day_before(
    ask: Asker, table: str, facts: tuple[str, ...]
) -> None:
    column, far = facts[0], LAST + timedelta(900)
    begun = _unfinished(table) if column == ROW_KNOWN_FROM[table] else {}
    absent = dict.fromkeys(facts) if begun == {} else begun | {column: far}
    nothing = upto(ask(planted(table, absent)), LAST)
    today = upto(ask(planted(table, begun | {column: LAST})), LAST)
    tomorrow = upto(ask(planted(table, begun | {column: LAST + timedelta(1)})), LAST)
    assert today != nothing
    assert tomorrow == nothing


def _unfinished(table: str) -> Row:
    """Without its later facts, which would come before the row."""
    return dict.fromkeys(c for facts in LATER_FACTS[table] for c in facts)


def test_restated_facts_do_not_show(ask: Asker) -> None:
    """A decision taken anew, an inspection closed again otherwise: known from the new day."""
    later = LAST + timedelta(1)
    for table, restated in (
        ("permits", {"decided_on": later, "decision": "refused", "valid_from": None}),
        ("inspections", {"closed_on": later, "outcome": "compliant", "breaches": 0}),
    ):
        open_still = planted(table, dict.fromkeys(restated))
        assert upto(ask(planted(table, restated)), LAST) == upto(ask(open_still), LAST)


# The tests above can fail: each of these measures looks ahead in one way, and is caught.
LEAKS: dict[str, Measure] = {
    "no_upper_bound": count("signals", lambda t, m: t.received_on > m.start),
    "decision_at_application": count("permits", lambda t, m: m.saw(t.applied_on) & t.refused),
    "validity_before_decision": count(
        "permits", lambda t, m: m.saw(t.applied_on) & (t.valid_until > m.as_of)
    ),
    "end_foreseen": count("permits", lambda t, m: m.saw(t.applied_on) & t.ended_on.notnull()),
    "end_before_decision": count("permits", lambda t, m: m.saw(t.ended_on) & t.stay),
    "outcome_at_opening": count("inspections", lambda t, m: m.saw(t.opened_on) & t.failed),
    "breaches_at_opening": Measure(
        "inspections", lambda t, m: t.breaches.sum(where=m.saw(t.opened_on))
    ),
    "ever_closed": count("inspections", lambda t, m: m.saw(t.opened_on) & t.closed_on.isnull()),
    "one_day_ahead": count(
        "interventions",
        lambda t, m: (t.imposed_on > m.start) & (t.imposed_on <= m.as_of + ibis.interval(days=1)),
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_measure_that_looks_ahead_is_caught(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(MEASURES, name, LEAKS[name])
    spec = FeatureSpec(
        name=f"{name}_36m", definition=name, source=LEAKS[name].source, window_months=36,
        justification="planted", direction=0, kind="number",
    )  # fmt: skip
    rng, day = Random(1), AS_OF[-1]
    made = world(rng, sponsors=300)
    with features(FeatureRegister((spec,))) as leaky:
        assert upto(leaky(altered(rng, made, day)), day) != upto(leaky(made), day)


def test_labels_that_look_past_the_cutoff_are_caught() -> None:
    rng, too_late = Random(1), CUTOFF + timedelta(700)
    made = world(rng, sponsors=300)
    with Asker(
        lambda t: label_table(t, as_of_dates=AS_OF, horizon_months=12, cutoff=too_late),
        world(Random(0)),
    ) as leaky:
        assert leaky(altered(rng, made, CUTOFF)) != leaky(made)
