"""The contract's rules, decided by Great Expectations suites on the canonical tables."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.contract_rules import Rule, columns_checked, rules_of, truth_columns
from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, Problem
from ind_risk.core.raw_landing import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

_RESULT = {"result_format": "SUMMARY", "partial_unexpected_count": MAX_EXAMPLE_KEYS}


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """What the suite of one table found.

    Args:
        table: its name.
        success: whether every rule was evaluated and holds.
        problems: one per rule that does not.
        expectations: one per rule: expectation, column, unexpected_count, example_keys.
        rows: of the table.
    """

    table: str
    success: bool
    problems: list[Problem]
    expectations: list[dict[str, Any]]
    rows: int


def validate(tables: Mapping[str, pa.Table], *, docs_dir: Path | None) -> dict[str, TableReport]:
    """Run one suite a table, and build Data Docs once.

    Args:
        tables: the six canonical tables.
        docs_dir: folder whose place the Data Docs take; None for none.

    Returns:
        Reports by table name; an expectation that could not be evaluated is a problem.
    """
    with _quiet():
        results = _run_all(tables)
        reports = {name: _report(tables[name], name, results[name]) for name in TABLES}
        if docs_dir is not None:
            from ind_risk.adapters.quality_docs import write_docs

            write_docs(results, {n: r.rows for n, r in reports.items()}, docs_dir)
    return reports


@contextmanager
def _quiet() -> Iterator[None]:
    """No calls home, no progress bars, and none of GX's own deprecation warnings."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield


def _run_all(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """GX's own results of the six suites, by table."""
    gx: Any = import_module("great_expectations")
    gxe: Any = import_module("great_expectations.expectations")
    types: Any = import_module("great_expectations.data_context.types.base")

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = types.ProgressBarsConfig(globally=False)
    # One asset for all tables: registering one costs as much as evaluating several rules.
    asset = context.data_sources.add_pandas("landing").add_dataframe_asset("tables")
    whole = asset.add_batch_definition_whole_dataframe("all rows")
    results = {}
    for name, contract in TABLES.items():
        expectations = [_expectation(gxe, r, n) for n, r in enumerate(rules_of(contract))]
        suite = gx.ExpectationSuite(name=name, expectations=expectations)
        batch = whole.get_batch({"dataframe": _frame(tables, name)})
        results[name] = batch.validate(suite, result_format=_RESULT)
    return results


def _frame(tables: Mapping[str, pa.Table], name: str) -> pd.DataFrame:
    """The columns that rules look at, with the truth columns beside them."""
    table = tables[name].select(list(columns_checked(TABLES[name])))
    for column, truth in truth_columns(tables, name).items():
        table = table.append_column(column, truth)
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def _expectation(gxe: Any, rule: Rule, number: int) -> Any:
    """The GX expectation of a rule; its number in `meta` finds the rule of a result again."""
    one = {"column": rule.column}
    chosen: dict[str, tuple[str, dict[str, Any]]] = {
        "not_null": ("ExpectColumnValuesToNotBeNull", one),
        "unique": ("ExpectColumnValuesToBeUnique", one),
        "in_set": ("ExpectColumnValuesToBeInSet", {**one, "value_set": list(rule.values)}),
        "between": (
            "ExpectColumnValuesToBeBetween",
            {
                **one,
                "min_value": rule.minimum if rule.above is None else rule.above,
                "strict_min": rule.above is not None,
                "max_value": rule.maximum,
            },
        ),
        "pattern": ("ExpectColumnValuesToMatchRegex", {**one, "regex": f"^(?:{rule.pattern})$"}),
        "date_order": (
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {
                "column_A": rule.column,
                "column_B": rule.other,
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
            },
        ),
        "holds": ("ExpectColumnValuesToBeInSet", {"column": rule.other, "value_set": [True]}),
    }
    name, arguments = chosen[rule.kind]
    return getattr(gxe, name)(**arguments, meta={"rule": number}, notes=_rule_text(rule))


def _rule_text(rule: Rule) -> str:
    return f"{rule.column} never {rule.broken}"


def _report(table: pa.Table, name: str, result: Any) -> TableReport:
    rules = rules_of(TABLES[name])
    by_rule = {r.expectation_config.meta["rule"]: r for r in result.results}
    problems, expectations = [], []
    for number, rule in enumerate(rules):
        found = by_rule.get(number)
        content = found.result if found is not None else {}
        count = int(content.get("unexpected_count", 0))
        keys = _keys(table, TABLES[name].key, content.get("partial_unexpected_index_list") or [])
        if found is None or "unexpected_count" not in content:
            problems.append(_not_evaluated(name, rule, found))
        elif count or not found.success:
            problems.append(
                Problem(name, rule.column, rule.broken, count, keys, next_step=rule.next_step)
            )
        expectations.append(
            {
                "expectation": _rule_text(rule),
                "column": rule.column,
                "unexpected_count": count,
                "example_keys": list(keys),
            }
        )
    return TableReport(
        table=name,
        success=not problems and bool(result.success),
        problems=problems,
        expectations=expectations,
        rows=table.num_rows,
    )


def _not_evaluated(name: str, rule: Rule, found: Any) -> Problem:
    said = "" if found is None else str(found.exception_info)[:200]
    return Problem(
        name,
        rule.column,
        f"could not be checked for {rule.broken!r}: {said or 'no result'}",
        next_step="This is no pass; report it with the data's column types.",
    )


def _keys(table: pa.Table, key: str, rows: list[int]) -> tuple[str, ...]:
    at = np.asarray(rows[:MAX_EXAMPLE_KEYS], dtype=np.int64)
    values = table[key].take(at).to_pylist()
    named = (
        f"row {row + 1}" if value is None else shown(value)
        for row, value in zip(at, values, strict=True)
    )
    return tuple(dict.fromkeys(named))  # copies of a key are one example
