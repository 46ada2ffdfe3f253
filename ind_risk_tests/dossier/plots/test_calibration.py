"""Scores against outcomes: bins by brute force, intervals against statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

from ind_risk.dossier.plots import reliability
from ind_risk.dossier.plots.calibration import binned
from ind_risk_tests.dossier.plots.conftest import Camera
from ind_risk_tests.dossier.plots.examples import judged


@pytest.mark.parametrize(("count", "n"), [(0, 10), (1, 10), (5, 37), (37, 37), (3, 59)])
def test_intervals_of_equal_weights_are_wilsons_at_students_quantile(count: int, n: int) -> None:
    y = [1.0] * count + [0.0] * (n - count)
    bins = binned(pd.DataFrame({"score": 0.1, "y": y, "w": 7.0}), minimum=10)
    level = 2 * norm.sf(t.ppf(0.975, n - 1))
    expected = proportion_confint(count, n, alpha=level, method="wilson")
    assert (bins.low[0], bins.high[0]) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(1, 5)), min_size=10,
                max_size=300))  # fmt: skip
def test_bins_by_brute_force(rows: list[tuple[int, bool, int]]) -> None:
    seen = pd.DataFrame(rows, columns=["score", "y", "w"]).astype(float)
    bins = binned(seen, minimum=10)
    assert bins.n.sum() == len(rows)
    assert bins.n.min() >= 10
    assert (np.diff(bins.predicted) > 0).all()
    weight = sum(w for _, _, w in rows)
    ends = np.cumsum(bins.n)
    ordered = sorted(rows, key=lambda row: row[0])
    total = 0.0
    for start, end, observed in zip(ends - bins.n, ends, bins.observed, strict=True):
        mine = ordered[start:end]
        assert end == len(rows) or mine[-1][0] < ordered[end][0]  # equal scores stay together
        assert observed == pytest.approx(sum(y * w for _, y, w in mine) / sum(w for *_, w in mine))
        total += observed * sum(w for *_, w in mine)
    assert total / weight == pytest.approx(sum(y * w for _, y, w in rows) / weight)


def test_unequal_weights_widen_the_interval() -> None:
    rows = pd.DataFrame({"score": 0.1, "y": [1.0] * 5 + [0.0] * 25, "w": 1.0})
    equal = binned(rows, minimum=10)
    uneven = binned(rows.assign(w=[1.0, 20.0] * 15), minimum=10)
    assert uneven.high[0] - uneven.low[0] > 1.2 * (equal.high[0] - equal.low[0])


def test_a_calibrated_model_and_one_that_is_not(camera: Camera) -> None:
    frame = judged(6000)
    good = reliability(frame)
    assert "bins of score" in good.alt
    holds = int(good.alt.split("In ")[1].split(" of")[0])
    assert holds >= 8  # each of ten holds with 95 %
    off = reliability(frame.assign(score=frame["score"] + 0.2))
    assert "In 0 of 10 bins" in off.alt
    assert "interval leaves it out" in [h.get_label() for h in camera.axes.containers]


def test_the_words_have_the_weighted_rates() -> None:
    n = 40
    frame = pd.DataFrame(
        {
            "score": [0.1] * n,
            "audit_label": ["non_compliant"] * 10 + ["compliant"] * 30,
            "audit_inclusion_probability": [0.5] * 10 + [0.25] * 30,
        }
    )
    alt = reliability(frame).alt  # 10 · 2 of 10 · 2 + 30 · 4
    assert alt.startswith("On 40 random inspections 10.0 % non-compliance was predicted and 14.3 %")


@pytest.mark.parametrize("empty", [judged(0), judged(30).assign(audit_label=None),
                                   judged(30).assign(audit_label="unobserved"),
                                   judged(30).assign(audit_inclusion_probability=np.nan),
                                   judged(30).assign(audit_inclusion_probability=0.0),
                                   judged(30).assign(audit_inclusion_probability=1.5),
                                   judged(30).assign(score=np.nan)])  # fmt: skip
def test_no_random_inspections_is_said(empty: pd.DataFrame) -> None:
    assert "no random inspections" in reliability(empty).alt


def test_fewer_than_ten_are_not_shown() -> None:
    alt = reliability(judged(14)).alt  # nine of them with an outcome
    assert "Fewer than 10" in alt
    assert "9" not in alt.replace("95", "")
    assert "On 9" in reliability(judged(14), minimum=9).alt


def test_columns_as_parquet_gives_them() -> None:
    frame = judged(300)
    parquet = frame.convert_dtypes()
    assert reliability(parquet).png == reliability(frame).png
