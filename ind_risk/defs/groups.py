"""Groups of assets, numbered: Dagster's screens list them by name, and the data has an order."""

from __future__ import annotations

LANDING, FEATURES, TRAINING = "1_landing", "2_features", "3_training"
EVIDENCE, AUDIT, USE = "4_evidence", "5_audit", "6_use"
