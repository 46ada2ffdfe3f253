"""Perturbation: mixtures of encodings are real inputs, Wilson judges, and crashes are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.accuracy.rates import Rate, quantile, wilson
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, all_green
from ind_risk.core.policy import Policy
from ind_risk.core.robustness.perturbation import perturbation_findings
from ind_risk.core.robustness.perturbation_inputs import UNSEEN, Reader, missing, noisy, unseen
from ind_risk.core.robustness.retraining_refits import one_core
from ind_risk.core.training.calibration import SigmoidCalibrated
from ind_risk.core.training.candidates import (
    ADDITIVE_BOOSTER,
    DUMMY,
    LOGISTIC,
    ONE_RULE,
    fit_ranker,
)
from ind_risk.core.training.encoding import categories_of, design, numbers_of
from ind_risk.core.training.rows import join_rows
from ind_risk_tests.core.training.example import SPECS, example, last_features, shipped_policy

NUMBERS, CATEGORIES = numbers_of(SPECS), categories_of(SPECS)


@pytest.fixture(autouse=True)
def on_one_core() -> Iterator[None]:
    with one_core():
        yield


@cache
def model(kind: str) -> SigmoidCalibrated:
    made = example()
    rows = join_rows(features=made.features, labelled=made.labelled, specs=SPECS, random_arm=True)
    with one_core():
        ranker = fit_ranker(kind, rows.frame, rows.y, SPECS, seed=1)
    return SigmoidCalibrated(ranker, 0.8, -1.0, NUMBERS, CATEGORIES)


def earlier() -> pd.DataFrame:
    features = example().features
    days = sorted(features["as_of"].unique())
    return pd.DataFrame(features[features["as_of"] == days[-2]])


def findings(kind: str = LOGISTIC, **changed: Any) -> dict[tuple[str, bool], Finding]:
    """By claim and whether it is asked for."""
    given: dict[str, Any] = {
        "model": model(kind), "scored": last_features(), "specs": SPECS,
        "policy": bounded(0.9), "seed": 4, "delayed": earlier(),
    }  # fmt: skip
    found = perturbation_findings(**(given | changed))
    return {(f.claim, f.required): f for f in found}


def bounded(at_most: float) -> Policy:
    policy = shipped_policy()
    return replace(
        policy, robustness=replace(policy.robustness, perturbation_flips_at_most=at_most)
    )


CLAIMS = [f"band_flips_{k}" for k in ("missing", "noisy", "delayed", "unseen")]


@pytest.mark.parametrize("kind", [LOGISTIC, ADDITIVE_BOOSTER, ONE_RULE])
def test_a_mixture_of_encodings_is_the_encoding_of_the_mixture(kind: str) -> None:
    chosen, rng = model(kind), np.random.default_rng(1)
    frame = design(last_features(), NUMBERS, CATEGORIES)
    reader = Reader.of(chosen, SPECS)
    drawn = rng.random((len(frame), len(reader.names))) < 0.3
    for other in (missing(frame, SPECS), unseen(frame, SPECS)):
        mixed = reader.mixed(reader.read(frame), reader.read(other), drawn)

        real = frame.copy()
        for k, name in enumerate(reader.names):
            filling = other[name].iloc[0] if len(other) == 1 else other[name]
            real[name] = frame[name].where(~drawn[:, k], filling)
        assert reader.decide(mixed) == pytest.approx(chosen.decision_function(real), abs=1e-9)
    name = reader.names[-1]
    lost = reader.without(
        reader.read(frame), reader.read(missing(frame, SPECS)), len(reader.names) - 1
    )
    real = last_features().assign(**{name: None if name in CATEGORIES else np.nan})
    assert reader.decide(lost) == pytest.approx(chosen.decision_function(real), abs=1e-9)


def test_noise_is_lognormal_and_leaves_the_rest() -> None:
    frame = design(last_features(), NUMBERS, CATEGORIES)

    made = noisy(frame, SPECS, np.random.default_rng(3))

    ratio = np.log((made["noise"] / frame["noise"]).to_numpy())
    assert ratio.std() == pytest.approx(0.05, rel=0.1)
    assert made["sector"].equals(frame["sector"])
    assert made["never_seen"].isna().all()
    assert (unseen(frame, SPECS)["sector"] == UNSEEN).all()


@pytest.mark.parametrize("kind", [LOGISTIC, ADDITIVE_BOOSTER])
def test_all_claims_are_judged_by_wilsons_interval(kind: str) -> None:
    found = findings(kind)

    assert all_green(list(found.values()))
    assert [c for c, required in found if required] == [*_in_order(found), "no_crash"]
    flips, n = found["band_flips_missing", True], len(last_features())
    assert flips.estimate is not None
    assert 0.01 < flips.estimate < 0.3
    limits = wilson(Rate(flips.estimate, n, float(n)), z=quantile(0.05, n))
    assert (flips.low, flips.high, flips.n) == (limits.low, limits.high, n)
    assert found["no_crash", True].estimate == 0


def _in_order(found: dict[tuple[str, bool], Finding]) -> list[str]:
    claims = [c for c, required in found if required and c != "no_crash"]
    assert sorted(claims) == sorted(CLAIMS)
    return claims


def test_the_verdict_is_by_the_interval() -> None:
    flips = findings()["band_flips_missing", True]
    assert flips.estimate is not None
    assert flips.low is not None

    def verdict(bound: float) -> str:
        return findings(policy=bounded(bound))["band_flips_missing", True].verdict

    assert verdict(flips.estimate) == "insufficient_data"
    assert verdict(flips.low / 2) == "refuted"


def test_the_feature_that_matters_most_is_named_and_only_reported() -> None:
    worst = findings()["band_flips_missing", False]

    assert worst.subject == "conduct"
    frame = last_features()
    before, after = (
        model(LOGISTIC).decision_function(f) for f in (frame, frame.assign(conduct=np.nan))
    )
    high = [set(np.argsort(-d)[: len(frame) // 10]) for d in (before, after)]
    assert worst.estimate is not None
    assert worst.estimate > len(high[0] - high[1]) / len(frame)


def test_the_same_seed_gives_the_same_and_row_order_does_not_matter() -> None:
    again = findings(
        scored=last_features().sample(frac=1, random_state=1),
        delayed=earlier().sample(frac=1, random_state=2),
    )

    assert again == findings()
    assert findings(seed=5) != again


def test_delay_is_judged_among_those_who_were_there() -> None:
    some = earlier().iloc[:200]
    assert findings(delayed=some)["band_flips_delayed", True].n == 200
    unmoved = findings(delayed=last_features())["band_flips_delayed", True]
    assert unmoved.estimate == 0


def test_without_earlier_features_delay_is_not_judged() -> None:
    for delayed in (None, earlier().assign(sponsor_id=lambda f: "X" + f["sponsor_id"])):
        late = findings(delayed=delayed)["band_flips_delayed", True]
        assert late.verdict == "insufficient_data"
        assert not late.green


class _Fragile:
    """A ranker that cannot take what lies outside the range, or has no number for it."""

    def __init__(self, answer: float | None) -> None:
        self.feature_ = "noise"
        self.answer = answer

    def decision_function(self, frame: pd.DataFrame) -> Any:
        values = frame["noise"].to_numpy()
        far = values > 1000
        if far.any() and self.answer is None:
            raise ValueError("a number lies outside the range.")
        return np.where(far, self.answer or 0.0, np.nan_to_num(values))


@pytest.mark.parametrize(
    ("answer", "said"), [(None, "outside the range"), (np.nan, "is no number"), (np.inf, "no num")]
)
def test_what_breaks_the_model_is_named(answer: float | None, said: str) -> None:
    fragile = SigmoidCalibrated(_Fragile(answer), 1.0, 0.0, NUMBERS, CATEGORIES)

    found = findings(model=fragile)

    crash = found["no_crash", True]
    assert (crash.verdict, crash.estimate) == ("refuted", 1)
    assert list(crash.details["broken"]) == ["unseen"]
    assert said in crash.sentence
    assert "numbers times 1,000" in crash.sentence
    assert found["band_flips_unseen", True].verdict == "insufficient_data"
    assert found["band_flips_noisy", True].green


def test_a_model_that_fails_undisturbed_is_refuted() -> None:
    found = findings(scored=last_features().drop(columns="noise"))

    assert found["no_crash", True].verdict == "refuted"
    assert all(found[c, True].verdict == "insufficient_data" for c in CLAIMS)


def test_nobody_scored_and_nothing_learned() -> None:
    nobody = findings(scored=last_features().head(0))
    assert all(f.verdict == "insufficient_data" for f in nobody.values())
    alike = findings(DUMMY)
    assert ("band_flips_missing", False) not in alike
    assert alike["no_crash", True].green


def test_a_sponsor_twice_is_refused() -> None:
    twice = pd.concat([last_features(), last_features().head(1)])
    with pytest.raises(IndRiskError, match="two feature rows"):
        findings(scored=twice)
    with pytest.raises(IndRiskError, match="one as-of date"):
        findings(delayed=example().features)
