"""A tiny landing that obeys the contract, and ways to write it to a folder."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ind_risk.core.contracts import TABLES

Tables = dict[str, dict[str, list[Any]]]

ARROW = {
    "string": (str, pa.string()),
    "date": (date, pa.date32()),
    "integer": (int, pa.int64()),
    "number": (float, pa.float64()),
}


def small_tables() -> Tables:
    """Three sponsors, four permits, three inspections, two interventions, signals, attributes."""
    d = date
    return {
        "sponsors": {
            "sponsor_id": ["S1", "S2", "S3"],
            "legal_name": ['De "Vries", Zoon\nen Co', "Café Ünal B.V.", None],
            "sector": ["ICT", "industry", None],
            "legal_form": ["bv", "nv", None],
            "founded_on": [d(1990, 5, 1), None, d(2010, 1, 1)],
            "recognised_on": [d(2014, 1, 1), d(2015, 6, 1), d(2016, 3, 1)],
            "recognition_ended_on": [None, d(2022, 6, 1), None],
            "employees": [12, 0, None],
            "province": ["Utrecht", "Zeeland", None],
        },
        "permits": {
            "permit_id": ["P1", "P2", "P3", "P4"],
            "sponsor_id": ["S1", "S1", "S2", "S3"],
            "applied_on": [d(2020, 1, 5), d(2020, 2, 5), d(2021, 3, 1), d(2021, 4, 1)],
            "decided_on": [d(2020, 1, 15), d(2020, 2, 9), d(2021, 3, 9), None],
            "decision": ["granted", "refused", "withdrawn", None],
            "valid_from": [d(2020, 2, 1), None, d(2021, 4, 1), None],
            "valid_until": [d(2025, 2, 1), None, None, None],
            "ended_on": [d(2021, 2, 1), None, None, None],
            "gross_monthly_salary": [4800.5, 5000.0, None, 3900.0],
            "salary_criterion": [4612.0, 4612.0, None, 3500.0],
            "occupation": ["engineer", None, "analyst", None],
        },
        "inspections": {
            "inspection_id": ["I1", "I2", "I3"],
            "sponsor_id": ["S1", "S2", "S3"],
            "opened_on": [d(2021, 1, 5), d(2021, 5, 5), d(2021, 9, 1)],
            "closed_on": [d(2021, 2, 5), d(2021, 6, 5), None],
            "selection": ["random", "signal", "random"],
            "inclusion_probability": [0.05, None, 1.0],
            "inspector_id": ["x1", "x2", None],
            "outcome": ["compliant", "non_compliant", None],
            "breaches": [0, 2, None],
        },
        "interventions": {
            "intervention_id": ["V1", "V2"],
            "sponsor_id": ["S2", "S2"],
            "inspection_id": ["I2", None],
            "imposed_on": [d(2021, 6, 6), d(2021, 7, 7)],
            "kind": ["fine", "warning"],
            "amount": [3000.0, None],
        },
        "signals": {
            "signal_id": ["G1", "G2"],
            "sponsor_id": ["S1", "S3"],
            "received_on": [d(2020, 6, 1), d(2021, 6, 1)],
            "source": ["labour inspectorate", "tax service"],
        },
        "protected_attributes": {
            "permit_id": ["P1", "P2", "P3"],
            "nationality": ["IND", "TUR", None],
            "birth_year": [1990, None, 1985],
            "gender": ["f", "m", None],
        },
    }


def write_folder(tables: Tables, folder: Path, form: str) -> Path:
    """Write tables as `csv` or `parquet` files; the folder is made if it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in tables.items():
        if form == "csv":
            write_csv(columns, folder / f"{name}.csv")
        else:
            pq.write_table(as_arrow(name, columns), folder / f"{name}.parquet")
    return folder


def write_csv(columns: dict[str, list[Any]], path: Path) -> None:
    """One table as CSV; None is an empty field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def as_arrow(name: str, columns: dict[str, list[Any]]) -> pa.Table:
    """One table with the contract's types; a column with a value of another type becomes text."""
    arrays = {}
    for column, values in columns.items():
        known = column in TABLES[name].column_names
        kind = TABLES[name].column(column).kind if known else "string"
        wanted, arrow = ARROW[kind]
        if all(v is None or type(v) is wanted for v in values):
            arrays[column] = pa.array(values, arrow)
        else:
            arrays[column] = pa.array([None if v is None else str(v) for v in values])
    return pa.table(arrays)
