"""Labels: what was seen of a sponsor within the horizon, and how it came to be seen.

No inspection means unobserved, not compliant (design, section 4).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ind_risk.core.dates import checked_dates, months_before
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import ibis
    import pyarrow as pa

OBSERVED = ("compliant", "non_compliant")
UNOBSERVED = "unobserved"
KEY = ("sponsor_id", "as_of")


def label_table(
    tables: Mapping[str, ibis.Table],
    *,
    as_of_dates: Sequence[date],
    horizon_months: int,
    cutoff: date | Mapping[date, date],
) -> ibis.Table:
    """One row a recognised sponsor and as-of date, in order of as_of and sponsor_id.

    Args:
        tables: sponsors, inspections, interventions.
        as_of_dates: dates to label at, each once.
        horizon_months: the window is (as_of, as_of + horizon].
        cutoff: an outcome counts if its inspection closed by this day; one day or one a date.

    Returns:
        sponsor_id, as_of; label ('compliant', 'non_compliant', 'unobserved'), selection,
        inclusion_probability, inspection_id, inspector_id, opened_on, closed_on of the first
        inspection opened in the window; audit_label (null if no random-route inspection was
        opened), audit_inclusion_probability, audit_inspection_id, audit_closed_on of the first
        random-route one, whatever came before it; never_intervened (by the as-of date).

    Raises:
        IndRiskError: without dates, with one given twice or without its cut-off, or for a horizon
            below one month.
    """
    dates = _dates(as_of_dates, horizon_months, cutoff)
    seen = _seen(tables["inspections"], dates)
    first = _first(seen).select(
        *KEY, "selection", "inclusion_probability", "inspection_id", "inspector_id", "opened_on",
        "closed_on", label="outcome",
    )  # fmt: skip
    audit = _first(seen.filter(seen.selection == "random")).select(
        *KEY,
        audit_label="outcome",
        audit_inclusion_probability="inclusion_probability",
        audit_inspection_id="inspection_id",
        audit_closed_on="closed_on",
    )
    imposed = tables["interventions"]
    imposed = imposed.group_by("sponsor_id").agg(first_imposed_on=imposed.imposed_on.min())
    sponsors = tables["sponsors"].cross_join(dates)
    rows = population_at(sponsors, sponsors.as_of).select(*KEY)
    for part, keys in ((first, KEY), (audit, KEY), (imposed, KEY[:1])):
        rows = rows.left_join(part, list(keys), rname="right_{name}")
        rows = rows.drop(*(f"right_{k}" for k in keys))
    imposed_on = rows.first_imposed_on
    rows = rows.mutate(
        label=rows.label.coalesce(UNOBSERVED),
        never_intervened=imposed_on.isnull() | (imposed_on > rows.as_of),
    )
    return rows.order_by(*reversed(KEY)).select(
        *KEY, "label", "selection", "inclusion_probability", "inspection_id", "inspector_id",
        "opened_on", "closed_on", "audit_label", "audit_inclusion_probability",
        "audit_inspection_id", "audit_closed_on", "never_intervened",
    )  # fmt: skip


def without_audit(labels: pa.Table, sponsor_ids: Collection[str], as_of: date) -> pa.Table:
    """The labels without audit outcomes of sponsors whose inspection set the model's level.

    Who helped to fit a model does not judge it.

    Args:
        labels: as `label_table` makes it.
        sponsor_ids: of the calibrating part of the sample.
        as_of: the day it was drawn.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not sponsor_ids:
        return labels
    theirs = pc.and_(
        pc.is_in(labels["sponsor_id"], pa.array(sorted(sponsor_ids))),
        pc.equal(labels["as_of"].cast(pa.date32()), pa.scalar(as_of, pa.date32())),
    )
    for place, name in enumerate(labels.column_names):
        if name.startswith("audit_"):
            values = labels[name]
            kept = pc.if_else(theirs, pa.scalar(None, values.type), values)
            labels = labels.set_column(place, name, kept)
    return labels


def population_at(sponsors: ibis.Table, as_of: Any) -> ibis.Table:
    """Sponsors recognised on or before a day whose recognition had not ended by then.

    Args:
        sponsors: recognised_on, recognition_ended_on, whatever else.
        as_of: a date, or a date column of the same table.
    """
    ended = sponsors.recognition_ended_on
    return sponsors.filter(sponsors.recognised_on <= as_of, ended.isnull() | (ended > as_of))


def _dates(
    as_of_dates: Sequence[date], horizon_months: int, cutoff: date | Mapping[date, date]
) -> ibis.Table:
    """One row a date: as_of, last_opened_on (end of the window, the cut-off at most), cutoff."""
    import ibis
    import pyarrow as pa

    if horizon_months < 1:
        raise IndRiskError(f"A horizon of {horizon_months} months is none; use at least 1.")
    dates = checked_dates(as_of_dates)
    cutoffs = dict.fromkeys(dates, cutoff) if isinstance(cutoff, date) else cutoff
    if missing := [d for d in dates if d not in cutoffs]:
        raise IndRiskError(f"The as-of date {missing[0]} has no cut-off; give one for each date.")
    ends = [min(months_before(d, -horizon_months), cutoffs[d]) for d in dates]
    columns = {"as_of": dates, "last_opened_on": ends, "cutoff": [cutoffs[d] for d in dates]}
    return ibis.memtable(
        pa.table({name: pa.array(days, pa.date32()) for name, days in columns.items()})
    )


def _seen(inspections: ibis.Table, dates: ibis.Table) -> ibis.Table:
    """Inspections opened in each date's window, with what was known of them at its cut-off.

    What closes after the cut-off is not known: neither its outcome nor the day.
    """
    import ibis

    t = inspections.cross_join(dates)
    t = t.filter(t.opened_on > t.as_of, t.opened_on <= t.last_opened_on)
    known = t.closed_on.notnull() & (t.closed_on <= t.cutoff)
    return t.mutate(
        outcome=(known & t.outcome.isin(OBSERVED)).ifelse(t.outcome, UNOBSERVED),
        closed_on=known.ifelse(t.closed_on, ibis.null("date")),
    )


def _first(seen: ibis.Table) -> ibis.Table:
    """The first inspection of each key; of several opened on one day the lowest id."""
    import ibis

    place = ibis.row_number().over(group_by=KEY, order_by=["opened_on", "inspection_id"])
    ranked = seen.mutate(place=place)
    return ranked.filter(ranked.place == 0)
