"""Dagster's check history: the one file that touches the part of Dagster that is no public API.

Not public in dagster 1.13.27, pinned by a contract test: `event_log_storage`,
`get_latest_asset_check_execution_by_key`, `get_asset_check_execution_history`, their record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ind_risk.core import errors
from ind_risk.core.errors import IntegrityError
from ind_risk.core.gate import FAILED, PLANNED, SUCCEEDED, is_credible
from ind_risk.core.gate_evidence import CheckRecord, RefusedRun, RunFact
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.policy import IDENTITY_FIELDS, RequiredCheck

if TYPE_CHECKING:
    from dagster import AssetCheckKey, AssetKey, DagsterInstance, EventLogRecord
    from dagster._core.storage.asset_check_execution_record import (
        AssetCheckExecutionRecord as Execution,
    )

    from ind_risk.core.ledger_state import InUse

PAGE = 50  # rows of one check read at a time
LIFECYCLE_JOB, INTAKE_STEP = "lifecycle", "landing"
MOST_SAID = 300  # characters of why a run was refused
REFUSALS = frozenset(
    ("ContractBroken", *(n for n, v in vars(errors).items() if isinstance(v, type)
                         and issubclass(v, errors.IndRiskError)))
)  # fmt: skip


def check_records(
    instance: DagsterInstance, required: Sequence[RequiredCheck], *, partition: str | None = None
) -> dict[str, CheckRecord | None]:
    """The deciding record of every required check, by `asset:check`; None where there is none.

    That is the record of the run planned last, unless another one failed later than it reported.
    Without `partition` records and materializations of all partitions are looked at, so that one
    of any partition shows (and closes the gate) rather than being passed over.
    """
    reader = _Reader(instance, partition)
    keys = {r.key: _check_key(r) for r in required}
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        list(keys.values()), partition_filter=reader.filter
    )
    made = reader.materializations({k.asset_key for k in keys.values()})
    found: dict[str, CheckRecord | None] = {}
    for name, key in keys.items():
        execution = latest.get(key)
        if execution is None:
            found[name] = None
            continue
        deciding = reader.later_failure(execution) or execution
        found[name] = reader.record(deciding, made.get(key.asset_key))
    return found


def refused_run(
    instance: DagsterInstance, checks: Mapping[str, CheckRecord | None]
) -> RefusedRun | None:
    """The run of the newest planned check, if it ended at intake by an error made on purpose.

    What it says only puts one sentence in the place of many: the gate is closed either way.
    """
    from dagster import DagsterEventType

    waiting = [r for r in checks.values() if r is not None and r.status == PLANNED and r.run]
    newest = max(waiting, key=lambda r: r.timestamp, default=None)
    if newest is None or newest.run is None or newest.run.status != "FAILURE":
        return None
    for entry in instance.all_logs(newest.run_id, of_type=DagsterEventType.STEP_FAILURE):
        event = entry.dagster_event
        if event is None or event.step_key != INTAKE_STEP:
            continue
        raised = event.step_failure_data.error
        while raised is not None and raised.cause is not None:
            raised = raised.cause
        if raised is None or raised.cls_name not in REFUSALS:
            continue
        said = " ".join(raised.message.partition(": ")[2].split())
        if len(said) > MOST_SAID:
            said = said[:MOST_SAID].rpartition(" ")[0] + " …"
        return RefusedRun(run_id=newest.run_id, said=said)
    return None


def candidate_of(instance: DagsterInstance, *, asset: str) -> CandidateIdentity | None:
    """The candidate that the latest materialization of an asset names; None if never made.

    Raises:
        IntegrityError: if it was posted from outside or names no whole identity.
    """
    from dagster import AssetKey

    made = _Reader(instance, None).materializations({AssetKey(asset)}).get(AssetKey(asset))
    if made is None:
        return None
    if not made.event_log_entry.run_id:
        raise IntegrityError(
            f"The latest materialization of {asset} was posted from outside and belongs to no run. "
            f"Run the job {LIFECYCLE_JOB} again."
        )
    materialization = made.asset_materialization
    metadata = {} if materialization is None else materialization.metadata
    return CandidateIdentity.from_metadata(_texts(metadata))


def red_checks_on(
    instance: DagsterInstance,
    required: Sequence[RequiredCheck],
    in_use: InUse,
    *,
    job: str = LIFECYCLE_JOB,
) -> list[str]:
    """Required checks whose newest word on the model in use is red, each with what it said.

    A newer candidate's checks do not count, nor does a green record that no successful run of the
    job made; a red one counts whoever wrote it, for withdrawing is the safe way to err.
    """
    reader = _Reader(instance, None)
    said = {c.key: _red(reader, c, in_use.identity, job) for c in required}
    return [f"{key} ({what})" for key, what in said.items() if what is not None]


def _red(
    reader: _Reader, check: RequiredCheck, identity: CandidateIdentity, job: str
) -> str | None:
    """What the check said when it failed on this candidate, unless it was green since."""
    greens = (
        record.timestamp
        for record in reader.history(_check_key(check), SUCCEEDED)
        if _speaks_of(record, check, identity) and is_credible(record, job=job)
    )
    green_at = next(greens, 0.0)
    for record in reader.history(_check_key(check), FAILED):
        if record.timestamp >= green_at and _speaks_of(record, check, identity):
            return record.description.strip() or "failed"
    return None


def _speaks_of(record: CheckRecord, check: RequiredCheck, identity: CandidateIdentity) -> bool:
    """By model where the check names models, else by data; code and policy may have moved on."""
    of_model = tuple(n for n in ("model_version", "model_digest") if n in check.names)
    names = of_model or ("data_digest",)
    return all(record.names.get(n) == getattr(identity, n) for n in names)


class _Reader:
    """Turns Dagster's rows into records; every run is looked up once."""

    def __init__(self, instance: DagsterInstance, partition: str | None) -> None:
        from dagster._core.event_api import PartitionKeyFilter

        self.instance = instance
        self.partition = partition
        self.filter = None if partition is None else PartitionKeyFilter(key=partition)
        self._runs: dict[str, RunFact | None] = {}

    def materializations(self, assets: Iterable[AssetKey]) -> dict[AssetKey, EventLogRecord]:
        """The latest materialization of each asset, in the partition asked for."""
        from dagster import AssetRecordsFilter

        found: dict[AssetKey, EventLogRecord] = {}
        if self.partition is None:
            for asset in self.instance.get_asset_records(list(assets)):
                if made := asset.asset_entry.last_materialization_record:
                    found[asset.asset_entry.asset_key] = made
            return found
        for key in assets:
            wanted = AssetRecordsFilter(asset_key=key, asset_partitions=[self.partition])
            for made in self.instance.fetch_materializations(wanted, limit=1).records:
                found[key] = made
        return found

    def later_failure(self, latest: Execution) -> Execution | None:
        """A failure of an earlier-planned run that was reported after the latest record.

        Dagster orders records by the time their run was planned, not by when they reported.
        """
        for failure in self._executions(latest.key, FAILED):
            if failure.id != latest.id and _moment(failure) >= _moment(latest):
                return failure
        return None

    def history(self, key: AssetCheckKey, status: str) -> Iterator[CheckRecord]:
        """Records of one check and status, newest first, without the asset's materializations."""
        for execution in self._executions(key, status):
            yield self.record(execution, None)

    def _executions(self, key: AssetCheckKey, status: str) -> Iterator[Execution]:
        """All of them, a page at a time: nobody can bury one by posting others."""
        from dagster._core.storage.asset_check_execution_record import (
            AssetCheckExecutionRecordStatus as Status,
        )

        before: int | None = None
        while rows := self.instance.event_log_storage.get_asset_check_execution_history(
            key, limit=PAGE, cursor=before, status={Status(status)}, partition_filter=self.filter
        ):
            yield from rows
            before = rows[-1].id

    def record(self, execution: Execution, made: EventLogRecord | None) -> CheckRecord:
        """One row as the gate sees it."""
        from dagster import AssetCheckEvaluation

        said = execution.evaluation
        evaluation = said if isinstance(said, AssetCheckEvaluation) else None
        metadata = {} if evaluation is None else evaluation.metadata
        target = None if evaluation is None else evaluation.target_materialization_data
        values = {name: getattr(value, "value", None) for name, value in metadata.items()}
        return CheckRecord(
            status=_status(execution, evaluation),
            severity=None if evaluation is None else evaluation.severity.value,
            run_id=execution.run_id,
            run=self._run(execution.run_id),
            partition=execution.partition,
            target_storage_id=None if target is None else target.storage_id,
            latest_storage_id=None if made is None else made.storage_id,
            latest_partition=None if made is None else made.partition_key,
            latest_run_id=None if made is None else made.event_log_entry.run_id,
            names={n: t for n, t in _texts(metadata).items() if n in IDENTITY_FIELDS},
            timestamp=_moment(execution),
            findings_green=values.get("findings_green"),
            findings_total=values.get("findings_total"),
            numbers=dict(_numbers(values)),
            description=(evaluation.description or "") if evaluation is not None else "",
            findings_digest=_texts(metadata).get("findings_digest"),
            shown_against=values.get("findings_shown_against"),
        )

    def _run(self, run_id: str) -> RunFact | None:
        if run_id and run_id not in self._runs:
            found = self.instance.get_run_record_by_id(run_id)
            self._runs[run_id] = None if found is None else RunFact(
                job_name=found.dagster_run.job_name,
                status=found.dagster_run.status.value,
                ended_at=found.end_time,
                other_home=bool(found.dagster_run.run_config.get("resources")),
            )  # fmt: skip
        return self._runs.get(run_id)


def _check_key(required: RequiredCheck) -> AssetCheckKey:
    from dagster import AssetCheckKey, AssetKey

    return AssetCheckKey(AssetKey.from_user_string(required.asset), required.check)


def _moment(execution: Execution) -> float:
    """When it was reported, seconds since 1970."""
    event = execution.event
    return float(execution.create_timestamp if event is None else event.timestamp)


def _status(execution: Execution, evaluation: Any) -> str:
    """The row's status, unless the event kept with it says something else."""
    status = str(execution.status.value)
    if evaluation is None:
        return status if status not in (SUCCEEDED, FAILED) else "WITHOUT_EVENT"
    event = execution.event
    same = (
        evaluation.asset_check_key == execution.key
        and evaluation.passed is (status == SUCCEEDED)
        and evaluation.partition == execution.partition
        and event is not None
        and event.run_id == execution.run_id
    )
    return status if same else "CONTRADICTS_ITS_EVENT"


def _texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The plain text values of Dagster metadata."""
    from dagster import TextMetadataValue

    return {n: v.text or "" for n, v in metadata.items() if isinstance(v, TextMetadataValue)}


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in nested values, by dotted path; whole numbers are always finite."""
    from dagster import TableMetadataValue

    if isinstance(value, float):
        yield path, value
    elif isinstance(value, TableMetadataValue):
        yield from _numbers([r.data for r in value.records], path)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _numbers(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _numbers(item, f"{path}[{place}]")
