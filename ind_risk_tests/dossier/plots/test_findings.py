"""The forest plot: order, marks, margins, and what it must not draw."""

from __future__ import annotations

import math

import pytest

from ind_risk.dossier.plots import forest
from ind_risk.dossier.plots.findings import LOOKS
from ind_risk_tests.dossier.plots.conftest import Camera
from ind_risk_tests.dossier.plots.examples import finding, findings


def test_the_largest_is_on_top_and_marks_stand_at_the_estimates(camera: Camera) -> None:
    some = [finding("LOW", estimate=-0.02), finding("TOP", estimate=0.04), finding("MID")]
    forest(some, title="bias")
    assert camera.line("equivalent") == ([0.04, 0.01, -0.02], [0.0, 1.0, 2.0])
    names = [t.get_text() for t in camera.axes.texts]
    assert names == ["TOP (500)", "MID (500)", "LOW (500)"]
    low, high = camera.axes.get_ylim()
    assert low > high  # counted from the top down


def test_verdicts_differ_in_shape_and_in_colour(camera: Camera) -> None:
    some = [finding(v, verdict=v) for v in ("equivalent", "insufficient_data", "risk_signalled",
                                            "disparity", "unheard_of")]  # fmt: skip
    forest(some, title="bias")
    marks = [
        (str(line.get_marker()), str(line.get_markerfacecolor()))
        for line in camera.axes.lines
        if str(line.get_label()).replace(" ", "_") in {f.verdict for f in some}
    ]
    assert len(set(marks)) == len(some)
    greyless = {(marker, colour == "white") for marker, colour in marks}
    assert len(greyless) == len(some)
    assert LOOKS["refuted"] == LOOKS["disparity"]


def test_intervals_and_margin(camera: Camera) -> None:
    forest([finding(low=-0.013, high=0.037)], title="bias")
    spans = [c.get_paths()[0].get_extents().intervalx.tolist() for c in camera.axes.collections]
    assert spans == [[-0.05, 0.05], pytest.approx([-0.013, 0.037])]


def test_several_claims_each_have_their_margin(camera: Camera) -> None:
    other = [finding("IND", claim="rank_association", margin=0.1)]
    forest([finding("TUR"), *other], title="bias")
    spans = [c.get_paths()[0].get_extents().intervalx.tolist() for c in camera.axes.collections]
    assert spans[:2] == [[-0.05, 0.05], [-0.1, 0.1]]
    assert {"selection rate difference", "rank association"} <= set(camera.texts)


def test_a_one_sided_claim_has_a_bound_and_no_band(camera: Camera) -> None:
    forest([finding(verdict="established", claim="auc", margin=0.6, estimate=0.7)], title="a")
    assert camera.line("bound of 0.6")[0] == [0.6, 0.6]
    assert len(camera.axes.collections) == 1  # the interval only


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
@pytest.mark.parametrize("name", ["estimate", "low", "high"])
def test_what_cannot_be_assessed_is_named(camera: Camera, name: str, missing: float | None) -> None:
    plot = forest([finding("TUR"), finding("XYZ", **{name: missing})], title="bias")
    assert "Not assessable, without an estimate (1): XYZ" in camera.texts
    assert len(camera.line("equivalent")[0]) == 1
    assert "1 cannot be drawn" in plot.alt


def test_small_groups_are_named_without_their_numbers(camera: Camera) -> None:
    some = [finding("TUR"), finding("XYZ", n=9, estimate=0.7777, verdict="disparity")]
    plot = forest(some, title="bias")
    assert "Not shown, on fewer than 10 (1): XYZ" in camera.texts
    assert "0.77" not in plot.alt
    assert "XYZ" in forest(some[1:], title="bias", minimum=9).alt
    assert "0.77" not in forest(some[1:], title="bias").alt


def test_nothing_to_draw_is_said() -> None:
    assert forest([], title="bias").alt == ("Bias: There is no finding: nothing was assessed.")
    assert "Not assessable" in forest([finding(estimate=None)], title="bias").alt


def test_of_very_many_the_worst_are_kept(camera: Camera) -> None:
    many = [*findings(100), finding("WORST", verdict="disparity", estimate=0.9, high=1.0)]
    plot = forest(many, title="bias")
    assert "101 findings" in plot.alt
    assert "WORST: 0.900" in plot.alt
    assert any("41 more" in t for t in camera.texts)
    assert len(camera.line("disparity")[0]) == 26  # every one of them
    assert sum(" (500)" in t for t in camera.texts) == 60


def test_the_words_name_counts_and_the_most_telling() -> None:
    some = [
        finding("GBR", estimate=0.044, low=0.04, high=0.048),
        finding("IND", verdict="disparity", estimate=-0.03, low=-0.06, high=-0.01),
    ]
    assert forest(some, title="bias selection parity").alt == (
        "Bias selection parity, 2 findings: 1 disparity, 1 equivalent. The largest that is not "
        "green is IND: -0.030 (-0.060 to -0.010) against a margin of 0.05."
    )
    assert "of all is GBR: 0.044" in forest(some[:1], title="bias").alt
