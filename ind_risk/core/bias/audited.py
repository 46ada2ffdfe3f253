"""Outcomes of the scored sponsors, by random inspection and by any route, with their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.bias.outcome_cells import COMPLIANT, MISSING, NON_COMPLIANT, OUTSIDE
from ind_risk.core.bias.wording import shown

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.core.bias.population import Population

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

COLUMNS = ("band", "audit_label", "audit_inclusion_probability", "label")


@dataclass(frozen=True, eq=False)
class Audited:
    """What inspections after the judging date say of sponsors 0 … n - 1.

    Args:
        outcome: of the random inspection, shape (n,): COMPLIANT, NON_COMPLIANT, MISSING without a
            known outcome, OUTSIDE without a random inspection that can be weighed.
        weight: 1 / inclusion probability (Horvitz and Thompson, 1952), shape (n,); 0 where OUTSIDE.
        by_any_route: outcome of the first inspection by any route, shape (n,); MISSING without.
        opened: random inspections.
        non_response: of these, without a known outcome.
        no_probability: of these, without an inclusion probability in (0, 1]: left out.
    """

    outcome: Ints
    weight: Floats
    by_any_route: Ints
    opened: int
    non_response: int
    no_probability: int

    def per_inspection(self, counted: NDArray[np.bool_]) -> float:
        """How many of the counted sponsors there are for each random inspection."""
        return float(counted.sum()) / max(self.opened, 1)

    def counts(self, minimum: int) -> dict[str, int | str]:
        """Counts for a finding's details, small ones in words."""
        counted = {
            "opened": self.opened,
            "non_response": self.non_response,
            "no_inclusion_probability": self.no_probability,
        }
        return {name: shown(n, minimum) if n else 0 for name, n in counted.items()}

    def remark(self, minimum: int) -> str:
        """What cannot judge, as the end of a sentence; empty if everything can."""
        parts = []
        if self.non_response:
            parts.append(f"{_said(self.non_response, minimum)} have no known outcome")
        if self.no_probability:
            parts.append(f"{_said(self.no_probability, minimum)} have no usable probability")
        return f" Of the random inspections, {' and '.join(parts)}." if parts else ""


def _said(count: int, minimum: int) -> str:
    return f"{count:,}" if count >= minimum else f"fewer than {minimum}"


def audit_faults(people: Population, judged: pd.DataFrame) -> list[str]:
    """What keeps the judged sponsors from being those of the population, as sentences."""
    if missing := [c for c in COLUMNS if c not in judged.columns]:
        return [f"The judged sponsors have no column {c}." for c in missing]
    if len(judged) != len(people.score):
        return [f"{len(judged):,} sponsors are judged and {len(people.score):,} are scored."]
    high = judged["band"].isin(["high"]).to_numpy(dtype=bool)
    if not np.array_equal(high, people.selected):
        return ["The judged sponsors are not the scored ones in the same order: bands differ."]
    return []


def audited(judged: pd.DataFrame) -> Audited:
    """Outcomes of judged sponsors without `audit_faults`."""
    opened = judged["audit_label"].notna().to_numpy(dtype=bool)
    chance = _numbers(judged["audit_inclusion_probability"])
    drawn = opened & (chance > 0) & (chance <= 1)
    seen = _outcome(judged["audit_label"])
    return Audited(
        outcome=np.where(drawn, seen, OUTSIDE),
        weight=np.where(drawn, 1 / np.where(drawn, chance, 1.0), 0.0),
        by_any_route=_outcome(judged["label"]),
        opened=int(opened.sum()),
        non_response=int((opened & (seen == MISSING)).sum()),
        no_probability=int((opened & ~drawn & (seen != MISSING)).sum()),
    )


def _outcome(label: pd.Series[Any]) -> Ints:
    bad = label.isin(["non_compliant"]).to_numpy(dtype=bool)
    good = label.isin(["compliant"]).to_numpy(dtype=bool)
    return np.where(bad, NON_COMPLIANT, np.where(good, COMPLIANT, MISSING)).astype(np.int64)


def _numbers(column: pd.Series[Any]) -> Floats:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=float, na_value=np.nan), dtype=float)
