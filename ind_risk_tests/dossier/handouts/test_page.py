"""The page of a handout: blind, in both languages, and names are only text."""

from __future__ import annotations

import re
import string
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.adapters.feature_file import shipped_register
from ind_risk.core.contracts import OUTCOMES
from ind_risk.core.sampling.outcomes import COLUMNS
from ind_risk.dossier.handouts import form
from ind_risk.dossier.handouts.facts import Handout
from ind_risk.dossier.handouts.page import page
from ind_risk.dossier.handouts.workbook import workbook
from ind_risk.dossier.page.words import LANGUAGES, Language, catalogue
from ind_risk_tests.dossier.handouts.example import (
    DIGEST,
    KINDS,
    NAMES,
    RANDOM,
    SAMPLE,
    WORKLIST,
    handout,
    sample,
    told,
)

PACKAGE = "ind_risk.dossier.handouts"


class Seen(HTMLParser):
    """Every mark, and every text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def seen(html: str) -> Seen:
    made = Seen()
    made.feed(html)
    return made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_says_who_when_which_and_every_case(kind: str, language: Language) -> None:
    given, texts = KINDS[kind], seen(page(told(KINDS[kind], language))).texts
    for case in given.cases:
        assert any(case.sponsor_id in t for t in texts)
        assert case.legal_name is None or case.legal_name in texts
    for expected in ("avries", "2026-01-15", "2025-12-31", DIGEST):
        assert any(expected in t for t in texts), expected


def test_what_may_be_concluded_stands_before_the_list() -> None:
    for known in KINDS.values():
        html = page(told(known))
        assert html.index("geen verdenking en geen bewijs") < html.index('id="list"')
    assert "is door loting gekozen" in page(told(RANDOM))
    assert "staat er met opzet niet bij" in page(told(WORKLIST))
    assert "verzonnen gegevens" in page(told(WORKLIST))
    assert "verzonnen gegevens" not in page(told(RANDOM))


def test_there_is_no_place_for_what_chose_a_case() -> None:
    """Blind by its type: a case has no score, band, rank, route or probability to be shown."""
    from dataclasses import fields

    from ind_risk.dossier.handouts.facts import Case

    assert [f.name for f in fields(Case)] == ["number", "sponsor_id", "legal_name", "reasons"]
    for known in KINDS.values():
        html = page(told(known, "en")).lower()
        assert not re.search(r"\b(profile|signal_route|inclusion|probability|band|rank)\b", html)


def test_reasons_are_in_plain_dutch_and_the_services_own_stay_as_they_are() -> None:
    html = page(told(WORKLIST))
    assert "Deel van de beslissingen van de laatste 12 maanden dat een weigering was" in html
    assert "25,0 %" in html
    assert "niet bekend" in html
    assert "temporary work" in html
    assert '<dt lang="en">A column of our own</dt><dd><bdi>12 345,68</bdi>' in html
    assert "Geen bijzonderheden." in html
    assert "bijzonderheden" not in page(told(SAMPLE)).lower()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.sampled_from(sorted(KINDS)))
def test_names_are_only_text(name: str, kind: str) -> None:
    wild = f"</bdi><script>{name}</script><img src=x onerror={name}>{{{{ 7 * 7 }}}}"
    cases = [type(c)(number=c.number, sponsor_id=wild, legal_name=wild, reasons=c.reasons)
             for c in KINDS[kind].cases]  # fmt: skip
    given = handout(**{**vars(KINDS[kind]), "cases": cases, "issued_by": wild})
    made = page(told(given))
    assert not {"script", "img"} & set(seen(made).tags)
    assert "49" not in made or "49" in name


def test_it_fetches_nothing_and_a_long_list_is_small_and_quick() -> None:
    begun = time.process_time()
    made = page(told(sample(NAMES * 1200)))
    assert time.process_time() - begun < 3
    assert len(made.encode()) < 1_000_000
    assert not re.search(r"""(src|href)=["'](?!#)|url\(|@import|<script""", made)
    assert page(told(SAMPLE)) == page(told(SAMPLE))


def test_every_text_is_in_both_languages_and_used() -> None:
    used = set[str]()
    nobody: Handout = handout(inspectors=())
    for language in LANGUAGES:
        for known in (*KINDS.values(), nobody):
            telling = told(known, language)
            page(telling)
            workbook(telling)
            used |= telling.words.used
    messages = catalogue("messages", PACKAGE)
    assert set(messages) == used
    for key, texts in messages.items():
        assert set(texts) == set(LANGUAGES), key
        fields = [
            {f for _, f, _, _ in string.Formatter().parse(texts[lang]) if f} for lang in LANGUAGES
        ]
        assert fields[0] == fields[1], key
        assert all(texts[lang].strip() for lang in LANGUAGES), key


def test_every_feature_has_a_dutch_name_and_none_is_left_over() -> None:
    shipped = {f.name for f in shipped_register().features}
    assert set(catalogue("features", PACKAGE)) == shipped
    assert all(texts["nl"].strip() for texts in catalogue("features", PACKAGE).values())


def test_words_of_the_form_are_read_back_without_doubt() -> None:
    """No heading or outcome means one thing in one language and another in the other."""
    for kind, names, known in (
        ("column", COLUMNS, form.columns_by_heading()),
        ("outcome", OUTCOMES, form.outcomes_by_word()),
    ):
        for name in names:
            for language in LANGUAGES:
                word = catalogue("messages", PACKAGE)[f"{kind}_{name}"][language]
                assert known[form.plain(word)] == known[name] == name
    assert len(set(form.form_names())) == len(LANGUAGES)
