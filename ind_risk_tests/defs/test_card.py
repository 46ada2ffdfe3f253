"""What people read in MLflow and Dagster is what the ledger has; whoever alters it is found."""

from __future__ import annotations

import dagster as dg
import pytest

from ind_risk.adapters.mlflow_store import REGISTERED_MODEL
from ind_risk.core.errors import IntegrityError
from ind_risk.defs.card import GATE_TAG, KIND, newest_cards, same_cards, tell_card, tell_withdrawn
from ind_risk.defs.release import decide_now
from ind_risk.defs.sensors import deployment_sensor
from ind_risk_tests.defs.sensor_world import World

DRIFT = "candidate_scores:drift"


@pytest.fixture
def told(world: World) -> World:
    """A candidate with a red check, and a sensor that ticked."""
    world.plan.results[DRIFT] = {"passed": False, "description": "PSI 0.4."}
    world.run()
    world.tick(deployment_sensor)
    return world


def held(world: World) -> int:
    return same_cards(world.platform, world.instance, world.platform.ledger.read())


def cards(world: World) -> int:
    return world.kinds().count(KIND)


def test_a_tick_tells_once_what_the_gate_said(told: World) -> None:
    told.tick(deployment_sensor)
    assert cards(told) == 1
    text, note = told.platform.models.card("2")
    assert text == note == newest_cards(told.platform.ledger.read())["2"].body["text"]
    assert f"{DRIFT}: it failed: PSI 0.4." in text
    (run,) = told.instance.get_runs(dg.RunsFilter(job_name="lifecycle"))
    assert run.tags[GATE_TAG] == "closed"
    assert run.run_id in text
    assert held(told) == 1


def test_another_answer_is_told_anew(told: World) -> None:
    told.plan.results.clear()
    told.run()
    told.obey(told.tick(deployment_sensor), "release")
    assert cards(told) == 2
    assert "The gate is open" in told.platform.models.card("2")[0]
    assert held(told) == 1


def test_half_a_run_is_not_told(told: World) -> None:
    told.instance.create_run_for_job(told.defs.resolve_job_def("lifecycle"))
    told.plan.results.clear()
    told.tick(deployment_sensor)
    assert cards(told) == 1


@pytest.mark.parametrize("what", ["description", "note", "tag", "run"])
def test_what_is_altered_is_found_and_put_right(told: World, what: str) -> None:
    client = told.platform.models.client
    info = told.platform.models.version_info("2")
    if what == "description":
        client.update_model_version(REGISTERED_MODEL, "2", description="The gate is open.")
    elif what == "note":
        client.set_tag(info.run_id, "mlflow.note.content", "The gate is open.")
    elif what == "tag":
        client.set_model_version_tag(REGISTERED_MODEL, "2", "gate", "open")
    else:
        (run,) = told.instance.get_runs(dg.RunsFilter(job_name="lifecycle"))
        told.instance.add_run_tags(run.run_id, {GATE_TAG: "open"})
    with pytest.raises(IntegrityError, match="ledger entry 2"):
        held(told)
    tell_card(told.platform, told.instance, decide_now(told.platform, told.instance))
    assert held(told) == 1
    assert cards(told) == 1


def test_a_kill_between_ledger_and_mlflow_is_healed(told: World) -> None:
    client = told.platform.models.client
    client.update_model_version(REGISTERED_MODEL, "2", description="as it was before")
    told.platform.heal()
    assert held(told) == 1


def test_withdrawn_stands_on_the_card(told: World) -> None:
    tell_withdrawn(told.platform, "2", "a complaint")
    assert told.platform.models.card("2")[0].startswith("> **Withdrawn")
    assert newest_cards(told.platform.ledger.read())["2"].body["open"] is False
    assert held(told) == 1
