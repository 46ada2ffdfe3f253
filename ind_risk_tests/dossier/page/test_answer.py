"""What officials read first: what helps, what does not, and nothing that reads as its opposite."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ind_risk.dossier.page.answer import Answer
from ind_risk.dossier.page.build import page
from ind_risk.dossier.page.conditions import CONDITIONS, conditions
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import LANGUAGES, Language, Words
from ind_risk_tests.dossier.page.example import (
    ALL,
    CLOSED,
    FEW,
    GREEN,
    JUDGING,
    LACKING,
    LATER,
    MANY,
    RED,
    RISK,
    SIGNED,
    WAITING,
    finding,
)


def answer(facts: Facts, language: Language = "nl") -> Answer:
    return Answer(facts, Words(language))


def opens(facts: Facts, language: Language = "nl") -> list[str]:
    """Each way to open the gate with its parts, in order."""
    return [" ".join([o["text"], *o["parts"]]) for o in answer(facts, language).opens()]


def test_visits_are_no_help_where_something_is_shown_to_be_false() -> None:
    told = opens(CLOSED)
    assert told[0].startswith("Meer bezoeken helpen hier niet")
    assert "Turkije" in told[0]
    assert "Een ander model" in told[0]
    assert "Dat opent de poort niet" in told[1]
    assert answer(CLOSED).summary().startswith("Meer bezoeken helpen nu niet")
    english = opens(CLOSED, "en")
    assert english[0].startswith("More visits do not help here")
    assert "do not open the gate" in english[1]


def test_visits_are_offered_only_for_what_is_undecided() -> None:
    assert not any("bezoeken aan" in o or "Bezoek " in o for o in opens(RED))
    decided = [f for f in CLOSED.findings if f["verdict"] != "insufficient_data"]
    assert not any("bezoeken aan" in o for o in opens(replace(CLOSED, findings=decided)))
    only = opens(LACKING)
    assert only[0].startswith("Bezoek 4.000 willekeurig gekozen bedrijven van de 9.539")
    assert "Dan is te beslissen: “Even vaak vergist”" in only[0]
    assert not any("helpen hier niet" in o for o in only)


def test_what_is_out_or_used_up_is_not_planned_again() -> None:
    assert opens(WAITING)[0].startswith("Wacht op de bezoeken")
    assert "latere dag" in opens(LATER)[0]
    assert "de steekproef beslist het niet" in opens(FEW)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_condition_is_said_as_it_stands(language: Language) -> None:
    words = Words(language)
    for message, *_ in CONDITIONS:
        name = message.partition("_")[2]
        told = {words(f"{form}_{name}") for form in "cur"}
        assert len(told) == 3, name
        by = {
            facts.status: words(facts.said)
            for some in (GREEN, FEW, RED, RISK)
            for facts in conditions(some)
            if facts.message == message
        }
        assert by["green"] == words(f"c_{name}")
        assert by["few"] == by["risk"] == words(f"u_{name}")
        assert by["red"] == words(f"r_{name}")
    not_shown = {t["sentence"] for t in answer(RED, language).lacking()}
    assert not not_shown & {words(m) for m, *_ in CONDITIONS}


def test_no_group_is_named_where_none_can_be_judged() -> None:
    told = {t["sentence"]: t["groups"] for t in answer(FEW).lacking()}
    assert told["Het is niet zeker of het model zich bij elke groep even vaak vergist."] == (
        "Nog geen enkele groep is te beoordelen."
    )
    lacking = " ".join(t["groups"] for t in answer(LACKING).lacking())
    assert "Nog geen enkele groep is te beoordelen op: vergissingen." in lacking
    assert "alle bedrijven" not in lacking


def test_stages_are_told_one_by_one() -> None:
    stages = next(c for c in conditions(LACKING) if c.message == "c_people")
    told = answer(LACKING).told(stages)
    assert stages.status == "green"
    assert "Aangetoond bij deze stap: wie wordt bezocht." in told["beside"]
    assert "wie op de werklijst komt (te weinig gegevens)" in told["beside"]
    assert "bij wie wordt ingegrepen (te weinig gegevens)" in told["beside"]


def test_a_risk_that_is_only_reported_is_on_the_first_page() -> None:
    told = answer(CLOSED).seen()
    risk = next(t for t in told if t["verdict"] == "risico gezien, niet bewezen")
    assert "India × bedrijfstak handel +8,0 pt" in risk["text"]
    html = page(CLOSED, "nl")
    assert html.index(risk["text"]) < html.index('id="part2"')
    assert any("Turkije" in t["text"] and "+" not in t["text"] for t in told)  # no figure is told


def test_who_signed_is_named_and_who_need_not() -> None:
    told = answer(SIGNED).signers()
    assert "goedkeuring door twee mensen: Anna, Bram." in told
    assert any(t.startswith("Niet nodig volgens dit beleid: ") for t in told)
    html = page(SIGNED, "nl")
    assert html.index("Anna, Bram") < html.index('id="part2"')
    assert "Iedereen die moest tekenen heeft getekend" in answer(SIGNED).summary()
    assert "Niemand hoefde te tekenen" in answer(GREEN).summary()
    assert any("nog niet getekend" in t for t in answer(CLOSED).signers())


def test_sums_are_made_and_the_rest_is_counted() -> None:
    assert "Het plan: 4.000 van de 9.539 bedrijven" in page(LACKING, "nl")
    assert "Het plan: 3.400 van de 9.539 bedrijven" in page(JUDGING, "nl")
    many = " ".join(t["groups"] for t in answer(MANY).lacking())
    assert "en nog 3 andere" in many
    assert "en nog 1 andere" in many


@pytest.mark.parametrize("facts", ALL.values(), ids=ALL)
def test_the_dutch_page_writes_dates_and_names_in_dutch(facts: Facts) -> None:
    html = page(facts, "nl")
    html = re.sub(r'<(\w+)[^>]* lang="en".*?</\1>', "", html, flags=re.DOTALL)
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", html)
    for alien in ("no majority", "never intervened", "verified_only", "all features", "two train",
                  "Eastern", "uitgerijpt", " ijken", "keren gekeken: keren"):  # fmt: skip
        assert alien not in text, alien
    assert not re.findall(r"\b\d{4}-\d{2}-\d{2}\b", text)


def test_what_is_no_group_is_not_told_twice() -> None:
    looks = finding("policy_preregistered", "looks_used", "looks", verdict="established",
                    estimate=1.0, low=1.0, high=1.0, margin=2.0)  # fmt: skip
    told = answer(replace(CLOSED, findings=[looks])).shown()
    assert told[0]["figure"] == "Hoe vaak uitkomsten zijn bekeken: 1 (grens: ten hoogste 2)."
