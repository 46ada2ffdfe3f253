"""A small job `lifecycle` in a real Dagster instance: real runs, real records, no statistics.

One asset for every asset the policy asks checks of. Each yields its checks as the real ones do, and
a test spoils them as it likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from ind_risk.adapters.check_history import candidate_of, check_records
from ind_risk.core.gate import Decision, Evidence, decide
from ind_risk.core.identity import CandidateIdentity
from ind_risk.core.policy import ALWAYS_NAMED, Policy, RequiredCheck
from ind_risk_tests.core.evidence_example import POLICY

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CANDIDATE_ASSET = "candidate_model"


class Place(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Stands for the platform: what matters is that a launch can replace it."""

    path: str = ""


@dataclass
class Plan:
    """What the next run of the lifecycle does.

    Args:
        identity: the candidate that every check names.
        results: further or other arguments of the check's result, by `asset:check`.
        metadata: further or other metadata of a check, by `asset:check`.
        raises: assets that raise instead of reporting.
        left_out: checks that are deleted from the code.
        partitions: partitions of an asset.
        checks_partitioned: whether its checks are partitioned too.
    """

    identity: CandidateIdentity
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    raises: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    partitions: dict[str, dg.PartitionsDefinition[Any]] = field(default_factory=dict)
    checks_partitioned: bool = False


def small_policy(**changes: Any) -> Policy:
    """Three checks on three assets, the first on data and without a model."""
    checks = (
        RequiredCheck(asset="sponsors", check="data_contract", names=ALWAYS_NAMED),
        RequiredCheck(asset=CANDIDATE_ASSET, check="loadable"),
        RequiredCheck(asset="evidence", check="drift"),
    )
    return replace(POLICY, **{"required_checks": checks, **changes})


def assets(required: Sequence[RequiredCheck], plan: Plan) -> list[dg.AssetsDefinition]:
    """The assets, each after the one before, with the checks that are not left out."""
    names = list(dict.fromkeys(c.asset for c in required))
    return [
        _asset(name, before, [c for c in required if c.asset == name], plan)
        for before, name in zip([None, *names], names, strict=False)
    ]


def _asset(
    name: str, before: str | None, required: list[RequiredCheck], plan: Plan
) -> dg.AssetsDefinition:
    partitions = plan.partitions.get(name)
    kept = [c for c in required if c.key not in plan.left_out]
    specs = [
        dg.AssetCheckSpec(
            c.check, asset=name, partitions_def=partitions if plan.checks_partitioned else None
        )
        for c in kept
    ]

    def made() -> Iterator[Any]:
        if name in plan.raises:
            raise RuntimeError(f"{name} went wrong")
        metadata = plan.identity.metadata() if name == CANDIDATE_ASSET else {}
        results = [_result(c, plan) for c in kept]
        yield dg.MaterializeResult(metadata=metadata, check_results=results)

    return dg.asset(
        name=name,
        deps=[] if before is None else [before],
        check_specs=specs,
        partitions_def=partitions,
        required_resource_keys={"platform"},
        group_name="lifecycle",
    )(made)


def _result(check: RequiredCheck, plan: Plan) -> dg.AssetCheckResult:
    names = {n: v for n, v in plan.identity.metadata().items() if n in check.names}
    metadata = {**names, "findings_green": 2, "findings_total": 2, "auc": 0.7}
    arguments = {
        "passed": True,
        "description": f"{check.check} is well.",
        **plan.results.get(check.key, {}),
    }
    return dg.AssetCheckResult(
        asset_key=check.asset,
        check_name=check.check,
        metadata={**metadata, **plan.metadata.get(check.key, {})},  # type: ignore[dict-item]
        **arguments,
    )


@dataclass
class Small:
    """A Dagster instance, a policy and a plan; `run` runs, `decision` asks the gate."""

    instance: dg.DagsterInstance
    policy: Policy
    plan: Plan

    def run(
        self,
        *,
        job: str = "lifecycle",
        only: Sequence[str] | None = None,
        config: Mapping[str, Any] | None = None,
        partition: str | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Run a job over all assets, or over some, as the plan says; failures are not raised."""
        made = assets(self.policy.required_checks, self.plan)
        defs = dg.Definitions(
            assets=made,
            jobs=[dg.define_asset_job(job, selection=dg.AssetSelection.assets(*made))],
            resources={"platform": Place(path="home")},
            executor=dg.in_process_executor,
        )
        return defs.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            run_config={**QUIET, **(config or {})},
            asset_selection=None if only is None else [dg.AssetKey(n) for n in only],
            partition_key=partition,
            raise_on_error=False,
        )

    def evidence(self, *, partition: str | None = None) -> Evidence:
        """As the real `gather` puts it together, from Dagster alone."""
        identity = candidate_of(self.instance, asset=CANDIDATE_ASSET)
        return Evidence(
            candidate=identity,
            code_version=self.plan.identity.code_version,
            policy_digest=self.policy.digest,
            is_synthetic=True,
            checks=check_records(self.instance, self.policy.required_checks, partition=partition),
            partition=partition,
        )

    def reasons(self) -> dict[str | None, str]:
        """The code of each reason why the gate is closed now, by what it is about."""
        return {r.subject: r.code for r in self.decision().reasons}

    def decision(self) -> Decision:
        """The gate's decision, a second from now: runs of this very moment are past."""
        return decide(self.policy, self.evidence(), datetime.now(UTC) + timedelta(seconds=1))


def identity_under(policy: Policy, version: str = "7") -> CandidateIdentity:
    """A candidate under a policy."""
    return CandidateIdentity(version, "a" * 64, "d" * 64, "c" * 64, policy.digest)


def small(instance: dg.DagsterInstance, **changes: Any) -> Small:
    """A small lifecycle of which nothing was run yet."""
    policy = small_policy(**changes)
    return Small(instance, policy, Plan(identity_under(policy)))
