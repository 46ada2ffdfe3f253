"""Pins what Dagster shows: a renamed or vanished asset, check or job fails here."""

from __future__ import annotations

import dagster as dg
import pytest

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.policy import parse_policy
from ind_risk.definitions import defs
from ind_risk.defs import groups
from ind_risk.defs.isolation import MAY_DEPEND, upstream_of

EVIDENCE_CHECKS = {
    "candidate_model:data_contract",
    "candidate_model:loadable",
    "candidate_model:protected_isolation",
    "candidate_scores:drift",
    "bias_evidence:bias_independence",
    "candidate_scores:policy_preregistered",
    "bias_evidence:bias_selection_parity",
    "bias_evidence:bias_error_parity",
    "bias_evidence:bias_funnel",
    "bias_evidence:bias_coverage",
    "bias_evidence:bias_alternatives",
    "accuracy_evidence:accuracy_established",
    "accuracy_evidence:band_order",
    "robustness_evidence:label_assumption",
    "robustness_evidence:usefulness",
    "robustness_evidence:calibration",
    "robustness_evidence:backtest",
    "robustness_evidence:stability",
    "robustness_evidence:perturbation",
    "robustness_evidence:inspector_effect",
    "robustness_evidence:sensitivity",
    "robustness_evidence:reproducible",
}
MONITORING = "monitoring:monitoring"
GROUPS = {
    groups.LANDING: set(TABLES),
    groups.FEATURES: {"features", "labels"},
    groups.TRAINING: {"candidate_model", "alternatives"},
    groups.EVIDENCE: {
        "candidate_scores",
        "bias_evidence",
        "accuracy_evidence",
        "robustness_evidence",
    },
    groups.USE: {"released_model", "dossier", "worklist", "monitoring"},
    groups.AUDIT: {"audit_plan", "audit_sample", "audit_outcomes"},
}


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    return defs.get_repository_def()


def test_assets_stand_in_their_stage(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph
    found: dict[str, set[str]] = {}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        found.setdefault(str(node.group_name), set()).add(key.to_user_string())
        assert node.owners, f"{key} has no owner"
        assert node.kinds, f"{key} has no kind"
        assert node.description, f"{key} has no description"
    assert found == GROUPS


def test_checks(repository: dg.RepositoryDefinition) -> None:
    found = {
        f"{k.asset_key.to_user_string()}:{k.name}" for k in repository.asset_graph.asset_check_keys
    }
    assert found == EVIDENCE_CHECKS | {f"{t}:data_contract" for t in TABLES} | {MONITORING}


def test_the_policy_asks_for_every_check_there_is(repository: dg.RepositoryDefinition) -> None:
    policy = parse_policy(shipped_policy_text(), source="policy.toml")
    found = {
        f"{k.asset_key.to_user_string()}:{k.name}" for k in repository.asset_graph.asset_check_keys
    }
    # What is only reported would never be green.
    # Monitoring looks at the model in use, not at a candidate.
    reported = {"robustness_evidence:sensitivity", MONITORING}
    assert {c.key for c in policy.required_checks} == found - reported


def test_jobs_sensors_schedules(repository: dg.RepositoryDefinition) -> None:
    jobs = {j.name for j in repository.get_all_jobs() if not j.name.startswith("__")}
    assert jobs == {
        "lifecycle", "release", "withdraw", "worklist", "plan_sample", "draw_sample",
        "take_in_outcomes", "monitor",
    }  # fmt: skip
    sensors = {s.name: s.default_status.value for s in repository.sensor_defs}
    assert sensors == {"deployment_sensor": "RUNNING", "withdrawal_sensor": "RUNNING"}
    schedules = {s.name: s.default_status.value for s in repository.schedule_defs}
    assert schedules == {"monthly_retraining": "STOPPED", "monthly_monitoring": "STOPPED"}


def test_the_lifecycle_releases_nothing() -> None:
    selected = defs.resolve_job_def("lifecycle").asset_layer.executable_asset_keys
    names = {k.to_user_string() for k in selected}
    assert names == set().union(
        *(GROUPS[g] for g in (groups.LANDING, groups.FEATURES, groups.TRAINING, groups.EVIDENCE))
    )


def test_protected_attributes_are_upstream_of_the_bias_evaluation_only(
    repository: dg.RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    tainted = {
        k.to_user_string()
        for k in graph.get_all_asset_keys()
        if PROTECTED_TABLE in upstream_of(graph, k.to_user_string())
    }
    assert tainted == MAY_DEPEND
    assert not tainted & {"features", "labels", "candidate_model", "candidate_scores", "worklist"}


def test_every_contract_column_is_in_the_column_schema(
    repository: dg.RepositoryDefinition,
) -> None:
    for name, table in TABLES.items():
        schema = repository.asset_graph.get(dg.AssetKey(name)).metadata["dagster/column_schema"]
        assert [c.name for c in schema.columns] == list(table.column_names)
