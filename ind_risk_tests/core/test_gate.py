"""The gate opens on evidence that is right in every particular, and on nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ind_risk.core.gate import (
    CheckRecord,
    Decision,
    Evidence,
    Reason,
    RunFact,
    decide,
    decide_safely,
    is_credible,
)
from ind_risk.core.gate_evidence import RefusedRun
from ind_risk.core.policy import IDENTITY_FIELDS, Policy, RequiredCheck
from ind_risk_tests.core.evidence_example import (
    NOW,
    POLICY,
    REAL,
    candidate,
    green_evidence,
    green_record,
)

CHECKS = POLICY.required_checks
LATER = NOW.timestamp() + 1


def set_to(**changes: Any) -> Callable[[CheckRecord], CheckRecord]:
    return lambda record: replace(record, **changes)


def run(**changes: Any) -> Callable[[CheckRecord], CheckRecord]:
    def spoil(record: CheckRecord) -> CheckRecord:
        assert record.run is not None
        return replace(record, run=replace(record.run, **changes))

    return spoil


def named(**changes: str | None) -> Callable[[CheckRecord], CheckRecord]:
    """Other names; None takes one away."""

    def spoil(record: CheckRecord) -> CheckRecord:
        names = {**record.names, **changes}
        return replace(record, names={n: v for n, v in names.items() if v is not None})

    return spoil


# What can be wrong with one record → the code of the reason that must name it.
FAULTS: dict[str, tuple[Callable[[CheckRecord], CheckRecord | None], str]] = {
    "missing": (lambda _: None, "missing"),
    "planned": (set_to(status="PLANNED", findings_green=None, findings_total=None), "planned"),
    "failed": (set_to(status="FAILED"), "failed"),
    "failed as a warning": (set_to(status="FAILED", severity="WARN"), "failed"),
    "status nobody knows": (set_to(status="SKIPPED"), "unknown_status"),
    "status in lower case": (set_to(status="succeeded"), "unknown_status"),
    "no status": (set_to(status=""), "unknown_status"),
    "posted from outside": (set_to(run_id="", run=None), "forged"),
    "posted from outside, with a run": (set_to(run_id=""), "forged"),
    "posted red from outside": (set_to(status="FAILED", run_id="", run=None), "forged"),
    "run unknown": (set_to(run=None), "no_run"),
    "run failed": (run(status="FAILURE"), "run_failed"),
    "run cancelled": (run(status="CANCELED"), "run_failed"),
    "run going on": (run(status="STARTED", ended_at=None), "run_failed"),
    "run of another job": (run(job_name="__ASSET_JOB"), "other_job"),
    "run on another home": (run(other_home=True), "other_home"),
    "run without an end": (run(ended_at=None), "after_run"),
    "recorded after its run": (run(ended_at=1.0), "after_run"),
    "run ended at no number": (run(ended_at=math.nan), "after_run"),
    "in the future": (set_to(timestamp=LATER, run=RunFact(
        job_name="lifecycle", status="SUCCESS", ended_at=LATER + 1)), "future"),
    "dated nowhere": (set_to(timestamp=0.0), "future"),
    "dated at no number": (set_to(timestamp=math.nan), "after_run"),
    "stale": (set_to(latest_storage_id=12), "stale"),
    "about a later one": (set_to(target_storage_id=12), "stale"),
    "about no materialization": (set_to(target_storage_id=None), "stale"),
    "asset wiped": (set_to(latest_storage_id=None, latest_run_id=None), "stale"),
    "neither known": (set_to(target_storage_id=None, latest_storage_id=None), "stale"),
    "asset posted from outside": (set_to(latest_run_id=""), "posted_asset"),
    "other partition": (set_to(partition="2026-01"), "other_partition"),
    "asset of another partition": (set_to(latest_partition="2026-02"), "other_partition"),
    "another data digest": (named(data_digest="e" * 64), "other_candidate"),
    "another code version": (named(code_version="e" * 64), "other_candidate"),
    "another policy": (named(policy_digest=REAL.digest), "other_candidate"),
    "no data digest": (named(data_digest=None), "other_candidate"),
    "a blank policy": (named(policy_digest=" "), "other_candidate"),
    "no names at all": (set_to(names={}), "other_candidate"),
    "no count": (set_to(findings_green=None, findings_total=None), "no_verdict"),
    "counts that are floats": (set_to(findings_green=3.0, findings_total=3.0), "no_verdict"),
    "counts that are booleans": (set_to(findings_green=True, findings_total=True), "no_verdict"),
    "counts that are texts": (set_to(findings_green="3", findings_total="3"), "no_verdict"),
    "counts that are NaN": (set_to(findings_green=math.nan, findings_total=math.nan), "no_verdict"),
    "nothing found": (set_to(findings_green=0, findings_total=0), "not_green"),
    "one not green": (set_to(findings_green=2), "not_green"),
    "more green than there are": (set_to(findings_green=4), "not_green"),
    "less than nothing": (set_to(findings_green=-1, findings_total=-1), "not_green"),
    "a NaN": (set_to(numbers={"auc": math.nan}), "not_finite"),
    "an infinity": (set_to(numbers={"auc": 0.7, "psi": -math.inf}), "not_finite"),
}  # fmt: skip
# Faults of a record that only a check on the model can have.
MODEL_FAULTS = {
    "other model version": (named(model_version="6"), "other_candidate"),
    "other model digest": (named(model_digest="e" * 64), "other_candidate"),
    "no model version": (named(model_version=None), "other_candidate"),
}


def spoilt(spoil: Callable[[CheckRecord], CheckRecord | None], check: RequiredCheck) -> Evidence:
    good = green_evidence()
    record = good.checks[check.key]
    assert record is not None
    return replace(good, checks={**good.checks, check.key: spoil(record)})


def codes(decision: Decision) -> list[str]:
    return [r.code for r in decision.reasons]


def test_green_evidence_opens() -> None:
    decision = decide(POLICY, green_evidence(), NOW)
    assert decision.open
    assert decision.reasons == ()
    assert (decision.candidate, decision.policy_digest) == (candidate(), POLICY.digest)
    assert decision.why_closed(at_most=3) == ""


def test_green_evidence_with_every_statement_opens_for_real_data() -> None:
    assert decide(REAL, green_evidence(policy=REAL), NOW).open


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_in_any_one_record_closes(name: str) -> None:
    spoil, code = FAULTS[name]
    for check in CHECKS:
        decision = decide(POLICY, spoilt(spoil, check), NOW)
        assert not decision.open, check.key
        (reason,) = decision.reasons
        assert (reason.code, reason.subject) == (code, check.key)
        assert reason.sentence.startswith(f"{check.key}: ")
        assert reason.sentence.endswith(".")
        assert reason.opens_with


@pytest.mark.parametrize("name", MODEL_FAULTS)
def test_a_check_on_the_model_must_name_the_model(name: str) -> None:
    spoil, code = MODEL_FAULTS[name]
    for check in (c for c in CHECKS if "model_digest" in c.names):
        (reason,) = decide(POLICY, spoilt(spoil, check), NOW).reasons
        assert (reason.code, reason.subject) == (code, check.key)


def test_what_the_check_said_stands_in_the_reason() -> None:
    spoil = set_to(status="FAILED", severity="WARN", description="Sponsors of IND: 0.2 too many.")
    (reason,) = decide(POLICY, spoilt(spoil, CHECKS[-1]), NOW).reasons
    assert "as a warning: Sponsors of IND: 0.2 too many." in reason.sentence


def test_a_green_check_that_was_meant_as_a_warning_counts() -> None:
    assert decide(POLICY, spoilt(set_to(severity="WARN"), CHECKS[0]), NOW).open


def without(evidence: Evidence, **changes: Any) -> Evidence:
    return replace(evidence, **changes)


def with_candidate(evidence: Evidence, **changes: Any) -> Evidence:
    assert evidence.candidate is not None
    return replace(evidence, candidate=replace(evidence.candidate, **changes))


GENERAL: dict[str, tuple[Callable[[Evidence], Evidence], str]] = {
    "no candidate": (lambda e: without(e, candidate=None), "no_candidate"),
    "policy moved": (lambda e: without(e, policy_digest="0" * 64), "policy_moved"),
    "policy unnamed": (lambda e: without(e, policy_digest=""), "policy_moved"),
    "real data": (lambda e: without(e, is_synthetic=False), "synthetic_only"),
    "data of unknown kind": (lambda e: without(e, is_synthetic=None), "synthetic_only"),
    "data of a truthy kind": (lambda e: without(e, is_synthetic="yes"), "synthetic_only"),
    "withdrawn": (lambda e: without(e, withdrawn="Withdrawn: a complaint."), "withdrawn"),
    "withdrawn without a word": (lambda e: without(e, withdrawn=""), "withdrawn"),
    "code changed": (lambda e: without(e, code_version="f" * 64), "other_code"),
    "code unknown": (lambda e: without(e, code_version=""), "other_code"),
    "judged under another policy": (
        lambda e: with_candidate(e, policy_digest=REAL.digest), "other_policy"),
    "unnamed version": (lambda e: with_candidate(e, model_version=""), "unnamed"),
    "blank digest": (lambda e: with_candidate(e, model_digest="  "), "unnamed"),
    "digest that is none": (lambda e: with_candidate(e, data_digest=None), "unnamed"),
    "version that is a number": (lambda e: with_candidate(e, model_version=7), "unnamed"),
}  # fmt: skip


@pytest.mark.parametrize("name", GENERAL)
def test_a_fault_of_the_candidate_as_a_whole_closes(name: str) -> None:
    spoil, code = GENERAL[name]
    decision = decide(POLICY, spoil(green_evidence()), NOW)
    assert not decision.open
    about = [r for r in decision.reasons if r.subject is None]
    assert code in [r.code for r in about]
    assert all(r.sentence and r.opens_with for r in decision.reasons)


def test_a_candidate_without_names_closes_even_if_all_records_agree() -> None:
    good = with_candidate(green_evidence(), data_digest="")
    checks = {
        k: replace(r, names={**r.names, "data_digest": ""}) for k, r in good.checks.items() if r
    }
    decision = decide(POLICY, replace(good, checks=checks), NOW)
    assert {"unnamed", "other_candidate"} <= set(codes(decision))
    assert len(decision.reasons) == 1 + len(CHECKS)


@pytest.mark.parametrize("kind", REAL.required_statements)
def test_a_missing_statement_closes_and_says_which(kind: str) -> None:
    evidence = green_evidence(policy=REAL)
    rest = tuple(s for s in evidence.statements if s.kind != kind)
    (reason,) = decide(REAL, replace(evidence, statements=rest), NOW).reasons
    assert (reason.code, reason.subject) == ("no_statement", kind)


def test_nothing_at_all_closes_with_every_reason() -> None:
    nothing = Evidence(
        candidate=None, code_version="", policy_digest="", is_synthetic=False, checks={}
    )
    decision = decide(REAL, nothing, NOW)
    missing = {r.subject for r in decision.reasons if r.code == "missing"}
    assert missing == {c.key for c in REAL.required_checks}
    assert {"no_candidate", "policy_moved", "no_statement"} <= set(codes(decision))
    assert decision.why_closed(at_most=2).endswith(
        f"(and {len(decision.reasons) - 2} more reasons)"
    )


def with_checks(*checks: RequiredCheck) -> tuple[Policy, Evidence]:
    policy = replace(POLICY, required_checks=checks)
    return policy, green_evidence(policy=policy)


def test_a_policy_without_checks_proves_nothing() -> None:
    policy, evidence = with_checks()
    assert codes(decide(policy, evidence, NOW)) == ["no_checks"]


def test_checks_that_never_name_the_model_prove_nothing() -> None:
    landing = [c for c in CHECKS if "model_digest" not in c.names]
    policy, evidence = with_checks(*landing)
    (reason,) = decide(policy, evidence, NOW).reasons
    assert reason.code == "no_checks"
    assert "model_version, model_digest" in reason.sentence


@pytest.mark.parametrize("name", ["data_digest", "code_version", "policy_digest"])
def test_a_check_that_would_outlive_a_change_closes(name: str) -> None:
    names = tuple(n for n in IDENTITY_FIELDS if n != name)
    policy, evidence = with_checks(*CHECKS[:-1], replace(CHECKS[-1], names=names))
    (reason,) = decide(policy, evidence, NOW).reasons
    assert (reason.code, reason.subject) == ("unnamed", CHECKS[-1].key)
    assert name in reason.sentence


def test_green_records_of_other_checks_do_not_stand_in() -> None:
    good = green_evidence()
    rest = {k: r for k, r in good.checks.items() if k != CHECKS[3].key}
    more = {**rest, "permits:extra": good.checks[CHECKS[3].key]}
    assert codes(decide(POLICY, replace(good, checks=more), NOW)) == ["missing"]


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="time zone"):
        decide(POLICY, green_evidence(), NOW.replace(tzinfo=None))


def test_a_record_of_this_very_moment_is_not_in_the_future() -> None:
    at = NOW.timestamp()
    ended = RunFact(job_name="lifecycle", status="SUCCESS", ended_at=at)
    evidence = spoilt(set_to(timestamp=at, run=ended), CHECKS[0])
    assert decide(POLICY, evidence, NOW).open
    assert not decide(POLICY, evidence, NOW - timedelta(microseconds=1000)).open


def test_credible_means_made_by_the_job() -> None:
    good = green_record(CHECKS[0], candidate())
    assert is_credible(good, job="lifecycle")
    assert not is_credible(good, job="release")
    for name in ("run failed", "posted from outside", "run unknown", "run on another home"):
        bad = FAULTS[name][0](good)
        assert bad is not None
        assert not is_credible(bad, job="lifecycle")


# decide_safely: an exception is a reason.


def explode(error: BaseException) -> Callable[[], Any]:
    def raising() -> Any:
        raise error

    return raising


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no such\ntable"),
        KeyError("x"),
        AssertionError(),
        RecursionError("deep"),
        OSError(5),
    ],
)
def test_an_exception_closes_and_is_said(error: Exception) -> None:
    for policy, gather in (
        (explode(error), green_evidence),
        (lambda: POLICY, explode(error)),
    ):
        decision = decide_safely(policy, gather, now=NOW)
        assert not decision.open
        assert codes(decision) == ["exception"]
        assert type(error).__name__ in decision.reasons[0].sentence
        assert "\n" not in decision.reasons[0].sentence


@pytest.mark.parametrize("garbage", [None, {}, "green", True])
def test_garbage_closes(garbage: Any) -> None:
    assert codes(decide_safely(lambda: POLICY, lambda: garbage, now=NOW)) == ["exception"]
    assert codes(decide_safely(lambda: garbage, green_evidence, now=NOW)) == ["exception"]
    for check in CHECKS[:2]:
        gather = partial(spoilt, lambda _: garbage, check)
        assert not decide_safely(lambda: POLICY, gather, now=NOW).open


def test_a_naive_clock_closes() -> None:
    decision = decide_safely(lambda: POLICY, green_evidence, now=datetime(2026, 11, 2))
    assert codes(decision) == ["exception"]


def test_a_long_message_is_cut() -> None:
    decision = decide_safely(lambda: POLICY, explode(ValueError("x" * 9000)), now=NOW)
    assert len(decision.reasons[0].sentence) < 400


def test_an_interruption_is_no_answer() -> None:
    with pytest.raises(KeyboardInterrupt):
        decide_safely(lambda: POLICY, explode(KeyboardInterrupt()), now=NOW)


def test_safely_and_plainly_say_the_same() -> None:
    assert decide_safely(lambda: POLICY, green_evidence, now=NOW).open
    bad = spoilt(FAULTS["stale"][0], CHECKS[4])
    assert decide_safely(lambda: POLICY, lambda: bad, now=NOW) == decide(POLICY, bad, NOW)


def test_no_decision_can_be_open_with_a_reason_or_without_a_candidate() -> None:
    reason = Reason(code="x", subject=None, sentence="s", opens_with="o")
    for broken in (
        {"open": True, "reasons": (reason,), "candidate": candidate(), "policy_digest": "p"},
        {"open": True, "reasons": (), "candidate": None, "policy_digest": "p"},
        {"open": True, "reasons": (), "candidate": candidate(), "policy_digest": ""},
        {"open": False, "reasons": (), "candidate": candidate(), "policy_digest": "p"},
    ):
        with pytest.raises(ValueError, match="open exactly if"):
            Decision(**broken)  # type: ignore[arg-type]


# Properties.

ANY_FAULT = st.sampled_from([*FAULTS.values()])


@given(faults=st.dictionaries(st.sampled_from(CHECKS), ANY_FAULT, min_size=1))
def test_any_faults_close_and_each_is_named(
    faults: dict[RequiredCheck, tuple[Callable[[CheckRecord], CheckRecord | None], str]],
) -> None:
    good = green_evidence()
    checks = dict(good.checks)
    for check, (spoil, _) in faults.items():
        checks[check.key] = spoil(green_record(check, candidate()))
    decision = decide(POLICY, replace(good, checks=checks), NOW)
    assert not decision.open
    assert {r.subject: r.code for r in decision.reasons} == {
        c.key: code for c, (_, code) in faults.items()
    }


def right(record: CheckRecord | None, check: RequiredCheck) -> bool:
    """The rules of the design said once more, plainly: what a record must be to count."""
    identity = candidate().metadata()
    return (
        record is not None
        and record.status == "SUCCEEDED"
        and record.run_id != ""
        and record.run is not None
        and (record.run.job_name, record.run.status) == ("lifecycle", "SUCCESS")
        and not record.run.other_home
        and record.run.ended_at is not None
        and 0 < record.timestamp <= min(record.run.ended_at, NOW.timestamp())
        and record.partition is None
        and record.latest_partition is None
        and record.target_storage_id is not None
        and record.target_storage_id == record.latest_storage_id
        and bool(record.latest_run_id)
        and all(record.names.get(n) == identity[n] for n in check.names)
        and type(record.findings_total) is int
        and type(record.findings_green) is int
        and record.findings_green == record.findings_total > 0
        and all(math.isfinite(x) for x in record.numbers.values())
    )


STORAGE = st.sampled_from([None, 11, 12])
PARTITION = st.sampled_from([None, None, "2026-01"])
MOMENT = st.sampled_from([0.0, math.nan, NOW.timestamp() - 60, NOW.timestamp(), LATER])
COUNT = st.sampled_from([0, 1, 3, True, 3.0, None, math.nan, "3"])
RUN = st.none() | st.builds(
    RunFact,
    job_name=st.sampled_from(["lifecycle", "release"]),
    status=st.sampled_from(["SUCCESS", "FAILURE"]),
    ended_at=st.none() | MOMENT,
    other_home=st.booleans(),
)
OTHER = {
    "status": st.sampled_from(["SUCCEEDED", "FAILED", "PLANNED", ""]),
    "run_id": st.sampled_from(["", "0b8cb1f2-run"]),  # another run closes by a reason of its own
    "run": RUN,
    "partition": PARTITION,
    "target_storage_id": STORAGE,
    "latest_storage_id": STORAGE,
    "latest_partition": PARTITION,
    "latest_run_id": st.sampled_from([None, "", "r"]),
    "names": st.dictionaries(
        st.sampled_from(IDENTITY_FIELDS), st.sampled_from(["", "7", "a" * 64])
    ),
    "timestamp": MOMENT,
    "findings_green": COUNT,
    "findings_total": COUNT,
    "numbers": st.dictionaries(st.just("x"), st.floats()),
    "severity": st.sampled_from([None, "ERROR", "WARN"]),
}


@given(data=st.data())
def test_open_exactly_if_every_required_record_is_right(data: st.DataObject) -> None:
    good = green_evidence()
    checks: dict[str, CheckRecord | None] = dict(good.checks)
    for check in data.draw(st.lists(st.sampled_from(CHECKS), max_size=3, unique=True)):
        changed = data.draw(st.lists(st.sampled_from(sorted(OTHER)), max_size=3, unique=True))
        changes: dict[str, Any] = {name: data.draw(OTHER[name]) for name in changed}
        checks[check.key] = replace(green_record(check, candidate()), **changes)
    decision = decide(POLICY, replace(good, checks=checks), NOW)
    wrong = {c.key for c in CHECKS if not right(checks[c.key], c)}
    assert {r.subject for r in decision.reasons} == wrong
    assert decision.open is not bool(wrong)


def test_nobody_asked_is_nobody_approved() -> None:
    """Statements may be left out of a policy for synthetic worlds only."""
    assert decide(REAL, green_evidence(policy=REAL), NOW).open
    unasked = replace(REAL, required_statements=())
    decision = decide(unasked, green_evidence(policy=unasked), NOW)
    assert [r.code for r in decision.reasons] == ["no_approvals"]


@pytest.mark.parametrize("planned", [True, False])
def test_a_run_refused_at_intake_closes_by_itself(planned: bool) -> None:
    """It takes the place of what its checks would say, and of nothing else."""
    whole = green_evidence()
    refused = RefusedRun(run_id="refused-run", said="source: /nope does not exist. Name a folder.")
    waiting = {
        key: replace(record, status="PLANNED", run_id="refused-run") if planned else record
        for key, record in whole.checks.items()
        if record is not None
    }
    decision = decide(POLICY, replace(whole, checks=waiting, refused=refused), NOW)
    assert [r.code for r in decision.reasons] == ["refused_at_intake"]
    assert not decision.open
    red = replace(green_record(CHECKS[0], candidate()), status="FAILED")
    worse = replace(whole, checks={**waiting, CHECKS[0].key: red}, refused=refused)
    assert [r.code for r in decide(POLICY, worse, NOW).reasons] == ["refused_at_intake", "failed"]


@pytest.mark.parametrize(
    ("shown", "said", "not_said"),
    [(0, "random inspections", "undo"), (2, "Another model, or another policy", "inspections"),
     (None, "Another model, or what the check says", "nothing")],
)  # fmt: skip
def test_what_opens_a_failed_check_is_what_it_lacks(shown: Any, said: str, not_said: str) -> None:
    whole = green_evidence()
    red = replace(green_record(CHECKS[0], candidate()), status="FAILED", shown_against=shown)
    evidence = replace(whole, checks={**whole.checks, CHECKS[0].key: red})
    why = next(r for r in decide(POLICY, evidence, NOW).reasons if r.code == "failed")
    assert said in why.opens_with
    assert not_said not in why.opens_with
