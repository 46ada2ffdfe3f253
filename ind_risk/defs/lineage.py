"""From which columns a column comes, as Dagster's screens show it: said only where it is exact.

Features read it off their own expressions. A score has none: it comes from all features at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from ind_risk.core.features.register import FeatureRegister

_INSPECTED = {
    "label": ("outcome", "opened_on", "closed_on"),
    "selection": ("selection", "opened_on"),
    "inclusion_probability": ("inclusion_probability", "opened_on"),
    "inspection_id": ("inspection_id", "opened_on"),
    "inspector_id": ("inspector_id", "opened_on"),
    "opened_on": ("opened_on",),
    "closed_on": ("closed_on", "opened_on"),
    "audit_label": ("outcome", "selection", "opened_on", "closed_on"),
    "audit_inclusion_probability": ("inclusion_probability", "selection", "opened_on"),
    "audit_inspection_id": ("inspection_id", "selection", "opened_on"),
    "audit_closed_on": ("closed_on", "selection", "opened_on"),
}


def feature_lineage(register: FeatureRegister) -> dg.TableColumnLineage:
    """Landing columns of every registered feature."""
    from ind_risk.core.features.columns_used import columns_used

    own = {f.name: _deps(f.source, columns_used(f)) for f in register.features}
    return _lineage({"sponsor_id": _deps("sponsors", ("sponsor_id",)), **own})


def label_lineage() -> dg.TableColumnLineage:
    """Landing columns of what was seen of a sponsor."""
    own = {name: _deps("inspections", columns) for name, columns in _INSPECTED.items()}
    own["sponsor_id"] = _deps("sponsors", ("sponsor_id",))
    own["never_intervened"] = _deps("interventions", ("sponsor_id", "imposed_on"))
    return _lineage(own)


def _deps(asset: str, columns: Iterable[str]) -> list[dg.TableColumnDep]:
    return [dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=c) for c in columns]


def _lineage(deps: Mapping[str, list[dg.TableColumnDep]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(deps_by_column=deps)
