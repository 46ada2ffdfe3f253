"""What the commands besides `ind-risk run` do in a home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ind_risk.adapters.dagster_home import alone
from ind_risk.adapters.home import Home
from ind_risk.core.errors import InputRefused, IntegrityError, NotFound
from ind_risk.session import LOCK_WAIT_SECONDS, instance_of

if TYPE_CHECKING:
    from ind_risk.adapters.intake import Intake
    from ind_risk.adapters.ledger_mark import Mark
    from ind_risk.adapters.purge import Purged
    from ind_risk.adapters.quality import TableReport
    from ind_risk.core.gate import Decision
    from ind_risk.core.sampling.plan_report import PlanReport
    from ind_risk.core.statements import Listed
    from ind_risk.defs.audit_draw import Drawn
    from ind_risk.defs.audit_ingest import Ingested
    from ind_risk.defs.monitoring import Monitored
    from ind_risk.defs.resources import Platform
    from ind_risk.defs.verify import Verified
    from ind_risk.defs.worklist import Issued
    from ind_risk.dossier.page.facts import Facts
    from ind_risk.dossier.page.words import Language


def check_tables(source: str) -> tuple[Intake, dict[str, TableReport]]:
    """Read tables and check them against the contract; nothing is written.

    Raises:
        InputRefused: naming every problem found.
    """
    from ind_risk.adapters.feature_file import shipped_register
    from ind_risk.adapters.intake import take_in
    from ind_risk.adapters.quality import validate
    from ind_risk.adapters.settings import RunSettings

    intake = take_in(RunSettings(source=source), shipped_register().extra_sponsor_columns)
    reports = validate(intake.tables, docs_dir=None)
    if problems := [p for r in reports.values() for p in r.problems]:
        raise InputRefused(problems)
    return intake, reports


def _platform(home: Home) -> Platform:
    """The platform of a home that must exist already."""
    from ind_risk.defs.resources import Platform

    if not home.root.is_dir():
        raise NotFound(f"There is no home at {home.root}. Begin with `ind-risk run`.")
    return Platform(path=str(home.root))


def dossier_facts_now(home: Home) -> Facts:
    """What the dossier would tell now; nothing is written.

    Raises:
        NotFound: if nothing was judged in the home yet.
    """
    from ind_risk.defs.dossier_facts import dossier_facts
    from ind_risk.defs.release import decide_now

    platform = _judged(home)
    with instance_of(home) as instance:
        return dossier_facts(platform, instance, decide_now(platform, instance))


def keep_dossier_now(home: Home) -> dict[str, Path]:
    """Write the dossier of now in the home and MLflow; language → file.

    Raises:
        NotFound: if nothing was judged in the home yet.
    """
    from ind_risk.defs.dossier import keep_dossier
    from ind_risk.defs.release import decide_now

    platform = _judged(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS), instance_of(home) as instance:
        return keep_dossier(platform, instance, decide_now(platform, instance)).files


def _judged(home: Home) -> Platform:
    platform = _platform(home)
    if not platform.tables.landed():
        raise NotFound(f"Nothing was judged in {home.root} yet. Begin with `ind-risk run`.")
    return platform


def ask_gate(home: Home) -> Answer:
    """The gate's decision on the candidate trained last, and what is in use."""
    from ind_risk.defs.release import decide_now

    platform = _platform(home)
    with instance_of(home) as instance:
        decision = decide_now(platform, instance)
    if not platform.tables.landed():
        raise NotFound(f"There is no candidate in {home.root} yet. Begin with `ind-risk run`.")
    in_use = platform.ledger.state().in_use
    return Answer(
        decision,
        in_use.model_version if in_use else None,
        platform.policy.name,
        platform.tables.landing_facts().synthetic,
    )


@dataclass(frozen=True)
class Answer:
    """What the gate says now, under which policy, and which version is in use."""

    decision: Decision
    in_use: str | None
    policy_name: str
    synthetic: bool


def withdraw_now(home: Home, reason: str) -> str:
    """Withdraw at once, whatever else runs in this home; returns what was done, in words."""
    from ind_risk.adapters.account import account
    from ind_risk.adapters.release import withdraw
    from ind_risk.defs.card import tell_withdrawn

    platform = _platform(home)
    done = withdraw(
        store=platform.models,
        ledger=platform.ledger,
        reason=reason,
        by=account(),
        now=datetime.now(UTC),
    )
    trouble = tell_withdrawn(platform, done.model_version, reason)
    said = f"{done.sentence}. Worklists are random samples until a new candidate passes the gate."
    return f"{said} {trouble}".strip()


def rehearse_withdrawal(home: Home) -> str:
    """What a withdrawal would do now; nothing is changed."""
    from ind_risk.adapters.release import worklists_since

    platform = _platform(home)
    in_use = platform.ledger.state().in_use
    if in_use is None:
        raise NotFound("No model is in use; there is nothing to withdraw.")
    lists = worklists_since(platform.ledger, in_use)
    since = in_use.since[:16].replace("T", " ")
    return (
        f"Rehearsal, nothing was changed. Model version {in_use.model_version}, in use since "
        f"{since}, would be out of use at once; {len(lists)} worklist{'s' * (len(lists) != 1)} "
        "issued since would be "
        "marked, scoring would stop, and worklists would be random samples until a new candidate "
        "passes the gate. The same evidence could not release it again."
    )


def state_now(
    home: Home,
    kind: str,
    *,
    key: str | None,
    password: bytes | None,
    envelope: Path | None,
    text: str,
    difference: str,
    demo: bool = False,
) -> Listed:
    """Enter a statement by a person on the candidate trained last."""
    from ind_risk.defs.people import make_statement

    platform = _platform(home)
    with instance_of(home) as instance:
        return make_statement(
            platform, instance, kind, key=key, password=password, envelope=envelope, text=text,
            difference=difference, demo=demo,
        )  # fmt: skip


def list_statements(home: Home) -> list[Listed]:
    """What people stated in this home, and whether it counts now."""
    from ind_risk.defs.people import listed_statements

    platform = _platform(home)
    with instance_of(home) as instance:
        return listed_statements(platform, instance)


def verify_now(
    home: Home, *, checkpoints: Sequence[Path] = (), public: Sequence[Path] = ()
) -> list[Verified]:
    """Recompute everything the home's trail says; changes nothing but a torn last line.

    Args:
        home: whose trail.
        checkpoints: signed ones, kept elsewhere.
        public: further public keys that may have signed them.
    """
    from ind_risk.adapters.checkpoints import refuse_what_is_none
    from ind_risk.defs.verify import verify_home

    platform = _platform(home)
    refuse_what_is_none(checkpoints)
    with instance_of(home) as instance:
        return verify_home(platform, instance, checkpoints=checkpoints, public=public)


def sign_checkpoint_now(
    home: Home, file: Path, *, key: str, password: bytes | None
) -> tuple[Mark, bool]:
    """Sign how long the ledger is now and what its head is, once all of the trail was verified.

    Returns:
        What was signed, and whether the policy lists the key.

    Raises:
        UnusableFile: if there is no such key; said before anything is verified.
        IntegrityError: if anything does not hold; nobody signs that.
    """
    from ind_risk.adapters.checkpoints import ready_to_sign, sign_checkpoint
    from ind_risk.adapters.statements import Keyring
    from ind_risk.defs.verify import first_fault

    ring = Keyring(_platform(home).policy.people)
    listed = ready_to_sign(file, key=key, password=password, known=ring.keys) in ring.keys
    for fault in first_fault(verify_now(home)):
        raise IntegrityError(f"The trail does not hold, and is not signed. {fault}")
    platform = _platform(home)
    mark = sign_checkpoint(platform.ledger, file, key=key, password=password, known=ring.keys)
    return mark, listed


def monitor_now(home: Home) -> Monitored:
    """Look at the model in use on the tables at hand."""
    from ind_risk.defs.monitoring import monitor

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return monitor(platform)


def purge_now(home: Home, *, before: date, rehearse: bool) -> Purged:
    """Remove rows of before a date, while nothing else is at work in the home."""
    from ind_risk.adapters.ledger_mark import tell
    from ind_risk.adapters.purge import purge

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        done = purge(home, platform.tables, platform.ledger, before=before, rehearse=rehearse)
        if done.files and not rehearse:
            tell(platform.models, platform.ledger)
        return done


def write_worklist(
    home: Home, *, as_of: str | None, size: int | None, out: Path | None, language: Language
) -> Issued:
    """Draw, write and enter a worklist, with what inspectors get beside it."""
    from ind_risk.defs.worklist import issue_worklist

    return issue_worklist(_platform(home), as_of=as_of, size=size, out=out, language=language)


def plan_sample(home: Home, *, prevalence: float | None, auc: float | None) -> PlanReport:
    """Plan the audit sample for the candidate trained last."""
    from ind_risk.defs.audit_plan import plan_audit

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return plan_audit(platform, prevalence=prevalence, auc=auc)[1]


def draw_sample(
    home: Home,
    *,
    out: Path | None,
    seed: int | None,
    visits: int | None,
    again: str | None,
    first_phase: float | None,
    language: Language,
) -> Drawn:
    """Draw the planned sample, or the first phase of it, and write its sheet."""
    from ind_risk.defs.audit_draw import draw_audit

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return draw_audit(
            platform, out=out, seed=seed, visits=visits, again=again,
            first_phase=first_phase, language=language,
        )  # fmt: skip


def ingest_sample(home: Home, file: Path, *, sample: str | None) -> Ingested:
    """Take in a sheet that came back."""
    from ind_risk.defs.audit_ingest import ingest_audit

    platform = _platform(home)
    with alone(home, patience_seconds=LOCK_WAIT_SECONDS):
        return ingest_audit(platform, file, sample=sample)
