"""Which columns of its landing table a feature is computed from, read off its own expression."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ind_risk.core.contracts import TABLES
from ind_risk.core.features.facts import EVENTS, NUMBER
from ind_risk.core.features.measures import MEASURES
from ind_risk.core.features.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis

    from ind_risk.core.features.register import FeatureSpec

_TYPES = {"string": "string", "date": "date", "integer": "int64", "number": "float64"}
_MOMENT = ("as_of", "window_start", "window_before")


def columns_used(spec: FeatureSpec) -> tuple[str, ...]:
    """Columns of `spec.source`, in the order of the contract.

    The measure is asked for its expression on a table without rows, so nothing has to be kept in
    step with it by hand.
    """
    if spec.declared:
        return (spec.name,)
    facts, origins = _facts(spec.source)
    moment = Moment(facts.as_of)
    if spec.window_months is not None:
        moment = Moment(facts.as_of, facts.window_start, facts.window_before)
    used = set[str]()
    for name in _fields(MEASURES[spec.measure].of(facts, moment).op()):
        used |= origins.get(name, set())
    return tuple(c for c in TABLES[spec.source].column_names if c in used)


@cache
def _facts(source: str) -> tuple[ibis.Table, Mapping[str, set[str]]]:
    """The facts of a landing table without rows, beside a moment; and the columns behind each."""
    import ibis

    columns = {c.name: _TYPES[c.kind] for c in TABLES[source].columns}
    landing = ibis.table(columns | {NUMBER: "int32"}, name=source)
    if source not in EVENTS:
        empty = ibis.table(columns | dict.fromkeys(_MOMENT, "date"), name=source)
        return empty, {name: {name} for name in columns}
    made = EVENTS[source](landing)
    values: Any = made.op()
    origins = {name: _fields(value) & set(columns) for name, value in values.values.items()}
    types = {name: kind for name, kind in made.schema().items() if name != NUMBER}
    return ibis.table(types | dict.fromkeys(_MOMENT, "date"), name=source), origins


def _fields(value: Any) -> set[str]:
    from ibis.expr.operations import Field

    return {field.name for field in value.find(Field)}
