"""Which statements count: each rule broken alone closes the gate, with its own sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.gate import decide
from ind_risk.core.people import KINDS
from ind_risk.core.statements import About, payload, read_payload
from ind_risk_tests.core.evidence_example import (
    NOW,
    PEOPLE,
    REAL,
    about,
    green_evidence,
    statement,
    statements,
)

OTHER = "f" * 64
CARLA = next(p for p in PEOPLE.people if p.name == "Carla")


def closed_by(*wrong: Any, without: str = "approval", **changed: Any) -> str:
    """The one reason that is left if these stand where those of one kind stood."""
    rest = tuple(s for s in statements(REAL) if s.kind != without)
    evidence = replace(green_evidence(policy=REAL), statements=(*rest, *wrong), **changed)
    (reason,) = decide(REAL, evidence, NOW).reasons
    assert (reason.code, reason.subject) == ("no_statement", without)
    assert "ind-risk state" in reason.opens_with
    return reason.sentence


def approvals(*names: str, **changed: Any) -> list[Any]:
    return [statement("approval", n, 20 + k, REAL, **changed) for k, n in enumerate(names)]


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"signer": None}, "is of nobody whom the policy lists"),
    "revoked key": ({"revoked": True}, "is revoked"),
    "wrong role": ({"signer": CARLA}, "Carla has not the role approver"),
    "altered": ({"fault": "its signature does not fit"}, "its signature does not fit"),
    "other evidence": ({"about": replace(about(REAL), evidence=OTHER)}, "another evidence"),
    "other model": ({"about": replace(about(REAL), model=OTHER)}, "another model"),
    "other policy": ({"about": replace(about(REAL), policy=OTHER)}, "another policy"),
    "lapsed": ({"recorded_at": NOW - timedelta(days=366)}, "more than 365 days old"),
    "future": ({"recorded_at": NOW + timedelta(seconds=1)}, "dated in the future"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_one_approval_closes(name: str) -> None:
    changed, said = FAULTS[name]
    good, wrong = approvals("Anna", "Bram")
    sentence = closed_by(good, replace(wrong, **changed))
    assert sentence.startswith("1 of 2 statements of approval count")
    assert said in sentence


def test_one_person_counts_once_under_however_many_keys() -> None:
    sentence = closed_by(*approvals("Anna", "Anna", "Anna"))
    assert "one person counts once" in sentence


def test_who_trains_does_not_approve() -> None:
    assert "Frits trained this model" in closed_by(*approvals("Anna", "Frits"))
    evidence = replace(green_evidence(policy=REAL), trainers=())
    assert [r.code for r in decide(REAL, evidence, NOW).reasons] == ["no_trainer"]


def test_a_third_approval_mends_a_bad_one() -> None:
    rest = tuple(s for s in statements(REAL) if s.kind != "approval")
    signed = approvals("Anna", "Frits", "Bram")
    assert decide(REAL, replace(green_evidence(policy=REAL), statements=(*rest, *signed)), NOW).open


def test_the_last_day_still_counts() -> None:
    old = approvals("Anna", "Bram", recorded_at=NOW - timedelta(days=365))
    rest = tuple(s for s in statements(REAL) if s.kind != "approval")
    assert decide(REAL, replace(green_evidence(policy=REAL), statements=(*rest, *old)), NOW).open


def test_without_people_the_policy_says_what_to_add() -> None:
    nobody = replace(REAL, people=replace(PEOPLE, people=()))
    assert nobody.digest == REAL.digest
    reasons = decide(nobody, replace(green_evidence(policy=REAL), statements=()), NOW).reasons
    assert {r.subject for r in reasons} == set(REAL.required_statements)
    assert all("[[statements.people]]" in r.opens_with for r in reasons)


def test_a_payload_is_read_back() -> None:
    for kind in KINDS:
        difference = "rate, IND" if kind == "justification" else ""
        said = payload(kind, about(REAL), text="why", difference=difference, made_at=NOW)
        assert read_payload(said) == (kind, about(REAL), "why", difference)


@pytest.mark.parametrize(
    ("kind", "text", "difference"),
    [
        ("blessing", "", ""), ("approval", "", "rate, IND"), ("justification", "why", ""),
        ("justification", " ", "rate"), ("approval", "x" * 4_001, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_stated(kind: str, text: str, difference: str) -> None:
    with pytest.raises(ValueError, match=r"kind|justification|characters"):
        payload(kind, About(evidence="", model="", policy=""), text=text, difference=difference,
                made_at=NOW)  # fmt: skip


_JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.sampled_from(["_type", "subject", "predicateType", "predicate"]), _JSON)
def test_anything_else_is_no_payload(field: str, value: Any) -> None:
    said = payload("approval", about(REAL), text="", difference="", made_at=NOW)
    with pytest.raises(ValueError, match=r"it |a field|no kind"):
        read_payload({**said, field: value})
