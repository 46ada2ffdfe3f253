"""Refits on resampled sponsors: the same everywhere, and what an honest refit would have given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.bands import BANDS, score
from ind_risk.core.policy import Policy
from ind_risk.core.robustness.retraining import Retrained, band_places, resamples, retrained
from ind_risk.core.robustness.retraining_refits import coefficients, one_core, refit_decisions
from ind_risk.core.training.candidates import (
    ADDITIVE_BOOSTER,
    DUMMY,
    LOGISTIC,
    LOGISTIC_PARAMETERS,
    ONE_RULE,
    fit_ranker,
)
from ind_risk.core.training.rows import join_rows
from ind_risk_tests.core.training.example import (
    SPECS,
    example,
    last_features,
    shipped_policy,
    trained,
)

REFITS = 4


@pytest.fixture(autouse=True)
def on_one_core() -> Iterator[None]:
    with one_core():
        yield


def few_refits(refits: int = REFITS) -> Policy:
    policy = shipped_policy()
    few = replace(policy.robustness, stability_refits=refits, stability_refits_at_most=refits)
    return replace(policy, robustness=few)


def retrain(kind: str, **changed: Any) -> Retrained:
    made = example()
    given: dict[str, Any] = {
        "features": made.features, "labelled": made.labelled, "scored": last_features(),
        "specs": SPECS, "policy": few_refits(), "kind": kind, "seed": 3,
    }  # fmt: skip
    return retrained(**(given | changed))


@cache
def once(kind: str) -> Retrained:
    return retrain(kind, backend="sequential")


def test_the_candidates_bands_are_those_of_its_scores() -> None:
    candidate = trained()
    scored = score(candidate, last_features(), shipped_policy())

    found = retrain(candidate.kind, ranker=candidate.model.ranker)

    assert found.sponsor_ids.tolist() == scored["sponsor_id"].tolist()
    assert [BANDS[p] for p in found.candidate] == scored["band"].tolist()
    assert found.refits.shape == (REFITS, len(scored))
    assert found.sponsors == example().labelled["sponsor_id"].nunique()
    assert found.labels == len(example().labelled)


@pytest.mark.parametrize("kind", [ONE_RULE, LOGISTIC, ADDITIVE_BOOSTER])
def test_backends_and_row_orders_give_the_same(kind: str) -> None:
    made, rng = example(), np.random.default_rng(0)
    shuffled = {
        "features": made.features.sample(frac=1, random_state=rng),
        "labelled": made.labelled.sample(frac=1, random_state=rng),
        "scored": last_features().sample(frac=1, random_state=rng),
    }

    again = retrain(kind, backend="threading", **shuffled)

    assert (again.candidate == once(kind).candidate).all()
    assert (again.refits == once(kind).refits).all()
    moved = (once(kind).refits != once(kind).candidate).any(axis=1)
    assert moved.all() or kind == ONE_RULE  # which reads one feature, whoever is drawn


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_joblib_configuration_is_obeyed(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import joblib
    from joblib.parallel import Parallel

    seen = []
    called = Parallel.__call__

    def noted(self: Any, jobs: Any) -> Any:
        seen.append((type(self._backend).__name__, self.n_jobs))
        return called(self, jobs)

    monkeypatch.setattr(Parallel, "__call__", noted)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        found = retrain(LOGISTIC)

    name = {"threading": "ThreadingBackend", "loky": "LokyBackend"}[backend]
    assert (name, 2) in seen
    assert (found.refits == once(LOGISTIC).refits).all()


def test_a_further_refit_changes_none_before_it() -> None:
    more = retrain(ADDITIVE_BOOSTER, policy=few_refits(REFITS + 1), backend="sequential")

    assert (more.refits[:REFITS] == once(ADDITIVE_BOOSTER).refits).all()
    assert (resamples(50, 3, seed=1) == resamples(50, 5, seed=1)[:3]).all()
    assert (resamples(50, 3, seed=1) != resamples(50, 3, seed=2)).any()


def test_more_refits_are_made_where_few_decide_nothing() -> None:
    policy = few_refits()

    def refits(**bounds: Any) -> int:
        changed = replace(policy.robustness, stability_refits_at_most=REFITS + 3, **bounds)
        asked = replace(policy, robustness=changed)
        return len(retrain(LOGISTIC, policy=asked, backend="sequential").refits)

    def one_by_one() -> Retrained:
        slowly = replace(policy.robustness, stability_refits=1)
        return retrain(LOGISTIC, policy=replace(policy, robustness=slowly), backend="sequential")

    assert refits(stability_overlap_at_least=0.0, stability_flips_at_most=1.0) == REFITS
    overlap = (once(LOGISTIC).refits[:, once(LOGISTIC).candidate == 0] == 0).mean()
    assert refits(stability_overlap_at_least=float(overlap)) == REFITS + 3
    assert (one_by_one().refits == once(LOGISTIC).refits).all()


def test_whole_sponsors_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from ind_risk.core.robustness import retraining

    seen = {}

    def noted(*args: Any, times: Any, **kept: Any) -> Any:
        seen["times"] = times
        return refit_decisions(*args, times=times, **kept)

    monkeypatch.setattr(retraining, "refit_decisions", noted)
    retrain(LOGISTIC)

    rows = example().labelled.sort_values(["sponsor_id", "as_of"], ignore_index=True)
    drawn = pd.DataFrame(seen["times"].T).groupby(rows["sponsor_id"])
    assert (drawn.nunique() == 1).all(axis=None)
    assert drawn.first().sum().tolist() == [rows["sponsor_id"].nunique()] * REFITS


def test_many_logistic_regressions_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(5)
    x = rng.random((800, 6))
    y = (rng.random(800) < 1 / (1 + np.exp(2 - 3 * x[:, 0]))).astype(np.int64)
    weight = rng.multinomial(800, np.full(800, 1 / 800), size=3).T.astype(float)
    exact = LogisticRegression(**{**LOGISTIC_PARAMETERS, "tol": 1e-10})
    start = exact.fit(x, y)

    made, converged = coefficients(
        x, y, weight=weight, penalty=10.0, start=np.append(start.coef_[0], start.intercept_[0])
    )

    assert converged.all()
    for k in range(3):
        alone = exact.fit(x, y, sample_weight=weight[:, k])
        expected = np.append(alone.coef_[0], alone.intercept_[0])
        assert made[:, k] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kind", [ONE_RULE, LOGISTIC, ADDITIVE_BOOSTER])
def test_refits_are_close_to_honest_ones(kind: str) -> None:
    """A refit that also encodes anew, on rows written out, puts nearly all in the same band."""
    made, policy = example(), shipped_policy()
    rows = join_rows(features=made.features, labelled=made.labelled, specs=SPECS, random_arm=True)
    times = np.random.default_rng(2).multinomial(rows.n, np.full(rows.n, 1 / rows.n), size=1)
    ranker = fit_ranker(kind, rows.frame, rows.y, SPECS, seed=1)

    _, (quick,) = refit_decisions(
        ranker, rows.frame, rows.y, rows.frame, times=times, backend="sequential"
    )

    written = np.repeat(np.arange(rows.n), times[0])
    honest = fit_ranker(
        kind, rows.frame.iloc[written].reset_index(drop=True), rows.y[written], SPECS, seed=1
    ).decision_function(rows.frame)
    same = band_places(quick, rows.ties, policy) == band_places(honest, rows.ties, policy)
    assert same.mean() > (0.85 if kind == ADDITIVE_BOOSTER else 0.98)


def test_a_resample_of_one_outcome_learns_nothing() -> None:
    made = example()
    rows = join_rows(features=made.features, labelled=made.labelled, specs=SPECS, random_arm=True)
    ranker = fit_ranker(LOGISTIC, rows.frame, rows.y, SPECS, seed=1)
    times = np.array([1 - rows.y, np.ones(rows.n, dtype=np.int64)])

    own, decided = refit_decisions(
        ranker, rows.frame, rows.y, rows.frame, times=times, backend="sequential"
    )

    assert (decided[0] == 0).all()
    assert decided[1] == pytest.approx(own, abs=1e-2)


def test_without_anything_learned_there_is_nothing_to_learn_again() -> None:
    made = example()
    compliant = made.labelled.assign(y=0)
    for given in ({"kind": DUMMY}, {"kind": LOGISTIC, "labelled": compliant}):
        found = retrain(**given)
        assert found.reason
        assert len(found.refits) == 0
    nobody = retrain(LOGISTIC, scored=last_features().head(0))
    assert nobody.reason == "No sponsor is scored."


def test_random_arm_labels_are_left_out_where_the_policy_says_so() -> None:
    policy = few_refits()
    policy = replace(policy, labels=replace(policy.labels, train_on_random_arm=False))
    labelled = example().labelled
    kept = labelled[labelled["source"] != "random"]

    found = retrain(LOGISTIC, policy=policy, backend="sequential")

    assert (found.labels, found.sponsors) == (len(kept), kept["sponsor_id"].nunique())
    expected = retrain(LOGISTIC, labelled=kept, backend="sequential")
    assert (found.refits == expected.refits).all()
