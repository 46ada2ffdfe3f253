"""Histograms that lose nobody and show no small bin."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.dossier.plots import score_distribution
from ind_risk.dossier.plots.scores import UNIT, merged_bins
from ind_risk_tests.dossier.plots.conftest import Camera


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 40), min_size=10, max_size=200), st.integers(1, 10))
def test_every_bin_has_the_minimum_and_nobody_is_lost(values: list[int], minimum: int) -> None:
    x = np.array(values) / 40
    counts, edges = merged_bins(x, np.linspace(0, 1, 21), minimum=minimum)
    assert counts.sum() == len(x)
    assert counts.min() >= minimum
    assert (np.diff(edges) > 0).all()
    again = [int(((x >= a) & (x < b)).sum()) for a, b in pairwise(edges)]
    again[-1] += int((x == edges[-1]).sum())
    assert again == counts.tolist()


def test_by_hand() -> None:
    x = np.repeat([0.05, 0.15, 0.25, 0.45], [12, 4, 7, 5])
    counts, edges = merged_bins(x, np.arange(0, 11) / 10, minimum=10)
    assert counts.tolist() == [12, 16]
    assert edges.tolist() == pytest.approx([0.0, 0.1, 0.5])


def test_areas_are_one_hundred_per_cent(camera: Camera) -> None:
    rng = np.random.default_rng(0)
    score_distribution(pd.Series(rng.beta(2, 9, 400)), pd.Series(rng.beta(3, 9, 800)))
    for patch in camera.axes.patches:
        values, edges, _ = patch.get_data()  # type: ignore[attr-defined]
        assert (values * np.diff(edges)).sum() / UNIT == pytest.approx(100)
        widths = np.diff(edges)
        n = 400 if "400" in str(patch.get_label()) else 800
        assert (values * widths / UNIT / 100 * n).min() > 9.99


@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0, 1e6])
def test_any_spread_can_be_drawn(spread: float) -> None:
    x = pd.Series(0.3 + spread * np.arange(50))
    assert "50 sponsors" in score_distribution(x, x).alt


def test_what_is_no_score_and_what_is_too_little() -> None:
    few, many = pd.Series([0.1] * 9 + [np.nan, np.inf]), pd.Series(np.arange(100) / 100)
    alt = score_distribution(few, many).alt
    assert "in use 100 sponsors with median score 0.49" in alt or "0.50" in alt
    assert "Not shown, with fewer than 10 scores: training" in alt
    assert "in training" not in alt
    assert "Neither" in score_distribution(few, pd.Series([], dtype=float)).alt
    assert "9 sponsors" in score_distribution(few, many, minimum=9).alt
