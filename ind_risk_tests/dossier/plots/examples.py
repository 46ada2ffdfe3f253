"""Invented findings, scores and windows, with one picture of every kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ind_risk.core.findings import Finding
from ind_risk.core.training.selection import WindowResult
from ind_risk.dossier import plots
from ind_risk.dossier.plots import Plot

KINDS = ("dummy", "one_rule", "logistic", "additive_booster", "booster")
FULL_BANDS = {
    "high": {"rate": 0.21, "low": 0.15, "high": 0.28, "n": 152},
    "middle": {"rate": 0.09, "low": 0.05, "high": 0.15, "n": 160},
    "low": {"rate": 0.04, "low": 0.02, "high": 0.07, "n": 380},
}


def finding(subject: str = "IND", **changes: Any) -> Finding:
    base: dict[str, Any] = {
        "check": "bias_selection_parity", "claim": "selection_rate_difference",
        "subject": subject, "verdict": "equivalent", "estimate": 0.01, "low": -0.01, "high": 0.03,
        "margin": 0.05, "n": 500, "sentence": "A sentence.",
    }  # fmt: skip
    return Finding(**{**base, **changes})


def findings(count: int) -> list[Finding]:
    rng = np.random.default_rng(count)
    verdicts = ("equivalent", "disparity", "risk_signalled", "insufficient_data")
    middles, halves = rng.normal(0, 0.03, count), rng.uniform(0.005, 0.04, count)
    return [
        finding(
            f"G{i:02d}", verdict=verdicts[i % 4], estimate=float(m), low=float(m - h),
            high=float(m + h),
        )
        for i, (m, h) in enumerate(zip(middles, halves, strict=True))
    ]  # fmt: skip


def with_bands(bands: Any) -> list[Finding]:
    return [
        finding("middle vs low", check="band_order", verdict="insufficient_data"),
        finding(
            "high vs middle", check="band_order", verdict="established", details={"bands": bands}
        ),
    ]


def judged(n: int, *, seed: int = 1, p: float = 0.1) -> pd.DataFrame:
    """n sponsors of which every third was never inspected at random."""
    rng = np.random.default_rng(seed)
    score = rng.beta(2, 18, n)
    seen = np.where(rng.random(n) < score, "non_compliant", "compliant").astype(object)
    seen[::3] = None
    return pd.DataFrame(
        {"score": score, "audit_label": seen, "audit_inclusion_probability": np.full(n, p)}
    )


def windows(dates: int, *, capacity: int = 90) -> list[WindowResult]:
    return [
        WindowResult(
            candidate=kind, as_of=date(2019 + i // 2, 1 + 6 * (i % 2), 1), n=900, positives=99,
            trained_on=1000, capacity=capacity, auc=0.6,
            precision_at_capacity=0.1 * (k + 1) + 0.01 * i,
        )
        for i in range(dates)
        for k, kind in enumerate(KINDS)
    ]  # fmt: skip


def _scores(n: int, seed: int) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).beta(2, 18, n))


PICTURES: dict[str, Callable[[], Plot]] = {
    "scores": lambda: plots.score_distribution(_scores(900, 1), _scores(9000, 2)),
    "forest": lambda: plots.forest(findings(20), title="bias"),
    "forest of sixty": lambda: plots.forest(findings(60), title="bias"),
    "forest of none": lambda: plots.forest([], title="bias"),
    "bands": lambda: plots.band_order(with_bands(FULL_BANDS)),
    "reliability": lambda: plots.reliability(judged(1500)),
    "no reliability": lambda: plots.reliability(judged(0)),
    "windows": lambda: plots.precision_per_window(windows(8), chosen="logistic"),
    "importance": lambda: plots.feature_importance({f"feature_{i}": 1 / 30 for i in range(30)}),
}
