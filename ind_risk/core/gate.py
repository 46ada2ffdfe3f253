"""The gate: a pure function from policy, evidence and time to open or closed, with reasons.

It fails closed. The required checks come from the policy, never from the graph, so that a check
deleted from the code keeps the gate shut. Beyond the four rules of the design a record must not lie
in the future or after the end of its run, must come from a run on this home, and must count its
findings: at least one, all green.

What it cannot see: whoever writes to Dagster's database, or runs a job of the same name from other
code on this instance, can forge a record whole. Against that stand the digests and the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime

from ind_risk.core.gate_evidence import CheckRecord, Decision, Evidence, Reason, RunFact
from ind_risk.core.policy import ALWAYS_NAMED, IDENTITY_FIELDS, Policy, RequiredCheck
from ind_risk.core.statements import About, lacking

__all__ = [
    "CheckRecord", "Decision", "Evidence", "Reason", "RunFact", "decide", "decide_safely",
    "is_credible",
]  # fmt: skip

SUCCEEDED, FAILED, PLANNED = "SUCCEEDED", "FAILED", "PLANNED"
RUN_SUCCESS = "SUCCESS"
MAX_FAULT_CHARACTERS = 300


def decide(policy: Policy, evidence: Evidence, now: datetime) -> Decision:
    """Decide whether the candidate may be put into use.

    Args:
        policy: the policy in force.
        evidence: everything there is to look at.
        now: the present moment, with a time zone.

    Returns:
        Open only if there is no reason against; else every check's first fault and all others.

    Raises:
        ValueError: if `now` has no time zone (use `decide_safely`, for which that closes the gate).
    """
    if now.tzinfo is None:
        raise ValueError("the gate needs a moment with a time zone")
    reasons = [*_about_refusal(evidence), *_about_candidate(policy, evidence)]
    if evidence.refused is None:  # else they speak of evidence that is half another run's
        reasons += _about_statements(policy, evidence, now)
    for required in policy.required_checks:
        if _only_planned(evidence, required):
            continue
        fault = next(_about_check(policy, required, evidence, now.timestamp()), None)
        reasons += [] if fault is None else [fault]
    if not reasons:
        reasons += _about_runs(policy, evidence)
    return Decision(
        open=not reasons,
        reasons=tuple(reasons),
        candidate=evidence.candidate,
        policy_digest=policy.digest,
    )


def decide_safely(
    policy: Callable[[], Policy], gather: Callable[[], Evidence], *, now: datetime
) -> Decision:
    """Gather and decide; any exception on the way is a reason that closes the gate."""
    try:
        return decide(policy(), gather(), now)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:MAX_FAULT_CHARACTERS]
        return Decision(
            open=False,
            reasons=(
                Reason(
                    code="exception",
                    subject=None,
                    sentence=f"The evidence could not be gathered. {text}",
                    opens_with="Mend what the message names; then ask the gate again.",
                ),
            ),
            candidate=None,
            policy_digest=None,
        )


def is_credible(record: CheckRecord, *, job: str) -> bool:
    """Whether a record comes from a run of the job that exists, succeeded and held it (rule 2)."""
    return next(_about_origin(record, "", job), None) is None


def _about_refusal(evidence: Evidence) -> Iterator[Reason]:
    """One reason for all checks that a refused run planned; they are then not named one by one."""
    if evidence.refused is not None:
        yield Reason(
            code="refused_at_intake",
            subject=None,
            sentence="The last run was refused at intake: "
            f"{evidence.refused.said.strip().rstrip('.') or 'it does not say why'}.",
            opens_with="Mend what it names and run again; or run again on the tables of before.",
        )


def _only_planned(evidence: Evidence, required: RequiredCheck) -> bool:
    record, refused = evidence.checks.get(required.key), evidence.refused
    return refused is not None and record is not None and record.run_id == refused.run_id


def _about_candidate(policy: Policy, evidence: Evidence) -> Iterator[Reason]:
    def because(code: str, sentence: str, opens_with: str) -> Reason:
        return Reason(code=code, subject=None, sentence=sentence, opens_with=opens_with)

    again = f"Run the job {policy.gate_job} again: it trains and judges a new candidate."
    named = {name for check in policy.required_checks for name in check.names}
    if unnamed := [n for n in IDENTITY_FIELDS if n not in named]:
        yield because(
            "no_checks",
            f"No required check names the {', '.join(unnamed)}; that proves nothing.",
            "Use a whole policy.",
        )
    if evidence.policy_digest != policy.digest:
        yield because("policy_moved", "The policy changed while the evidence was gathered.", again)
    if policy.synthetic_only and evidence.is_synthetic is not True:
        yield because(
            "synthetic_only",
            f"The policy {policy.name!r} is for synthetic worlds only, and this data is not one.",
            "Use a policy made for real data.",
        )
    candidate = evidence.candidate
    if candidate is None:
        yield because("no_candidate", "There is no candidate model.", again)
        return
    if blank := [n for n in IDENTITY_FIELDS if not _is_named(getattr(candidate, n))]:
        yield because("unnamed", f"The candidate does not name its {', '.join(blank)}.", again)
    if candidate.policy_digest != policy.digest:
        yield because(
            "other_policy", "The candidate was judged under another policy than today's.", again
        )
    if candidate.code_version != evidence.code_version:
        yield because(
            "other_code", "The code changed since the candidate was trained and judged.", again
        )
    if evidence.unseen_since is not None:
        yield because(
            "unseen",
            f"The tables hold facts after the cut-off {evidence.unseen_since}; they were not used.",
            "Run without an earlier as-of date.",
        )
    if evidence.withdrawn is not None:
        yield because(
            "withdrawn",
            evidence.withdrawn or "This candidate was withdrawn before.",
            "New data, a changed policy or changed code: the same evidence does not release twice.",
        )


def _about_runs(policy: Policy, evidence: Evidence) -> Iterator[Reason]:
    """Parts made anew may rest on other tables or dates than the rest, under the same names."""
    records = [evidence.checks.get(c.key) for c in policy.required_checks]
    runs = {r.run_id for r in records if r is not None}
    if len(runs) > 1:
        yield Reason(
            code="several_runs",
            subject=None,
            sentence=f"The checks are green, but come from {len(runs)} different runs.",
            opens_with=f"Run the whole job {policy.gate_job} again.",
        )


def _about_statements(policy: Policy, evidence: Evidence, now: datetime) -> Iterator[Reason]:
    if not policy.required_statements and not policy.synthetic_only:
        yield Reason(
            code="no_approvals",
            subject=None,
            sentence="The policy asks for no statement by a person, and nobody has approved.",
            opens_with="Use a policy that names the statements it needs, an approval among them.",
        )
    about = evidence.about or About(evidence="", model="", policy="")
    if policy.required_statements and not evidence.trainers:
        yield Reason(
            code="no_trainer",
            subject=None,
            sentence="Nobody is on record as having trained this candidate, so that nobody can be "
            "told apart from who approves it.",
            opens_with=f"Run the job {policy.gate_job} again: it enters who trains.",
        )
    for kind in policy.required_statements:
        lacks = lacking(
            kind, evidence.statements, policy.people, about=about,
            trainers=evidence.trainers, now=now,
        )  # fmt: skip
        if lacks is not None:
            yield Reason(
                code="no_statement", subject=kind, sentence=lacks.sentence, opens_with=lacks.mend
            )


def _about_check(
    policy: Policy, required: RequiredCheck, evidence: Evidence, now: float
) -> Iterator[Reason]:
    """Every fault of one required check, the most telling first."""
    job, key = policy.gate_job, required.key
    record = evidence.checks.get(key)
    if record is None:
        mend = f"Run the job {job} again; if it stays so, put the check back into the code."
        what = "there is no record of it: never run, or deleted from the code"
        yield _because(key, mend)("missing", what)
        return
    because = _because(key, f"Run the job {job} again.")
    yield from _about_outcome(record, key, job)
    yield from _about_origin(record, key, job)
    if not 0 < record.timestamp <= now:
        yield because("future", "its record is dated in the future, or not at all")
    yield from _about_target(record, evidence.partition, because)
    yield from _about_names(record, required, evidence)
    yield from _about_numbers(record, key, job)


def _about_target(
    record: CheckRecord, partition: str | None, because: Callable[[str, str], Reason]
) -> Iterator[Reason]:
    if record.partition != partition or record.latest_partition != partition:
        yield because(
            "other_partition",
            f"it speaks of partition {record.partition or 'none'} and the asset's latest is of "
            f"{record.latest_partition or 'none'}; the candidate is of {partition or 'none'}",
        )
    if record.target_storage_id is None or record.target_storage_id != record.latest_storage_id:
        yield because("stale", "the asset was made anew, or never, since it was checked")
    if not record.latest_run_id:
        yield because("posted_asset", "the asset it speaks of was posted from outside")


def _about_outcome(record: CheckRecord, key: str, job: str) -> Iterator[Reason]:
    because = _because(key, f"Run the job {job} again, to its end.")
    if record.status == PLANNED:
        yield because("planned", "it was planned and has not reported")
    elif record.status == FAILED and record.run_id:
        said = f": {record.description.strip()}" if record.description.strip() else ""
        again = f"then `ind-risk run` (the job {job}) again."
        undone = "More data does not undo what was shown."
        mend = f"What the check says is lacking, such as random inspections; {again}"
        if type(record.shown_against) is not int:
            mend = f"Another model, or what the check says is lacking; {again} {undone}"
        elif record.shown_against:
            mend = f"Another model, or another policy before anybody looks; {again} {undone}"
        mild = ", as a warning" if record.severity == "WARN" else ""
        if key.endswith(":policy_preregistered"):
            mend = (
                "The policy under which these outcomes were first looked at, or outcomes that "
                "nobody has looked at yet."
            )
        yield _because(key, mend)("failed", f"it failed{mild}{said}")
    elif record.status not in (SUCCEEDED, FAILED):
        yield because("unknown_status", f"its status is {record.status!r}, which is not understood")


def _about_origin(record: CheckRecord, key: str, job: str) -> Iterator[Reason]:
    because = _because(key, f"Run the job {job} again, to its end.")
    run = record.run
    if not record.run_id:
        yield because("forged", "its record was posted from outside and belongs to no run")
    elif run is None:
        yield because("no_run", f"its run {record.run_id[:8]} does not exist")
    elif run.job_name != job:
        yield because("other_job", f"it comes from a run of {run.job_name}, not of {job}")
    elif run.other_home:
        yield because("other_home", f"its run {record.run_id[:8]} was launched on another home")
    elif run.status != RUN_SUCCESS:
        yield because("run_failed", f"its run {record.run_id[:8]} has status {run.status}")
    elif run.ended_at is None or not record.timestamp <= run.ended_at:
        yield because("after_run", f"it was recorded after its run {record.run_id[:8]} had ended")


def _about_names(
    record: CheckRecord, required: RequiredCheck, evidence: Evidence
) -> Iterator[Reason]:
    because = _because(required.key, "Run the whole lifecycle again, on one candidate.")
    if lacking := [n for n in ALWAYS_NAMED if n not in required.names]:
        yield because("unnamed", f"the policy does not ask it to name its {', '.join(lacking)}")
    if evidence.candidate is None:
        return
    wrong = [
        name
        for name in required.names
        if not _is_named(record.names.get(name))
        or record.names.get(name) != getattr(evidence.candidate, name, None)
    ]
    if wrong:
        yield because(
            "other_candidate", f"it does not speak of this candidate: {', '.join(wrong)} differ"
        )


def _about_numbers(record: CheckRecord, key: str, job: str) -> Iterator[Reason]:
    because = _because(key, f"Run the job {job} again; if it stays so, the check is at fault.")
    green, total = record.findings_green, record.findings_total
    if type(green) is not int or type(total) is not int:
        yield because("no_verdict", f"it counts {green!r} green of {total!r} findings")
    elif total < 1 or green != total:
        yield because("not_green", f"it counts {green} green of {total} findings")
    if bad := sorted(n for n, value in record.numbers.items() if not math.isfinite(value)):
        yield because("not_finite", f"its metadata has a number that is none: {', '.join(bad)}")


def _because(key: str, opens_with: str) -> Callable[[str, str], Reason]:
    def made(code: str, fault: str) -> Reason:
        sentence = f"{key}: {fault}" + ("" if fault.endswith(".") else ".")
        return Reason(code=code, subject=key, sentence=sentence, opens_with=opens_with)

    return made


def _is_named(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
