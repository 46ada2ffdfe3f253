"""Inspections counted by case mix and inspector: all that the comparison of inspectors needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.residuals import crossed
from ind_risk.core.errors import IndRiskError
from ind_risk.core.labels import OBSERVED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COLUMNS = ("sponsor_id", "opened_on", "inspector_id", "outcome", "selection")
SCORE_BINS = 5  # Cochran (1968): fifths take away nine tenths of what a covariate confounds
ENOUGH = 5.0  # findings to be expected of an inspector, as for a chi-squared test (Cochran, 1954)


@dataclass(frozen=True, eq=False)
class Inspected:
    """Inspections with a known outcome, and their counts by stratum of case mix and inspector.

    Args:
        names: pseudonyms of the inspectors that are compared, in order, length K.
        count, found: inspections and those that found non-compliance, shape (strata, K).
        sponsor, stratum, inspector, outcome: of each compared inspection, shape (n,).
        known: inspections with a known outcome, whoever made them.
        known_found: of these, the ones that found non-compliance.
        recorded: inspectors recorded on these.
        unnamed: of these, without an inspector.
        few: of these, by inspectors with too few to be compared.
        opened: first and last day on which one of them was opened; None if not known.
    """

    names: tuple[str, ...]
    count: Ints
    found: Ints
    sponsor: Ints
    stratum: Ints
    inspector: Ints
    outcome: Floats
    known: int
    known_found: int
    recorded: int
    unnamed: int
    few: int
    opened: tuple[date, date] | None

    @property
    def n(self) -> int:
        """Inspections that are compared."""
        return len(self.outcome)

    @property
    def covered(self) -> float:
        """Their share of those with a known outcome."""
        return self.n / self.known if self.known else 0.0


def inspected(inspections: pd.DataFrame, *, case_mix: Sequence[str]) -> Inspected:
    """Count inspections by inspector within year, route, fifth of the score and case mix.

    Args:
        inspections: sponsor_id, opened_on, inspector_id, outcome, selection; where there is a
            finite `score` of the sponsor it stands for the case mix, else the columns `case_mix`
            that there are.
        case_mix: names of further columns; what is missing in one is a value of its own.

    Raises:
        IndRiskError: if a column is missing.
    """
    import pandas as pd

    if missing := [c for c in COLUMNS if c not in inspections.columns]:
        raise IndRiskError(f"The inspections have no column {missing[0]!r}; read them again.")
    rows = inspections.loc[inspections["outcome"].isin(OBSERVED)]
    outcome = rows["outcome"].isin(["non_compliant"]).to_numpy().astype(np.float64)
    opened = pd.to_datetime(rows["opened_on"], errors="coerce")
    stratum = _strata(rows, opened, case_mix)
    inspector, recorded = pd.factorize(rows["inspector_id"], sort=True)
    names = np.asarray(recorded, dtype=object)
    keep = _enough(stratum, inspector, outcome, len(names))
    named = inspector >= 0
    use = named & keep[inspector] if len(names) else named
    number = np.cumsum(keep) - 1
    who = number[inspector[use]] if len(names) else inspector[use]
    place, shape = stratum[use], (int(stratum.max(initial=-1)) + 1, int(keep.sum()))
    cell = place * shape[1] + who
    count, found = (
        np.bincount(cell, w, shape[0] * shape[1]).reshape(shape).astype(np.int64)
        for w in (None, outcome[use])
    )
    return Inspected(
        names=tuple(str(name) for name in names[keep]), count=count, found=found,
        sponsor=pd.factorize(rows["sponsor_id"])[0][use], stratum=place, inspector=who,
        outcome=outcome[use], known=len(rows), known_found=int(outcome.sum()),
        recorded=len(names), unnamed=int((~named).sum()), few=int((named & ~use).sum()),
        opened=_period(opened),
    )  # fmt: skip


def _strata(rows: pd.DataFrame, opened: pd.Series[Any], case_mix: Sequence[str]) -> Ints:
    import pandas as pd

    parts = [opened.dt.year.fillna(0).to_numpy(dtype=np.int64)]
    parts.append(pd.factorize(rows["selection"])[0])
    traits = [pd.factorize(rows[c])[0] for c in case_mix if c in rows.columns]
    mix = crossed(traits) if traits else np.zeros(len(rows), dtype=np.int64)
    if "score" in rows.columns:
        score = pd.to_numeric(rows["score"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        score = np.where(np.isfinite(score), score, np.nan)
        if np.isfinite(score).any():
            cuts = np.unique(np.nanquantile(score, np.arange(1, SCORE_BINS) / SCORE_BINS))
            fifth = -1 - np.searchsorted(cuts, score, side="left")
            mix = np.where(np.isfinite(score), fifth, mix)
    return crossed([*parts, mix])


def _enough(stratum: Ints, inspector: Ints, outcome: Floats, inspectors: int) -> NDArray[np.bool_]:
    """Inspectors of whose case mix enough of either outcome is to be expected."""
    size = np.maximum(np.bincount(stratum), 1)
    rate = (np.bincount(stratum, outcome, len(size)) / size)[stratum]
    named = inspector >= 0
    expected, others = (
        np.bincount(inspector[named], p[named], inspectors) for p in (rate, 1 - rate)
    )
    return np.asarray(np.minimum(expected, others) >= ENOUGH)


def _period(opened: pd.Series[Any]) -> tuple[date, date] | None:
    days = opened.dropna()
    return (days.min().date(), days.max().date()) if len(days) else None
