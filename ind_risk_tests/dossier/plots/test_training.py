"""Windows and features: the right numbers on the right line."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ind_risk.dossier.plots import feature_importance, precision_per_window
from ind_risk_tests.dossier.plots.conftest import Camera, points
from ind_risk_tests.dossier.plots.examples import KINDS, windows


def test_a_line_a_candidate_over_the_dates_in_order(camera: Camera) -> None:
    plot = precision_per_window(windows(3)[::-1], chosen="logistic")
    x, y = camera.line("logistic (chosen)\nmean 31.0 %")
    assert x == [0, 1, 2]
    assert y == pytest.approx([0.30, 0.31, 0.32])
    assert [t.get_text() for t in camera.axes.get_xticklabels()] == [
        "2019-01",
        "2019-07",
        "2020-01",
    ]
    assert plot.alt == (
        "Mean precision at capacity over 3 past windows: booster 51.0 %, additive booster 41.0 %, "
        "logistic (chosen) 31.0 %, one rule 21.0 %, dummy 11.0 %."
    )


def test_lines_differ_without_colour_and_the_chosen_one_is_thickest(camera: Camera) -> None:
    precision_per_window(windows(2), chosen="one_rule")
    lines = camera.axes.lines
    assert len({(str(x.get_marker())) for x in lines}) == len(KINDS)
    thickest = max(lines, key=lambda x: x.get_linewidth())
    assert str(thickest.get_label()).startswith("one rule (chosen)")


def test_a_missing_point_leaves_a_gap(camera: Camera) -> None:
    some = [w for w in windows(3) if not (w.candidate == "booster" and w.as_of.month == 7)]
    precision_per_window(some, chosen="logistic")
    (line,) = [x for x in camera.axes.lines if str(x.get_label()).startswith("booster")]
    assert [math.isnan(v) for v in points(line)[1]] == [False, True, False]


def test_few_visits_are_not_shown() -> None:
    some = [
        *windows(2),
        *(replace(w, capacity=9, as_of=w.as_of.replace(year=2030)) for w in windows(1)),
    ]
    plot = precision_per_window(some, chosen="logistic")
    assert "over 2 past windows" in plot.alt
    assert "1 with fewer than 10 visited are not shown" in plot.alt
    assert (
        "no past window with 10 or more"
        in precision_per_window(windows(2, capacity=9), chosen="booster").alt
    )


def test_no_window_and_an_unknown_candidate() -> None:
    assert "no past window to compare" in precision_per_window([], chosen="one_rule").alt
    odd = [replace(w, candidate=f"new_{w.candidate}") for w in windows(20)]
    assert "new booster (chosen)" in precision_per_window(odd, chosen="new_booster").alt


def test_the_fifteen_largest_features(camera: Camera) -> None:
    shares = {f"f_{i:02d}": (i + 1) / 210 for i in range(20)}
    plot = feature_importance(shares)
    widths = [p.get_width() for p in camera.axes.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([(20 - i) / 210 for i in range(15)])
    assert "f 19 9.5 %, f 18 9.0 %" in plot.alt
    assert "5 more make up 7.1 %" in plot.alt


@pytest.mark.parametrize("nothing", [{}, {"a": 0.0}, {"a": math.nan, "b": -1.0}])
def test_nothing_moves(nothing: dict[str, float]) -> None:
    assert "No feature moves the score" in feature_importance(nothing).alt
