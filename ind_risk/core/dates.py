"""The as-of dates of one run: where the model is used, judged and trained.

With cut-off 2025-12-31, a horizon of 12 and a step of 6 months: used on 2025-12-31, judged on
2024-12-31 (labels seen in the year after it), trained on 2023-12-31, 2023-06-30, 2022-12-31 …
"""

from __future__ import annotations

import calendar
import itertools
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from typing import TYPE_CHECKING

from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

MINIMUM_HISTORY_MONTHS = 3  # before the first training date, so that features can hold anything
# A day on which something became known; validity and sponsors' own dates say nothing of that.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "permits": ("applied_on", "decided_on"),
    "inspections": ("opened_on", "closed_on"),
    "interventions": ("imposed_on",),
    "signals": ("received_on",),
}


@dataclass(frozen=True)
class RunDates:
    """As-of dates of one run.

    Args:
        as_of: cut-off D; the model would be used on features of this day.
        judge_as_of: J = D - horizon; judged on what was seen in (J, D]. With an audit sample drawn
            on D it is D itself: judged on what the sample found after it.
        training: latest first; every label window ends by D - horizon.
        year_before: D - horizon: labels known by then may train, and people's choices since then
            are the stages of the funnel.
        outcomes_until: last day of the outcomes that judge: D, or of the sample's.
    """

    as_of: date
    judge_as_of: date
    training: tuple[date, ...]
    year_before: date
    outcomes_until: date


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier (later if negative), clamped to the month's end.

    >>> months_before(date(2024, 8, 31), 6), months_before(date(2024, 1, 15), -12)
    (datetime.date(2024, 2, 29), datetime.date(2025, 1, 15))

    Raises:
        IndRiskError: if that lies outside the calendar.
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise IndRiskError(
            f"{months} months before {day} lies outside the calendar; use fewer months or another "
            "date."
        )
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def checked_dates(as_of_dates: Sequence[date]) -> list[date]:
    """As-of dates in order; IndRiskError if there are none or one occurs twice."""
    dates = sorted(as_of_dates)
    if not dates:
        raise IndRiskError("No as-of date was given; name at least one.")
    if twice := [d for d, following in itertools.pairwise(dates) if d == following]:
        raise IndRiskError(f"The as-of date {twice[0]} was given twice; name each once.")
    return dates


def run_dates(
    *,
    as_of: date,
    first_known: date,
    horizon_months: int,
    step_months: int,
    training_dates: int,
    audited_until: date | None = None,
) -> RunDates:
    """The dates of a run, as many training dates as the history allows.

    Args:
        as_of: the cut-off D.
        first_known: day of the first event.
        horizon_months, step_months, training_dates: of the policy.
        audited_until: last day on which outcomes of a sample drawn on D came back; None without.

    Raises:
        IndRiskError: if not even one training date fits; says how much history is needed.
    """
    before = months_before(as_of, horizon_months)
    earliest = months_before(first_known, -MINIMUM_HISTORY_MONTHS)
    candidates = (
        months_before(as_of, 2 * horizon_months + step_months * k) for k in range(training_dates)
    )
    training = tuple(d for d in candidates if d >= earliest)
    if not training:
        needed = 2 * horizon_months + MINIMUM_HISTORY_MONTHS
        raise IndRiskError(
            f"The first dated event is of {first_known}; with the cut-off {as_of} and a horizon of "
            f"{horizon_months} months training needs {needed} months of history. Give a later "
            "--as-of, older data, or a policy with a shorter horizon."
        )
    return RunDates(
        as_of=as_of, judge_as_of=before if audited_until is None else as_of, training=training,
        year_before=before, outcomes_until=audited_until or as_of,
    )  # fmt: skip


def latest_known_date(tables: Mapping[str, pa.Table]) -> date:
    """The last day on which anything became known; IndRiskError if nothing ever did."""
    return _extreme(tables, latest=True)


def first_known_date(tables: Mapping[str, pa.Table]) -> date:
    """The first day on which anything became known; IndRiskError if nothing ever did."""
    return _extreme(tables, latest=False)


def _extreme(tables: Mapping[str, pa.Table], *, latest: bool) -> date:
    import pyarrow.compute as pc

    found: list[date] = []
    for name, columns in EVENTS.items():
        for column in columns if name in tables else ():
            value = (pc.max if latest else pc.min)(tables[name][column]).as_py()
            found += [] if value is None else [value]
    if not found:
        raise IndRiskError(
            "permits, inspections, interventions and signals hold no dated event at all; there is "
            "nothing to learn from. Check that these tables were exported."
        )
    return max(found) if latest else min(found)
