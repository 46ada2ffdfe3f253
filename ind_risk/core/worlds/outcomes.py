"""Playing the inspectors of a synthetic world: what an audit sample's inspections would find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.outcomes import COLUMNS
from ind_risk.core.worlds import inspectors
from ind_risk.core.worlds.draws import logistic
from ind_risk.core.worlds.inspectors import PSEUDONYMS
from ind_risk.core.worlds.spec import WORLDS

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

OPENED_WITHIN, CLOSES_AFTER = 150, 60  # (a) days
UNDETERMINED = 0.02  # (a) share of inspections that end so


def played(
    sheet: pd.DataFrame,
    *,
    world: str,
    truth: pd.DataFrame,
    since: date,
    response: float,
    seed: int,
) -> pd.DataFrame:
    """The sheet as inspectors would hand it in.

    Each case is opened within half a year after the frame and finds what the world's truth says of
    the sponsor: the draw of it that stands beside the tables, unless it matters who inspects; then
    the inspector's shift is added to the log-odds and the outcome is drawn anew.

    Args:
        sheet: as `sampling.outcomes.blank_sheet` makes it.
        world: name of the world.
        truth: sponsor_id, p_non_compliant and non_compliant.
        since: day of the frame.
        response: share of cases that come back at all, by chance.
        seed: of what is drawn here.

    Raises:
        IndRiskError: if a sponsor of the sheet is not in the truth, or a column is missing.
    """
    import pandas as pd

    if missing := [c for c in ("case", "sponsor_id") if c not in sheet.columns]:
        raise IndRiskError(
            f"The sheet has no column {missing[0]!r}. Give the one `ind-risk sample draw` wrote."
        )
    joined = sheet[["case", "sponsor_id"]].merge(truth, on="sponsor_id", how="left")
    if unknown := joined.loc[joined["p_non_compliant"].isna(), "sponsor_id"].tolist():
        raise IndRiskError(
            f"{len(unknown):,} sponsors of the sheet are not of this world, for example "
            f"{unknown[0]}. Name the folder that the sample was drawn from."
        )
    rng, size = np.random.default_rng([seed, 20]), len(joined)
    opened = pd.Timestamp(since) + pd.to_timedelta(1 + rng.integers(0, OPENED_WITHIN, size), "D")
    closed = opened + pd.to_timedelta(7 + rng.integers(0, CLOSES_AFTER, size), "D")
    who = rng.integers(0, len(PSEUDONYMS), size)
    failed = joined["non_compliant"].to_numpy(dtype=bool)
    p = np.clip(joined["p_non_compliant"].to_numpy(dtype=float), 1e-9, 1 - 1e-9)
    odds = np.log(p / (1 - p))
    everybody = truth["p_non_compliant"].clip(1e-9, 1 - 1e-9).to_numpy(dtype=float)
    shift = inspectors.shifts(WORLDS[world], np.log(everybody / (1 - everybody)))
    if np.any(shift):
        failed = rng.random(size) < logistic(odds + shift[who])
    outcome = np.where(failed, "non_compliant", "compliant").astype(object)
    outcome[rng.random(size) < UNDETERMINED] = "undetermined"
    made = pd.DataFrame({
        "sample": sheet["sample"].to_numpy() if "sample" in sheet else "",
        "case": joined["case"], "sponsor_id": joined["sponsor_id"],
        "legal_name": sheet["legal_name"].to_numpy() if "legal_name" in sheet else "",
        "opened_on": opened.strftime("%Y-%m-%d"), "closed_on": closed.strftime("%Y-%m-%d"),
        "inspector_id": np.array(PSEUDONYMS, dtype=object)[who], "outcome": outcome,
        "breaches": np.where(failed, 1 + rng.poisson(0.7, size), 0).astype(str),
    })  # fmt: skip
    made.loc[made["outcome"] == "undetermined", "breaches"] = ""
    silent = rng.random(size) >= response
    made.loc[silent, ["opened_on", "closed_on", "inspector_id", "outcome", "breaches"]] = ""
    return made[list(COLUMNS)]
