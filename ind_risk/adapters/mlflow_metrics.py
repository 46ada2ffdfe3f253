"""Findings as MLflow metrics: few, and named so that MLflow's screens group them by what they say.

MLflow groups charts by what stands before the last slash. One figure a claim: of a claim on several
groups it is the one that is hardest to show, for the whole list stands in `evidence/<check>.json`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

_FAMILIES = {
    "accuracy": ("accuracy_established", "band_order", "calibration", "usefulness", "backtest"),
    "robustness": (
        "drift", "label_assumption", "stability", "perturbation", "inspector_effect",
        "sensitivity", "reproducible",
    ),
}  # fmt: skip
_BY_CHECK = {check: family for family, checks in _FAMILIES.items() for check in checks}
TRAIL = "trail"  # of such checks the verdict is all there is to see
_NOT_IN_A_NAME = re.compile(r"[^\w .:/-]+", re.ASCII)


def family_of(check: str) -> str:
    """What a check is about: bias, accuracy, robustness, or the trail.

    >>> family_of("bias_funnel"), family_of("calibration"), family_of("loadable")
    ('bias', 'accuracy', 'trail')
    """
    return "bias" if check.startswith("bias_") else _BY_CHECK.get(check, TRAIL)


def metrics_of(check: str, findings: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Name → figure of what a check is asked for, and the share of it that is green.

    Args:
        check: its name.
        findings: as `Finding.to_dict` gives them.

    >>> metrics_of("bias_funnel", [
    ...     {"claim": "rate_difference", "estimate": e, "required": True, "verdict": "equivalent"}
    ...     for e in (0.01, -0.02)
    ... ])
    {'bias/rate_difference_largest': -0.02, 'verdicts/bias_funnel': 1.0}
    """
    from ind_risk.core.findings import GREEN

    family, asked = family_of(check), [f for f in findings if f["required"]]
    by_claim: dict[str, list[float]] = {}
    for finding in asked:
        if finding["estimate"] is not None and math.isfinite(finding["estimate"]):
            by_claim.setdefault(str(finding["claim"]), []).append(float(finding["estimate"]))
    made = {
        f"{family}/{_NOT_IN_A_NAME.sub(' ', claim)}{_told(claim, of)}": _hardest(claim, of)
        for claim, of in by_claim.items()
        if family != TRAIL and not claim.endswith("_ratio")  # as told by the difference
    }
    if asked:
        green = sum(f["verdict"] in GREEN for f in asked)
        made[f"verdicts/{check}"] = green / len(asked)
    return made


def _told(claim: str, of: Sequence[float]) -> str:
    if len(of) == 1:
        return ""
    return "_smallest" if claim.startswith("share_") else "_largest"


def _hardest(claim: str, of: Sequence[float]) -> float:
    """Of shares that must be reached the smallest; of differences the largest in size."""
    return min(of) if claim.startswith("share_") else max(of, key=abs)
