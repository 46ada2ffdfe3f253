"""Charts and tables: nothing is drawn that is not known, and the reading rule holds for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import pytest

from ind_risk.dossier.page.bounds import bound_in_words, rule_of, strip
from ind_risk.dossier.page.build import page
from ind_risk.dossier.page.charts import bars, forest
from ind_risk.dossier.page.facts import GREEN as GREEN_VERDICTS
from ind_risk.dossier.page.sections import Sections, row
from ind_risk.dossier.page.unjudged import unjudged
from ind_risk.dossier.page.words import Words, catalogue, unit_of, withheld
from ind_risk_tests.dossier.page.example import CLOSED, FINDINGS, finding

DUTCH = Words("nl")


def test_a_number_that_only_stands_in_for_a_verdict_is_not_drawn() -> None:
    claim = "selection_rate_difference_largest_share"
    some = [f for f in FINDINGS if f["claim"] == claim]
    made = Sections(DUTCH).of(some)
    assert made["claims"] == []
    assert [line["figure"] for line in made["lines"]] == ["cijfers niet getoond"]
    assert "India, China" in made["lines"][0]["text"]
    assert row(some[0], DUTCH)["estimate"] == row(some[0], DUTCH)["interval"]
    assert row(some[0], DUTCH, annex=True)["estimate"] == "0,0 pt"  # as the run's JSON has it
    assert row(some[0], DUTCH, annex=True)["interval"] == "cijfers niet getoond"


def test_a_finding_without_figures_has_no_mark_among_those_that_have() -> None:
    some = [f for f in FINDINGS if f["claim"] == "false_positive_rate_difference"]
    chart = Sections(DUTCH).of(some)["claims"][0]["chart"]
    wide, narrow = chart.split("</svg>")[:2]
    for one in (wide, narrow):
        assert one.count('class="mark') == one.count('class="span') == 1
        assert "verschil aangetoond; cijfers niet getoond" in one


def test_what_is_green_lies_in_its_strip() -> None:
    outside = green_outside(FINDINGS)
    assert outside == []


def green_outside(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Green findings whose interval leaves the strip that is drawn for them."""
    found = []
    for f in findings:
        claim = str(f["claim"])
        drawn = strip(claim, [f])
        if drawn is None or f["low"] is None or unit_of(claim) == "flag" or withheld(claim):
            continue
        inside = drawn[0] <= f["low"] and f["high"] <= drawn[1]
        if f["verdict"] in GREEN_VERDICTS and not inside:
            found.append(f"{claim} of {f['subject']}")
    return found


@pytest.mark.parametrize("claim", sorted(catalogue("claims")))
def test_every_claim_with_a_bound_says_on_which_side_it_must_lie(claim: str) -> None:
    if unit_of(claim) == "flag":
        return
    some = [finding("c", claim, verdict="established", margin=0.5,
                    details={"at_least": 0.5, "at_most": 2.0, "gain_excluded": 0.5})]  # fmt: skip
    assert strip(claim, some) is not None or rule_of(claim, some, DUTCH), claim


def test_the_best_alternative_is_held_against_the_gain_that_is_excluded() -> None:
    best = next(f for f in FINDINGS if f["claim"] == "no_reasonable_alternative")
    assert strip("no_reasonable_alternative", [best]) == (-inf, 0.05)
    told = rule_of("no_reasonable_alternative", [best], DUTCH)
    assert "+2,0 pt" in told
    assert "een winst van +5,0 pt is uitgesloten" in told
    assert told in page(CLOSED, "nl")


def test_a_number_is_not_read_as_its_bound() -> None:
    assert DUTCH.figure(0.0502, "points", 0.05) == "+5,02 pt"
    assert DUTCH.figure(0.04996, "points", 0.05) == "+4,996 pt"
    assert DUTCH.figure(0.05, "points", 0.05) == "+5,0 pt"
    assert DUTCH.figure(0.2498, "share", 0.25) == "24,98 %"
    near = finding("bias_funnel", "inspection_rate_difference", high=0.0502)
    assert "+5,02 pt" in row(near, DUTCH)["interval"]


def test_bounds_are_told_in_their_own_unit() -> None:
    tipping = next(f for f in FINDINGS if f["claim"] == "tipping_point")
    assert bound_in_words(tipping, DUTCH) == "1,50 ×"
    slope = next(f for f in FINDINGS if f["claim"] == "calibration_slope")
    assert bound_in_words(slope, DUTCH) == "tussen 0,500 en 2,000"
    ratio = finding("bias_selection_parity", "selection_rate_ratio", margin=2.0)
    assert bound_in_words(ratio, DUTCH) == "tussen 0,50 × en 2,00 ×"


def test_many_rows_that_are_all_green_are_told_in_a_few() -> None:
    drift = Sections(DUTCH).of([f for f in FINDINGS if f["check"] == "drift"])
    assert len(drift["claims"][0]["rows"]) == 5
    assert drift["claims"][0]["rest"].startswith("Nog 7 regels")
    worst = [finding("drift", "feature_psi", f"g{k}", verdict="refuted") for k in range(14)]
    assert len(Sections(DUTCH).of(worst)["claims"][0]["rows"]) == 14


def test_a_table_that_would_hold_only_dashes_is_a_line() -> None:
    none = [finding("accuracy_established", c, verdict="insufficient_data", estimate=None, low=None,
                    high=None, n=None) for c in ("auc", "recall_at_capacity")]  # fmt: skip
    made = Sections(DUTCH).of(none)
    assert made["claims"] == []
    assert [line["text"] for line in made["lines"]] == [
        "Rangschikking (AUC)", "Deel van de overtreders dat hoog staat",
    ]  # fmt: skip


def test_groups_that_cannot_be_judged_are_named_once_and_for_what() -> None:
    told = unjudged(CLOSED, DUTCH)
    names = [name for name, _, _ in told["rows"]]
    assert names == ["Peru", "Fiji", "Ghana", "geen meerderheid"]
    assert told["rows"][0] == ("Peru", "1,3 %", "samenhang")
    assert told["rows"][1] == ("Fiji", "minder dan 0,2 %", "samenhang, wie wordt bezocht")
    assert "Nog geen enkele groep is te beoordelen op: vergissingen." in told["none"]
    assert "Nog geen enkele groep is te beoordelen op: bij wie wordt ingegrepen." in told["none"]
    assert "India" not in names  # large, and named nowhere as too small


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_labels_are_whole_and_inside_the_drawing(width: str) -> None:
    long = "Signalen van de Arbeidsinspectie in de laatste 36 maanden en nog veel meer woorden"
    f = finding("drift", "feature_psi", long)
    chart = forest(
        [f], label=lambda _: long, figure=str, note=str, strip=(0.0, 1.0), middle=None, alt="x"
    )
    chart += bars([(long, 1.0, "8.563"), ("b", None, "verborgen")], alt="y")
    found = re.findall(rf'<svg class="chart {width}" viewBox="0 0 (\d+) (\d+)".*?</svg>', chart)
    assert len(found) == 2
    for svg in re.findall(rf'<svg class="chart {width}".*?</svg>', chart):
        size = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
        lines = re.findall(r'class="label" x="4"[^>]*>([^<]*)<', svg)
        assert " ".join(lines).startswith(long)
        assert all(len(line) * 7.6 <= size for line in lines)
    assert chart.count('class="bar"') == 2  # one in each layout: a hidden count has none


def test_counts_are_written_alike_and_totals_explained() -> None:
    html = page(CLOSED, "nl")
    assert "8.907" in html
    assert ">8000<" not in html
    assert "Op 31 december 2025 waren er 9.539 erkend" in html
    assert "grijze strook" not in html


def test_every_nationality_and_region_has_a_name() -> None:
    from ind_risk.core.bias.regions import PLACES

    for code, place in PLACES.items():
        assert code in catalogue("countries"), code
        for level in place.levels:
            assert f"region:{level}" in catalogue("places"), level


@pytest.mark.parametrize(
    ("subject", "dutch", "english"),
    [
        ("region:Eastern Europe", "overig Oost-Europa", "other Eastern Europe"),
        ("other × sector=trade", "alle overige × bedrijfstak handel", "all others × sector trade"),
        ("2022-06-30", "30 juni 2022", "30 June 2022"),
        ("logistic without fines of any window",
         "logistische regressie zonder: Boetes (elke periode)",
         "logistic regression without: fines (any period)"),
        ("region:Asia, miss rate, random arm", "overig Azië, gemist, alle willekeurige bezoeken",
         "other Asia, misses, all random inspections"),
        ("something_new", "something new", "something new"),
    ],
)  # fmt: skip
def test_subjects_are_named_in_the_language(subject: str, dutch: str, english: str) -> None:
    assert DUTCH.place(subject) == dutch
    assert Words("en").place(subject) == english
