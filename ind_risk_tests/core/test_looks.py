"""Looks: the same outcomes are recognised, counted, and judged only by a policy that came first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.errors import IntegrityError
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.ledger import Entry, next_entry
from ind_risk.core.looks import Look, look_at, looks_in, preregistration_findings, samples_among

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def identity(model: str = "a", data: str = "d", policy: str = "p") -> CandidateIdentity:
    return CandidateIdentity(
        model_version="1", model_digest=model, data_digest=data, code_version="c",
        policy_digest=policy,
    )  # fmt: skip


def outcomes(first: int = 0, n: int = 600, *, seed: int = 0) -> pd.DataFrame:
    """One row a sponsor; every third was inspected at random."""
    number = np.arange(first, first + n)
    drawn = number % 3 == 0
    rng = np.random.default_rng(seed)
    found = np.where(rng.random(n) < 0.1, "non_compliant", "compliant").astype(object)
    made = pd.DataFrame(
        {
            "sponsor_id": [f"S{i}" for i in number],
            "audit_inspection_id": [f"I{i}" for i in number],
            "audit_label": found,
            "audit_closed_on": pd.to_datetime("2025-06-01") + pd.to_timedelta(number, unit="D"),
        }
    )
    made.loc[~drawn, ["audit_inspection_id", "audit_label"]] = None
    return made


def ledger(*entries: tuple[str, dict[str, Any]]) -> list[Entry]:
    made: list[Entry] = []
    for kind, body in entries:
        made.append(next_entry(made[-1] if made else None, kind, body, NOW))
    return made


def policy(digest: str = "p") -> tuple[str, dict[str, Any]]:
    return "policy", {"policy_digest": digest, "name": digest}


def look(look: Look) -> tuple[str, dict[str, Any]]:
    return "look", look.body()


def verdicts(entries: list[Entry], present: Look, allowed: int = 4) -> list[str]:
    found = preregistration_findings(entries, present, allowed=allowed)
    assert all(f.sentence and f.green == (f.verdict == "established") for f in found)
    return [f.verdict for f in found]


def test_a_policy_that_came_first_may_judge() -> None:
    present = look_at(outcomes(), identity())
    assert present.kind == "random inspections"
    assert present.outcomes == 200
    assert verdicts(ledger(policy(), look(present)), present) == ["established", "established"]


def test_a_policy_changed_after_a_look_may_not_judge_those_outcomes() -> None:
    before = look_at(outcomes(), identity())
    after = look_at(outcomes(), identity(policy="q"))
    entries = ledger(policy(), look(before), policy("q"), look(after))
    assert verdicts(entries, after) == ["refuted", "established"]
    assert verdicts(entries, before) == ["established", "established"]


def test_a_month_of_a_year_in_common_is_enough_to_recognise_the_outcomes() -> None:
    before = look_at(outcomes(0, 6000), identity())
    shifted = look_at(outcomes(5500, 6000), identity(data="e", policy="q"))
    # The 500 sponsors in common have the same outcomes in both tables only if drawn alike.
    common, later = outcomes(0, 6000).iloc[5500:], outcomes(6000, 5500, seed=1)
    same = look_at(pd.concat([common, later]), identity(data="e", policy="q"))
    entries = ledger(policy(), look(before), policy("q"), look(same))
    assert same.overlaps(before)
    assert verdicts(entries, same)[0] == "refuted"
    assert shifted.outcomes == same.outcomes


def test_outcomes_nobody_has_seen_may_be_judged_by_a_new_policy() -> None:
    before = look_at(outcomes(), identity())
    fresh = look_at(outcomes(600), identity(data="e", policy="q"))
    assert not fresh.overlaps(before)
    entries = ledger(policy(), look(before), policy("q"), look(fresh))
    assert verdicts(entries, fresh) == ["established", "established"]


def test_the_same_ids_with_other_outcomes_are_other_outcomes() -> None:
    """As in two synthetic worlds, whose keys count from 1."""
    a, b = outcomes(), outcomes(seed=5)
    b["audit_inspection_id"] = b["audit_inspection_id"].to_numpy()[::-1]
    b["audit_closed_on"] += pd.Timedelta(days=40)
    assert not look_at(a, identity()).overlaps(look_at(b, identity()))


@pytest.mark.parametrize("change", ["days", "inspections"])
def test_neither_other_days_nor_new_ids_make_outcomes_new(change: str) -> None:
    before, after = outcomes(), outcomes()
    if change == "days":
        after["audit_closed_on"] += pd.Timedelta(days=1)
    else:
        after["audit_inspection_id"] = "new-" + after["audit_inspection_id"].astype(str)
    assert look_at(after, identity(data="e")).overlaps(look_at(before, identity()))


def test_the_first_look_binds_the_policy() -> None:
    """Two policies registered beforehand: whoever has looked under one is not judged by the other.

    Nor is a second look under the first policy spoilt by somebody else's under another one.
    """
    strict, lax = look_at(outcomes(), identity()), look_at(outcomes(), identity(policy="q"))
    entries = ledger(policy("q"), policy(), look(strict), look(lax))
    assert verdicts(entries, lax) == ["refuted", "established"]
    assert verdicts(entries, strict) == ["established", "established"]


def test_looks_run_out_and_the_same_evaluation_is_not_counted_twice() -> None:
    looks = [look_at(outcomes(), identity(model=str(k))) for k in range(3)]
    entries = ledger(policy(), look(looks[0]), look(looks[0]), look(looks[1]), look(looks[2]))
    assert verdicts(entries, looks[0], allowed=2)[1] == "established"
    assert verdicts(entries, looks[1], allowed=2)[1] == "established"
    assert verdicts(entries, looks[2], allowed=2)[1] == "refuted"


def test_new_ids_and_new_days_together_do_not_make_outcomes_new() -> None:
    again = outcomes()
    again["audit_inspection_id"] = [f"X{i}" for i in range(len(again))]
    again["audit_closed_on"] += pd.Timedelta(days=3)
    again.loc[::7, "audit_label"] = None  # and some left out
    before = look_at(outcomes(), identity())
    after = look_at(again, identity(data="e", policy="q"))
    assert not set(before.sketch) & set(after.sketch)
    assert verdicts(ledger(policy(), look(before), policy("q"), look(after)), after)[0] == "refuted"
    # Two samples of the same sponsors share what chance makes them share.
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, other = (
            outcomes(0, 6000).iloc[np.sort(rng.choice(6000, 2400, replace=False))] for _ in "ab"
        )
        other = other.assign(
            audit_inspection_id=other["audit_inspection_id"] + "b",
            audit_closed_on=other["audit_closed_on"] + pd.Timedelta(days=9000),
        )
        assert not look_at(one, identity()).overlaps(look_at(other, identity()))


def test_outcomes_that_came_back_bind_the_policy() -> None:
    """They can be read from then on, and a plan tells of them, whether or not a run judged."""
    seen = outcomes()
    seen["audit_inspection_id"] = seen["audit_inspection_id"].str.replace("I", "A1-")
    assert samples_among(seen, ("A1", "A2")) == ("A1",)
    assert samples_among(seen.assign(audit_label=None), ("A1",)) == ()

    def back(digest: str) -> tuple[str, dict[str, Any]]:
        return "outcomes", {"sample": "A1", "policy_digest": digest}

    def verdict(*entries: tuple[str, dict[str, Any]], digest: str = "p") -> tuple[str, str]:
        present = look_at(seen, identity(policy=digest))
        trail = ledger(*entries, look(present))
        found = preregistration_findings(trail, present, allowed=2, samples=("A1",))[0]
        return found.verdict, found.sentence

    assert verdict(policy(), back("p"))[0] == "established"
    late = verdict(policy(), back("p"), policy("q"), digest="q")
    assert late[0] == "refuted"
    assert "after outcomes of sample A1, which it judges, had come back (entry 2)" in late[1]
    chosen = verdict(policy(), policy("q"), back("p"), digest="q")
    assert chosen[0] == "refuted"
    assert "came back (entry 3) under another policy" in chosen[1]


def test_no_policy_or_no_look_on_record_is_red() -> None:
    present = look_at(outcomes(), identity())
    assert verdicts(ledger(look(present)), present)[0] == "refuted"
    assert verdicts(ledger(policy()), present)[0] == "refuted"


def test_without_outcomes_the_sponsors_are_what_was_looked_at() -> None:
    nobody = outcomes().assign(audit_label=None)
    assert look_at(nobody, identity()).kind == "sponsors"
    assert look_at(nobody, identity()).overlaps(look_at(nobody, identity(model="b")))


def test_an_entry_that_is_no_look_is_an_error() -> None:
    with pytest.raises(IntegrityError, match="ledger entry 1"):
        looks_in(ledger(("look", {"model_digest": "a"})))
