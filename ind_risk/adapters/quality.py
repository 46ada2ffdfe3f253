"""The contract's rules, decided by Great Expectations suites on the canonical tables."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ind_risk.core.contract_rules import Rule, columns_checked, rules_of, truth_columns
from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import MAX_EXAMPLE_KEYS, Problem
from ind_risk.core.raw_landing import shown

if TYPE_CHECKING:
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
        results = {name: _run(tables, name) for name in TABLES}
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


def _run(tables: Mapping[str, pa.Table], name: str) -> Any:
    """GX's own result of one suite."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("landing").add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("all rows").get_batch(
        {"dataframe": _frame(tables, name)}
    )
    rules = rules_of(TABLES[name])
    expectations = [_expectation(rule, number) for number, rule in enumerate(rules)]
    suite = gx.ExpectationSuite(name=name, expectations=expectations)
    return batch.validate(suite, result_format=_RESULT)


def _frame(tables: Mapping[str, pa.Table], name: str) -> pd.DataFrame:
    """The columns that rules look at, with the truth columns beside them."""
    table = tables[name].select(list(columns_checked(TABLES[name])))
    for column, truth in truth_columns(tables, name).items():
        table = table.append_column(column, truth)
    return table.to_pandas(date_as_object=False)


def _expectation(rule: Rule, number: int) -> Any:
    import great_expectations.expectations as gxe

    # The number finds the rule of a result again; the note is what people read in the docs.
    common = {"meta": {"rule": number}, "notes": f"{rule.column} never {rule.broken}"}
    if rule.kind == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(column=rule.column, **common)
    if rule.kind == "unique":
        return gxe.ExpectColumnValuesToBeUnique(column=rule.column, **common)
    if rule.kind == "in_set":
        return gxe.ExpectColumnValuesToBeInSet(
            column=rule.column, value_set=list(rule.values), **common
        )
    if rule.kind == "between":
        return gxe.ExpectColumnValuesToBeBetween(
            column=rule.column,
            min_value=rule.minimum if rule.above is None else rule.above,
            strict_min=rule.above is not None,
            max_value=rule.maximum,
            **common,
        )
    if rule.kind == "pattern":
        return gxe.ExpectColumnValuesToMatchRegex(
            column=rule.column, regex=f"^(?:{rule.pattern})$", **common
        )
    if rule.kind == "date_order":
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=rule.column,
            column_B=rule.other,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            **common,
        )
    return gxe.ExpectColumnValuesToBeInSet(column=rule.other, value_set=[True], **common)


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
                "expectation": f"{rule.column} never {rule.broken}",
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
    return tuple(
        f"row {row + 1}" if value is None else shown(value)
        for row, value in zip(at, values, strict=True)
    )
