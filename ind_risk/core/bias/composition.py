"""Of which nationalities each sponsor's migrants are, as far as known at the as-of date.

One Ibis expression, so that millions of permits are counted by the engine, not by Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.dates import months_before

if TYPE_CHECKING:
    from datetime import date

    import ibis

WINDOW_MONTHS = 36


def composition_table(permits: ibis.Table, protected: ibis.Table, *, as_of: date) -> ibis.Table:
    """Count each sponsor's migrants by nationality.

    A migrant counts if the permit was granted by `as_of` (`decided_on` <= as_of) and did not end
    before the 36 months up to `as_of`. It ended on `ended_on` where that is known at `as_of`
    (an end after it is not), else on `valid_until`, else not at all; a known end overrides the
    planned one both ways, and the first day of the window still counts. A permit that begins
    later counts as well: the score has seen it. One permit is one migrant: the contract has no
    key of persons.

    Args:
        permits: landing table of that name.
        protected: `protected_attributes`; a permit without a row there, or with a null
            nationality, counts as "unknown".
        as_of: the day up to which facts are known.

    Returns:
        sponsor_id, nationality (text) and migrants (int64 > 0), in that order of rows.
    """
    import ibis

    start = months_before(as_of, WINDOW_MONTHS)
    known_end = ibis.ifelse(permits.ended_on <= as_of, permits.ended_on, ibis.null("date"))
    last_day = ibis.coalesce(known_end, permits.valid_until)
    there = permits.filter(
        permits.decision == "granted",
        permits.decided_on <= as_of,
        last_day.isnull() | (last_day >= start),
    ).select("permit_id", "sponsor_id")
    known = protected.filter(protected.nationality.notnull()).select("permit_id", "nationality")
    joined = there.left_join(known, "permit_id")
    counted = joined.group_by(
        "sponsor_id", nationality=joined.nationality.cast("string").fill_null(UNKNOWN)
    ).agg(migrants=joined.count().cast("int64"))
    return counted.order_by("sponsor_id", "nationality")
