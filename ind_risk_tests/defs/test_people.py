"""Real data, people and keys: the gate opens by their statements and by nothing less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ind_risk.adapters.mlflow_store import ModelStore
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.adapters.signatures import new_key, public_key
from ind_risk.core.errors import IndRiskError
from ind_risk.defs.people import make_statement, record_trained
from ind_risk.defs.sensors import deployment_sensor, withdrawal_sensor
from ind_risk_tests.defs.sensor_world import World, closed_by, landing

ROLES = {"Anna": "approver", "Bram": "approver", "Carla": "assessor", "Dirk": "statistician",
         "Els": "ministry"}  # fmt: skip
KINDS = {"Anna": "approval", "Bram": "approval", "Carla": "impact_assessment",
         "Dirk": "cbs_advice", "Els": "parliament_informed"}  # fmt: skip


class Signing:
    """A world of real data whose policy lists five people."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.public = {name: new_key(folder / f"{name}.pem", password=None) for name in ROLES}
        self.policy_lists()
        identity = replace(world.plan.identity, policy_digest=world.platform.policy.digest)
        world.plan.identity = identity
        client = ModelStore(world.platform.home).client
        for name, value in identity.metadata().items():
            client.set_model_version_tag("ind-risk-sponsors", "2", name, value)
        world.platform.tables.write_json("candidate", {"identity": identity.metadata()})
        world.run()
        record_trained(world.platform, identity)

    def policy_lists(self, *, without: str = "", revoked: str = "") -> None:
        """Everybody, but for one who left, or with one whose key is revoked."""
        people = "".join(
            f'[[statements.people]]\nname = "{n}"\nroles = ["{ROLES[n]}"]\n'
            f"keys = ['''{self.public[n]}''']\n"
            + (f'revoked = ["{public_key(self.public[n]).keyid}"]\n' if n == revoked else "")
            for n in ROLES
            if n != without
        )
        landing(self.world.platform.home, synthetic=False, policy=shipped_policy_text() + people)

    def sign(self, name: str) -> None:
        """One person states what belongs to the role."""
        make_statement(
            self.world.platform, self.world.instance, KINDS[name],
            key=str(self.folder / f"{name}.pem"), password=None, envelope=None, text="",
            difference="",
        )  # fmt: skip


@pytest.fixture
def signing(world: World, tmp_path: Path) -> Signing:
    return Signing(world, tmp_path)


def test_the_gate_opens_when_all_have_signed_and_not_before(signing: Signing) -> None:
    world = signing.world
    for name in ROLES:
        assert "statement" in closed_by(world).lower()
        assert isinstance(world.tick(deployment_sensor), str)
        signing.sign(name)
    world.obey(world.tick(deployment_sensor), "release")
    assert world.in_use() == ("2", "2")
    assert "no statement lapsed" in str(world.tick(withdrawal_sensor))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"without": "Bram"}, "is of nobody whom the policy lists"), ({"revoked": "Anna"}, "revoked")],
)
def test_a_statement_that_lapses_takes_the_model_out_of_use(
    signing: Signing, change: dict[str, str], said: str
) -> None:
    world = signing.world
    for name in ROLES:
        signing.sign(name)
    world.obey(world.tick(deployment_sensor), "release")
    signing.policy_lists(**change)
    world.obey(world.tick(withdrawal_sensor), "withdraw")
    assert world.in_use() == (None, None)
    last = world.withdrawal()
    assert said in last["reason"]
    assert last["worklists"] == []


def test_what_would_not_count_is_not_recorded(signing: Signing) -> None:
    before = signing.world.platform.ledger.head
    with pytest.raises(IndRiskError, match="has not the role approver"):
        make_statement(
            signing.world.platform, signing.world.instance, "approval",
            key=str(signing.folder / "Carla.pem"), password=None, envelope=None, text="",
            difference="",
        )  # fmt: skip
    assert signing.world.platform.ledger.head == before
