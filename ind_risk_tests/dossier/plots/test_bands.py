"""Rates by band: only what is known and large enough."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ind_risk.dossier.plots import band_order
from ind_risk_tests.dossier.plots.conftest import Camera, points
from ind_risk_tests.dossier.plots.examples import FULL_BANDS, finding, with_bands


def _ticks(camera: Camera) -> list[str]:
    return [t.get_text() for t in camera.axes.get_xticklabels()]


def test_all_three_from_low_to_high(camera: Camera) -> None:
    plot = band_order(with_bands(FULL_BANDS))
    assert points(camera.axes.lines[0]) == ([0, 1, 2], [0.04, 0.09, 0.21])
    assert _ticks(camera) == ["low\nn = 380", "middle\nn = 160", "high\nn = 152"]
    assert "low 4.0 % (2.0–7.0) of 380, middle 9.0 % (5.0–15.0) of 160, high 21.0 %" in plot.alt
    assert "middle vs low: insufficient data · high vs middle: established" in plot.alt


@pytest.mark.parametrize(
    ("high", "tick"),
    [
        ({"rate": 0.777, "low": 0.5, "high": 0.9, "n": 9}, "high\nn < 10"),
        ({"rate": 0.777, "low": 0.5, "high": 0.9, "n": None}, "high\nnot shown"),
        ({"rate": 0.777, "low": 0.5, "high": 0.9}, "high\nnot shown"),
        ({"rate": math.nan, "low": 0.5, "high": 0.9, "n": 30}, "high\nn = 30"),
        ({"rate": "0.777", "low": 0.5, "high": 0.9, "n": 30}, "high\nn = 30"),
        ({}, "high\nno data"),
        (None, "high\nno data"),
    ],
)
def test_a_band_that_may_not_or_cannot_be_shown(camera: Camera, high: Any, tick: str) -> None:
    plot = band_order(with_bands({**FULL_BANDS, "high": high}))
    assert _ticks(camera)[2] == tick
    assert len(points(camera.axes.lines[0])[0]) == 2
    assert "Not shown, with fewer than 10 inspections: high" in plot.alt
    assert "77.7" not in plot.alt + " ".join(camera.texts)


@pytest.mark.parametrize("bands", [None, {}, [], "x", {"high": {"n": 3}}])
def test_no_band_at_all_is_said(bands: Any) -> None:
    assert "No band has 10 random inspections" in band_order(with_bands(bands)).alt


def test_no_finding_at_all_is_said() -> None:
    assert "No band" in band_order([]).alt


def test_numbers_of_numpy_and_rates_of_nothing(camera: Camera) -> None:
    zero = {"rate": np.float64(0), "low": np.float64(0), "high": np.float64(0), "n": np.int64(99)}
    plot = band_order([finding(details={"bands": dict.fromkeys(FULL_BANDS, zero)})])
    assert "low 0.0 % (0.0–0.0) of 99" in plot.alt
    assert camera.axes.get_ylim() == (0.0, 1.0)
