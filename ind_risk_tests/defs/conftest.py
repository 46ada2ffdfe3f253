"""Homes in which something was judged, for the tests of sensors and of people."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_store import LEDGER_TAG, REGISTERED_MODEL, ModelStore
from ind_risk.core.identity import CandidateIdentity
from ind_risk.defs.resources import Platform
from ind_risk.defs.sensors import deployment_sensor
from ind_risk_tests.adapters.real_store import register
from ind_risk_tests.defs.sensor_world import World, landing, use
from ind_risk_tests.defs.small_lifecycle import Plan


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[CandidateIdentity]]:
    """A home and its two candidates; made once, for MLflow takes its time."""
    folder = tmp_path_factory.mktemp("sensors")
    home = Home(folder / "home")
    landing(home)
    digests = Platform(path=str(home.root)).data_identity()
    first = register(home, folder, **{**digests, "data_digest": "e" * 64})
    return home, [first, register(home, folder, **digests)]


@pytest.fixture
def world(made: tuple[Home, list[CandidateIdentity]]) -> Iterator[World]:
    """The home as made, with an empty ledger and nothing run."""
    home, candidates = made
    landing(home)
    use(home, candidates[1])
    home.ledger.unlink(missing_ok=True)
    store = ModelStore(home)
    store.clear_in_use()
    if store.ledger_mark() is not None:  # of the ledger that was there for another test
        store.client.delete_registered_model_tag(REGISTERED_MODEL, LEDGER_TAG)
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(Platform(path=str(home.root)), instance, Plan(candidates[1]))


@pytest.fixture
def green(world: World) -> World:
    world.run()
    return world


@pytest.fixture
def used(green: World) -> World:
    """The candidate is in use."""
    green.obey(green.tick(deployment_sensor), "release")
    assert green.in_use() == ("2", "2")
    return green
