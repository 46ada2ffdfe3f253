"""Sensors, release and withdrawal on a real home, with real runs, a real ledger and real MLflow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_store import ModelStore
from ind_risk.adapters.model_file import MODEL_NAME
from ind_risk.adapters.release import release as put_in_use
from ind_risk.adapters.settings import (
    POLICY_FILE,
)
from ind_risk.core.errors import GateClosed, IndRiskError, IntegrityError, NotFound
from ind_risk.core.identity import CandidateIdentity
from ind_risk.defs.release import decide_now
from ind_risk.defs.resources import Platform
from ind_risk.defs.sensors import deployment_sensor, withdrawal_sensor
from ind_risk_tests.defs.sensor_world import (
    World,
    closed_by,
    landing,
    use,
)
from ind_risk_tests.defs.small_lifecycle import Plan

DRIFT = "candidate_scores:drift"


# The deployment sensor.


def test_nothing_is_there_yet(world: World) -> None:
    said = world.tick(deployment_sensor)
    assert isinstance(said, str)
    assert said.startswith("The gate is closed: There is no candidate model.")
    assert "more reasons)" in said


def test_a_home_without_tables_is_a_reason(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(Platform(path=str(tmp_path / "new")), instance, Plan(None))  # type: ignore[arg-type]
        said = world.tick(deployment_sensor)
        assert isinstance(said, str)
        assert "could not be gathered" in said
        assert "No landing tables" in said
        assert world.tick(withdrawal_sensor) == "No model is in use."


def test_a_red_check_is_named_with_what_it_said(world: World) -> None:
    world.plan.results[DRIFT] = {"passed": False, "description": "PSI 0.4."}
    world.run()
    for _ in range(2):  # the decision is entered once
        assert world.tick(deployment_sensor) == f"The gate is closed: {DRIFT}: it failed: PSI 0.4."
        assert world.kinds() == ["decision", "card"]


def test_one_release_however_often_it_ticks(green: World) -> None:
    requests = [green.tick(deployment_sensor) for _ in range(3)]
    keys = {r.run_key for r in requests if isinstance(r, dg.RunRequest)}
    assert len(keys) == 1
    run = green.obey(requests[0], "release")
    assert green.in_use() == ("2", "2")
    assert green.kinds() == ["evidence", "decision", "release", "card"]
    said = green.tick(deployment_sensor)
    assert isinstance(said, str)
    assert "is in use since" in said
    for request in requests[1:]:  # should the daemon launch them all the same
        green.obey(request, "release")
    assert green.kinds() == ["evidence", "decision", "release", "card"]
    (shown,) = green.instance.get_asset_records([dg.AssetKey("released_model")])
    assert shown.asset_entry.last_materialization is not None
    assert shown.asset_entry.last_materialization.asset_materialization is not None
    metadata = shown.asset_entry.last_materialization.asset_materialization.metadata
    assert metadata["ledger_head"].value == green.platform.ledger.head
    assert metadata["model_version"].value == "2"
    assert run != green.instance.get_runs(limit=1)[0].run_id


def test_a_tick_as_the_daemon_makes_it(green: World) -> None:
    """With the definitions' own resource, as dagster._grpc.impl builds the context."""
    repository = green.defs.get_repository_def()
    resources: dict[str, Any] = dict(repository.get_top_level_resources())
    with dg.build_sensor_context(
        instance=green.instance, repository_def=repository, resources=resources
    ) as context:
        data = repository.get_sensor_def("deployment_sensor").evaluate_tick(context)
        assert data.run_requests is not None
        (request,) = data.run_requests
        assert request.run_key is not None
        assert request.run_key.startswith("release:2:")
        watched = repository.get_sensor_def("withdrawal_sensor").evaluate_tick(context)
        assert watched.skip_message == "No model is in use."


def test_several_releases_at_once_make_one(green: World) -> None:
    """SQLite in memory bears no runs at once; what each run does is done at once."""
    outcomes: list[str] = []

    def launch() -> None:
        done = put_in_use(
            store=green.platform.models,
            ledger=green.platform.ledger,
            identity=green.platform.candidate(),
            decide=lambda: decide_now(green.platform, green.instance),
            now=lambda: datetime.now(UTC),
        )
        outcomes.append(done.outcome)

    threads = [threading.Thread(target=launch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["released", "unchanged", "unchanged", "unchanged"]
    assert green.kinds() == ["decision", "release"]
    assert green.in_use() == ("2", "2")


def test_a_release_that_came_to_nothing_is_said(green: World) -> None:
    request = green.tick(deployment_sensor)
    green.platform.ledger.path.mkdir()
    try:
        run = green.obey(request, "release", ok=False)
    finally:
        green.platform.ledger.path.rmdir()
    said = green.tick(deployment_sensor)
    assert isinstance(said, str)
    assert f"came to nothing in run {run[:8]}" in said
    green.run("release")  # by hand
    assert green.in_use() == ("2", "2")


# Release by hand.


def test_launched_by_hand_with_the_gate_shut_it_refuses(world: World) -> None:
    world.plan.results[DRIFT] = {"passed": False, "description": "PSI 0.4."}
    world.run()
    with pytest.raises(GateClosed, match=r"PSI 0\.4"):
        world.run("release")
    world.run("release", ok=False)
    assert world.in_use() == (None, None)
    assert world.kinds() == []


def test_launched_by_hand_with_nothing_there_it_refuses(world: World) -> None:
    with pytest.raises(GateClosed, match="no candidate"):
        world.run("release")


def test_launched_by_hand_with_the_gate_open_it_releases(green: World) -> None:
    green.run("release")
    assert green.in_use() == ("2", "2")


def test_a_refused_release_leaves_the_model_inuse(used: World, made: Any) -> None:
    newer = replace(used.plan.identity, model_version="1")
    used.plan.identity = newer
    used.run()
    use(used.platform.home, newer)
    with pytest.raises(GateClosed):
        used.run("release")
    assert used.in_use() == ("2", "2")


def test_the_candidate_on_disk_and_the_one_in_dagster_must_be_one(green: World, made: Any) -> None:
    use(green.platform.home, made[1][0])
    with pytest.raises(GateClosed, match="open for another candidate"):
        green.run("release")


# What `gather` adds to Dagster's records.


def test_a_model_file_changed_after_training_closes(green: World) -> None:
    file = next(green.platform.home.mlflow_artifacts.rglob(f"*/{MODEL_NAME}"))
    folder = green.platform.models.model_path("2")
    file, content = folder / MODEL_NAME, (folder / MODEL_NAME).read_bytes()
    try:
        file.write_bytes(content + b"x")
        assert "the model's digest is" in closed_by(green)
        file.unlink()
        assert "there is no model" in closed_by(green)
    finally:
        file.write_bytes(content)
    assert decide_now(green.platform, green.instance).open


def test_a_candidate_that_mlflow_knows_otherwise_or_not_closes(world: World, made: Any) -> None:
    world.plan.identity = replace(world.plan.identity, model_version="1")  # two share a version
    world.run()
    assert "has data_digest 'eee" in closed_by(world)
    world.plan.identity = replace(world.plan.identity, model_version="99")
    world.run()
    assert "no model version 99" in closed_by(world)


def test_a_ledger_that_does_not_hold_closes(used: World) -> None:
    spoil(used)
    assert "The ledger does not hold: ledger entry 1" in closed_by(used)
    said = used.tick(deployment_sensor)
    assert isinstance(said, str)
    assert "The ledger does not hold" in said
    with pytest.raises(IntegrityError):
        used.run("release")


def test_real_data_needs_people(green: World) -> None:
    landing(green.platform.home, synthetic=False)
    assert "another policy" in closed_by(green)
    policy = green.platform.policy
    identity = replace(green.plan.identity, policy_digest=policy.digest)
    green.plan.identity = identity
    for name, value in identity.metadata().items():
        green.platform.models.client.set_model_version_tag("ind-risk-sponsors", "2", name, value)
    green.run()
    why = closed_by(green)
    assert all(kind.replace("_", " ") in why for kind in policy.required_statements)
    assert why.count("No statement") == len(policy.required_statements)


@pytest.fixture(autouse=True)
def _tags_as_made(made: tuple[Home, list[CandidateIdentity]]) -> Iterator[None]:
    """Put back what a test changed in MLflow."""
    yield
    client = ModelStore(made[0]).client
    for name, value in made[1][1].metadata().items():
        client.set_model_version_tag("ind-risk-sponsors", "2", name, value)


def test_what_was_withdrawn_does_not_come_back(used: World) -> None:
    used.run("withdraw", run_config=order("a complaint"))
    assert "withdrawn on" in closed_by(used)
    used.run()  # the same data and code: the same evidence
    assert "a complaint" in closed_by(used)
    with pytest.raises(GateClosed, match="a complaint"):
        used.run("release")


# Withdrawal.


def order(reason: str, **more: str) -> dict[str, Any]:
    return {"ops": {"withdraw_model": {"config": {"reason": reason, **more}}}}


def test_monitoring_that_shows_something_wrong_takes_it_out_ofuse(used: World) -> None:
    """The newest look at this release decides; what only lacks data changes nothing."""
    body = {**used.plan.identity.metadata(), "since": "2025-12-31", "until": "2026-10-31",
            "findings_digest": "a" * 64, "findings": 3}  # fmt: skip
    used.platform.ledger.append("monitoring", {**body, "wrong": ["The score moved."]})
    used.platform.ledger.append("monitoring", {**body, "wrong": []})
    assert "monitoring shows nothing out of line" in str(used.tick(withdrawal_sensor))
    used.platform.ledger.append("monitoring", {**body, "wrong": ["The score moved by 0.4."]})
    used.obey(used.tick(withdrawal_sensor), "withdraw")
    assert used.in_use() == (None, None)
    assert "Monitoring of model version 2: The score moved by 0.4." in str(
        used.withdrawal()["reason"]
    )


def test_withdraw_by_hand(used: World) -> None:
    with pytest.raises(IndRiskError, match="needs a reason"):
        used.run("withdraw", run_config=order(" "))
    with pytest.raises(NotFound, match="version 1 is not in use"):
        used.run("withdraw", run_config=order("x", model_version="1"))
    assert used.in_use() == ("2", "2")
    used.run("withdraw", run_config=order("a complaint", by="anna"))
    assert used.in_use() == (None, None)
    body = used.withdrawal()
    assert (body["reason"], body["by"]) == ("a complaint", "anna")


def test_no_model_in_use_is_nothing_to_watch(world: World) -> None:
    assert world.tick(withdrawal_sensor) == "No model is in use."


def test_green_checks_leave_it_inuse(used: World) -> None:
    assert used.tick(withdrawal_sensor) == (
        "Model version 2 is in use. No required check on it is red, no statement lapsed, and "
        "monitoring shows nothing out of line."
    )


def test_a_required_check_that_turns_red_takes_it_out_ofuse(used: World) -> None:
    used.plan.results[DRIFT] = {"passed": False, "description": "PSI 0.4"}
    used.run()
    request = used.tick(withdrawal_sensor)
    used.obey(request, "withdraw")
    assert used.in_use() == (None, None)
    body = used.withdrawal()
    assert body["reason"] == (
        "Required checks on model version 2 are red: candidate_scores:drift (PSI 0.4)"
    )
    assert body["by"] == "withdrawal_sensor"
    assert used.tick(withdrawal_sensor) == "No model is in use."
    assert "withdrawn" in closed_by(used)


def test_a_failed_warning_takes_it_out_ofuse(used: World) -> None:
    used.plan.results[DRIFT] = {"passed": False, "severity": dg.AssetCheckSeverity.WARN}
    used.run()
    used.obey(used.tick(withdrawal_sensor), "withdraw")
    assert used.in_use() == (None, None)


def test_a_newer_candidates_red_check_leaves_it_inuse(used: World, made: Any) -> None:
    used.plan.identity = made[1][0]
    used.plan.results[DRIFT] = {"passed": False}
    used.run()
    assert "No required check on it is red" in str(used.tick(withdrawal_sensor))


def test_a_withdrawal_is_asked_for_once_until_it_failed_or_is_stuck(
    used: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    used.plan.results[DRIFT] = {"passed": False}
    used.run()
    first, again = used.tick(withdrawal_sensor), used.tick(withdrawal_sensor)
    assert isinstance(first, dg.RunRequest)
    assert isinstance(again, dg.RunRequest)
    assert first.run_key == again.run_key
    job = used.defs.resolve_job_def("withdraw")
    run = used.instance.create_run_for_job(
        job,
        run_config=dict(first.run_config),
        tags=dict(first.tags),
        status=dg.DagsterRunStatus.STARTED,
    )
    assert used.tick(withdrawal_sensor) == "The withdrawal of model version 2 is on its way."
    from ind_risk.defs import sensors

    monkeypatch.setattr(sensors, "STUCK_AFTER", -sensors.STUCK_AFTER)
    stuck = used.tick(withdrawal_sensor)
    monkeypatch.undo()
    assert isinstance(stuck, dg.RunRequest)
    assert stuck.run_key != first.run_key
    used.instance.report_run_failed(run)
    failed = used.tick(withdrawal_sensor)
    assert isinstance(failed, dg.RunRequest)
    assert failed.run_key == stuck.run_key
    used.obey(failed, "withdraw")
    assert used.in_use() == (None, None)


def test_an_order_that_waited_does_not_hit_the_successor(used: World, made: Any) -> None:
    used.plan.results[DRIFT] = {"passed": False}
    used.run()
    waiting = used.tick(withdrawal_sensor)
    successor = made[1][0]
    state = used.platform.ledger
    decision = state.append(
        "decision",
        {
            "open": True,
            "reasons": [],
            "candidate": successor.metadata(),
            "policy_digest": successor.policy_digest,
        },
    )
    state.append(
        "release",
        {"candidate": successor.metadata(), "decision": decision.digest, "by": "gate"},
    )
    used.platform.heal()
    with pytest.raises(NotFound, match="version 2 is not in use"):
        used.obey(waiting, "withdraw")
    assert used.in_use() == ("1", "1")


def spoil(world: World) -> None:
    path = world.platform.ledger.path
    path.write_bytes(path.read_bytes().replace(b'"seq":1', b'"seq":9', 1))


def test_a_ledger_that_does_not_hold_removes_the_alias_and_the_tick_says_so(used: World) -> None:
    spoil(used)
    with pytest.raises(IntegrityError, match=r"ledger entry 1 .*alias in_use was removed"):
        used.tick(withdrawal_sensor)
    assert used.platform.models.in_use_alias() is None


@pytest.mark.parametrize(
    "part",
    [
        lambda models: models.clear_in_use(),
        lambda models: models.set_in_use("1"),
    ],
    ids=["crash before the alias", "moved by hand"],
)
def test_a_tick_puts_the_alias_right(used: World, part: Callable[[ModelStore], None]) -> None:
    part(used.platform.models)
    assert "put right" in str(used.tick(withdrawal_sensor))
    assert used.in_use() == ("2", "2")


def test_an_alias_without_a_release_is_removed_at_a_tick(world: World) -> None:
    world.platform.models.set_in_use("1")
    assert "put right" in str(world.tick(withdrawal_sensor))
    assert world.in_use() == (None, None)


def test_a_policy_that_cannot_be_read_fails_the_tick_and_withdraws_nothing(used: World) -> None:
    (used.platform.home.landing / POLICY_FILE).write_text("[gate", encoding="utf-8")
    with pytest.raises(IndRiskError, match="not valid TOML"):
        used.tick(withdrawal_sensor)
    assert "not valid TOML" in str(used.tick(deployment_sensor))
    assert used.in_use() == ("2", "2")
