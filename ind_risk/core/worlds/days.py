"""Days as whole numbers since 1970-01-01, so that dates are arithmetic."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.worlds.facts import CUTOFF, FIRST_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

YEAR = 365.25
NEVER = 2**31 - 1  # later than any day: has not happened and is not known


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


FIRST, LAST = day_number(FIRST_DAY), day_number(CUTOFF)


def year_start(year: int) -> int:
    """Its first of January."""
    return day_number(date(year, 1, 1))


def years_of(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Calendar years of days."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def known(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Days up to the cut-off as they are; later ones are not known yet."""
    return np.where(days <= LAST, days, NEVER)
