"""The feature table as one Ibis expression: a branch a date, an aggregate a source, then a union."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from ind_risk.core.features.measures import MEASURES, Moment
from ind_risk.core.labels import population_at

if TYPE_CHECKING:
    import ibis

    from ind_risk.core.features.register import FeatureRegister, FeatureSpec

SOURCES = ("permits", "inspections", "interventions", "signals")


def feature_table(
    tables: Mapping[str, ibis.Table], *, as_of_dates: Sequence[date], register: FeatureRegister
) -> ibis.Table:
    """Every registered feature of every recognised sponsor at every date.

    A branch a date keeps windows constant, so that the engine filters each table before it
    aggregates, instead of joining dates to events.

    Args:
        tables: sponsors, permits, inspections, interventions, signals.
        as_of_dates: one or more dates.
        register: only what stands there leaves this function.

    Returns:
        sponsor_id, as_of and one column a feature, in order of as_of and sponsor_id. Numbers are
        float64 and null where undefined, categories text.
    """
    import ibis

    parts = [_at(tables, day, register) for day in as_of_dates]
    whole = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    return whole.order_by("as_of", "sponsor_id")


def _at(tables: Mapping[str, ibis.Table], as_of: date, register: FeatureRegister) -> ibis.Table:
    import ibis

    sponsors = population_at(tables["sponsors"], as_of)
    own = [f for f in register.features if f.source == "sponsors"]
    rows = sponsors.select("sponsor_id", **{f.name: _own(sponsors, f, as_of) for f in own})
    for source in SOURCES:
        wanted = [f for f in register.features if f.source == source]
        if wanted:
            made = _aggregated(tables[source], wanted, as_of)
            rows = rows.left_join(made, "sponsor_id").drop("sponsor_id_right")
    columns = {f.name: _filled(rows, f) for f in register.features}
    return rows.select("sponsor_id", as_of=ibis.literal(as_of), **columns)


def _own(sponsors: ibis.Table, feature: FeatureSpec, as_of: date) -> ibis.Value:
    if feature.declared:
        column = sponsors[feature.name]
        return column.cast("float64" if feature.kind == "number" else "string")
    return MEASURES[feature.measure].of(sponsors, Moment(as_of, None))


def _aggregated(events: ibis.Table, features: Sequence[FeatureSpec], as_of: date) -> ibis.Table:
    values = {
        f.name: MEASURES[f.measure].of(events, Moment(as_of, f.window_months)) for f in features
    }
    return events.group_by("sponsor_id").agg(**values)


def _filled(rows: ibis.Table, feature: FeatureSpec) -> ibis.Value:
    """A sponsor without any row in the source has the measure's empty value."""
    column = rows[feature.name]
    if feature.kind == "category":
        return column
    empty = None if feature.declared else MEASURES[feature.measure].empty
    column = column.cast("float64")
    return column if empty is None else column.coalesce(empty)
