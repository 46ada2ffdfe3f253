"""Sheets of a sample that come back, whole or in part."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ind_risk.adapters.ledger_mark import tell
from ind_risk.adapters.samples import SampleStore
from ind_risk.adapters.sheets import read_sheet
from ind_risk.core.errors import IndRiskError, NotFound
from ind_risk.defs.audit_frame import answered_of, enough_back
from ind_risk.defs.audit_looks import looks_at_samples
from ind_risk.defs.resources import Platform

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ind_risk.defs.audit_looks import Looks


@dataclass(frozen=True)
class Ingested:
    """What a sheet brought; `to_judge` unless more is to come, with the reason in `why_not`.

    `nothing` if all of it was known: then nothing was entered, and there is nothing to judge anew.
    """

    sample: str
    new: int
    known: int
    drawn: int
    late: int
    to_judge: bool
    why_not: str
    looks: Looks
    ahead: tuple[str, ...]
    nameless: tuple[str, ...]
    nothing: bool = False


def ingest_audit(platform: Platform, file: Path, *, sample: str | None) -> Ingested:
    """Take in a sheet that came back; nothing is kept of one that does not fit.

    Args:
        platform: of the home.
        file: the sheet, filled in whole or in part: the workbook, or CSV.
        sample: its name; if None the one that the sheet names, else the one drawn last.

    Raises:
        InputRefused: naming what does not fit.
        NotFound: if no sample was drawn.
    """
    from ind_risk.core.sampling.outcomes import returned, sample_named

    store = SampleStore(platform.home, platform.ledger)
    names, sheet = store.names(), _read(file)
    if not names:
        raise NotFound("No sample was drawn in this home. Begin with `ind-risk sample plan`.")
    said = sample_named(sheet, names)
    if sample is not None and said not in (None, sample):
        raise IndRiskError(f"The sheet is of sample {said}, not of {sample}. Name that one.")
    name = sample or said or names[-1]
    drawn = store.read(name)
    before = store.returned(name)
    came = returned(
        sheet, drawn=drawn.drawn, before=before, since=drawn.as_of,
        until=drawn.until, today=date.today(),
    )  # fmt: skip
    known = int(came.rows["outcome"].isin(["compliant", "non_compliant"]).sum())
    if nothing := _is_known(came.rows, before):
        looks = looks_at_samples(platform, drawn.as_of)
        return Ingested(
            name, 0, known, len(drawn.drawn), len(came.late), to_judge=False, why_not="",
            looks=looks, ahead=came.ahead, nameless=came.nameless, nothing=nothing,
        )  # fmt: skip
    store.take_in(
        name, came.rows,
        {
            "file": file.name, "file_digest": hashlib.sha256(file.read_bytes()).hexdigest(),
            "cases": len(came.rows), "known": known, "late": len(came.late),
            "policy_digest": platform.policy.digest,
        },
    )  # fmt: skip
    tell(platform.models, platform.ledger)
    back, out = answered_of(store, drawn.as_of)
    looks, why_not = looks_at_samples(platform, drawn.as_of), ""
    if not looks.left:
        why_not = f"All {looks.allowed} looks at these outcomes are used"
    elif store.read(names[-1]).first_phase:
        why_not = "A first phase is not judged"
    elif not enough_back(back, out, platform.policy):
        why_not = f"{back:,} of {out:,} cases came back, too few to be judged"
    return Ingested(
        name, came.new, known, len(drawn.drawn), len(came.late), to_judge=not why_not,
        why_not=why_not, looks=looks, ahead=came.ahead, nameless=came.nameless,
    )  # fmt: skip


def _is_known(rows: pd.DataFrame, before: pd.DataFrame | None) -> bool:
    """Whether a sheet leaves what is on record as it is: empty, or handed in once more."""
    if before is None:
        return not len(rows)
    if set(rows["case"]) != set(before["case"]):
        return False
    one, other = (f.set_index("case").sort_index().astype(object) for f in (rows, before))
    other = other[one.columns]
    return bool(((one == other) | (one.isna() & other.isna())).fillna(False).to_numpy().all())


def _read(file: Path) -> pd.DataFrame:
    """The sheet as texts, whatever it came in."""
    from ind_risk.adapters.workbooks import is_workbook
    from ind_risk.dossier.handouts.handed_back import read_form

    return read_form(file) if file.is_file() and is_workbook(file) else read_sheet(file)
