"""The proof that protected attributes do not reach a model: a walk of the asset graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ind_risk.core.contracts import PROTECTED_TABLE
from ind_risk.core.findings import Finding
from ind_risk.core.origin import names_origin

if TYPE_CHECKING:
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

    from ind_risk.core.features.register import FeatureRegister

# The only assets that may have protected attributes upstream: the audit loop draws by majority, and
# what it draws judges models, monitoring the model in use; the dossier tells of it.
MAY_DEPEND = frozenset(
    {"bias_evidence", "audit_plan", "audit_sample", "audit_outcomes", "monitoring", "dossier"}
)
CHECK = "protected_isolation"


def upstream_of(graph: BaseAssetGraph[Any], asset: str) -> set[str]:
    """Names of all assets from which `asset` is derived, at any distance."""
    from dagster import AssetKey

    seen: set[str] = set()
    ahead = [AssetKey(asset)]
    while ahead:
        for parent in graph.get(ahead.pop()).parent_keys:
            if parent.to_user_string() not in seen:
                seen.add(parent.to_user_string())
                ahead.append(parent)
    return seen


def isolation_findings(
    graph: BaseAssetGraph[Any], register: FeatureRegister, model_features: Sequence[str]
) -> list[Finding]:
    """Two findings: the lineage of every other asset, and the features the model really uses."""
    names = {k.to_user_string() for k in graph.get_all_asset_keys()}
    tainted = sorted(n for n in names - MAY_DEPEND if PROTECTED_TABLE in upstream_of(graph, n))
    tainted += [
        f"the tables read for {n}" for n, read in _read().items() if PROTECTED_TABLE in read
    ]
    missing = sorted({"features", "candidate_model", PROTECTED_TABLE} - names)
    wrong = sorted(f for f in model_features if f not in set(register.names) or names_origin(f))
    return [
        _finding(
            "lineage",
            bad=tainted + missing,
            n=len(names),
            good=f"None of {len(names) - len(MAY_DEPEND)} assets but the bias evaluation has "
            f"{PROTECTED_TABLE} upstream.",
            fault=f"{PROTECTED_TABLE} is upstream of, or the graph lacks",
        ),
        _finding(
            "registered_features",
            bad=wrong,
            n=len(model_features),
            good=f"All {len(model_features)} features of the model stand in the register, "
            "none names origin.",
            fault="These features are not in the register or name origin",
        ),
    ]


def _read() -> dict[str, Sequence[str]]:
    """The tables the stages before training read: the graph knows only what they declare."""
    from ind_risk.defs.features import FEATURE_SOURCES, LABEL_SOURCES

    return {"features": FEATURE_SOURCES, "labels": LABEL_SOURCES}


def _finding(claim: str, *, bad: list[str], n: int, good: str, fault: str) -> Finding:
    ok = float(not bad and n > 0)
    return Finding(
        check=CHECK,
        claim=claim,
        subject="all",
        verdict="established" if ok else "refuted",
        estimate=ok,
        low=ok,
        high=ok,
        n=n,
        sentence=good if ok else f"{fault}: {', '.join(bad) or 'nothing'}.",
    )
