"""What band high would hold if so many sponsors were non-compliant: a range, and no estimate.

Estimators of the class prior from positive and unlabelled data miss it by half even in clean
simulations; none of them decides here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.policy import Policy

CHECK, CLAIM = "sensitivity", "precision_over_class_priors"
PRIORS = (0.02, 0.05, 0.10, 0.15, 0.20, 0.30)  # share of sponsors that are non-compliant


def class_prior_findings(*, judged: pd.DataFrame, policy: Policy) -> list[Finding]:
    """One reported finding: precision at capacity for each class prior of `PRIORS`.

    With s for "found non-compliant by any inspection", P(y | high) = P(s | high) · π / P(s) if
    whether a non-compliant sponsor was found does not depend on its score given that it is one
    (selected completely at random: Elkan and Noto, 2008). Selected inspections go where risk is
    seen, so that the figures lean high; that is why they are shown and decide nothing.

    Args:
        judged: one row a recognised sponsor at the judging date: band and label.
        policy: for the smallest count that may be shown.
    """
    positive = judged["label"].isin(["non_compliant"]).to_numpy(dtype=bool)
    high = judged["band"].isin(["high"]).to_numpy(dtype=bool)
    found, there = int(positive.sum()), int((positive & high).sum())
    few = min(found, there, found - there) < policy.disclosure.minimum_count
    if few or not high.any():
        text = (
            "Too few sponsors were found non-compliant to say what band high would hold for each "
            "share of non-compliance."
        )
        return [_finding(None, len(judged), {}, text)]
    lift = (there / high.sum()) / (found / len(judged))
    table = {f"{prior:.2f}": round(float(min(prior * lift, 1.0)), 4) for prior in PRIORS}
    ends = [100 * v for v in (table["0.05"], table["0.20"])]
    text = (
        f"If 5 to 20 % of sponsors were non-compliant, and inspections found them whatever their "
        f"score, band high would hold {ends[0]:.0f} to {ends[1]:.0f} % non-compliant ones: a "
        "range, which decides nothing."
    )
    return [_finding(float(np.mean(ends)) / 100, len(judged), table, text)]


def _finding(middle: float | None, n: int, table: dict[str, float], text: str) -> Finding:
    values = list(table.values())
    return Finding(
        check=CHECK, claim=CLAIM, subject="positive and unlabelled", verdict="insufficient_data",
        estimate=middle, low=min(values, default=None), high=max(values, default=None), n=n,
        sentence=text, details={"precision_by_prior": table}, required=False,
    )  # fmt: skip
