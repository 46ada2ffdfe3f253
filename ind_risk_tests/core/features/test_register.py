"""The register: what it must say, what it refuses, and that nothing else reaches a model."""

from __future__ import annotations

import tomllib
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from ind_risk.adapters.engine import Engine
from ind_risk.adapters.feature_file import register_text, shipped_register
from ind_risk.core.errors import IndRiskError, PolicyError
from ind_risk.core.features.expressions import feature_table
from ind_risk.core.features.measures import MEASURES, SIGNAL_SOURCES
from ind_risk.core.features.register import NEVER, RESERVED, FeatureRegister, load_register
from ind_risk.core.training.rows import join_rows
from ind_risk.core.training.train import train
from ind_risk_tests.core.features.landing import AS_OF, arrow, world
from ind_risk_tests.core.training.example import SPECS, example, shipped_policy

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

GOOD: dict[str, Any] = {
    "name": "signals_12m", "definition": "Signals", "source": "signals", "window_months": 12,
    "kind": "number", "direction": 1, "justification": "Others report what they see",
}  # fmt: skip
COLUMN: dict[str, Any] = {
    "name": "turnover", "definition": "Turnover", "kind": "number", "direction": 0,
    "justification": "Size",
}  # fmt: skip


def toml(section: str, entry: dict[str, Any]) -> str:
    def written(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else repr(value)

    lines = [f"{key} = {written(value)}" for key, value in entry.items() if value is not None]
    return "\n".join([f"[[{section}]]", *lines, ""])


def load(text: str) -> FeatureRegister:
    return load_register(text, source="features.toml")


def names_of(register: FeatureRegister, source: str) -> set[str]:
    return {f.measure for f in register.features if f.source == source}


def test_the_shipped_register_covers_what_a_model_must_know() -> None:
    register = shipped_register()
    assert names_of(register, "sponsors") >= {"sector", "employees", "age_years"}
    assert names_of(register, "permits") >= {
        "permits_applied", "permits_growth", "permits_refused", "near_criterion_share",
        "short_stays", "late_endings", "months_since_permit",
    }  # fmt: skip
    assert names_of(register, "inspections") >= {
        "inspections", "breaches", "inspections_non_compliant", "months_since_inspection",
    }  # fmt: skip
    assert names_of(register, "interventions") >= {"interventions", "months_since_intervention"}
    by_source = {f"signals_{s}" for s in SIGNAL_SOURCES}
    assert names_of(register, "signals") >= {"signals", "months_since_signal"} | by_source
    assert len({f.window_months for f in register.features} - {None}) >= 3


def test_every_entry_of_the_shipped_register_is_justified() -> None:
    for spec in shipped_register().features:
        for text in (spec.definition, spec.justification):
            assert len(text.split()) > 1, spec.name
        if spec.window_months:
            assert f"{spec.window_months} months" in spec.definition, spec.name


def test_the_shipped_register_reads_as_it_stands() -> None:
    entries = tomllib.loads(register_text())["feature"]
    assert [e["name"] for e in entries] == list(shipped_register().names)


def test_the_digest_follows_every_word() -> None:
    base = load(toml("feature", GOOD)).digest
    for key, value in (("definition", "Signal"), ("justification", "So"), ("direction", 0)):
        assert load(toml("feature", GOOD | {key: value})).digest != base
    assert load("# a comment\n" + toml("feature", GOOD)).digest == base


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": None}, "name is missing"),
        ({"definition": "  "}, "definition is missing"),
        ({"justification": None}, "justification is missing"),
        ({"source": None}, "source is missing"),
        ({"direction": True}, "direction is missing or no int"),
        ({"direction": 2}, "direction -1, 0 or 1"),
        ({"kind": "text"}, "kind is number or category"),
        ({"kind": "category", "direction": 0}, "is a number with a window"),
        ({"kind": "category"}, "a category has no more or less"),
        ({"window_months": 0}, "window_months is 0"),
        ({"window_months": 121}, "window_months is 121"),
        ({"window_months": True}, "window_months is True"),
        ({"window_months": 6}, "must end in _6m"),
        ({"name": "signals"}, "must end in _12m"),
        ({"name": "signals", "window_months": None}, "is a number with a window"),
        ({"name": "omens_12m"}, "there is no measure 'omens' on signals"),
        ({"source": "permits"}, "there is no measure 'signals' on permits"),
        ({"source": "protected_attributes"}, "never features"),
        ({"name": "nationality_12m"}, "never features"),
        ({"name": "share_ethnic_12m"}, "never features"),
        ({"name": "signals 12m"}, "not a name"),
        ({"weight": 3}, "unknown key 'weight'"),
    ],
)
def test_a_bad_feature_is_refused_by_name(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(PolicyError, match=says) as refused:
        load(toml("feature", GOOD | changes))
    assert "features.toml, feature" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "sector"}, "stands in the contract already"),
        ({"name": "Sector"}, "stands in the contract already"),
        ({"window_months": 12}, "has no window"),
        ({"source": "permits"}, "is of sponsors"),
        ({"name": "DirectorNationality"}, "never features"),
        ({"name": "herkomst_bestuurder"}, "never features"),
        *(({"name": name.upper()}, "never features") for name in NEVER),
        *(({"name": name.upper()}, "not a name") for name in RESERVED),
    ],
)
def test_a_bad_sponsor_column_is_refused_by_name(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        load(toml("sponsor_column", COLUMN | changes))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no feature is registered"),
        ("feature = 3", r"under a \[\[feature\]\]"),
        ("[feature]\nname = 'x'", r"under a \[\[feature\]\]"),
        ("feature = [3]", "a table of keys, not 3"),
        ("[[features]]", "unknown section 'features'"),
        ("[[feature]", "not valid TOML"),
        (toml("feature", GOOD) * 2, "'signals_12m' is registered twice"),
        (
            toml("sponsor_column", COLUMN) + toml("sponsor_column", COLUMN | {"name": "Turnover"}),
            "is registered twice",
        ),
    ],
)
def test_a_bad_file_is_refused(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        load(text)


def made_of(register: FeatureRegister, sponsors: dict[str, list[Any]]) -> pa.Table:
    """Features of three sponsors whose table has further columns."""
    made = world(Random(1), sponsors=3)
    for place, row in enumerate(made["sponsors"]):
        row |= {"recognised_on": date(2017, 1, 1), "recognition_ended_on": None}
        row |= {name: values[place] for name, values in sponsors.items()}
    with Engine() as engine:
        tables = engine.tables(arrow(made))
        return engine.to_arrow(feature_table(tables, as_of_dates=AS_OF[:1], register=register))


def test_what_is_not_registered_does_not_leave_the_expression() -> None:
    made = made_of(load(toml("feature", GOOD)), {"leak": [1, 0, 1]})
    assert made.column_names == ["sponsor_id", "as_of", "signals_12m"]


def test_declared_sponsor_columns_flow_through() -> None:
    text = toml("sponsor_column", COLUMN) + toml(
        "sponsor_column", COLUMN | {"name": "tier", "kind": "category"}
    )
    register = load(text + toml("feature", GOOD))
    assert register.extra_sponsor_columns == ("turnover", "tier")
    made = made_of(register, {"turnover": [1, None, 3], "tier": ["a", None, "b"]})
    assert made.column_names == ["sponsor_id", "as_of", "signals_12m", "turnover", "tier"]
    assert made["turnover"].to_pylist() == [1.0, None, 3.0]
    assert made["tier"].to_pylist() == ["a", None, "b"]


def test_a_declared_column_that_is_missing_is_named() -> None:
    with pytest.raises(PolicyError, match="declares the sponsor column 'turnover'"):
        made_of(load(toml("sponsor_column", COLUMN)), {})


def test_a_declared_number_that_holds_text_is_refused_not_guessed() -> None:
    with pytest.raises(IndRiskError, match="kinds of declared sponsor columns"):
        made_of(load(toml("sponsor_column", COLUMN)), {"turnover": ["1", "many", None]})


def test_an_unregistered_column_cannot_enter_a_model() -> None:
    """One that gives the answer away changes nothing, because training reads the specs only."""
    made, policy = example(dates=4), shipped_policy()
    answer = made.labelled[["sponsor_id", "as_of", "y"]].rename(columns={"y": "answer"})
    leaky = made.features.merge(answer, on=["sponsor_id", "as_of"], how="left")
    rows = join_rows(features=leaky, labelled=made.labelled, specs=SPECS, random_arm=True)
    assert sorted(rows.frame.columns) == sorted(s.name for s in SPECS)

    def scores(features: pd.DataFrame) -> Any:
        trained = train(
            features=features, labelled=made.labelled, specs=SPECS, policy=policy, seed=1
        )
        assert set(trained.feature_names) == {s.name for s in SPECS}
        return trained.predict_proba(features)

    assert (scores(leaky) == scores(made.features)).all()


def test_every_measure_says_what_an_empty_source_means() -> None:
    for name, measure in MEASURES.items():
        counts = not name.endswith(("_share", "_growth", "_ratio", "_per_inspection"))
        counts &= not name.startswith("months_since") and measure.source != "sponsors"
        assert measure.empty == (0.0 if counts else None), name
