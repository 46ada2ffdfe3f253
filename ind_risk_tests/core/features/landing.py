"""Small random landing tables that obey the contract, as plain rows, and an engine to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from types import TracebackType
from typing import Any

import pyarrow as pa

from ind_risk.adapters.engine import Engine
from ind_risk.core.contracts import TABLES
from ind_risk.core.features.measures import MEASURES, SIGNAL_SOURCES
from ind_risk.core.features.register import FeatureRegister, FeatureSpec

Row = dict[str, Any]
World = dict[str, list[Row]]

SOURCES = ("sponsors", "permits", "inspections", "interventions", "signals")
# A leap day and a month's end that shorter months lack; the cut-off is a year after the latter.
AS_OF = (date(2024, 2, 29), date(2024, 8, 31))
CUTOFF = date(2025, 8, 31)
WINDOWS = (6, 36)
# Days at and next to every edge that a window has: 6 and 36 months back, once and twice, a year on.
EDGES = [
    edge + timedelta(days=shift)
    for edge in (
        *AS_OF, CUTOFF, date(2025, 2, 28),
        date(2023, 8, 29), date(2023, 2, 28), date(2021, 2, 28), date(2018, 2, 28),
        date(2024, 2, 29), date(2023, 8, 29), date(2021, 8, 31), date(2018, 8, 31),
    )
    for shift in (-1, 0, 1)
]  # fmt: skip
FIRST_DAY, DAYS = date(2017, 6, 1), 3500
ARROW = {
    "string": pa.string(), "date": pa.date32(), "integer": pa.int64(), "number": pa.float64(),
}  # fmt: skip


def day(rng: Random, after: date | None = None) -> date:
    """A day, often at an edge; not before another one."""
    chosen = rng.choice(EDGES) if rng.random() < 0.6 else FIRST_DAY + timedelta(rng.randrange(DAYS))
    return chosen if after is None or chosen >= after else after + timedelta(rng.randrange(400))


def maybe(rng: Random, value: Any, chance: float = 0.7) -> Any:
    """The value or nothing."""
    return value if rng.random() < chance else None


def world(rng: Random, *, sponsors: int = 3) -> World:
    """Up to four rows a sponsor and table."""
    made: World = {name: [] for name in SOURCES}
    makers = {"permits": permit, "inspections": inspection, "interventions": intervention,
              "signals": signal}  # fmt: skip
    for place in range(sponsors):
        made["sponsors"].append(sponsor(rng, f"S{place:04d}"))
        for name, make in makers.items():
            for _ in range(rng.randrange(5)):
                key = f"{name[:2]}{len(made[name]):05d}"
                made[name].append(make(rng, key, f"S{place:04d}"))
    return made


def sponsor(rng: Random, key: str) -> Row:
    recognised = day(rng) if rng.random() < 0.3 else date(2017, 1, 1)
    return {
        "sponsor_id": key,
        "legal_name": maybe(rng, "name"),
        "sector": maybe(rng, rng.choice(["ICT", "trade"])),
        "legal_form": maybe(rng, "bv"),
        "founded_on": maybe(rng, recognised - timedelta(rng.randrange(3000))),
        "recognised_on": recognised,
        "recognition_ended_on": maybe(rng, day(rng, recognised), 0.3),
        "employees": maybe(rng, rng.randrange(100)),
        "province": None,
    }


def permit(rng: Random, key: str, owner: str) -> Row:
    row: Row = {
        "permit_id": key,
        "sponsor_id": owner,
        "applied_on": day(rng),
        "gross_monthly_salary": maybe(rng, rng.choice([0.0, 3999.99, 4000.0, 4199.0, 4200.0, 9e3])),
        "salary_criterion": maybe(rng, rng.choice([0.0, 4000.0, 4000.0, 4000.0]), 0.9),
        "occupation": None,
        "ended_on": maybe(rng, day(rng), 0.5),
    }
    return row | decision(rng, row)


def decision(rng: Random, row: Row, *, not_before: date | None = None) -> Row:
    """What becomes known on the day of decision, in keeping with what the row says already."""
    nothing = dict.fromkeys(("decided_on", "decision", "valid_from", "valid_until"))
    if rng.random() < 0.15:
        return nothing
    decided = day(rng, max(row["applied_on"], not_before or row["applied_on"]))
    valid_from = maybe(rng, day(rng) if rng.random() < 0.5 else decided, 0.9)
    if None not in (valid_from, row["ended_on"]) and valid_from > row["ended_on"]:
        valid_from = row["ended_on"] - timedelta(rng.choice([0, 1, 364, 365, 366]))
    return {
        "decided_on": decided,
        "decision": maybe(rng, rng.choice(["granted", "granted", "refused", "withdrawn"]), 0.95),
        "valid_from": valid_from,
        "valid_until": maybe(rng, day(rng, valid_from)),
    }


def inspection(rng: Random, key: str, owner: str) -> Row:
    route = rng.choice(["random", "signal", "theme"])
    row: Row = {
        "inspection_id": key,
        "sponsor_id": owner,
        "opened_on": day(rng),
        "selection": route,
        "inclusion_probability": rng.choice([0.1, 1.0]) if route == "random" else None,
        "inspector_id": maybe(rng, "x1"),
    }
    return row | closing(rng, row)


def closing(rng: Random, row: Row, *, not_before: date | None = None) -> Row:
    """What becomes known on the day an inspection closes."""
    if rng.random() < 0.2:
        return dict.fromkeys(("closed_on", "outcome", "breaches"))
    outcomes = ["compliant", "non_compliant", "non_compliant", "undetermined", None]
    return {
        "closed_on": day(rng, max(row["opened_on"], not_before or row["opened_on"])),
        "outcome": rng.choice(outcomes),
        "breaches": maybe(rng, rng.randrange(4)),
    }


def intervention(rng: Random, key: str, owner: str) -> Row:
    return {
        "intervention_id": key,
        "sponsor_id": owner,
        "inspection_id": None,
        "imposed_on": day(rng),
        "kind": rng.choice(["warning", "fine", "suspension", "revocation"]),
        "amount": None,
    }


def signal(rng: Random, key: str, owner: str) -> Row:
    source = rng.choice([*SIGNAL_SOURCES, "another"])
    return {"signal_id": key, "sponsor_id": owner, "received_on": day(rng), "source": source}


def arrow(made: World) -> dict[str, pa.Table]:
    """The rows in the contract's types; columns beyond it in whatever type they have."""
    tables = {}
    for name in SOURCES:
        extra = [c for c in (made[name] or [{}])[0] if c not in TABLES[name].column_names]
        columns = {
            c.name: pa.array([r[c.name] for r in made[name]], ARROW[c.kind])
            for c in TABLES[name].columns
        }
        columns |= {c: pa.array([r[c] for r in made[name]]) for c in extra}
        tables[name] = pa.table(columns)
    return tables


def full_register(windows: tuple[int, ...] = WINDOWS) -> FeatureRegister:
    """Every measure there is, in every window."""
    return FeatureRegister(
        tuple(
            FeatureSpec(
                name=f"{name}_{window}m" if window else name,
                definition=name, source=measure.source, window_months=window,
                justification="test", direction=0, kind=measure.kind,
            )
            for name, measure in MEASURES.items()
            for window in (windows if measure.windowed else (None,))
        )
    )  # fmt: skip


class Asker:
    """One expression, compiled once and asked of many worlds; use it as a context manager."""

    def __init__(self, build: Callable[[Mapping[str, Any]], Any], first: World) -> None:
        self._build, self._first = build, first

    def __enter__(self) -> Asker:
        self._engine = Engine(threads=1).__enter__()
        self._expression = self._build(self._engine.tables(arrow(self._first)))
        self._query = self._engine._compiled(self._expression)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.__exit__(kind, error, trace)

    def __call__(self, made: World) -> dict[tuple[str, date], Row]:
        """Rows by sponsor and as-of date, in the order they came."""
        self._engine.tables(arrow(made))
        rows = self._engine._connection.con.sql(self._query).to_arrow_table().to_pylist()
        return {(r["sponsor_id"], r["as_of"]): r for r in rows}
