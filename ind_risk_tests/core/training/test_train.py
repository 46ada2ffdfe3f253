"""Training, whole: the same model whatever the order, the process or the number of cores."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ind_risk.adapters.model_file import model_digest
from ind_risk.core.training.candidates import CANDIDATES
from ind_risk.core.training.train import TrainedCandidate, train
from ind_risk_tests.core.training.example import SPECS, example, shipped_policy, trained

if TYPE_CHECKING:
    import pandas as pd


def _trained(features: pd.DataFrame, labelled: pd.DataFrame, seed: int = 1) -> TrainedCandidate:
    # A margin that no candidate can win by makes the rich one the digest speaks of.
    policy = shipped_policy()
    minima = replace(policy.training, simpler_model_margin=1e-9)
    return train(
        features=features, labelled=labelled, specs=SPECS,
        policy=replace(policy, training=minima), seed=seed,
    )  # fmt: skip


def test_every_candidate_on_every_window() -> None:
    made = trained()
    assert len(made.windows) == 4 * len(CANDIDATES)
    assert made.kind in CANDIDATES[1:]
    assert made.kind in made.rule
    assert made.n_labels == len(example().labelled)
    assert len(made.training_dates) == 6
    assert sum(made.importance.values()) == pytest.approx(1.0)
    assert made.importance["never_seen"] == 0.0


def test_what_decides_is_found() -> None:
    made = trained(simpler_model_margin=1e-9)
    assert max(made.importance, key=lambda name: made.importance[name]) == "conduct"
    aucs = [w.auc for w in made.windows if w.candidate == made.kind]
    assert np.mean(aucs) > 0.75


def test_order_cores_and_process_do_not_matter() -> None:
    made = example()
    expected = model_digest(_trained(made.features, made.labelled).model)
    shuffled = _trained(
        made.features.sample(frac=1, random_state=1), made.labelled.sample(frac=1, random_state=2)
    )
    assert model_digest(shuffled.model) == expected
    with threadpool_limits(limits=1):
        assert model_digest(_trained(made.features, made.labelled).model) == expected
    code = (
        "from ind_risk.adapters.model_file import model_digest\n"
        "from ind_risk_tests.core.training.example import example\n"
        "from ind_risk_tests.core.training.test_train import _trained\n"
        "print(model_digest(_trained(example().features, example().labelled).model))\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "3"}
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert other.stdout.strip() == expected


def test_one_changed_label_changes_the_digest() -> None:
    made = example()
    labelled = made.labelled.copy()
    labelled.loc[labelled.index[0], "y"] = 1 - labelled["y"].iloc[0]
    changed = model_digest(_trained(made.features, labelled).model)
    assert changed != model_digest(_trained(made.features, made.labelled).model)


def test_columns_outside_the_register_are_not_read() -> None:
    made = example()
    leak = made.features.merge(made.labelled, how="left").assign(nationality="XXX")
    got = _trained(leak, made.labelled)
    assert model_digest(got.model) == model_digest(_trained(made.features, made.labelled).model)
    assert set(got.feature_names) == {s.name for s in SPECS}


@pytest.mark.parametrize(("rows", "kind"), [(0, "dummy"), (60, "one_rule")])
def test_few_labels_still_give_a_candidate_with_a_reason(rows: int, kind: str) -> None:
    made = example()
    got = _trained(made.features, made.labelled.head(rows))
    assert (got.kind, got.windows) == (kind, ())
    assert "fewer than" in got.rule or "nothing can be learned" in got.rule
    assert np.isfinite(got.predict_proba(made.features.head(20))).all()
    assert (got.one_rule_feature is not None) == (kind == "one_rule")


def test_one_date_has_no_window_and_falls_back() -> None:
    made = example()
    first = made.labelled[made.labelled["as_of"] == made.labelled["as_of"].min()]
    got = _trained(made.features, first)
    assert got.kind == "one_rule"
    assert "cannot be compared" in got.rule


def test_the_random_arm_can_be_barred_from_training() -> None:
    made, policy = example(), shipped_policy()
    barred = replace(policy, labels=replace(policy.labels, train_on_random_arm=False))
    got = train(features=made.features, labelled=made.labelled, specs=SPECS, policy=barred, seed=1)
    assert got.n_labels == int((made.labelled["source"] != "random").sum())
    assert "no random arm" in got.calibration.basis
