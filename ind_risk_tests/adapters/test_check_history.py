"""What the gate takes from Dagster is not all public API: this pins it, and what may not pass."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Table

from ind_risk.adapters.check_history import PAGE, candidate_of, check_records
from ind_risk.core.gate import CheckRecord, decide_safely
from ind_risk_tests.core.evidence_example import NOW
from ind_risk_tests.defs.small_lifecycle import Small, small

KEY = dg.AssetCheckKey(dg.AssetKey("evidence"), "drift")


@pytest.fixture
def world() -> Iterator[Small]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = small(instance)
        assert made.run().success
        yield made


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_contract_with_dagster_in_shape() -> None:
    """A new Dagster must be looked at by a person before the gate believes it."""
    assert version("dagster") == "1.13.27"
    assert parameters(SqlEventLogStorage.get_latest_asset_check_execution_by_key) == [
        "self", "check_keys", "partition_filter",
    ]  # fmt: skip
    assert parameters(SqlEventLogStorage.get_asset_check_execution_history) == [
        "self", "check_key", "limit", "cursor", "status", "partition_filter",
    ]  # fmt: skip
    assert AssetCheckExecutionRecord._fields == (
        "key", "id", "run_id", "status", "event", "create_timestamp", "partition",
    )  # fmt: skip
    assert {s.value for s in AssetCheckExecutionRecordStatus} == {"PLANNED", "SUCCEEDED", "FAILED"}
    assert {
        "asset_key", "check_name", "passed", "metadata", "target_materialization_data",
        "severity", "description", "blocking", "partition",
    } == set(AssetCheckEvaluation.__annotations__)  # fmt: skip
    assert PartitionKeyFilter(key="2026-01").key == "2026-01"


def test_the_contract_with_dagster_in_meaning(world: Small) -> None:
    """A row a run and check, made when the run is planned, filled when the check reports."""
    storage = world.instance.event_log_storage
    latest = storage.get_latest_asset_check_execution_by_key([KEY])[KEY]
    (made,) = world.instance.get_asset_records([KEY.asset_key])
    materialization = made.asset_entry.last_materialization_record
    run = world.instance.get_run_record_by_id(latest.run_id)
    assert materialization is not None
    assert run is not None
    assert run.end_time is not None
    assert (latest.key, latest.status.value, latest.partition) == (KEY, "SUCCEEDED", None)
    assert latest.event is not None
    assert latest.event.run_id == latest.run_id == materialization.event_log_entry.run_id
    assert latest.event.timestamp <= run.end_time
    assert run.dagster_run.job_name == "lifecycle"
    assert run.dagster_run.status.value == "SUCCESS"
    said = latest.evaluation
    assert isinstance(said, AssetCheckEvaluation)
    assert said.target_materialization_data is not None
    assert said.target_materialization_data.storage_id == materialization.storage_id
    world.run(only=["evidence"])
    history = storage.get_asset_check_execution_history(KEY, limit=9)
    assert [h.id for h in history] == sorted((h.id for h in history), reverse=True)
    assert len(history) == 2
    newest = storage.get_latest_asset_check_execution_by_key([KEY])[KEY]
    assert (newest.id, history[1].id) == (history[0].id, latest.id)
    assert storage.get_asset_check_execution_history(KEY, limit=9, cursor=history[0].id) == [latest]
    failed = {AssetCheckExecutionRecordStatus.FAILED}
    assert storage.get_asset_check_execution_history(KEY, limit=9, status=failed) == []


def test_a_record_as_the_gate_sees_it(world: Small) -> None:
    record = drift(world)
    assert record is not None
    assert record.names == world.plan.identity.metadata()
    assert (record.findings_green, record.findings_total) == (2, 2)
    assert record.numbers == {"auc": 0.7}
    assert (record.severity, record.description) == ("ERROR", "drift is well.")
    assert record.run is not None
    assert (record.run.job_name, record.run.other_home) == ("lifecycle", False)
    assert record.latest_run_id == record.run_id
    assert candidate_of(world.instance, asset="candidate_model") == world.plan.identity


def drift(world: Small) -> CheckRecord | None:
    return check_records(world.instance, world.policy.required_checks)["evidence:drift"]


def change(world: Small, **values: Any) -> None:
    """Edit the newest row of the check, as somebody with the database could."""
    storage = world.instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    newest = storage.get_latest_asset_check_execution_by_key([KEY])[KEY]
    with storage.index_connection() as connection:
        connection.execute(Table.update().where(Table.c.id == newest.id).values(**values))


def test_a_row_turned_green_contradicts_its_event(world: Small) -> None:
    world.plan.results["evidence:drift"] = {"passed": False}
    world.run()
    assert world.reasons() == {"evidence:drift": "failed"}
    change(world, execution_status="SUCCEEDED")
    assert world.reasons() == {"evidence:drift": "unknown_status"}


def test_a_row_given_to_another_run_contradicts_its_event(world: Small) -> None:
    run = world.instance.get_runs()[0].run_id
    world.run(job="nightly")
    change(world, run_id=run)
    assert world.reasons()["evidence:drift"] == "unknown_status"


def test_a_row_moved_from_its_partition_contradicts_its_event(world: Small) -> None:
    change(world, partition="2026-01")
    assert world.reasons() == {"evidence:drift": "unknown_status"}


@pytest.mark.parametrize("event", [None, "", "{}", "no event"])
def test_a_row_without_its_event_closes(world: Small, event: str | None) -> None:
    change(world, evaluation_event=event)
    decision = decide_safely(lambda: world.policy, world.evidence, now=NOW)
    assert [r.code for r in decision.reasons] == ["exception"]


def test_checks_of_one_name_on_several_assets_are_kept_apart(world: Small) -> None:
    records = check_records(world.instance, world.policy.required_checks)
    assert set(records) == {c.key for c in world.policy.required_checks}
    assert all(r is not None and r.status == "SUCCEEDED" for r in records.values())
    assert check_records(world.instance, []) == {}


def test_a_failure_further_back_than_one_page_is_found(world: Small) -> None:
    """It was reported later than the deciding record; so many others lie between."""
    storage = world.instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    red = dg.AssetCheckEvaluation(asset_key=KEY.asset_key, check_name="drift", passed=False)
    world.instance.report_runless_asset_event(red)
    late = storage.get_latest_asset_check_execution_by_key([KEY])[KEY]
    for _ in range(PAGE + 5):
        world.instance.report_runless_asset_event(red)
    world.run()
    assert world.decision().open
    newest = storage.get_latest_asset_check_execution_by_key([KEY])[KEY]
    assert newest.event is not None
    with storage.index_connection() as connection:
        from dagster_shared.serdes import serialize_value

        later = late.event._replace(timestamp=newest.event.timestamp + 1)  # type: ignore[union-attr]
        connection.execute(
            Table.update()
            .where(Table.c.id == late.id)
            .values(evaluation_event=serialize_value(later))
        )
    assert world.reasons() == {"evidence:drift": "forged"}
