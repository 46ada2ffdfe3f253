"""The feature table as one Ibis expression: facts, joined with the as-of dates, then aggregated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.dates import checked_dates
from ind_risk.core.errors import PolicyError
from ind_risk.core.features.facts import NUMBER, facts_of
from ind_risk.core.features.measures import MEASURES
from ind_risk.core.features.moment import Moment, moments
from ind_risk.core.labels import population_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import ibis

    from ind_risk.core.features.register import FeatureRegister, FeatureSpec

SOURCES = ("permits", "inspections", "interventions", "signals")
PART_ROWS = 1_000_000  # sponsors × dates in one part; about 2 GB of working memory


def feature_table(
    tables: Mapping[str, ibis.Table], *, as_of_dates: Sequence[date], register: FeatureRegister
) -> ibis.Table:
    """Every registered feature of every recognised sponsor at every date.

    Args:
        tables: sponsors, permits, inspections, interventions, signals.
        as_of_dates: one or more dates, each once.
        register: only what stands there leaves this function.

    Returns:
        sponsor_id, as_of and one column a feature, in order of as_of and sponsor_id. Numbers are
        float64 and null where undefined, categories text.

    Raises:
        IndRiskError: without any date, or with one given twice.
        PolicyError: if `sponsors` lacks a column that the register declares.
    """
    return feature_part(facts_of(tables), as_of_dates=as_of_dates, register=register)


def feature_part(
    facts: Mapping[str, ibis.Table], *, as_of_dates: Sequence[date], register: FeatureRegister
) -> ibis.Table:
    """The same from `facts_of` the tables, which an engine may have stored in between."""
    features = register.features
    dates = moments(as_of_dates, [f.window_months for f in features])
    sponsors = facts["sponsors"].cross_join(dates.select("as_of"))
    sponsors = population_at(sponsors, sponsors.as_of)
    own = {f.name: _own(sponsors, f) for f in features if f.source == "sponsors"}
    rows = sponsors.select(NUMBER, "sponsor_id", "as_of", **own)
    for source in SOURCES:
        wanted = [f for f in features if f.source == source]
        if wanted:
            made = _aggregated(facts[source].cross_join(dates), wanted)
            rows = rows.left_join(made, [NUMBER, "as_of"], rname="right_{name}")
            rows = rows.drop(f"right_{NUMBER}", "right_as_of")
    columns = {f.name: _filled(rows, f) for f in features}
    # In order of sponsor_no is in order of sponsor_id, and faster.
    return rows.order_by("as_of", NUMBER).select("sponsor_id", "as_of", **columns)


def date_parts(as_of_dates: Sequence[date], *, sponsors: int) -> Iterator[list[date]]:
    """The dates in order, in parts of at most `PART_ROWS` rows of the feature table (or one date).

    One date after the other keeps a large table's aggregates within memory.
    """
    dates, size = checked_dates(as_of_dates), max(1, PART_ROWS // max(1, sponsors))
    return (dates[begin : begin + size] for begin in range(0, len(dates), size))


def _own(sponsors: ibis.Table, feature: FeatureSpec) -> ibis.Value:
    if not feature.declared:
        return MEASURES[feature.measure].of(sponsors, Moment.of(sponsors, None))
    if feature.name not in sponsors.columns:
        raise PolicyError(
            f"The register declares the sponsor column {feature.name!r}, but the table sponsors "
            "has none of that name. Add it to the table, or take it out of the register."
        )
    return sponsors[feature.name]


def _aggregated(events: ibis.Table, features: Sequence[FeatureSpec]) -> ibis.Table:
    values = {
        f.name: MEASURES[f.measure].of(events, Moment.of(events, f.window_months)) for f in features
    }
    return events.group_by(NUMBER, "as_of").agg(**values)


def _filled(rows: ibis.Table, feature: FeatureSpec) -> ibis.Value:
    """In the feature's type; a sponsor without any row in the source has the measure's empty."""
    column = rows[feature.name]
    if feature.kind == "category":
        return column.cast("string")
    empty = None if feature.declared else MEASURES[feature.measure].empty
    column = column.cast("float64")
    return column if empty is None else column.coalesce(empty)
