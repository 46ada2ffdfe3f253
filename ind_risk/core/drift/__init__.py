"""Drift: whether the scores, the features and the outcomes of use still resemble training."""

from ind_risk.core.drift.findings import drift_findings

__all__ = ["drift_findings"]
