"""The drift check: one finding for the score, each important feature and the outcomes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from ind_risk.core.drift import drift_findings
from ind_risk.core.findings import Finding, all_green
from ind_risk_tests.core.accuracy.example import POLICY, judged

JUDGED = judged()
KINDS = {"size": "number", "sector": "category"}


def _features(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = pd.Series(rng.poisson(2, n), dtype=float).mask(rng.random(n) < 0.1)
    return pd.DataFrame({"size": size, "sector": rng.choice(["ict", "trade", "research"], n)})


def _findings(n: int = 5000, **changes: Any) -> list[Finding]:
    rng = np.random.default_rng(1)
    given: dict[str, Any] = {
        "training_scores": pd.Series(rng.beta(2, 18, n)),
        "use_scores": pd.Series(rng.beta(2, 18, n)),
        "training_features": _features(n, 2),
        "use_features": _features(n, 3),
        "feature_kinds": KINDS,
        "important": ["size", "sector"],
        "judged": JUDGED,
        "policy": POLICY,
        "seed": 7,
    }
    made = drift_findings(**{**given, **changes})
    assert {f.check for f in made} == {"drift"}
    assert made[0].claim == "score_psi"
    assert made[-1].claim == "outcome_gap"
    json.dumps([f.to_dict() for f in made], allow_nan=False)
    assert all(f.sentence.endswith(".") for f in made)
    return made


def test_nothing_moved() -> None:
    made = _findings()
    assert [(f.claim, f.subject) for f in made] == [
        ("score_psi", "score"), ("feature_psi", "size"), ("feature_psi", "sector"),
        ("outcome_gap", "all"),
    ]  # fmt: skip
    assert all_green(made)
    assert made[0].margin == POLICY.drift.score_psi_at_most
    assert made[1].margin == POLICY.drift.feature_psi_at_most
    assert made == _findings()


def test_what_moved_is_refuted_and_named() -> None:
    use = _features(5000, 3)
    use.loc[:2000, "sector"] = "horeca"
    use["size"] = use["size"].mask(np.arange(5000) % 2 == 0)
    scores = pd.Series(np.random.default_rng(9).beta(4, 18, 5000))
    made = _findings(use_scores=scores, use_features=use)
    assert [f.verdict for f in made[:3]] == ["refuted"] * 3
    assert "'(unknown)'" in made[1].sentence
    assert "'horeca'" in made[2].sentence


def test_few_sponsors_are_never_stable() -> None:
    made = _findings(60)
    assert made[0].verdict == "insufficient_data"
    assert made[0].estimate is not None


def test_no_sponsors() -> None:
    empty = pd.Series([], dtype=float)
    made = _findings(use_scores=empty, use_features=_features(0, 1))
    assert [f.verdict for f in made[:3]] == ["insufficient_data"] * 3
    assert "no sponsor in the population of use" in made[1].sentence
    made = _findings(training_scores=empty, training_features=_features(0, 1))
    assert "no sponsor in the population of training" in made[0].sentence


def test_scores_that_are_no_numbers() -> None:
    for bad in (np.nan, np.inf, None):
        scores = pd.Series([0.1] * 4999 + [bad], dtype=float)
        for name in ("training_scores", "use_scores"):
            changes: dict[str, Any] = {name: scores}
            made = _findings(**changes)
            assert (made[0].verdict, made[0].estimate) == ("insufficient_data", None)
            assert "1 sponsors" in made[0].sentence


def test_a_model_without_features() -> None:
    made = _findings(important=[])
    assert [f.claim for f in made] == ["score_psi", "feature_psi", "outcome_gap"]
    assert made[1].verdict == "insufficient_data"
    assert "uses no feature" in made[1].sentence


def test_a_feature_that_is_gone_or_unknown() -> None:
    made = _findings(important=["size", "vanished"])
    assert made[2].subject == "vanished"
    assert made[2].verdict == "insufficient_data"
    made = _findings(feature_kinds={"size": "number"})
    assert made[2].verdict == "insufficient_data"
    assert not made[2].green


def test_no_random_arm() -> None:
    made = _findings(judged=JUDGED.assign(audit_label=None))
    assert made[-1].verdict == "insufficient_data"
    assert not all_green(made)


def test_small_counts_are_not_named() -> None:
    use = _features(5000, 3)
    use["size"] = 40.0
    use.loc[:4, "size"] = 1000.0
    for f in _findings(use_features=use)[1:2]:
        assert f.verdict == "refuted"
        assert "0.1 %" not in f.sentence
