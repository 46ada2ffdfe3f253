"""The model card says what the gate said, fits MLflow, and is the same for the same facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ind_risk.dossier.card import LONGEST, CardFacts, card, withdrawn


def finding(check: str, verdict: str, *, required: bool = True) -> dict[str, Any]:
    return {"check": check, "verdict": verdict, "required": required}


FACTS = CardFacts(
    version="7", kind="one_rule", rule="The simplest.", digests={"model_digest": "ab" * 32},
    is_open=False, reasons=["bias_evidence:bias_funnel: it failed:  few\ncases."],
    source="tables/", as_of="2025-12-31", rows={"sponsors": 10_000}, synthetic=False,
    policy="policy 1", checks=("bias_funnel", "drift", "loadable"),
    findings=[
        finding("bias_funnel", "equivalent"), finding("bias_funnel", "insufficient_data"),
        finding("bias_funnel", "disparity", required=False), finding("drift", "established"),
    ],
    run="[37ce8b2c](http://127.0.0.1:3000/runs/37ce8b2c)",
)  # fmt: skip


def test_closed_it_says_why_and_what_was_shown() -> None:
    text = card(FACTS)
    assert "**The gate is closed, for 1 reason.**" in text
    assert "- bias_evidence:bias_funnel: it failed: few cases." in text
    told = {
        [c.strip() for c in line.split("|")][1]: [c.strip() for c in line.split("|")][2:4]
        for line in text.splitlines()
        if line.startswith("| ")
    }
    assert told["Every stage, from the model to the intervention"] == [
        "✗ 1 of 2", "1 equivalent, 1 insufficient data",
    ]  # fmt: skip
    assert told["Does use resemble training?"] == ["✓ 1 of 1", "1 established"]
    assert told["The model can be loaded"] == ["– not judged", ""]
    assert "10,000 sponsors" in text
    assert FACTS.run in text
    assert "synthetic" not in text


def test_open_or_synthetic_it_says_so() -> None:
    text = card(replace(FACTS, is_open=True, reasons=[], synthetic=True))
    assert "**The gate is open: every required check is green.**" in text
    assert "says nothing about any real sponsor" in text


def test_it_fits_whatever_is_said() -> None:
    long = replace(FACTS, reasons=["x" * 900] * 40, rule="y" * 9_000)
    assert len(card(long)) <= LONGEST
    assert "and 34 more" in card(long)
    assert len(withdrawn(card(long), "z" * 900)) <= LONGEST


def test_withdrawn_is_read_first() -> None:
    assert withdrawn(card(FACTS), "a complaint").startswith("> **Withdrawn; not in use any more.**")


def test_the_same_facts_give_the_same_card() -> None:
    assert card(FACTS) == card(replace(FACTS))
