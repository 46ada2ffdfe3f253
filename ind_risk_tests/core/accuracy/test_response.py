"""Withheld outcomes: weights make up for chance, and a bound stops what is no chance any more."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.accuracy.evidence import accuracy_findings
from ind_risk.core.accuracy.random_arm import random_arm
from ind_risk.core.accuracy.response import CLAIM, answered
from ind_risk.core.findings import all_green
from ind_risk_tests.core.accuracy.example import POLICY, judged

BOUND = POLICY.accuracy.answered_at_least


def test_who_keeps_bad_outcomes_back_does_not_get_far() -> None:
    """Of a useless model, everything that speaks against it withheld: only the bound says no."""
    frame = judged(auc=0.55, seed=8)
    seen = frame["audit_label"].notna()
    below = frame["score"] < frame["score"].median()
    bad = seen & (frame["audit_label"] == "non_compliant") & below
    dull = seen & (frame["audit_label"] == "compliant") & (frame["band"] == "high")
    honest = {f.claim: f for f in accuracy_findings(judged=frame, policy=POLICY)}
    assert not honest["auc"].green
    bent = frame.copy()
    others = seen & (frame["audit_label"] == "compliant") & (frame.index % 4 == 0)
    bent.loc[bad | dull | others, "audit_label"] = "undetermined"
    found = accuracy_findings(judged=bent, policy=POLICY)
    withheld = {f.claim: f for f in found}
    assert withheld["auc"].green
    assert withheld[CLAIM].verdict == "insufficient_data"
    assert not all_green(found)
    assert "hand in the outcomes that are out" in withheld[CLAIM].sentence


@pytest.mark.parametrize("known", [0.0, 0.5, BOUND - 0.01, BOUND + 0.01, 1.0])
def test_the_share_is_counted(known: float) -> None:
    frame = judged()
    opened = np.flatnonzero(frame["audit_label"].notna())
    out = opened[round(known * len(opened)) :]
    frame.loc[frame.index[out], "audit_label"] = "undetermined"
    found = answered(random_arm(frame), POLICY)
    assert found.estimate == pytest.approx(known, abs=1e-3)
    assert found.green == (known >= BOUND)


def test_who_was_drawn_and_is_not_in_the_tables_did_not_answer() -> None:
    arm = random_arm(judged())
    known = arm.opened - arm.non_response
    absent = round(known / (BOUND - 0.01)) - arm.opened
    found = answered(arm, POLICY, absent)
    assert found.verdict == "insufficient_data"
    assert found.estimate == pytest.approx(known / (arm.opened + absent))
    assert f"{absent:,} drawn sponsors that the tables do not have" in found.sentence


def test_nothing_opened_is_insufficient() -> None:
    found = answered(random_arm(judged().assign(audit_label=None)), POLICY)
    assert (found.verdict, found.estimate) == ("insufficient_data", None)
