"""Five landing tables of any size, drawn as whole columns: the input of the features benchmark.

Sizes are skewed as in the public register: half of sponsors with at most two permits, the top 1 %
with about 30 % of them (lognormal, sigma 1.8). Events lie evenly between 2013 and 2025.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

EPOCH = date(1970, 1, 1)
FIRST, LAST = ((d - EPOCH).days for d in (date(2013, 1, 1), date(2025, 12, 31)))
CHUNK = 1_000_000
SIGMA = 1.8
SECTORS = ("business services", "ICT", "industry", "research", "finance", "trade", "payroll")
ROUTES = ("random", "risk_model", "signal", "theme", "reinspection")
SERVICES = (
    "labour_inspectorate", "tax_service", "employee_insurance_agency", "population_register",
    "company_register", "tip",
)  # fmt: skip


class Drawer:
    """Draws tables from one seed."""

    def __init__(self, *, sponsors: int, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.ids = self.keys("S", np.arange(sponsors))
        size = self.random.lognormal(0, SIGMA, sponsors)
        self.employees = np.ceil(20 * size).astype("int64")
        self._cumulative = np.cumsum(size / size.sum())

    @staticmethod
    def keys(letter: str, numbers: np.ndarray) -> pa.Array:
        """Numbers as keys of one length."""
        digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 9, "0")
        return pc.binary_join_element_wise(letter, digits, "")

    @staticmethod
    def days(numbers: np.ndarray, *, null: np.ndarray | None = None) -> pa.Array:
        """Days since 1970 as dates."""
        return pa.array(numbers.astype("int32"), mask=null).cast(pa.date32())

    def owners(self, n: int) -> pa.Array:
        """Sponsors, drawn by size."""
        places = np.searchsorted(self._cumulative, self.random.random(n))
        return self.ids.take(pa.array(places.clip(0, len(self.ids) - 1)))

    def of(self, values: tuple[str, ...], n: int) -> pa.Array:
        """Values drawn evenly."""
        return pa.array(values).take(pa.array(self.random.integers(0, len(values), n)))

    def sponsors(self) -> pa.Table:
        """All of them."""
        n, draw = len(self.ids), self.random
        recognised = draw.integers(FIRST - 700, LAST - 200, n)
        ended = recognised + draw.integers(300, 8000, n)
        return pa.table(
            {
                "sponsor_id": self.ids,
                "legal_name": self.ids,
                "sector": self.of(SECTORS, n),
                "legal_form": self.of(("bv", "nv", "stichting"), n),
                "founded_on": self.days(recognised - draw.integers(100, 8000, n)),
                "recognised_on": self.days(recognised),
                "recognition_ended_on": self.days(ended, null=draw.random(n) < 0.85),
                "employees": self.employees,
                "province": self.of(("Utrecht", "Zeeland"), n),
            }
        )

    def permits(self, first: int, n: int) -> pa.Table:
        """So many, with keys from `first` on."""
        draw = self.random
        applied = draw.integers(FIRST, LAST, n)
        decided = applied + draw.integers(5, 90, n)
        pending = (decided > LAST) | (draw.random(n) < 0.005)
        decision = draw.choice(3, n, p=(0.94, 0.04, 0.02))
        nothing = pending | (decision != 0)
        begun = decided + draw.integers(0, 40, n)
        ended = begun + draw.integers(30, 2000, n)
        criterion = np.round(4000 + (applied - FIRST) / 3)
        salary = np.round(criterion * (0.98 + draw.gamma(1.5, 0.2, n)))
        words = pa.array(["granted", "refused", "withdrawn"])
        return pa.table(
            {
                "permit_id": self.keys("P", np.arange(first, first + n)),
                "sponsor_id": self.owners(n),
                "applied_on": self.days(applied),
                "decided_on": self.days(decided, null=pending),
                "decision": words.take(pa.array(decision, mask=pending)),
                "valid_from": self.days(begun, null=nothing),
                "valid_until": self.days(begun + draw.integers(300, 1800, n), null=nothing),
                "ended_on": self.days(ended, null=nothing | (ended > LAST)),
                "gross_monthly_salary": pa.array(salary, mask=draw.random(n) < 0.02),
                "salary_criterion": criterion,
                "occupation": self.of(("engineer", "analyst"), n),
            }
        )

    def inspections(self, n: int) -> pa.Table:
        """So many, by all routes."""
        draw = self.random
        opened = draw.integers(FIRST, LAST, n)
        closed = opened + draw.integers(10, 300, n)
        outcome = draw.choice(3, n, p=(0.8, 0.17, 0.03))
        selection = draw.integers(0, len(ROUTES), n)
        words = pa.array(["compliant", "non_compliant", "undetermined"])
        running = closed > LAST
        breaches = np.where(outcome == 1, draw.integers(1, 6, n), 0)
        return pa.table(
            {
                "inspection_id": self.keys("I", np.arange(n)),
                "sponsor_id": self.owners(n),
                "opened_on": self.days(opened),
                "closed_on": self.days(closed, null=running),
                "selection": pa.array(ROUTES).take(pa.array(selection)),
                "inclusion_probability": pa.array(np.full(n, 0.01), mask=selection != 0),
                "inspector_id": self.of(("x1", "x2", "x3"), n),
                "outcome": words.take(pa.array(outcome, mask=running)),
                "breaches": pa.array(breaches, mask=running),
            }
        )

    def interventions(self, n: int) -> pa.Table:
        """So many, of all kinds."""
        return pa.table(
            {
                "intervention_id": self.keys("V", np.arange(n)),
                "sponsor_id": self.owners(n),
                "inspection_id": pa.nulls(n, pa.string()),
                "imposed_on": self.days(self.random.integers(FIRST, LAST, n)),
                "kind": self.of(("warning", "fine", "suspension", "revocation"), n),
                "amount": pa.nulls(n, pa.float64()),
            }
        )

    def signals(self, n: int) -> pa.Table:
        """So many, of all services."""
        return pa.table(
            {
                "signal_id": self.keys("G", np.arange(n)),
                "sponsor_id": self.owners(n),
                "received_on": self.days(self.random.integers(FIRST, LAST, n)),
                "source": self.of(SERVICES, n),
            }
        )


def write_tables(folder: Path, *, sponsors: int, permits: int, seed: int = 1) -> None:
    """Write the five tables as Parquet; permits in pieces, so that memory does not grow with them.

    Args:
        folder: where to; made if absent.
        sponsors: their number; three inspections, one intervention and five signals per ten.
        permits: their number.
        seed: of every draw.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawer = Drawer(sponsors=sponsors, seed=seed)
    for name, table in (
        ("sponsors", drawer.sponsors()),
        ("inspections", drawer.inspections(3 * sponsors // 10)),
        ("interventions", drawer.interventions(sponsors // 10)),
        ("signals", drawer.signals(sponsors // 2)),
    ):
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    starts = range(0, permits, CHUNK)
    pieces = (drawer.permits(start, min(CHUNK, permits - start)) for start in starts)
    first = next(pieces)
    path = folder / "permits.parquet"
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(piece)
