"""A protected attribute upstream of anything but the bias evaluation is found, however far up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg
import pytest

from ind_risk.adapters.feature_file import shipped_register
from ind_risk.core.contracts import PROTECTED_TABLE
from ind_risk.core.findings import Finding, all_green
from ind_risk.defs import features
from ind_risk.defs.isolation import isolation_findings, upstream_of

REGISTER = shipped_register()
CLEAN = {
    PROTECTED_TABLE: [],
    "sponsors": [],
    "features": ["sponsors"],
    "labels": ["sponsors"],
    "candidate_model": ["features", "labels"],
    "candidate_scores": ["candidate_model"],
    "bias_evidence": ["candidate_scores", PROTECTED_TABLE],
}


def graph(depends: dict[str, list[str]]) -> Any:
    specs = [dg.AssetSpec(name, deps=deps) for name, deps in depends.items()]
    return dg.Definitions(assets=specs).get_repository_def().asset_graph


def judged(
    depends: dict[str, list[str]], names: Sequence[str] = REGISTER.names
) -> dict[str, Finding]:
    return {f.claim: f for f in isolation_findings(graph(depends), REGISTER, names)}


def test_a_clean_graph_is_green() -> None:
    found = judged(CLEAN)
    assert set(found) == {"lineage", "registered_features"}
    assert all_green(list(found.values()))
    assert found["lineage"].n == len(CLEAN)


@pytest.mark.parametrize("asset", ["sponsors", "features", "labels", "candidate_model"])
def test_upstream_at_any_distance_is_red(asset: str) -> None:
    found = judged({**CLEAN, asset: [*CLEAN[asset], PROTECTED_TABLE]})
    assert found["lineage"].verdict == "refuted"
    assert "candidate_model" in found["lineage"].sentence
    assert asset in found["lineage"].sentence
    assert found["registered_features"].green


def test_by_way_of_another_asset_is_red_and_so_is_what_rests_on_the_bias_evaluation() -> None:
    between = {**CLEAN, "origin_share": [PROTECTED_TABLE], "features": ["origin_share"]}
    assert "features" in judged(between)["lineage"].sentence
    resting = {**CLEAN, "adjusted_scores": ["bias_evidence"]}
    assert "adjusted_scores" in judged(resting)["lineage"].sentence
    assert not judged(resting)["lineage"].green


@pytest.mark.parametrize("asset", [PROTECTED_TABLE, "features", "candidate_model"])
def test_a_graph_without_what_is_to_be_kept_apart_proves_nothing(asset: str) -> None:
    rest = {n: [d for d in deps if d != asset] for n, deps in CLEAN.items() if n != asset}
    found = judged(rest)
    assert not found["lineage"].green
    assert asset in found["lineage"].sentence


def test_an_empty_graph_is_red() -> None:
    assert not judged({})["lineage"].green


@pytest.mark.parametrize("stage", ["FEATURE_SOURCES", "LABEL_SOURCES"])
def test_reading_the_table_without_declaring_it_is_red(
    monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(features, stage, (*getattr(features, stage), PROTECTED_TABLE))
    found = judged(CLEAN)
    assert not found["lineage"].green
    assert "the tables read for" in found["lineage"].sentence


@pytest.mark.parametrize("name", ["favourite_colour", "nationality", "share_ind_nationality"])
def test_a_feature_that_is_not_registered_or_names_origin_is_red(name: str) -> None:
    finding = judged(CLEAN, [*REGISTER.names, name])["registered_features"]
    assert finding.verdict == "refuted"
    assert name in finding.sentence


def test_a_registered_feature_that_names_origin_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    class Register:
        names = ("nationality",)

    (finding,) = (
        f
        for f in isolation_findings(graph(CLEAN), Register(), ["nationality"])  # type: ignore[arg-type]
        if f.claim == "registered_features"
    )
    assert not finding.green


def test_a_model_without_features_proves_nothing() -> None:
    assert not judged(CLEAN, [])["registered_features"].green


def test_upstream_of() -> None:
    assert upstream_of(graph(CLEAN), "bias_evidence") == {
        PROTECTED_TABLE, "candidate_scores", "candidate_model", "features", "labels", "sponsors"
    }  # fmt: skip
    assert upstream_of(graph(CLEAN), "sponsors") == set()
