"""Exports are valid, invent nothing, and are written so that people can read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ind_risk.core.errors import IndRiskError
from ind_risk.dossier.exports.annex_iv import TO_WRITE, annex_iv
from ind_risk.dossier.exports.cards import assessment_card, model_card, system_card
from ind_risk.dossier.exports.evidence import evidence
from ind_risk.dossier.exports.organisation import FIELDS, read_organisation, template
from ind_risk.dossier.exports.register import TO_FILL_IN, entry, fields
from ind_risk.dossier.exports.valid import refuse_invalid
from ind_risk.dossier.page.facts import Facts
from ind_risk.dossier.page.words import LANGUAGES, Words, catalogue
from ind_risk_tests.dossier.exports.readability import flesch_douma, syllables
from ind_risk_tests.dossier.page.example import CLOSED, GREEN, MANY, NOTHING, OPEN

BLANKS = ("total", "green", "red", "version", "count", "population", "what", "groups", "kind")
ALL = [CLOSED, OPEN, NOTHING, GREEN, MANY]
FILLED = {
    "organization": "Dienst Toezicht", "contact_email": "info@example.org",
    "publication_category": "Impactvolle algoritmes", "lawful_basis": "Een wet",
    "proportionality": "Voor en tegen", "owner_name": "Anna", "model_license": "EUPL-1.2",
}  # fmt: skip


@pytest.mark.parametrize("facts", ALL)
@pytest.mark.parametrize("known", [{}, FILLED], ids=["empty", "filled"])
def test_every_document_is_valid(facts: Facts, known: Mapping[str, str]) -> None:
    refuse_invalid(system_card(facts, known), "systemcard-0.1a13")
    refuse_invalid(model_card(facts, known), "modelcard-0.1a13")
    refuse_invalid(assessment_card(facts), "assessmentcard-0.1a13")
    refuse_invalid(evidence(facts), "evidence-1")
    made, missing = entry(facts, known)
    assert set(made) <= set(fields())
    required = {n for n, rule in fields().items() if rule.get("required") is True}
    assert required - set(made) <= {"publication_category"}
    assert set(missing) == {k for k in missing if k not in known}
    json.dumps([made, evidence(facts), annex_iv(facts, known)], allow_nan=False)


def test_what_only_people_know_is_named_and_never_invented() -> None:
    made, missing = entry(CLOSED, {})
    assert {"organization", "contact_email", "publication_category", "lawful_basis"} <= set(missing)
    assert made["organization"] == made["contact_email"] == TO_FILL_IN
    assert not {"lawful_basis", "website", "begin_date", "publication_category"} & set(made)
    card = system_card(CLOSED, {})
    assert not {"legal_base", "considerations"} & set(card)
    assert annex_iv(CLOSED, {}).count(TO_WRITE) >= 6
    told, _ = entry(CLOSED, FILLED)
    assert told["organization"] == "Dienst Toezicht"
    assert annex_iv(CLOSED, FILLED).count(TO_WRITE) < annex_iv(CLOSED, {}).count(TO_WRITE)


def test_a_closed_gate_is_no_use_and_a_trial_says_so() -> None:
    closed, _ = entry(CLOSED, FILLED)
    assert closed["status"] == "In ontwikkeling"
    assert "niet in gebruik" in closed["goal"]
    assert "even vaak gekozen" in closed["goal"]
    assert closed["description_short"].startswith("PROEF")
    used, _ = entry(GREEN, FILLED)
    assert used["status"] == "In gebruik"
    assert "PROEF" not in used["description_short"]
    assert evidence(CLOSED)["synthetic"] is True
    assert "Synthetic demonstration data" in annex_iv(CLOSED, {})
    assert "synthetic demonstration data" in model_card(CLOSED, {})["tags"]


@pytest.mark.parametrize("facts", ALL)
def test_evidence_holds_every_finding(facts: Facts) -> None:
    told = evidence(facts)["findings"]
    assert [f["sentence"] for f in told] == [f["sentence"] for f in facts.findings]
    assert [f["estimate"] for f in told] == [f["estimate"] for f in facts.findings]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"publication_category": "Geheim"}, "permitted are"),
        ({"organization": "x" * 101}, "at most 100 fit"),
    ],
)
def test_what_the_register_does_not_take_is_refused(change: dict[str, str], words: str) -> None:
    with pytest.raises(IndRiskError, match=words):
        entry(CLOSED, FILLED | change)


def test_a_document_that_would_be_invalid_is_named() -> None:
    broken: dict[str, Any] = evidence(CLOSED)
    broken["findings"][1]["verdict"] = "fine"
    with pytest.raises(IndRiskError, match=r"findings/1/verdict.*nothing was written"):
        refuse_invalid(broken, "evidence-1")


def test_organisation_is_read_strictly() -> None:
    assert read_organisation(template(), source="t") == {}
    filled = template().replace('organization = ""', 'organization = " Dienst "')
    assert read_organisation(filled, source="t") == {"organization": "Dienst"}
    assert all(f"\n{key} = " in template() for key in FIELDS)
    for text, words in (
        ("organisation = 'x'", "Did you mean organization"),
        ("organization = 3", "expected a text"),
        ("organization = ", "is no TOML"),
    ):
        with pytest.raises(IndRiskError, match=words):
            read_organisation(text, source="o.toml")


@pytest.mark.parametrize(
    ("word", "number"),
    [("model", 2), ("bedrijf", 2), ("nationaliteit", 6), ("geloot", 2), ("kijkt", 1),
     ("vergunningen", 4), ("ieder", 2), ("mooi", 1), ("leeuw", 1), ("straffen", 2)],
)  # fmt: skip
def test_syllables_are_counted(word: str, number: int) -> None:
    # "ieder" has the vowel sounds ie and e; "nationaliteit" counts io as two.
    assert abs(syllables(word) - number) <= (1 if word == "nationaliteit" else 0)


@pytest.mark.parametrize("facts", [CLOSED, GREEN])
def test_what_the_public_reads_is_plain_dutch(facts: Facts) -> None:
    made, _ = entry(facts, FILLED)
    public = [made[k] for k in ("description_short", "goal", "human_intervention", "risks")]
    assert flesch_douma(" ".join(public)) >= 60
    hard = "De representativiteit van de uitkomstverwachting wordt geoperationaliseerd."
    assert flesch_douma(hard) < 0


def test_the_part_for_officials_is_plain_dutch() -> None:
    begin = ("c_", "u_", "r_", "h_", "def_", "opens_", "what_", "summary_", "in_use")
    keys = [k for k in catalogue("messages") if k.startswith(begin)]
    words = Words("nl")
    text = " ".join(
        catalogue("messages")[k]["nl"].format_map(dict.fromkeys(BLANKS, "12")) for k in keys
    )
    assert flesch_douma(text) >= 50
    assert words.language in LANGUAGES
