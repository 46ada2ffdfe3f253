"""A range over class priors, and never a verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.robustness.class_priors import PRIORS, class_prior_findings
from ind_risk_tests.core.training.example import shipped_policy


def judged(found_high: int, found_rest: int, n: int = 1_000) -> pd.DataFrame:
    band = np.array(["high"] * 100 + ["low"] * (n - 100))
    label = np.full(n, "unobserved", dtype=object)
    label[:found_high] = "non_compliant"
    label[100 : 100 + found_rest] = "non_compliant"
    return pd.DataFrame({"band": band, "label": label})


def test_precision_for_each_prior_by_hand() -> None:
    (made,) = class_prior_findings(judged=judged(30, 30), policy=shipped_policy())
    lift = (30 / 100) / (60 / 1_000)
    expected = {f"{p:.2f}": min(1.0, p * lift) for p in PRIORS}
    assert made.details["precision_by_prior"] == pytest.approx(expected)
    assert made.low == pytest.approx(0.02 * lift)
    assert made.high == 1.0


@pytest.mark.parametrize(("high", "rest"), [(0, 0), (3, 40), (40, 3), (30, 30)])
def test_it_never_decides_and_tells_no_small_count(high: int, rest: int) -> None:
    (made,) = class_prior_findings(judged=judged(high, rest), policy=shipped_policy())
    assert not made.required
    assert not made.green
    assert (made.estimate is None) == (min(high, rest) < 10)
    (nobody,) = class_prior_findings(judged=judged(0, 0).head(0), policy=shipped_policy())
    assert nobody.estimate is None
