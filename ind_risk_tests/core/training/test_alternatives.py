"""Alternatives: refits are the fits they stand for, nothing is skipped, nonsense is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from ind_risk.core.bands import score
from ind_risk.core.training import candidates
from ind_risk.core.training.ablation import (
    Decided,
    Fitted,
    column_owners,
    decided_without,
    sets_left_out,
    used_features,
)
from ind_risk.core.training.alternatives import Alternatives, alternatives
from ind_risk.core.training.candidates import CANDIDATES, fit_ranker
from ind_risk.core.training.encoding import categories_of, design, numbers_of
from ind_risk.core.training.linear_ablation import coefficients_without
from ind_risk.core.training.rows import join_rows
from ind_risk.core.training.splits import rolling_windows
from ind_risk_tests.core.training.example import (
    SPECS,
    Spec,
    example,
    last_features,
    shipped_policy,
    trained,
)

KINDS = CANDIDATES[1:]
TELLING = [s for s in SPECS if s.name != "never_seen"]


@cache
def made(kind: str = "logistic") -> Alternatives:
    return alternatives(
        features=example().features, labelled=example().labelled, scored=last_features(),
        specs=SPECS, policy=shipped_policy(), kind=kind, seed=1,
    )  # fmt: skip


def fitted(kind: str, specs: Sequence[Spec] = SPECS) -> Fitted:
    """A model on the latest window of the example, deciding on the rows it was fitted on."""
    rows = join_rows(
        features=example().features, labelled=example().labelled, specs=specs, random_arm=True
    )
    window = rolling_windows(rows.dates(), horizon_months=12)[-1]
    past = rows.matured(window.train_on, by=window.validate_on)
    ranker = fit_ranker(kind, past.frame, past.y, specs, seed=1)
    values = ranker.decision_function(past.frame)
    telling = [s for s in specs if past.frame[s.name].nunique(dropna=False) > 1]
    return Fitted(
        kind=kind, ranker=ranker, past=past, after=past.frame, scored=past.frame.head(50),
        specs=telling, decided=Decided(values, values[:50]), seed=1,
    )  # fmt: skip


def afresh(model: Fitted, left_out: Sequence[str]) -> np.ndarray:
    kept = [s for s in SPECS if s.name not in left_out]
    ranker = fit_ranker(model.kind, model.past.frame, model.past.y, kept, seed=1)
    return np.asarray(ranker.decision_function(model.after))


@pytest.mark.parametrize("kind", KINDS)
def test_a_refit_is_the_fit_without_the_feature(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # scikit-learn stops the logistic regression early by default; here both go to the maximum.
    monkeypatch.setitem(candidates.LOGISTIC_PARAMETERS, "tol", 1e-10)
    model = fitted(kind)
    sets = [*((s.name,) for s in TELLING), ("breaches", "sector"), tuple(s.name for s in TELLING)]
    for left_out, decided in zip(sets, decided_without(model, sets, map), strict=True):
        expected = afresh(model, left_out)
        tolerance = 1e-6 if kind == "logistic" else 1e-12
        np.testing.assert_allclose(decided.after, expected, rtol=0, atol=tolerance)
        np.testing.assert_allclose(decided.scored, expected[:50], rtol=0, atol=tolerance)


@pytest.mark.parametrize("kind", ["one_rule", "additive_booster", "booster"])
def test_what_is_called_unchanged_is_unchanged(kind: str) -> None:
    """Proved by fitting again without each unused feature."""
    extra = tuple(Spec(f"noise_{k}") for k in range(8))
    rng = np.random.default_rng(5)
    features = example().features.assign(
        **{s.name: rng.integers(0, 2, len(example().features)).astype(float) for s in extra}
    )
    specs = (*SPECS, *extra)
    rows = join_rows(features=features, labelled=example().labelled, specs=specs, random_arm=True)
    ranker = fit_ranker(kind, rows.frame, rows.y, specs, seed=1)
    telling = [s for s in specs if s.name != "never_seen"]
    unused = [s.name for s in telling if s.name not in used_features(ranker, telling)]
    assert unused, "the example must have unused features"
    whole = ranker.decision_function(rows.frame)
    for name in unused:
        kept = [s for s in specs if s.name != name]
        other = fit_ranker(kind, rows.frame, rows.y, kept, seed=1)
        np.testing.assert_array_equal(other.decision_function(rows.frame), whole)


def test_every_feature_of_the_model_is_left_out_once() -> None:
    for kind in KINDS:
        found = made(kind)
        names = [r.name for r in found.records]
        assert names == [
            *KINDS, *(f"{kind} without {s.name}" for s in TELLING)
        ]  # fmt: skip
        assert list(found.selected.columns) == ["sponsor_id", *names]
        assert found.constant == ("never_seen",)
    unchanged = [r.left_out for r in made("one_rule").records if r.unchanged]
    assert len(unchanged) == len(TELLING) - 1
    assert not any(r.unchanged for r in made("logistic").records)


def test_all_windows_of_a_measure_are_left_out_together() -> None:
    assert sets_left_out(["fines_6m", "x", "fines_36m", "age_12m"]) == {
        "fines_6m": ("fines_6m",), "x": ("x",), "fines_36m": ("fines_36m",),
        "age_12m": ("age_12m",), "fines of any window": ("fines_6m", "fines_36m"),
    }  # fmt: skip
    features = example().features.rename(columns={"conduct": "conduct_12m"})
    features["conduct_36m"] = features["conduct_12m"]
    specs = [Spec("conduct_12m"), Spec("conduct_36m"), Spec("noise")]
    found = alternatives(
        features=features, labelled=example().labelled,
        scored=features[features["as_of"] == features["as_of"].max()], specs=specs,
        policy=shipped_policy(), kind="logistic", seed=1,
    )  # fmt: skip
    precision = {r.name: r.precision for r in found.records}
    assert precision["logistic without conduct_12m"] == pytest.approx(
        precision["logistic"], abs=0.05
    )
    assert precision["logistic without conduct of any window"] < precision["logistic"] - 0.15


def test_the_reference_is_what_training_measured() -> None:
    windows = {(w.candidate, w.as_of.isoformat()): w for w in trained().windows}
    for record in made().records[: len(KINDS)]:
        window = windows[record.kind, made().validated_on]
        assert record.precision == window.precision_at_capacity
        assert record.auc == window.auc
        assert record.hits.sum() == round(record.precision * record.capacity)
        assert (record.n_validation, record.capacity) == (window.n, window.capacity)
        assert made().trained_on == window.trained_on


def test_the_selection_is_band_high_by_the_same_tie_break() -> None:
    """Of the model on the same rows, one_rule above all, whose scores tie."""
    specs = [Spec("breaches", direction=1), Spec("never_seen")]
    model = fitted("one_rule", specs)

    class Probabilities:
        def predict_proba(self, frame: pd.DataFrame, /) -> np.ndarray:
            known = design(frame, numbers_of(specs), categories_of(specs))
            risk = expit(model.ranker.decision_function(known))
            return np.column_stack([1 - risk, risk])

    found = alternatives(
        features=example().features, labelled=example().labelled,
        scored=last_features().sample(frac=1, random_state=3), specs=specs,
        policy=shipped_policy(), kind="one_rule", seed=1,
    )  # fmt: skip
    banded = score(Probabilities(), last_features(), shipped_policy())
    assert found.selected["sponsor_id"].tolist() == banded["sponsor_id"].tolist()
    assert (found.selected["one_rule"] == (banded["band"] == "high")).all()
    # Without its only feature it ranks nobody above another: ties decide, nothing breaks.
    assert found.selected["one_rule without breaches"].sum() == 60


def test_rows_in_another_order_give_the_same() -> None:
    other = alternatives(
        features=example().features.sample(frac=1, random_state=1),
        labelled=example().labelled.sample(frac=1, random_state=2),
        scored=last_features().sample(frac=1, random_state=3),
        specs=SPECS, policy=shipped_policy(), kind="logistic", seed=1,
    )  # fmt: skip
    pd.testing.assert_frame_equal(other.selected, made().selected)
    assert other.facts() == made().facts()


def test_the_facts_survive_json() -> None:
    text = json.dumps(made().facts(), allow_nan=False)
    back = Alternatives.from_facts(made().selected, json.loads(text))
    assert back.facts() == made().facts()
    assert (back.records[0].hits == made().records[0].hits).all()
    assert back.records[0].hits.dtype == bool


@pytest.mark.parametrize("which", ["dummy", "one date", "one class", "no labels", "nobody"])
def test_nothing_to_compare_is_told(which: str) -> None:
    labelled = example().labelled
    scored = last_features().head(0) if which == "nobody" else last_features()
    if which == "one date":
        labelled = labelled[labelled["as_of"] == labelled["as_of"].min()]
    if which == "one class":
        labelled = labelled.assign(y=0)
    if which == "no labels":
        labelled = labelled.head(0)
    found = alternatives(
        features=example().features, labelled=labelled, scored=scored, specs=SPECS,
        policy=shipped_policy(), kind="dummy" if which == "dummy" else "one_rule", seed=1,
    )  # fmt: skip
    assert found.records == ()
    assert found.reason.endswith(".")
    assert len(found.selected) == len(scored)


@pytest.mark.parametrize("kind", KINDS)
def test_constant_missing_and_only_features_do_not_break(kind: str) -> None:
    features = example().features.assign(sector="ict", noise=np.nan, conduct=1.0)
    found = alternatives(
        features=features, labelled=example().labelled, scored=features.head(1), specs=SPECS,
        policy=shipped_policy(), kind=kind, seed=1,
    )  # fmt: skip
    assert set(found.constant) == {"never_seen", "sector", "noise", "conduct"}
    assert {r.left_out for r in found.records} == {
        (), ("breaches",), ("months_since_breach",)
    }  # fmt: skip
    assert all(0 <= r.precision <= 1 for r in found.records)
    assert found.selected[[r.name for r in found.records]].all(axis=None)  # one of one


def test_the_random_arm_is_left_out_where_the_policy_says_so() -> None:
    policy = shipped_policy()
    labels = replace(policy.labels, train_on_random_arm=False)
    found = alternatives(
        features=example().features, labelled=example().labelled, scored=last_features(),
        specs=SPECS, policy=replace(policy, labels=labels), kind="one_rule", seed=1,
    )  # fmt: skip
    assert found.trained_on < made().trained_on


def test_columns_belong_to_the_feature_that_moves_them() -> None:
    """Brute force: shuffle one feature and see which columns move."""
    for kind in ("logistic", "booster"):
        model = fitted(kind)
        encoder, frame = model.ranker["encode"], model.past.frame
        owners = column_owners(encoder, model.specs)
        plain = np.asarray(encoder.transform(frame))
        assert owners.shape == (plain.shape[1],)
        order = np.random.default_rng(1).permutation(len(frame))
        for spec in model.specs:
            moved = encoder.transform(
                frame.assign(**{spec.name: frame[spec.name].to_numpy()[order]})
            )
            differs = ~np.all((moved == plain) | (np.isnan(moved) & np.isnan(plain)), axis=0)
            assert set(owners[differs]) == {spec.name}


def test_many_regressions_at_once_are_each_the_maximum() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 6)) * np.array([1, 1, 1, 1, 1, 30.0])
    y = (x[:, 0] + x[:, 1] + rng.normal(size=400) > 0.5).astype(np.int64)
    whole = LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-10).fit(x, y)
    dropped = np.vstack([np.eye(6, dtype=bool), np.zeros((1, 6), dtype=bool)])
    coefficients, converged = coefficients_without(
        x, y, penalty=2.0, dropped=dropped, start=np.append(whole.coef_[0], whole.intercept_[0])
    )
    for k, drop in enumerate(dropped):
        one = LogisticRegression(C=0.5, solver="newton-cholesky", tol=1e-10).fit(x[:, ~drop], y)
        if converged[k]:
            np.testing.assert_allclose(coefficients[:-1][~drop, k], one.coef_[0], atol=1e-5)
            assert coefficients[-1, k] == pytest.approx(one.intercept_[0], abs=1e-5)
        assert (coefficients[:-1][drop, k] == 0).all()
    assert converged.sum() >= 5


def test_what_does_not_converge_is_fitted_on_its_own() -> None:
    """Where one feature separates the classes, the curvature there says nothing without it."""
    rng = np.random.default_rng(4)
    days, n = pd.date_range("2019-01-01", periods=6, freq="6MS"), 200
    features = pd.DataFrame(
        {
            "sponsor_id": np.tile([f"S{i}" for i in range(n)], 6), "as_of": np.repeat(days, n),
            "noise": rng.normal(size=6 * n),
        }
    )  # fmt: skip
    y = (np.arange(6 * n) % 2).astype(np.int64)
    features["breaches"], features["conduct"] = y * 1.0, features["noise"] + y
    for k in range(30):
        features[f"copy_{k}"] = y * 1.0
    specs = [Spec("breaches"), Spec("conduct"), Spec("noise")]
    specs += [Spec(f"copy_{k}") for k in range(30)]
    x = features[[s.name for s in specs]].to_numpy()
    gone = np.array([s.name not in ("conduct", "noise") for s in specs])
    whole = LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-10).fit(x, y)
    _, converged = coefficients_without(
        x, y, penalty=10.0, dropped=gone[None],
        start=np.append(whole.coef_[0], whole.intercept_[0]),
    )  # fmt: skip
    assert not converged[0], "the example must need the fallback"
    labelled = features[["sponsor_id", "as_of"]].assign(y=y, source="signal")
    rows = join_rows(features=features, labelled=labelled, specs=specs, random_arm=True)
    ranker = fit_ranker("logistic", rows.frame, rows.y, specs, seed=1)
    values = Decided(*(ranker.decision_function(rows.frame),) * 2)
    model = Fitted(
        kind="logistic", ranker=ranker, past=rows, after=rows.frame, scored=rows.frame,
        specs=specs, decided=values, seed=1,
    )  # fmt: skip
    left_out = tuple(s.name for s, out in zip(specs, gone, strict=True) if out)
    (decided,) = decided_without(model, [left_out], map)
    kept = [s for s in specs if s.name not in left_out]
    other = fit_ranker("logistic", rows.frame, rows.y, kept, seed=1)
    np.testing.assert_allclose(decided.after, other.decision_function(rows.frame), atol=1e-9)
