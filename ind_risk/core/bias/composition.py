"""Of which nationalities each sponsor's migrants are, as far as known at the as-of date.

One Ibis expression, so that millions of permits are counted by the engine, not by Python.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.dates import months_before
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from datetime import date

    import ibis

WINDOW_MONTHS = 36
ATTRIBUTES = ("nationality", "gender", "age_band")
AGE_BANDS = (25, 35, 45, 55)  # lower ends, in years, of all bands but the first


def composition_table(
    permits: ibis.Table, protected: ibis.Table, *, as_of: date, attribute: str = "nationality"
) -> ibis.Table:
    """Count each sponsor's migrants by nationality, or by another protected attribute.

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
        attribute: one of `ATTRIBUTES`; an age band is by the age that the birth year gives in the
            year of `as_of`.

    Returns:
        sponsor_id, the attribute (text) and migrants (int64 > 0), in that order of rows.

    Raises:
        IndRiskError: for another attribute.
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
    value = _value(protected, attribute, as_of)
    known = protected.mutate(value=value).filter(value.notnull()).select("permit_id", "value")
    joined = there.left_join(known, "permit_id")
    named = {attribute: joined.value.fill_null(UNKNOWN)}
    counted = joined.group_by("sponsor_id", **named).agg(migrants=joined.count().cast("int64"))
    return counted.order_by("sponsor_id", attribute)


def _value(protected: ibis.Table, attribute: str, as_of: date) -> ibis.Value:
    """The attribute as text, null where unknown."""
    import ibis

    if attribute not in ATTRIBUTES:
        raise IndRiskError(
            f"{attribute!r} is no attribute of migrants; use one of {', '.join(ATTRIBUTES)}."
        )
    if attribute != "age_band":
        return protected[attribute].cast("string")
    age = as_of.year - protected.birth_year
    ends = [*AGE_BANDS, None]
    names = [f"under {AGE_BANDS[0]}"] + [
        f"{low} and over" if high is None else f"{low} to {high - 1}"
        for low, high in itertools.pairwise(ends)
    ]
    band: ibis.Value = ibis.null("string")
    for low, name in zip((None, *AGE_BANDS), names, strict=True):
        inside = age.notnull() if low is None else age >= low
        band = ibis.ifelse(inside, name, band)
    return band
