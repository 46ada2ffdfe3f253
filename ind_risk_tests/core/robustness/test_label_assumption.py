"""The label assumption: who must be green when, by which interval, and what would decide."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from ind_risk.core.accuracy.planning_shares import trials_for_bound
from ind_risk.core.errors import IndRiskError
from ind_risk.core.findings import Finding, all_green
from ind_risk.core.policy import Policy
from ind_risk.core.robustness.label_assumption import label_assumption_findings
from ind_risk_tests.core.training.example import shipped_policy

POLICY = shipped_policy()
BOUND = POLICY.robustness.never_intervened_failing_at_most


def _policy(strategy: str, **robustness: object) -> Policy:
    return replace(
        POLICY,
        labels=replace(POLICY.labels, strategy=strategy),
        robustness=replace(POLICY.robustness, **robustness),  # type: ignore[arg-type]
    )


def _judged(failing: int, inspected: int, *, never: int = 2000, others: int = 500) -> pd.DataFrame:
    """Never-intervened sponsors first; of the others 50 were inspected and 40 of these failed."""
    label = np.full(never + others, None, dtype=object)
    label[:inspected] = "compliant"
    label[:failing] = "non_compliant"
    label[never : never + 50] = ["non_compliant"] * 40 + ["compliant"] * 10
    opened = np.array([x is not None for x in label])
    return pd.DataFrame(
        {
            "score": np.nan, "band": None, "audit_label": label,
            "audit_inclusion_probability": np.where(opened, 0.1, np.nan),
            "never_intervened": np.arange(never + others) < never,
        }
    )  # fmt: skip


def _findings(
    judged: pd.DataFrame, policy: Policy = POLICY, assumed_rows: int = 0
) -> tuple[Finding, Finding]:
    made = label_assumption_findings(judged=judged, assumed_rows=assumed_rows, policy=policy)
    rests, failing = made
    assert [f.claim for f in made] == ["rests_on_assumption", "never_intervened_failing"]
    assert {f.check for f in made} == {"label_assumption"}
    assert rests.subject == policy.labels.strategy
    assert rests.required
    json.dumps([f.to_dict() for f in made], allow_nan=False)
    for f in made:
        assert f.sentence.endswith(".")
        assert f.green == (f.verdict == "established")
    return rests, failing


CASES = {"established": (20, 400), "refuted": (100, 400), "insufficient_data": (12, 100)}


@pytest.mark.parametrize("verdict", CASES)
@pytest.mark.parametrize("strategy", ["verified_only", "positive_unlabelled"])
def test_without_the_assumption_only_a_shown_breach_closes(strategy: str, verdict: str) -> None:
    rests, failing = _findings(_judged(*CASES[verdict]), _policy(strategy))
    assert (rests.verdict, rests.estimate, rests.low, rests.high) == ("established", 0, 0, 0)
    assert "does not rest on that assumption" in rests.sentence
    assert failing.verdict == verdict
    assert failing.required == (verdict == "refuted")
    assert all_green([rests, failing]) == (verdict != "refuted")


@pytest.mark.parametrize("verdict", CASES)
def test_with_the_assumption_it_must_be_established(verdict: str) -> None:
    rests, failing = _findings(_judged(*CASES[verdict]), _policy("assume_compliant"), 1234)
    assert rests.verdict == failing.verdict == verdict
    assert (rests.estimate, rests.low, rests.high) == (failing.estimate, failing.low, failing.high)
    assert failing.required
    assert all_green([rests, failing]) == (verdict == "established")
    assert "1,234 training rows" in rests.sentence
    assert failing.sentence in rests.sentence
    assert rests.details["assumed_rows"] == 1234


def test_assumed_rows_count_whatever_the_strategy_is_called() -> None:
    rests, failing = _findings(_judged(12, 100), _policy("verified_only"), assumed_rows=4)
    assert rests.verdict == "insufficient_data"
    assert failing.required
    assert "fewer than 10 training rows" in rests.sentence
    assert rests.details["assumed_rows"] is None


def test_the_policy_may_ask_for_less_of_the_second_finding_only() -> None:
    claim = ("never_intervened_failing",)
    for key in ("closes_if_refuted", "reported_only"):
        policy = _policy("assume_compliant", **{key: claim})
        rests, failing = _findings(_judged(12, 100), policy)
        assert (rests.required, failing.required) == (True, False)
        assert not all_green([rests, failing])
    policy = _policy("verified_only", reported_only=claim)
    assert not _findings(_judged(100, 400), policy)[1].required


def test_numbers_are_clopper_and_pearsons_of_the_never_intervened() -> None:
    _, failing = _findings(_judged(20, 400))
    assert (failing.estimate, failing.n, failing.margin) == (0.05, 400, BOUND)
    assert failing.low == pytest.approx(beta.ppf(0.025, 20, 381))
    assert failing.high == pytest.approx(beta.ppf(0.975, 21, 380))
    assert failing.details["opened"] == 400
    for said in ("400 random", "5.0 %", "95 % interval 3.1 to 7.6 %", "at most 15.0 % is asked"):
        assert said in failing.sentence


def test_the_upper_limit_is_inclusive_and_the_level_one_sided() -> None:
    _, failing = _findings(_judged(20, 400))
    assert failing.high is not None
    assert failing.low is not None
    for bound, verdict in (
        (failing.high, "established"),
        (failing.high - 1e-9, "insufficient_data"),
        (failing.low, "insufficient_data"),
        (failing.low - 1e-9, "refuted"),
    ):
        policy = _policy("verified_only", never_intervened_failing_at_most=bound)
        assert _findings(_judged(20, 400), policy)[1].verdict == verdict


def test_insufficient_data_say_what_would_decide() -> None:
    _, failing = _findings(_judged(12, 100))
    power = POLICY.sampling.power
    n = trials_for_bound(0.12, bound=BOUND, alpha=POLICY.robustness_level, power=power)
    assert failing.details["inspections_needed"] == n
    assert f"About {n:,} random inspections of such sponsors" in failing.sentence
    assert "in 99 % of cases if 12.0 % of them are non-compliant" in failing.sentence
    _, nothing = _findings(_judged(0, 0))
    n = trials_for_bound(0.1, bound=BOUND, alpha=POLICY.robustness_level, power=power)
    assert (nothing.verdict, nothing.estimate, nothing.n) == ("insufficient_data", None, 0)
    assert f"About {n:,} random" in nothing.sentence
    assert "if 10.0 % of them were non-compliant" in nothing.sentence
    at_bound = _policy("verified_only", never_intervened_failing_at_most=0.12)
    assert "No number of random inspections would decide" in (
        _findings(_judged(12, 100), at_bound)[1].sentence
    )


def test_small_counts_are_hidden_and_still_judged() -> None:
    made = [_findings(_judged(x, 400))[1] for x in range(10)]
    assert {f.verdict for f in made} == {"established"}
    assert len({(f.estimate, f.low, f.high, f.sentence) for f in made}) == 1
    assert len({json.dumps(f.to_dict()) for f in made}) == 1
    assert made[0].details["non_compliant"] is None
    assert "Figures are rounded" in made[0].sentence
    few = _findings(_judged(1, 8))[1]
    assert few.n is None
    assert "fewer than 10 random inspections" in few.sentence
    # The other end: nearly everybody fails, which is refuted all the same.
    assert _findings(_judged(398, 400))[1].verdict == "refuted"


def test_unequal_probabilities_and_missing_outcomes_are_weighed() -> None:
    frame = _judged(20, 400)
    frame.loc[10:19, "audit_inclusion_probability"] = 0.01
    frame.loc[20:39, "audit_label"] = "unobserved"
    _, failing = _findings(frame)
    heavy, light = 10 * 100.0, 390 * 10.0
    assert failing.estimate == pytest.approx((heavy + light * 10 / 370) / (heavy + light))
    assert failing.n == 380
    assert failing.details["effective_size"] < 100
    assert "20 random inspections have no known outcome" in failing.sentence


def test_a_cell_without_answers_is_not_passed_over() -> None:
    frame = _judged(20, 400)
    frame.loc[380:399, "audit_label"] = "unobserved"
    frame.loc[380:399, "audit_inclusion_probability"] = 0.01
    _, failing = _findings(frame)
    share = 20 * 100 / (20 * 100 + 380 * 10)
    assert failing.details["unseen_share"] == pytest.approx(share)
    assert failing.high is not None
    assert failing.high > share
    assert failing.verdict == "insufficient_data"
    assert "For 20 nobody does, 34.5 % of sponsors by weight." in failing.sentence


def test_storage_types_and_missing_columns() -> None:
    frame = _judged(20, 400)
    assert _findings(frame) == _findings(frame.convert_dtypes())
    for column in ("never_intervened", "audit_label", "audit_inclusion_probability"):
        with pytest.raises(IndRiskError, match=f"'{column}'"):
            _findings(frame.drop(columns=column))
    assert _findings(frame.head(0))[1].verdict == "insufficient_data"


sponsor = st.tuples(
    st.sampled_from([None, "compliant", "non_compliant", "unobserved"]),
    st.sampled_from([None, 0.0, 0.001, 0.1, 0.5, 1.0, 2.0]),
    st.sampled_from([True, False, None]),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(sponsor, max_size=40), st.sampled_from(["assume_compliant", "verified_only"]))
def test_whatever_the_table_there_are_two_sound_findings(
    rows: list[tuple[str | None, float | None, bool | None]], strategy: str
) -> None:
    frame = pd.DataFrame(
        rows, columns=["audit_label", "audit_inclusion_probability", "never_intervened"]
    )
    _, failing = _findings(frame, _policy(strategy))
    if failing.estimate is not None:
        assert failing.low is not None
        assert failing.high is not None
        assert 0 <= failing.low <= failing.estimate <= failing.high <= 1
    else:
        assert failing.verdict == "insufficient_data"
