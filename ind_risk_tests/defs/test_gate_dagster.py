"""The faults of the gate's table, made for real: by runs of and posts to a Dagster instance."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import DagsterEvent, DagsterEventType
from starlette.requests import Request

from ind_risk.adapters.check_history import candidate_of, check_records, red_checks_on
from ind_risk.core.errors import IntegrityError
from ind_risk.core.ledger_state import InUse
from ind_risk_tests.defs.small_lifecycle import Small, identity_under, small

LOADABLE, DRIFT, CONTRACT = "candidate_model:loadable", "evidence:drift", "sponsors:data_contract"


@pytest.fixture
def world() -> Iterator[Small]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield small(instance)


@pytest.fixture
def green(world: Small) -> Small:
    """A world in which one lifecycle ran and the gate is open."""
    assert world.run().success
    assert world.decision().open, world.reasons()
    return world


def evaluation(world: Small, *, passed: bool, **changes: Any) -> dg.AssetCheckEvaluation:
    metadata = {**world.plan.identity.metadata(), "findings_green": 2, "findings_total": 2}
    arguments = {
        "asset_key": dg.AssetKey("evidence"),
        "check_name": "drift",
        "passed": passed,
        "metadata": metadata,
        **changes,
    }
    return dg.AssetCheckEvaluation(**arguments)


def test_a_whole_green_lifecycle_opens(green: Small) -> None:
    decision = green.decision()
    assert decision.candidate == green.plan.identity
    assert decision.policy_digest == green.policy.digest


def test_the_same_on_disk_where_every_run_has_its_own_file(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
        world = small(instance)
        world.run()
        assert world.decision().open
        world.plan.left_out = {DRIFT}
        world.run(only=["evidence"])
        assert world.reasons() == {DRIFT: "stale"}


def test_nothing_was_ever_run(world: Small) -> None:
    assert world.reasons() == {
        None: "no_candidate", CONTRACT: "missing", LOADABLE: "missing", DRIFT: "missing"
    }  # fmt: skip


def test_a_failed_check(green: Small) -> None:
    green.plan.results[DRIFT] = {"passed": False, "description": "PSI 0.4"}
    assert green.run().success  # a red check that does not block leaves the run a success
    assert green.reasons() == {DRIFT: "failed"}
    assert "PSI 0.4" in green.decision().reasons[0].sentence


def test_a_failed_warning(green: Small) -> None:
    green.plan.results[DRIFT] = {"passed": False, "severity": dg.AssetCheckSeverity.WARN}
    assert green.run().success
    assert green.reasons() == {DRIFT: "failed"}
    assert "as a warning" in green.decision().reasons[0].sentence


def test_an_exception_leaves_the_check_planned_and_the_run_failed(green: Small) -> None:
    green.plan.raises = {"evidence"}
    assert not green.run().success
    assert green.reasons() == {DRIFT: "planned", CONTRACT: "run_failed", LOADABLE: "run_failed"}


def test_a_run_that_fails_after_its_checks_passed(green: Small) -> None:
    green.plan.raises = {"evidence"}
    green.run(only=["candidate_model", "evidence"])
    assert green.reasons() == {LOADABLE: "run_failed", DRIFT: "planned"}


def test_planned_and_never_reported(green: Small) -> None:
    """A run that was killed before its check leaves no more than the plan."""
    run = green.instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED)
    planned = AssetCheckEvaluationPlanned(asset_key=dg.AssetKey("evidence"), check_name="drift")
    _report(green, run.run_id, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, planned)
    assert green.reasons() == {DRIFT: "planned"}


def test_a_green_check_posted_from_outside(green: Small) -> None:
    green.plan.results[DRIFT] = {"passed": False}
    green.run()
    green.instance.report_runless_asset_event(evaluation(green, passed=True))
    assert green.reasons() == {DRIFT: "forged"}
    (record,) = (r for r in [green.evidence().checks[DRIFT]] if r is not None)
    assert (record.run_id, record.status, record.target_storage_id) == ("", "SUCCEEDED", None)


def test_a_post_with_a_target_is_a_post_all_the_same(green: Small) -> None:
    target = green.instance.get_asset_records([dg.AssetKey("evidence")])[0]
    made = target.asset_entry.last_materialization_record
    assert made is not None
    from dagster._core.definitions.asset_checks.asset_check_evaluation import (
        AssetCheckEvaluationTargetMaterializationData as Target,
    )

    where = Target(storage_id=made.storage_id, run_id=made.run_id, timestamp=made.timestamp)
    green.instance.report_runless_asset_event(
        evaluation(green, passed=True, target_materialization_data=where)
    )
    assert green.reasons() == {DRIFT: "forged"}


def test_the_web_servers_own_way_of_posting_is_this_one(green: Small) -> None:
    """What POST /report_asset_check/evidence does, called as the web server calls it."""
    from dagster_webserver.external_assets import handle_report_asset_check_request

    body = json.dumps({"check_name": "drift", "passed": True, "metadata": _names(green)}).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    request = Request(
        {
            "type": "http",
            "method": "POST",
            "path": "/report_asset_check/evidence",
            "path_params": {"asset_key": "evidence"},
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        },
        receive,
    )
    context: Any = SimpleNamespace(
        instance=green.instance, has_permission_for_selector=lambda *_: True,
        has_permission=lambda *_: True, read_only=False,
        asset_graph=SimpleNamespace(has=lambda *_: False),
    )  # fmt: skip
    response = asyncio.run(handle_report_asset_check_request(context, request))
    assert response.status_code == 200, response.body
    assert green.reasons() == {DRIFT: "forged"}


def _names(world: Small) -> dict[str, Any]:
    return {**world.plan.identity.metadata(), "findings_green": 2, "findings_total": 2}


def test_a_red_check_posted_from_outside_closes_too(green: Small) -> None:
    green.instance.report_runless_asset_event(evaluation(green, passed=False))
    assert green.reasons() == {DRIFT: "forged"}


def test_the_next_lifecycle_takes_a_posts_place(green: Small) -> None:
    green.instance.report_runless_asset_event(evaluation(green, passed=False))
    green.run()
    assert green.decision().open


def test_made_anew_without_its_check(green: Small) -> None:
    green.plan.left_out = {DRIFT}
    green.run(only=["evidence"])
    assert green.reasons() == {DRIFT: "stale"}


def test_a_check_deleted_from_the_code(green: Small) -> None:
    green.plan.left_out = {DRIFT}
    green.run()
    assert green.reasons() == {DRIFT: "stale"}
    green.instance.wipe_assets([dg.AssetKey("evidence")])
    green.run()
    assert green.reasons() == {DRIFT: "missing"}


def test_an_asset_posted_from_outside(green: Small) -> None:
    green.instance.report_runless_asset_event(dg.AssetMaterialization("evidence"))
    assert green.reasons() == {DRIFT: "stale"}


def test_a_check_on_an_asset_posted_from_outside(green: Small) -> None:
    """Even if a check of the job, run alone, looks at it: nobody made what it speaks of."""
    key = dg.AssetKey("evidence")
    green.instance.report_runless_asset_event(dg.AssetMaterialization(key))

    @dg.asset_check(asset=key, name="drift")
    def drift() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True, metadata=_names(green))

    defs = dg.Definitions(
        assets=[dg.AssetSpec(key)],
        asset_checks=[drift],
        jobs=[dg.define_asset_job("lifecycle", selection=dg.AssetSelection.checks(drift))],
        executor=dg.in_process_executor,
    )
    job = defs.resolve_job_def("lifecycle")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    assert job.execute_in_process(instance=green.instance, run_config=quiet).success
    record = green.evidence().checks[DRIFT]
    assert record is not None
    assert record.target_storage_id == record.latest_storage_id
    assert green.reasons() == {DRIFT: "posted_asset"}


def test_a_candidate_posted_from_outside(green: Small) -> None:
    posted = dg.AssetMaterialization("candidate_model", metadata=green.plan.identity.metadata())
    green.instance.report_runless_asset_event(posted)
    with pytest.raises(IntegrityError, match="posted from outside"):
        green.decision()


def test_a_candidate_that_names_itself_by_halves(green: Small) -> None:
    green.plan.identity = replace(green.plan.identity, model_digest="")
    green.run(only=["candidate_model"])
    with pytest.raises(IntegrityError, match="model_digest"):
        green.decision()


def test_a_run_of_another_job(green: Small) -> None:
    green.run(job="nightly", only=["evidence"])
    assert green.reasons() == {DRIFT: "other_job"}


def test_an_asset_made_by_hand_in_the_ui_is_of_no_job(green: Small) -> None:
    """The UI's "Materialize" runs Dagster's own job over all assets."""
    green.run(job="__ASSET_JOB", only=["candidate_model"])
    assert green.reasons() == {LOADABLE: "other_job"}


def test_a_lifecycle_launched_on_another_home(green: Small) -> None:
    """Whoever can launch runs could bring tables of his own, under the digests of ours."""
    config = {"resources": {"platform": {"config": {"path": "/tmp/elsewhere"}}}}
    assert green.run(only=["evidence"], config=config).success
    assert green.reasons() == {DRIFT: "other_home"}


def test_another_candidate_since_the_evidence(green: Small) -> None:
    green.plan.identity = identity_under(green.policy, version="8")
    green.run(only=["candidate_model"])
    assert green.reasons() == {DRIFT: "other_candidate"}
    green.run(only=["evidence"])
    # Pieces of one candidate from several runs may rest on different tables.
    assert green.reasons() == {None: "several_runs"}
    green.run()
    assert green.decision().open


def test_other_data_since_the_evidence(green: Small) -> None:
    """The landing tables were replaced and the rest was not run."""
    green.plan.identity = replace(green.plan.identity, data_digest="e" * 64)
    green.run(only=["sponsors"])
    assert green.reasons() == {CONTRACT: "other_candidate"}


def test_another_policy_than_the_evidence_was_judged_under(green: Small) -> None:
    green.policy = replace(green.policy, name="Tomorrow's policy")
    assert green.reasons() == {None: "other_policy"}
    green.plan.identity = identity_under(green.policy, version="8")
    green.run(only=["candidate_model"])  # trained anew, and the rest not judged
    assert green.reasons() == {CONTRACT: "other_candidate", DRIFT: "other_candidate"}


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"auc": math.nan}, "not_finite"),
        ({"auc": math.inf}, "not_finite"),
        ({"more": {"deep": [1.0, {"er": math.nan}]}}, "not_finite"),
        ({"at": dg.MetadataValue.timestamp(math.nan)}, "not_finite"),
        (
            {"t": dg.MetadataValue.table([dg.TableRecord({"q": math.nan})])},
            "not_finite",
        ),
        ({"findings_green": 1}, "not_green"),
        ({"findings_green": 0, "findings_total": 0}, "not_green"),
        ({"findings_green": 2.0, "findings_total": 2.0}, "no_verdict"),
        ({"findings_green": True, "findings_total": True}, "no_verdict"),
        ({"findings_green": "2", "findings_total": "2"}, "no_verdict"),
        ({"findings_green": dg.MetadataValue.json([2]), "findings_total": 2}, "no_verdict"),
        ({"findings_green": None}, "no_verdict"),
        ({"model_version": 7}, "other_candidate"),
        ({"model_version": dg.MetadataValue.json("7")}, "other_candidate"),
        ({"model_version": dg.MetadataValue.md("7")}, "other_candidate"),
        ({"model_version": "7 "}, "other_candidate"),
        ({"model_digest": None}, "other_candidate"),
        ({"policy_digest": ""}, "other_candidate"),
    ],
    ids=str,
)
def test_metadata_that_proves_nothing(world: Small, metadata: dict[str, Any], code: str) -> None:
    world.plan.metadata[DRIFT] = metadata
    assert world.run().success
    assert world.reasons() == {DRIFT: code}


@pytest.mark.filterwarnings("ignore:Specifying a partitions_def on an AssetCheckSpec")
def test_a_partitioned_asset_closes_even_if_its_latest_partition_is_green(world: Small) -> None:
    months = dg.StaticPartitionsDefinition(["2026-01", "2026-02"])
    world.run(only=["sponsors", "candidate_model"])
    world.plan.partitions, world.plan.checks_partitioned = {"evidence": months}, True
    world.plan.results[DRIFT] = {"passed": False}
    world.run(only=["evidence"], partition="2026-02")
    world.plan.results.clear()
    world.run(only=["evidence"], partition="2026-01")
    assert world.reasons() == {DRIFT: "other_partition"}
    required = [c for c in world.policy.required_checks if c.key == DRIFT]
    for partition, status in (("2026-01", "SUCCEEDED"), ("2026-02", "FAILED")):
        record = check_records(world.instance, required, partition=partition)[DRIFT]
        assert record is not None
        assert (record.status, record.partition) == (status, partition)
        assert record.target_storage_id == record.latest_storage_id is not None
        assert record.latest_partition == partition
    assert check_records(world.instance, required, partition="2026-03") == {DRIFT: None}


def test_an_unpartitioned_check_on_a_partition_closes(world: Small) -> None:
    world.run(only=["sponsors", "candidate_model"])
    world.plan.partitions = {"evidence": dg.StaticPartitionsDefinition(["2026-01"])}
    world.run(only=["evidence"], partition="2026-01")
    assert world.reasons() == {DRIFT: "other_partition"}


def test_the_run_is_gone(green: Small) -> None:
    run = green.instance.get_runs()[0].run_id
    green.instance.run_storage.delete_run(run)
    assert green.reasons() == {CONTRACT: "no_run", LOADABLE: "no_run", DRIFT: "no_run"}


def test_everything_wiped(green: Small) -> None:
    green.instance.wipe_assets(
        [dg.AssetKey(n) for n in ("sponsors", "candidate_model", "evidence")]
    )
    assert green.reasons()[None] == "no_candidate"


def _two_at_once(green: Small, *, passed: bool) -> None:
    """A run is planned, a whole lifecycle passes it by, then the first one reports."""
    run = green.instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.STARTED)
    planned = AssetCheckEvaluationPlanned(asset_key=dg.AssetKey("evidence"), check_name="drift")
    _report(green, run.run_id, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, planned)
    green.run()
    assert green.decision().open
    done = evaluation(green, passed=passed)
    _report(green, run.run_id, DagsterEventType.ASSET_CHECK_EVALUATION, done)


def test_a_failure_that_reports_late_is_not_passed_over(green: Small) -> None:
    _two_at_once(green, passed=False)
    assert DRIFT in green.reasons()
    for _ in range(60):  # nor buried under others
        green.instance.report_runless_asset_event(
            evaluation(green, passed=False, asset_key=dg.AssetKey("sponsors"))
        )
    assert green.reasons()[DRIFT] == "failed"
    green.run()
    assert green.decision().open


# What makes a model in use red.


def in_use(world: Small) -> InUse:
    return InUse(identity=world.plan.identity, since="2026-11-02T12:00:00", by="gate", seq=2)


def red(world: Small, model: InUse) -> list[str]:
    return red_checks_on(world.instance, world.policy.required_checks, model)


def test_green_is_not_red(green: Small) -> None:
    assert red(green, in_use(green)) == []


def test_a_check_that_fails_on_the_model_in_use_is_red_until_it_is_green_again(
    green: Small,
) -> None:
    model = in_use(green)
    green.plan.results[DRIFT] = {"passed": False, "description": "PSI 0.4"}
    green.run()
    assert red(green, model) == ["evidence:drift (PSI 0.4)"]
    green.plan.results.clear()
    green.run(job="nightly")  # of another job: no good word
    assert red(green, model) == ["evidence:drift (PSI 0.4)"]
    green.instance.report_runless_asset_event(evaluation(green, passed=True))
    assert red(green, model) == ["evidence:drift (PSI 0.4)"]
    green.run()
    assert red(green, model) == []


def test_a_failed_warning_is_red(green: Small) -> None:
    green.plan.results[LOADABLE] = {"passed": False, "severity": dg.AssetCheckSeverity.WARN}
    green.run()
    assert red(green, in_use(green)) == ["candidate_model:loadable (loadable is well.)"]


def test_a_newer_candidates_failure_is_not_the_models(green: Small) -> None:
    model = in_use(green)
    green.plan.identity = identity_under(green.policy, version="8")
    green.plan.results[DRIFT] = {"passed": False}
    green.run()
    assert red(green, model) == []


def test_a_red_word_of_anybody_counts(green: Small) -> None:
    green.instance.report_runless_asset_event(evaluation(green, passed=False))
    assert red(green, in_use(green)) == ["evidence:drift (failed)"]


def test_a_red_word_cannot_be_buried(green: Small) -> None:
    green.instance.report_runless_asset_event(evaluation(green, passed=False))
    for number in range(110):
        green.instance.report_runless_asset_event(
            evaluation(green, passed=bool(number % 2), metadata={"n": number})
        )
    assert red(green, in_use(green)) == ["evidence:drift (failed)"]


def test_a_failure_that_reports_late_is_red(green: Small) -> None:
    _two_at_once(green, passed=False)
    assert red(green, in_use(green)) == ["evidence:drift (failed)"]


def test_a_contract_broken_by_the_very_data_of_the_model_is_red(green: Small) -> None:
    green.instance.report_runless_asset_event(
        evaluation(
            green, passed=False, asset_key=dg.AssetKey("sponsors"), check_name="data_contract"
        )
    )
    assert red(green, in_use(green)) == ["sponsors:data_contract (failed)"]


def test_candidate_of_nothing(world: Small) -> None:
    assert candidate_of(world.instance, asset="candidate_model") is None


@dg.job
def _nothing() -> None:
    pass


def _report(world: Small, run_id: str, kind: DagsterEventType, data: Any) -> None:
    event = DagsterEvent(
        event_type_value=kind.value, job_name="lifecycle", event_specific_data=data
    )
    world.instance.report_dagster_event(event, run_id=run_id)
