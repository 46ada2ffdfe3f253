"""Labels: what was seen of a sponsor within the horizon, and how it came to be seen.

No inspection means unobserved, not compliant (design, section 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from ind_risk.core.dates import months_before

if TYPE_CHECKING:
    import ibis

OBSERVED = ("compliant", "non_compliant")
UNOBSERVED = "unobserved"


def label_table(
    tables: Mapping[str, ibis.Table],
    *,
    as_of_dates: Sequence[date],
    horizon_months: int,
    cutoff: date | Mapping[date, date],
) -> ibis.Table:
    """One row a recognised sponsor and as-of date.

    Args:
        tables: sponsors, inspections, interventions.
        as_of_dates: dates to label at.
        horizon_months: the window is (as_of, as_of + horizon].
        cutoff: an outcome counts if its inspection closed by this day; one day or one a date.

    Returns:
        sponsor_id, as_of; label ('compliant', 'non_compliant', 'unobserved'), selection,
        inclusion_probability, inspection_id, inspector_id, opened_on, closed_on of the first
        inspection opened in the window; audit_label (null if no random-route inspection was
        opened), audit_inclusion_probability, audit_inspection_id, audit_closed_on of the first
        random-route one, whatever came before it; never_intervened.
    """
    import ibis

    parts = [
        _at(
            tables,
            as_of,
            end=months_before(as_of, -horizon_months),
            cutoff=cutoff if isinstance(cutoff, date) else cutoff[as_of],
        )
        for as_of in as_of_dates
    ]
    whole = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    return whole.order_by("as_of", "sponsor_id")


def population_at(sponsors: ibis.Table, as_of: date) -> ibis.Table:
    """Sponsors recognised on or before a day whose recognition had not ended by then."""
    ended = sponsors.recognition_ended_on
    return sponsors.filter(sponsors.recognised_on <= as_of, ended.isnull() | (ended > as_of))


def _at(tables: Mapping[str, ibis.Table], as_of: date, *, end: date, cutoff: date) -> ibis.Table:
    import ibis

    opened = tables["inspections"].opened_on
    window = tables["inspections"].filter((opened > as_of) & (opened <= end) & (opened <= cutoff))
    # What closes after the cut-off is not known: neither its outcome nor the day.
    known = window.closed_on.notnull() & (window.closed_on <= cutoff)
    window = window.mutate(
        seen=(known & window.outcome.isin(OBSERVED)).ifelse(window.outcome, UNOBSERVED),
        closed=known.ifelse(window.closed_on, ibis.null("date")),
    )
    first = _first(window).select(
        "sponsor_id", "selection", "inclusion_probability", "inspection_id", "inspector_id",
        "opened_on", label="seen", closed_on="closed",
    )  # fmt: skip
    audit = _first(window.filter(window.selection == "random")).select(
        "sponsor_id",
        audit_label="seen",
        audit_inclusion_probability="inclusion_probability",
        audit_inspection_id="inspection_id",
        audit_closed_on="closed",
    )
    imposed = tables["interventions"]
    intervened = (
        imposed.filter(imposed.imposed_on <= as_of)
        .select("sponsor_id")
        .distinct()
        .mutate(intervened=ibis.literal(True))
    )
    rows = population_at(tables["sponsors"], as_of).select("sponsor_id")
    for part in (first, audit, intervened):
        rows = rows.left_join(part, "sponsor_id").drop("sponsor_id_right")
    return rows.select(
        "sponsor_id",
        as_of=ibis.literal(as_of),
        label=rows.label.coalesce(UNOBSERVED),
        selection="selection",
        inclusion_probability="inclusion_probability",
        inspection_id="inspection_id",
        inspector_id="inspector_id",
        opened_on="opened_on",
        closed_on="closed_on",
        audit_label="audit_label",
        audit_inclusion_probability="audit_inclusion_probability",
        audit_inspection_id="audit_inspection_id",
        audit_closed_on="audit_closed_on",
        never_intervened=rows.intervened.isnull(),
    )


def _first(window: ibis.Table) -> ibis.Table:
    """The first inspection of each sponsor; of several opened on one day the lowest id."""
    import ibis

    place = ibis.row_number().over(
        group_by="sponsor_id", order_by=["opened_on", "inspection_id"]
    )
    ranked = window.mutate(place=place)
    return ranked.filter(ranked.place == 0)
