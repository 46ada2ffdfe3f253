"""The page: every finding with its number, in both languages, and nothing that could do harm."""

from __future__ import annotations

import re
import string
import time
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from ind_risk.dossier.page.build import page, rendered
from ind_risk.dossier.page.conditions import conditions
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import LANGUAGES, Language, Words, catalogue, unit_of
from ind_risk_tests.dossier.page.example import ALL, CLOSED, FINDINGS, GREEN, NOTHING, OPEN, finding


class Cells(HTMLParser):
    """Texts of the rows of the table with the id "annex"."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside |= tag == "table" and ("id", "annex") in attrs
        if self._inside and tag == "tr":
            self.rows.append([])
        self._cell = self._inside and tag == "td"
        if self._cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "table"

    def handle_data(self, data: str) -> None:
        if self._inside and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def annex(html: str) -> list[list[str]]:
    cells = Cells()
    cells.feed(html)
    return [[c.strip() for c in row] for row in cells.rows if len(row) == 8]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("facts", ALL.values(), ids=ALL)
def test_every_finding_is_in_the_annex_with_its_number(facts: Facts, language: Language) -> None:
    words, rows = Words(language), annex(page(facts, language))
    assert len(rows) == len(facts.findings)
    for row, found in zip(rows, facts.findings, strict=True):
        unit = unit_of(str(found["claim"]))
        assert row[2] == words.figure(found["estimate"], unit, found["margin"])
        assert row[7] == words(f"v_{found['verdict']}")
        assert row[5] == ("–" if found["n"] is None else words.integer(found["n"]))


def test_what_officials_read_first_is_the_gates_answer() -> None:
    closed, opened = page(CLOSED, "nl"), page(OPEN, "nl")
    assert "Dit model mag niet worden gebruikt" in closed
    assert "Dit model mag worden gebruikt" in opened
    assert "Met 4.000 bezoeken aan willekeurig gekozen bedrijven van de 9.539" in closed
    assert "428 India, 419 overig Azië" in closed
    assert "goedkeuring door twee mensen" in closed
    assert "Het gaat om: Turkije" in closed
    assert "verzonnen gegevens" in closed
    assert "verzonnen gegevens. Niets" not in opened
    assert "Vorige beslissing: 1 oktober 2026, 09:00, open" in closed


def test_a_condition_is_green_only_if_all_of_it_is() -> None:
    told = {c.message: c.status for c in conditions(CLOSED)}
    assert told["c_independence"] == "green"
    assert told["c_parity"] == told["c_robust"] == "red"
    assert told["c_errors"] == told["c_statements"] == "few"
    assert told["c_useful"] == "green"
    assert {c.status for c in conditions(GREEN)} == {"green", "not_asked"}
    assert {c.status for c in conditions(NOTHING)} == {"few"}
    stale = replace(
        OPEN, is_open=False,
        reasons=[{"code": "stale", "subject": "bias_evidence:bias_independence", "sentence": "",
                  "opens_with": ""}],
    )  # fmt: skip
    assert {c.message: c.status for c in conditions(stale)}["c_independence"] == "few"


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_only_text(language: Language) -> None:
    wild = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    facts = replace(
        CLOSED, source=wild, warnings=[wild], policy_name=wild, rule=wild, kind=wild,
        features=[(wild, wild, wild)], importance={wild: 1.0}, history=[(1, wild, wild)],
        statements=[{**CLOSED.statements[0], "signer": wild}],
        findings=[finding("bias_selection_parity", "selection_rate_difference", wild,
                          sentence=wild)],
    )  # fmt: skip
    made = page(facts, language)
    assert "<script" not in made
    assert "<img" not in made
    assert "&lt;script&gt;" in made


def test_it_fetches_nothing_and_is_small_and_quick() -> None:
    many = [dict(f, subject=f"{f['subject']} {k}") for k in range(100) for f in FINDINGS]
    begun = time.process_time()
    made = page(replace(CLOSED, findings=many), "nl")
    assert time.process_time() - begun < 5
    assert len(made.encode()) < 3_000_000
    assert not re.search(r"""(src|href)=["'](?!#)|url\(|@import""", made)


def test_every_text_is_in_both_languages_and_used() -> None:
    used = set[str]()
    for language in LANGUAGES:
        words = Words(language)
        none_asked = replace(NOTHING, in_use="9", synthetic=True, required_statements=())
        for facts in (*ALL.values(), none_asked):
            rendered(facts, words)
        used |= words.used
    messages = catalogue("messages")
    assert set(messages) - used == {"r_risk_model", "r_theme", "r_reinspection"}
    for name in ("messages", "claims", "checks", "places", "countries", "terms"):
        for key, texts in catalogue(name).items():
            assert {"nl", "en"} <= set(texts), (name, key)
            assert all(str(texts[language]).strip() for language in LANGUAGES), (name, key)
    for key, texts in messages.items():
        fields = [
            {f for _, f, _, _ in string.Formatter().parse(texts[lang]) if f} for lang in LANGUAGES
        ]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize(
    ("value", "unit", "dutch", "english"),
    [
        (0.0123, "points", "+1,2 pt", "+1.2 pp"),
        (-0.05, "points", "−5,0 pt", "−5.0 pp"),
        (0.8, "share", "80,0 %", "80.0 %"),
        (1.5, "ratio", "1,50 ×", "1.50 ×"),
        (0.7518, "number", "0,752", "0.752"),
        (2.0, "count", "2", "2"),
        (1.0, "flag", "–", "–"),
        (None, "points", "–", "–"),
    ],
)
def test_numbers_are_read_as_the_language_writes_them(
    value: Any, unit: str, dutch: str, english: str
) -> None:
    assert Words("nl").figure(value, unit) == dutch
    assert Words("en").figure(value, unit) == english


def test_a_claim_without_a_name_keeps_its_own() -> None:
    assert "a claim of tomorrow" in page(CLOSED, "nl")
