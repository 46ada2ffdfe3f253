"""Column lineage of every shipped feature names real columns and the ones one would expect."""

from __future__ import annotations

from ind_risk.adapters.feature_file import shipped_register
from ind_risk.core.contracts import TABLES
from ind_risk.core.features.columns_used import columns_used

USED = {f.name: columns_used(f) for f in shipped_register().features}


def test_every_feature_is_computed_from_columns_of_its_table() -> None:
    for feature in shipped_register().features:
        used = USED[feature.name]
        assert used, feature.name
        assert set(used) <= set(TABLES[feature.source].column_names)


def test_known_features() -> None:
    assert USED["sector"] == ("sector",)
    assert USED["age_years"] == ("founded_on",)
    assert USED["permits_growth_12m"] == ("applied_on",)
    assert USED["near_criterion_share_36m"] == (
        "decided_on", "decision", "gross_monthly_salary", "salary_criterion",
    )  # fmt: skip
    assert USED["inspections_non_compliant_36m"] == ("closed_on", "outcome")
    assert USED["warnings_36m"] == ("imposed_on", "kind")
