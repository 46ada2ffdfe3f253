"""How many looks were taken at the outcomes of a day's samples, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.adapters.samples import SampleStore

if TYPE_CHECKING:
    from datetime import date

    from ind_risk.defs.resources import Platform


@dataclass(frozen=True)
class Looks:
    """Looks used at outcomes that the next sample of this day would judge together with.

    Args:
        used: different evaluations so far; 0 if no outcome of the day was judged yet.
        allowed: what the policy declares.
    """

    used: int
    allowed: int

    @property
    def left(self) -> int:
        """Judgements that are still to be had."""
        return max(self.allowed - self.used, 0)


def looks_at_samples(platform: Platform, as_of: date) -> Looks:
    """Count the ledger's looks at any outcome of the samples drawn from the sponsors of a day.

    Args:
        platform: of the home.
        as_of: day of the frame.
    """
    import pandas as pd

    from ind_risk.core.looks import look_at, looks_in
    from ind_risk.core.sampling.outcomes import as_inspections

    store, allowed = SampleStore(platform.home, platform.ledger), platform.policy.bias.looks
    parts = []
    for sample in map(store.read, store.there()):
        rows = store.returned(sample.name)
        if sample.as_of == as_of and rows is not None:
            judging = sample.drawn[sample.drawn["route"] == "random"]
            parts.append(
                as_inspections(
                    judging, rows, sample=sample.name, since=sample.as_of, until=sample.until
                )
            )
    if not parts:
        return Looks(0, allowed)
    seen = pd.concat(parts, ignore_index=True).rename(
        columns={"inspection_id": "audit_inspection_id", "outcome": "audit_label",
                 "closed_on": "audit_closed_on"}
    )  # fmt: skip
    if not seen["audit_label"].isin(("compliant", "non_compliant")).any():
        return Looks(0, allowed)
    present = look_at(seen, platform.candidate())
    found = {k.evaluation for k in looks_in(platform.ledger.read()) if k.overlaps(present)}
    return Looks(len(found), allowed)
