"""What opens the gate is said in inspections, and never whether it is open."""

from __future__ import annotations

from typing import Any

from ind_risk.core.gate_advice import advised, decidable, ways
from ind_risk.core.gate_evidence import Decision, Reason
from ind_risk.core.identity import CandidateIdentity

CANDIDATE = CandidateIdentity("1", "m", "d", "c", "p")


def reason(check: str, code: str = "failed") -> Reason:
    return Reason(code=code, subject=f"evidence:{check}", sentence="It failed.", opens_with="Run.")


def decision(*reasons: Reason) -> Decision:
    return Decision(open=not reasons, reasons=reasons, candidate=CANDIDATE, policy_digest="p")


def claim(check: str, **more: Any) -> dict[str, Any]:
    return {"check": check, "claim": "auc", "subject": "all", "now": "insufficient_data",
            "decided_from": 2_000, "reason": "", **more}  # fmt: skip


def plan(*claims: dict[str, Any]) -> dict[str, Any]:
    return {"judging": 3_000, "calibrating": 400, "population": 9_000, "claims": list(claims),
            "by_group": {"IND": 400, "": 50, "TUR": 390, "no majority": 20}}  # fmt: skip


def test_how_many_and_of_whom() -> None:
    told = advised(decision(reason("accuracy")), plan(claim("accuracy")))
    text = told.reasons[0].opens_with
    assert "A random sample of 3,400 of 9,000 sponsors" in text
    assert "400 IND, 390 TUR" in text
    assert "decided from 2,000 drawn" in text
    assert told.reasons[0].sentence == "It failed."
    assert not told.open


def test_what_no_sample_decides_says_why() -> None:
    why = "Too few sponsors of the group."
    told = advised(decision(reason("parity")), plan(claim("parity", reason=why)))
    assert told.reasons[0].opens_with == f"No sample of these sponsors decides auc, all: {why}"


def test_what_was_shown_is_not_undone_by_data() -> None:
    told = advised(decision(reason("parity")), plan(claim("parity", now="disparity")))
    assert "More data does not undo what was shown" in told.reasons[0].opens_with


def test_other_reasons_stay_as_they_are() -> None:
    shut = decision(reason("accuracy", "stale"), reason("other"))
    assert advised(shut, plan(claim("accuracy"))) == shut
    assert advised(shut, None) == shut
    assert advised(decision(), plan(claim("accuracy"))).open


def test_which_checks_a_sample_decides() -> None:
    assert decidable(decision(reason("accuracy")), ("accuracy",))
    assert not decidable(decision(reason("accuracy", "stale"), reason("x")), ("accuracy",))


def found(check: str, verdict: str, **more: Any) -> dict[str, Any]:
    return {"check": check, "claim": "auc", "subject": "all", "verdict": verdict,
            "required": True, **more}  # fmt: skip


def test_what_is_shown_to_be_false_comes_before_any_sample() -> None:
    text = advised(
        decision(reason("parity")),
        plan(claim("parity", now="disparity"), claim("parity", now="not judged", subject="CHN")),
    ).reasons[0].opens_with  # fmt: skip
    assert text.startswith("More data does not undo what was shown")
    assert "without opening the gate, a random sample of 3,400" in text


def test_a_sample_opens_the_gate_only_where_nothing_is_shown_to_be_false() -> None:
    lacking = found("accuracy", "insufficient_data")
    some = ways([lacking, found("parity", "equivalent")], plan(claim("accuracy")))
    assert some.can_open
    assert some.drawn == 3_400
    shut = ways([lacking, found("parity", "disparity")], plan(claim("accuracy")))
    assert not shut.can_open
    assert [f["check"] for f in shut.stuck] == ["parity"]
    assert [f["check"] for f in shut.undecided] == ["accuracy"]
    assert shut.drawn == 3_400
    only = ways([found("parity", "refuted")], plan(claim("accuracy", now="established")))
    assert only.drawn == 0
    assert ways([found("parity", "refuted")], None).stuck
    assert not ways([found("parity", "refuted", required=False)], None).stuck


def test_a_signalled_risk_is_decided_by_a_sample_only_where_one_is_planned_for_it() -> None:
    signalled = found("parity", "risk_signalled")
    assert ways([signalled], plan(claim("parity"))).undecided
    assert ways([signalled], plan(claim("accuracy"))).stuck


def test_what_waits_or_is_used_up_is_not_drawn() -> None:
    lacking = [found("accuracy", "insufficient_data")]
    assert not ways(lacking, {**plan(claim("accuracy")), "looks_left": 0}).drawn
    assert not ways(lacking, {**plan(claim("accuracy")), "outstanding": "Wait."}).drawn
    hopeless = ways(lacking, plan(claim("accuracy", reason="Too few.")))
    assert hopeless.never == lacking
    assert not hopeless.can_open


def test_groups_that_are_too_few_to_be_judged_are_helped_by_visits() -> None:
    covered = found("bias_coverage", "refuted", claim="share_of_migrants_in_assessable_groups",
                    subject="error parity")  # fmt: skip
    assert not ways([covered], plan(claim("bias_coverage", now="refuted"))).stuck
