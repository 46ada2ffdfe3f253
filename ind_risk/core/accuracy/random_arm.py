"""The random arm after the judging date: the only inspections that may judge a model.

Whatever cannot judge (no outcome yet, no usable inclusion probability, no score) is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bands import BANDS
from ind_risk.core.errors import IndRiskError
from ind_risk.core.labels import OBSERVED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COLUMNS = ("score", "band", "audit_label", "audit_inclusion_probability")


@dataclass(frozen=True, kw_only=True)
class RandomArm:
    """Random inspections that can judge, and counts of those that cannot.

    Args:
        score: of the model, shape (n,).
        outcome: 1 non-compliant, 0 compliant, shape (n,).
        weight: 1 / inclusion probability (Horvitz and Thompson, 1952), shape (n,).
        band: high, middle or low, shape (n,).
        opened: random inspections opened in the window.
        non_response: of these, without a known outcome.
        no_probability: with an outcome but no inclusion probability in (0, 1].
        no_score: with both, but no finite score or no band.
    """

    score: NDArray[np.float64]
    outcome: NDArray[np.float64]
    weight: NDArray[np.float64]
    band: NDArray[np.object_]
    opened: int
    non_response: int
    no_probability: int
    no_score: int

    @property
    def n(self) -> int:
        """Inspections that judge."""
        return len(self.outcome)

    @property
    def positives(self) -> int:
        """Those that found non-compliance."""
        return int(self.outcome.sum())

    def few(self, minimum: int) -> bool:
        """Whether so few have an outcome that neither their number nor a share may be shown."""
        return min(self.positives, self.n - self.positives) < minimum

    def counts(self, minimum: int) -> dict[str, Any]:
        """Counts for a finding's details; none that is below `minimum` or would give one back."""
        few = self.few(minimum)
        return {
            "opened": self.opened,
            "non_response": self.non_response,
            "no_inclusion_probability": self.no_probability,
            "no_score": self.no_score,
            "non_compliant": None if few else self.positives,
            "compliant": None if few else self.n - self.positives,
        }

    def remark(self) -> str:
        """What was left out, as the end of a sentence; empty if nothing was."""
        parts = []
        if self.non_response:
            parts.append(f"{self.non_response:,} random inspections have no known outcome")
        if self.no_probability:
            parts.append(f"{self.no_probability:,} have no usable inclusion probability")
        return f" Left out: {' and '.join(parts)}." if parts else ""


def random_arm(judged: pd.DataFrame) -> RandomArm:
    """Pick the random inspections that can judge.

    Args:
        judged: one row a recognised sponsor at the judging date, with score, band, audit_label
            (null: no random inspection) and audit_inclusion_probability.

    Raises:
        IndRiskError: if a column is missing.
    """
    if missing := [c for c in COLUMNS if c not in judged.columns]:
        raise IndRiskError(f"The judged sponsors have no column {missing[0]!r}; make labels again.")
    opened = judged["audit_label"].notna().to_numpy()
    seen = judged["audit_label"].isin(OBSERVED).to_numpy()
    probability = _numbers(judged["audit_inclusion_probability"])
    drawn = (probability > 0) & (probability <= 1)
    score, band = _numbers(judged["score"]), judged["band"]
    scored = np.isfinite(score) & band.isin(BANDS).to_numpy()
    use = seen & drawn & scored
    outcome = judged["audit_label"].isin(["non_compliant"]).to_numpy().astype(np.float64)
    return RandomArm(
        score=score[use],
        outcome=outcome[use],
        weight=1 / probability[use],
        band=band.to_numpy(dtype=object)[use],
        opened=int(opened.sum()),
        non_response=int((opened & ~seen).sum()),
        no_probability=int((seen & ~drawn).sum()),
        no_score=int((seen & drawn & ~scored).sum()),
    )


def cannot_judge(arm: RandomArm) -> str | None:
    """Why this arm judges nothing at all, as a sentence; None if it can judge.

    A random inspection without a score closes the matter: leaving out just those sponsors that a
    model cannot score would flatter it.
    """
    if arm.no_score:
        return f"{arm.no_score:,} randomly inspected sponsors have no score or band: score again."
    if arm.opened == 0:
        return "No random inspection was opened after the judging date."
    if arm.n == 0:
        return f"None of {arm.opened:,} random inspections has a known outcome that can be weighed."
    return None


def shown(count: int, minimum: int) -> int | None:
    """A count, or None where it is above 0 and too small to be shown."""
    return None if 0 < count < minimum else count


def _numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return values
