"""Plots for the screens and the record: each a PNG and a sentence that says what it shows."""

from ind_risk.dossier.plots.bands import band_order
from ind_risk.dossier.plots.calibration import reliability
from ind_risk.dossier.plots.findings import forest
from ind_risk.dossier.plots.scores import score_distribution
from ind_risk.dossier.plots.style import Plot
from ind_risk.dossier.plots.training import feature_importance, precision_per_window

__all__ = [
    "Plot",
    "band_order",
    "feature_importance",
    "forest",
    "precision_per_window",
    "reliability",
    "score_distribution",
]
