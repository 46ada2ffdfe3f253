"""Stage 5: the gate's evidence, and the two jobs that alone change what is in use.

Dagster reads the annotations of what it decorates; they must be the types themselves, not texts.
"""

from datetime import UTC, datetime

import dagster as dg

from ind_risk.adapters.code_version import code_version
from ind_risk.adapters.ledger_mark import Mark, hold
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.release import release as put_in_use
from ind_risk.adapters.release import withdraw as take_out_of_use
from ind_risk.adapters.samples import without_samples
from ind_risk.core.dates import latest_known_date
from ind_risk.core.digests import data_digest
from ind_risk.core.errors import IntegrityError
from ind_risk.core.gate import Decision, Evidence, decide_safely
from ind_risk.core.gate_advice import advised
from ind_risk.core.identity import CandidateIdentity
from ind_risk.defs import groups
from ind_risk.defs.audit_plan import plan_for
from ind_risk.defs.card import run_tags, tell_withdrawn
from ind_risk.defs.descriptions import described
from ind_risk.defs.dossier import tell_people
from ind_risk.defs.people import about, same_findings, statements, trainers
from ind_risk.defs.record import record_evidence
from ind_risk.defs.resources import LEDGER_HEAD, LEDGER_LENGTH, Platform

OWNERS = ["team:assurance"]
MARKED = dg.AssetKey("candidate_scores")  # the asset whose records carry heads of the ledger
MARKS = 1_000  # heads of the ledger that are compared, the latest ones


def gather(platform: Platform, instance: dg.DagsterInstance) -> Evidence:
    """Everything the gate looks at, read anew from Dagster, MLflow, the ledger and the disk.

    Raises:
        IndRiskError: if any of them is missing or contradicts another; the gate then stays closed.
    """
    from ind_risk.adapters.check_history import candidate_of, check_records, refused_run

    policy, state = platform.policy, platform.ledger.state()
    same_ledger(platform, instance)
    candidate = candidate_of(instance, asset="candidate_model")
    if candidate is not None:
        _same_in_mlflow(platform, candidate)
    facts, landing = platform.tables.landing_facts(), platform.tables.landing()
    if data_digest(landing) != facts.data_digest:
        raise IntegrityError(
            "The landing tables in the home are not the ones that were accepted. "
            "Run the intake again."
        )
    outside = without_samples(platform.home, platform.ledger, landing)
    checks = check_records(instance, policy.required_checks)
    same_findings(platform, checks)
    return Evidence(
        candidate=candidate,
        code_version=code_version(),
        policy_digest=policy.digest,
        is_synthetic=facts.synthetic,
        unseen_since=facts.as_of if latest_known_date(outside).isoformat() > facts.as_of else None,
        checks=checks,
        statements=statements(platform),
        about=None if candidate is None else about(platform, candidate, checks),
        trainers=() if candidate is None else trainers(platform, candidate),
        withdrawn=None if candidate is None else state.withdrawn(candidate),
        refused=refused_run(instance, checks),
    )


def same_ledger(platform: Platform, instance: dg.DagsterInstance) -> int:
    """Every head that others were told of is still in the ledger: nothing was cut or rewritten.

    Returns:
        How many there are.

    Raises:
        IntegrityError: naming the entry that is gone.
    """
    entries, seen = platform.ledger.read(), 0
    asked = instance.fetch_materializations, instance.fetch_observations
    for record in [r for ask in asked for r in ask(MARKED, limit=MARKS).records]:
        made = record.asset_materialization or record.asset_observation
        told = {} if made is None else {k: v.value for k, v in made.metadata.items()}
        length, head = told.get(LEDGER_LENGTH), told.get(LEDGER_HEAD)
        if not isinstance(length, int) or not length:
            continue
        seen += 1
        hold(Mark(length, str(head)), entries, whom="Dagster")
    mark = platform.models.ledger_mark()
    hold(mark, entries, whom="MLflow")
    return seen + (mark is not None)


def _same_in_mlflow(platform: Platform, candidate: "CandidateIdentity") -> None:
    """The registered version carries the same digests, and its model file has that digest."""
    from ind_risk.adapters.model_file import load_model

    models = platform.models
    tags = models.version_tags(candidate.model_version)
    for name, value in candidate.metadata().items():
        if name != "model_version" and tags.get(name) != value:
            raise IntegrityError(
                f"MLflow's model version {candidate.model_version} has {name} {tags.get(name)!r}, "
                f"but the candidate trained last has {value!r}. Train a new candidate."
            )
    load_model(models.model_path(candidate.model_version), expected_digest=candidate.model_digest)


def decide_now(platform: Platform, instance: dg.DagsterInstance) -> Decision:
    """The gate's decision on the candidate trained last; any exception closes it."""
    with stopwatch.stage("gate"):
        decision = decide_safely(
            lambda: platform.policy,
            lambda: gather(platform, instance),
            now=datetime.now(UTC),
        )
    return decision if decision.open else advised(decision, plan_for(platform))


@dg.asset(
    description=described("released_model"),
    group_name=groups.USE,
    owners=OWNERS,
    kinds={"mlflow"},
    deps=["candidate_model"],
)
def released_model(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult:
    """The model in use. The gate is asked once more here, whoever launched this and however."""
    platform.heal()
    identity = platform.candidate()
    asked: list[Decision] = []

    def decide() -> Decision:
        asked.append(_decide_and_record(platform, context.instance))
        return asked[-1]

    done = put_in_use(
        store=platform.models,
        ledger=platform.ledger,
        identity=identity,
        decide=decide,
        now=lambda: datetime.now(UTC),
    )
    for decision in asked:
        context.instance.add_run_tags(context.run.run_id, run_tags(identity, gate=decision.open))
    if done.outcome == "released" and (
        trouble := tell_people(platform, context.instance, asked[-1])
    ):
        context.log.warning(trouble)
    return dg.MaterializeResult(
        metadata={
            "outcome": done.sentence,
            "ledger_head": platform.ledger.head,
            **platform.links(),
            **identity.metadata(),
        }
    )


def _decide_and_record(platform: Platform, instance: dg.DagsterInstance) -> Decision:
    """The decision; if it is open, the ledger is told first what it rests on."""
    decision = decide_now(platform, instance)
    if decision.open:
        record_evidence(platform, instance)
    return decision


class WithdrawConfig(dg.Config):
    """Why the model is taken out of use, by whom, and whether only that version is meant."""

    reason: str
    by: str = "Dagster"
    model_version: str = ""


@dg.op
def withdraw_model(
    context: dg.OpExecutionContext, platform: Platform, config: WithdrawConfig
) -> None:
    """Take the model in use out of use; inspectors fall back to random samples."""
    done = take_out_of_use(
        store=platform.models,
        ledger=platform.ledger,
        reason=config.reason,
        by=config.by,
        now=datetime.now(UTC),
        only_version=config.model_version or None,
    )
    if trouble := tell_withdrawn(platform, done.model_version, config.reason):
        context.log.warning(trouble)
    context.log.info(f"{done.sentence} The ledger's head is {done.head}.")


@dg.job(name="withdraw", executor_def=dg.in_process_executor)
def withdraw_job() -> None:
    """Take the model in use out of use, with a reason."""
    withdraw_model()
