"""The City of Chicago's own test window: accuracy beside the city's score, and who inspected.

    python benchmarks/chicago.py ../shared/data/chicago-food-inspections

The run has its cut-off at the window's end (2014-10-31), a horizon of two months, and therefore the
judging date 2014-08-31: nothing later reaches the model. Both scores are judged on the same
inspections: the first of each establishment in the window. The inspector is no feature here. The
findings on accuracy are those of the run, on the whole window; `inspector_effect` must be red,
because the published rates run from 2.5 % to 40.8 % by inspector.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import pandas as pd

from benchmarks.measure import ind_risk, scratch
from ind_risk.adapters.settings import shipped_policy_text

WINDOW_END = "2014-10-31"
SHOWN = ("accuracy_established", "band_order", "calibration", "inspector_effect")
POLICY = {
    "horizon_months = 12": "horizon_months = 2",
    "as_of_step_months = 6": "as_of_step_months = 2",
    "training_dates = 8": "training_dates = 16",
    "sponsor_attributes = []": 'sponsor_attributes = ["province"]',
}


def interval(y: np.ndarray, score: np.ndarray, *, draws: int = 2000) -> tuple[float, float, float]:
    """AUC with a percentile bootstrap 95 % interval (rows resampled)."""
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(0)
    resampled = []
    for _ in range(draws):
        rows = generator.integers(len(y), size=len(y))
        if 0 < y[rows].sum() < len(y):
            resampled.append(roc_auc_score(y[rows], score[rows]))
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(roc_auc_score(y, score)), float(low), float(high)


def main(data: Path) -> None:
    """Print both AUCs with intervals."""
    text = shipped_policy_text()
    for old, new in POLICY.items():
        if old not in text:
            raise SystemExit(f"the shipped policy no longer says {old!r}")
        text = text.replace(old, new, 1)
    with scratch() as folder:
        policy, home = Path(folder) / "policy.toml", Path(folder) / "home"
        policy.write_text(text)
        result, _ = ind_risk(
            "run", "--data", str(data), "--policy", str(policy), "--as-of", WINDOW_END, home=home
        )
        scores = pd.read_parquet(home / "tables" / "scores_judged.parquet")
        labels = pd.read_parquet(home / "tables" / "labels.parquet")
    judged = labels[labels["as_of"] == labels["as_of"].max()].merge(scores, on="sponsor_id")
    judged = judged[judged["audit_label"].isin(["compliant", "non_compliant"])]
    city = pd.read_csv(data / "reference_scores.csv", dtype={"inspection_id": str})
    both = judged.merge(
        city, left_on="audit_inspection_id", right_on="inspection_id", suffixes=("", "_city")
    )
    y = (both["audit_label"] == "non_compliant").to_numpy()
    print(f"candidate {result['candidate']['kind']}, gate {result['decision']}")
    print(f"{len(both)} establishments inspected in the city's test window, {y.sum()} critical")
    for name, column in (("this model", "score"), ("the city's score", "score_city")):
        auc, low, high = interval(y, both[column].to_numpy())
        print(f"  {name:<18} AUC {auc:.3f} (95 % {low:.3f} … {high:.3f})")
    print("the run's findings on the whole window:")
    for finding in result["findings"]:
        if finding["check"] in SHOWN:
            print(f"  {finding['check']:<21} {finding['claim']:<27} {told(finding)}")
    effect = [f["verdict"] for f in result["findings"] if f["check"] == "inspector_effect"]
    if "refuted" not in effect:
        raise SystemExit(f"inspector_effect is not refuted here but {effect}")


def told(finding: dict[str, Any]) -> str:
    """Verdict, estimate and interval."""
    numbers = [finding[key] for key in ("estimate", "low", "high")]
    if None in numbers:
        return str(finding["verdict"])
    estimate, low, high = numbers
    return f"{finding['verdict']}, {estimate:.3f} ({low:.3f} … {high:.3f}), n = {finding['n']:,}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
