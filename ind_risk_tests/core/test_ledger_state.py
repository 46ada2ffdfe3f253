"""What is in use follows from the entries alone, and entries that contradict it are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.errors import IntegrityError
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.ledger import Entry, last, next_entry
from ind_risk.core.ledger_state import fold
from ind_risk_tests.core.evidence_example import candidate

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
A, B = candidate("1"), candidate("2", data="e")
A_AGAIN = candidate("3")  # the evidence of A under another version


class Trail:
    """Entries as the adapters write them; `spoilt` bodies as nobody should."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, kind: str, body: dict[str, Any]) -> Entry:
        at = START + timedelta(seconds=len(self.entries))
        entry = next_entry(last(self.entries), kind, body, at)
        self.entries.append(entry)
        return entry

    def decide(self, who: CandidateIdentity, **changes: Any) -> Entry:
        body = {
            "open": True,
            "reasons": [],
            "candidate": who.metadata(),
            "policy_digest": who.policy_digest,
        }
        return self.add("decision", {**body, **changes})

    def release(self, who: CandidateIdentity, decision: str | None = None) -> Entry:
        digest = self.decide(who).digest if decision is None else decision
        return self.add("release", {"candidate": who.metadata(), "decision": digest, "by": "gate"})

    def withdraw(self, who: CandidateIdentity, **changes: Any) -> Entry:
        body = {"candidate": who.metadata(), "reason": "a complaint", "by": "anna"}
        return self.add("withdrawal", {**body, **changes})


@pytest.fixture
def trail() -> Trail:
    return Trail()


def test_an_empty_ledger_puts_nothing_in_use() -> None:
    state = fold([])
    assert (state.in_use, state.length, state.head, state.last_at) == (None, 0, "0" * 64, None)


def test_a_release_puts_in_use_and_the_next_replaces_it(trail: Trail) -> None:
    trail.release(A)
    state = fold(trail.entries)
    assert state.in_use is not None
    assert (state.in_use.identity, state.in_use.model_version) == (A, "1")
    assert state.in_use.model_digest == A.model_digest
    assert state.was_released(A).startswith("is in use since 2026-11-02T12:00:01")
    newest = trail.release(B)
    state = fold(trail.entries)
    assert state.in_use is not None
    assert state.in_use.identity == B
    assert (state.length, state.head, state.last_at) == (4, newest.digest, newest.at)
    assert "replaced since" in state.was_released(A)
    assert state.was_released(candidate("9")) == ""


def test_a_withdrawal_leaves_nothing_in_use_and_is_remembered(trail: Trail) -> None:
    trail.release(A)
    trail.withdraw(A)
    state = fold(trail.entries)
    assert state.in_use is None
    assert state.was_released(A) == "was withdrawn on 2026-11-02T12:00:02: a complaint"
    for again in (A, A_AGAIN):
        said = state.withdrawn(again)
        assert said is not None
        assert "by anna: a complaint" in said
    assert state.withdrawn(B) is None
    assert state.was_released(A_AGAIN) == ""


def test_a_registry_made_anew_does_not_lend_its_numbers_to_another_model(trail: Trail) -> None:
    trail.release(A)
    trail.withdraw(A)
    same_number = candidate("1", data="9")
    state = fold(trail.entries)
    assert state.was_released(same_number) == ""
    assert state.withdrawn(same_number) is None
    trail.release(same_number)
    assert fold(trail.entries).in_use is not None


def refused(trail: Trail, *, match: str) -> None:
    with pytest.raises(IntegrityError, match=match) as caught:
        fold(trail.entries)
    assert f"entry {len(trail.entries)}" in str(caught.value)


def test_a_release_without_any_decision_is_refused(trail: Trail) -> None:
    trail.release(A, decision="0" * 64)
    refused(trail, match="without an open decision")


@pytest.mark.parametrize("decision", [None, 5, [], {}])
def test_a_release_that_points_at_no_digest_is_refused(trail: Trail, decision: Any) -> None:
    trail.add("release", {"candidate": A.metadata(), "decision": decision, "by": "gate"})
    refused(trail, match="without an open decision")


def test_a_release_on_a_closed_decision_is_refused(trail: Trail) -> None:
    for closed in (False, "true", 1, None):
        trail.release(A, decision=trail.decide(A, open=closed).digest)
        refused(trail, match="without an open decision")
        trail.entries.clear()


def test_a_release_on_a_decision_about_another_candidate_is_refused(trail: Trail) -> None:
    for other in (B, A_AGAIN):
        trail.release(A, decision=trail.decide(other).digest)
        refused(trail, match="without an open decision")
        trail.entries.clear()


def test_a_decision_serves_once(trail: Trail) -> None:
    decision = trail.decide(A).digest
    trail.release(A, decision=decision)
    trail.release(A, decision=decision)
    refused(trail, match="without an open decision")


def test_a_later_decision_takes_the_place_of_the_one_before(trail: Trail) -> None:
    decision = trail.decide(A).digest
    trail.decide(A, open=False, reasons=["stale"])
    trail.release(A, decision=decision)
    refused(trail, match="without an open decision")


def test_a_decision_does_not_outlive_a_withdrawal(trail: Trail) -> None:
    trail.release(A)
    decision = trail.decide(B).digest
    trail.withdraw(A)
    trail.release(B, decision=decision)
    refused(trail, match="without an open decision")


@pytest.mark.parametrize("again", [A, A_AGAIN])
def test_evidence_that_was_withdrawn_is_not_released_again(
    trail: Trail, again: CandidateIdentity
) -> None:
    trail.release(A)
    trail.withdraw(A)
    trail.release(again)
    refused(trail, match="was withdrawn")


def test_an_open_decision_with_reasons_or_another_policy_is_refused(trail: Trail) -> None:
    for changes in ({"reasons": [{"code": "stale"}]}, {"policy_digest": "0" * 64}):
        trail.decide(A, **changes)
        refused(trail, match="with reasons against, or under another policy")
        trail.entries.clear()


def test_a_withdrawal_of_what_is_not_in_use_is_refused(trail: Trail) -> None:
    trail.withdraw(A)
    refused(trail, match="not in use")
    trail.entries.clear()
    trail.release(A)
    trail.withdraw(B)
    refused(trail, match="not in use")
    trail.entries.pop()
    trail.withdraw(A)
    trail.withdraw(A)
    refused(trail, match="not in use")


@pytest.mark.parametrize("changes", [{"reason": " "}, {"reason": None}, {"by": ""}])
def test_a_withdrawal_says_why_and_by_whom(trail: Trail, changes: dict[str, Any]) -> None:
    trail.release(A)
    trail.withdraw(A, **changes)
    refused(trail, match="does not say")


@pytest.mark.parametrize("kind", ["decision", "release", "withdrawal"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"open": True},
        {"open": True, "candidate": None, "reasons": [], "policy_digest": "p"},
        {"open": True, "candidate": [], "reasons": [], "policy_digest": "p"},
        {"open": True, "candidate": {"model_version": 1}, "decision": "x", "by": "x"},
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    trail: Trail, kind: str, body: dict[str, Any]
) -> None:
    trail.add(kind, body)
    refused(trail, match="contradicts")


def test_other_kinds_change_nothing(trail: Trail) -> None:
    trail.release(A)
    for kind in ("candidate", "worklist", "data", "policy"):
        trail.add(kind, {"anything": [1, None]})
    trail.decide(B, open=False, reasons=["stale"])
    state = fold(trail.entries)
    assert state.in_use is not None
    assert state.in_use.identity == A
    assert len(state.releases) == 1


@given(st.lists(st.sampled_from(["1", "2", "3", "withdraw", "worklist"]), max_size=12))
def test_in_use_is_the_last_release_unless_withdrawn(steps: list[str]) -> None:
    trail, expected = Trail(), None
    withdrawn: set[CandidateIdentity] = set()
    for step in steps:
        if step == "worklist":
            trail.add("worklist", {})
        elif step == "withdraw":
            if expected is not None:
                trail.withdraw(expected)
                withdrawn.add(expected)
                expected = None
        else:
            who = candidate(step, data=step)
            if who not in withdrawn:
                trail.release(who)
                expected = who
    state = fold(trail.entries)
    assert (None if state.in_use is None else state.in_use.identity) == expected
    assert {w.identity for w in state.withdrawals} == withdrawn
    assert state.length == len(trail.entries)
