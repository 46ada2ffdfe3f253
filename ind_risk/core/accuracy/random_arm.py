"""The random arm after the judging date: the only inspections that may judge a model.

Whatever cannot judge (no outcome yet, no usable inclusion probability, no score) is counted, and
sponsors with an outcome stand for those without one that were drawn with the same probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bands import BANDS
from ind_risk.core.errors import IndRiskError
from ind_risk.core.labels import OBSERVED
from ind_risk.core.sampling.response import probability_cells, response_weights

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
        weight: 1 / inclusion probability (Horvitz and Thompson, 1952), times opened / with a known
            outcome among inspections of the same inclusion probability, shape (n,).
        band: high, middle or low, shape (n,).
        opened: random inspections opened in the window.
        non_response: of these, without a known outcome.
        no_probability: with an outcome but no inclusion probability in (0, 1].
        no_score: with both, but no finite score or no band.
        silent_weight: 1 / inclusion probability of the inspections that nobody stands for, because
            none with the same probability has a known outcome, shape (m,).
        silent_band: their bands, shape (m,).
    """

    score: NDArray[np.float64]
    outcome: NDArray[np.float64]
    weight: NDArray[np.float64]
    band: NDArray[np.object_]
    opened: int
    non_response: int
    no_probability: int
    no_score: int
    silent_weight: NDArray[np.float64]
    silent_band: NDArray[np.object_]

    @property
    def unseen(self) -> float:
        """Share of the sponsors, by weight, that nobody with a known outcome stands for."""
        silent = float(self.silent_weight.sum())
        return silent / (silent + float(self.weight.sum())) if silent else 0.0

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
            "stood_for_by_nobody": len(self.silent_weight),
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
        left_out = f" Left out: {' and '.join(parts)}." if parts else ""
        return left_out + self._response()

    def _response(self) -> str:
        text = ""
        if self.n and self.non_response > len(self.silent_weight):
            text = " Those with an outcome stand for those without that were as likely to be drawn."
        if self.n and len(self.silent_weight):
            text += (
                f" For {len(self.silent_weight):,} nobody does, "
                f"{100 * self.unseen:.1f} % of sponsors by weight."
            )
        return text


def random_arm(judged: pd.DataFrame) -> RandomArm:
    """Pick the random inspections that can judge, and weigh them for those without an outcome.

    The cells of the non-response weighting are the distinct inclusion probabilities: in a sample
    that is drawn by strata they are the strata, or unions of those with one sampling fraction.
    Where all probabilities are equal no share changes. Where every sponsor has a probability of its
    own, each is a cell: nobody stands for those without an outcome, and the arm says so.

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
    weight, silent = _weights(probability, opened=opened & drawn, seen=seen)
    bands = band.to_numpy(dtype=object)
    return RandomArm(
        score=score[use],
        outcome=outcome[use],
        weight=weight[use],
        band=bands[use],
        opened=int(opened.sum()),
        non_response=int((opened & ~seen).sum()),
        no_probability=int((seen & ~drawn).sum()),
        no_score=int((seen & drawn & ~scored).sum()),
        silent_weight=weight[silent],
        silent_band=bands[silent],
    )


def _weights(
    probability: NDArray[np.float64], *, opened: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Everybody's weight, and whether no outcome is known in their cell: they keep the design's."""
    weight, silent = np.zeros(len(probability)), np.zeros(len(probability), dtype=bool)
    chance = probability[opened]
    made = response_weights(
        probability=chance, cell=probability_cells(chance), responded=seen[opened]
    )
    weight[opened] = np.where(made.silent, 1 / chance, made.weight)
    silent[opened] = made.silent
    return weight, silent


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
