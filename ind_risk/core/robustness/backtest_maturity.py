"""How many labels were known by each window's day, counted from the labels themselves.

Counted apart from the code that trained: it joins, sorts and cuts its own way, and a fault there
would not be found by asking it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.training.rows import RANDOM_ARM

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ind_risk.core.policy import Policy
    from ind_risk.core.training.selection import WindowResult


@dataclass(frozen=True)
class Matured:
    """What the labels say of one window.

    Args:
        matured: labels whose horizon had ended, and that were known, by the day of validation.
        after: labels of that day itself.
        too_early: share of the window's training labels that cannot have been among the matured.
        same: whether the window counts the very same numbers.
    """

    matured: int
    after: int
    too_early: float
    same: bool


def matured_labels(
    windows: Sequence[WindowResult], labelled: pd.DataFrame, policy: Policy
) -> list[Matured]:
    """Count for each window.

    Args:
        windows: of one kind.
        labelled: as_of, source, and closed_on where it is known when a label was seen; a label
            without that day counts as known when its horizon ends.
        policy: horizon, and whether the random arm trains.
    """
    import pandas as pd

    rows = labelled
    if not policy.labels.train_on_random_arm:
        rows = rows[rows["source"] != RANDOM_ARM]
    as_of = pd.to_datetime(rows["as_of"])
    ended = as_of + pd.DateOffset(months=policy.horizon_months)
    known = ended
    if "closed_on" in rows:
        closed = pd.to_datetime(rows["closed_on"])
        known = ended.where(closed.isna() | (closed < ended), closed)
    return [_counted(w, as_of, known) for w in windows]


def _counted(
    window: WindowResult, as_of: pd.Series[pd.Timestamp], known: pd.Series[pd.Timestamp]
) -> Matured:
    import pandas as pd

    day = pd.Timestamp(window.as_of)
    matured, after = int((known <= day).sum()), int((as_of == day).sum())
    early = max(window.trained_on - matured, 0) / max(window.trained_on, 1)
    return Matured(matured, after, early, (window.trained_on, window.n) == (matured, after))
