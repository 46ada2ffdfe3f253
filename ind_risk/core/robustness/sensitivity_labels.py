"""What the labels say without the random arm: counts by band and outcome, most of them missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bands import BANDS
from ind_risk.core.bias.outcome_cells import COMPLIANT, MISSING, NON_COMPLIANT, Cells
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = ("band", "label", "selection")


@dataclass(frozen=True, eq=False)
class Selected:
    """Sponsors by band high (no, yes) and outcome (compliant, non-compliant, missing).

    Args:
        count: shape (2, 3).
        without: shape (n,), sponsors without an outcome; the random arm's count as such.
        high: shape (n,), in band high.
    """

    count: Floats
    without: NDArray[np.bool_]
    high: NDArray[np.bool_]

    @property
    def total(self) -> int:
        """Sponsors with a band."""
        return int(self.count.sum())

    @property
    def known(self) -> int:
        """Of these, with an outcome."""
        return int(self.count[:, :MISSING].sum())

    @property
    def cells(self) -> Cells:
        """As the bounds of error rates take them: every sponsor weighs 1."""
        return Cells(*(self.count[None] for _ in range(4)))

    def reason(self) -> str | None:
        """Why nothing can be said, as a sentence; None if something can."""
        of_band = self.count.sum(axis=1)
        if self.total == 0:
            return "No sponsor has a band."
        if not of_band.all():
            return f"{'No' if of_band[1] == 0 else 'Every'} sponsor is in band high."
        if self.known == 0:
            return f"None of {self.total:,} sponsors has an outcome apart from random inspections."
        return None

    def counts(self, minimum: int) -> dict[str, int | None]:
        """Counts for a finding's details, none small nor given back by the others."""
        from ind_risk.core.bias.disclosure import hidden

        cells = self.count.ravel()
        hide = hidden(cells, total=cells.sum(), minimum=minimum)
        told = [None if h else int(c) for c, h in zip(cells, hide, strict=True)]
        names = ("compliant", "non_compliant", "without_outcome")
        return {
            f"{where}_{name}": told[3 * row + k]
            for row, where in enumerate(("elsewhere", "high"))
            for k, name in enumerate(names)
        }


def selected_labels(judged: pd.DataFrame) -> Selected:
    """Count outcomes of inspections that were not random.

    Raises:
        IndRiskError: if a column is missing.
    """
    if missing := [c for c in COLUMNS if c not in judged.columns]:
        raise IndRiskError(f"The judged sponsors have no column {missing[0]!r}; make labels again.")
    label = judged["label"]
    chosen = ~judged["selection"].isin(["random"]).to_numpy(dtype=bool)
    bad = label.isin(["non_compliant"]).to_numpy(dtype=bool) & chosen
    good = label.isin(["compliant"]).to_numpy(dtype=bool) & chosen
    outcome = np.where(bad, NON_COMPLIANT, np.where(good, COMPLIANT, MISSING))
    banded = judged["band"].isin(BANDS).to_numpy(dtype=bool)
    high = judged["band"].isin(["high"]).to_numpy(dtype=bool)
    count = np.bincount((high * 3 + outcome)[banded], minlength=6).reshape(2, 3)
    return Selected(count.astype(float), (outcome == MISSING) & banded, high)
