"""A home with two candidates, real MLflow and a small lifecycle, for tests of the sensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dagster as dg

from ind_risk.adapters.home import Home
from ind_risk.adapters.settings import (
    POLICY_FILE,
    SETTINGS_FILE,
    RunSettings,
    shipped_policy_text,
)
from ind_risk.adapters.table_store import LandingFacts, TableStore
from ind_risk.core.digests import data_digest
from ind_risk.core.identity import CandidateIdentity
from ind_risk.defs.jobs import release
from ind_risk.defs.release import decide_now, released_model, withdraw_job
from ind_risk.defs.resources import CANDIDATE, Platform
from ind_risk.defs.sensors import deployment_sensor, withdrawal_sensor
from ind_risk_tests.adapters.small_tables import as_arrow, small_tables
from ind_risk_tests.defs.small_lifecycle import QUIET, Plan, assets

TABLES_OF_THE_HOME = {n: as_arrow(n, t) for n, t in small_tables().items()}
DATA = data_digest(TABLES_OF_THE_HOME)


@dataclass
class World:
    """A home with two candidates, of which the newest is the candidate, and a Dagster instance."""

    platform: Platform
    instance: dg.DagsterInstance
    plan: Plan

    @cached_property
    def defs(self) -> dg.Definitions:
        """The release and the sensors as they are, over a small lifecycle that follows the plan."""
        made = assets(self.platform.policy.required_checks, self.plan)
        lifecycle = dg.define_asset_job("lifecycle", selection=dg.AssetSelection.assets(*made))
        return dg.Definitions(
            assets=[*made, released_model],
            jobs=[lifecycle, release, withdraw_job],
            sensors=[deployment_sensor, withdrawal_sensor],
            resources={"platform": self.platform},
            executor=dg.in_process_executor,
        )

    def run(self, job: str = "lifecycle", *, ok: bool = True, **arguments: Any) -> str:
        """Run a job; returns the id of the run."""
        config = {**QUIET, **arguments.pop("run_config", {})}
        result = self.defs.resolve_job_def(job).execute_in_process(
            instance=self.instance, run_config=config, raise_on_error=ok, **arguments
        )  # fmt: skip
        assert result.success is ok
        return result.run_id

    def tick(self, sensor: dg.SensorDefinition) -> dg.RunRequest | str:
        """One tick: the request, or the reason for none."""
        context = dg.build_sensor_context(
            instance=self.instance, resources={"platform": self.platform}
        )
        answer: Any = sensor(context)
        if isinstance(answer, dg.RunRequest):
            return answer
        assert isinstance(answer, dg.SkipReason)
        assert answer.skip_message
        return answer.skip_message

    def obey(self, request: dg.RunRequest | str, job: str, *, ok: bool = True) -> str:
        """Launch what a sensor asked for, as the daemon would."""
        assert isinstance(request, dg.RunRequest), request
        return self.run(job, ok=ok, run_config=dict(request.run_config), tags=dict(request.tags))

    def in_use(self) -> tuple[str | None, str | None]:
        """By the ledger, and by MLflow's alias."""
        found = self.platform.ledger.state().in_use
        return found.model_version if found else None, self.platform.models.in_use_alias()

    def kinds(self) -> list[str]:
        return [e.kind for e in self.platform.ledger.read()]

    def withdrawal(self) -> Mapping[str, Any]:
        """The newest withdrawal in the ledger."""
        return [e for e in self.platform.ledger.read() if e.kind == "withdrawal"][-1].body


def landing(home: Home, *, synthetic: bool = True, policy: str = "") -> None:
    """Landing tables as accepted, under the shipped policy or another text."""
    facts = LandingFacts(
        data_digest=DATA, table_digests={}, rows={}, as_of="2026-10-31", synthetic=synthetic,
        source="world:audited", seed=0,
    )  # fmt: skip
    texts = {
        SETTINGS_FILE: RunSettings(source="world:audited").to_json(),
        POLICY_FILE: policy or shipped_policy_text(),
    }
    TableStore(home).write_landing(TABLES_OF_THE_HOME, facts, texts=texts)


def use(home: Home, identity: CandidateIdentity) -> None:
    """Make a candidate the one that was trained last."""
    TableStore(home).write_json(CANDIDATE, {"identity": identity.metadata()})


def closed_by(world: World) -> str:
    """Why the gate is closed."""
    decision = decide_now(world.platform, world.instance)
    assert not decision.open
    return decision.why_closed(at_most=9)
