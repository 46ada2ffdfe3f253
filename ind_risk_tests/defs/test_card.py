"""What people read in MLflow and Dagster is what the ledger has; whoever alters it is found."""

from __future__ import annotations

import hashlib

import dagster as dg
import pytest

from ind_risk.adapters.manifest import known_files
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


def test_a_tick_tells_once_what_the_gate_said(told: World) -> None:
    told.tick(deployment_sensor)
    assert told.kinds() == [KIND]
    text, note = told.platform.models.card("2")
    assert text == note == told.platform.ledger.read()[0].body["text"]
    assert f"{DRIFT}: it failed: PSI 0.4." in text
    (run,) = told.instance.get_runs(dg.RunsFilter(job_name="lifecycle"))
    assert run.tags[GATE_TAG] == "closed"
    assert run.run_id in text
    assert held(told) == 1


def test_another_answer_is_told_anew(told: World) -> None:
    told.plan.results.clear()
    told.run()
    told.tick(deployment_sensor)
    assert told.kinds() == [KIND, KIND]
    assert "The gate is open" in told.platform.models.card("2")[0]
    assert held(told) == 1


def test_half_a_run_is_not_told(told: World) -> None:
    told.instance.create_run_for_job(told.defs.resolve_job_def("lifecycle"))
    told.plan.results.clear()
    told.tick(deployment_sensor)
    assert told.kinds() == [KIND]


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
    with pytest.raises(IntegrityError, match="ledger entry 1"):
        held(told)
    tell_card(told.platform, told.instance, decide_now(told.platform, told.instance), pages={})
    assert held(told) == 1
    assert told.kinds() == [KIND]


def test_a_kill_between_ledger_and_mlflow_is_healed(told: World) -> None:
    client = told.platform.models.client
    client.update_model_version(REGISTERED_MODEL, "2", description="as it was before")
    told.platform.heal()
    assert held(told) == 1


def test_pages_are_artefacts_on_record(told: World) -> None:
    page = "<html>dossier</html>"
    decision = decide_now(told.platform, told.instance)
    tell_card(told.platform, told.instance, decision, pages={"dossier/nl.html": page})
    ((name, digest),) = known_files(told.platform.ledger.read()).items()
    assert (told.platform.home.root / name).read_text() == page
    assert digest == hashlib.sha256(page.encode()).hexdigest()
    told.tick(deployment_sensor)  # knows of no pages, and those told stay
    assert told.kinds() == [KIND, KIND]
    assert "`dossier/nl.html`" in told.platform.models.card("2")[0]


def test_withdrawn_stands_on_the_card(told: World) -> None:
    tell_withdrawn(told.platform, "2", "a complaint")
    assert told.platform.models.card("2")[0].startswith("> **Withdrawn")
    assert newest_cards(told.platform.ledger.read())["2"].body["open"] is False
    assert held(told) == 1
