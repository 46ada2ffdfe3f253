"""The contract as a list of rules: what the Great Expectations suites are translated from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ind_risk.core.contracts import TABLES, Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

RuleKind = Literal["not_null", "unique", "in_set", "between", "pattern", "date_order", "holds"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of one table.

    Args:
        kind: how it is checked; `holds` means that the truth column `other` is true in all rows.
        column: the column to blame.
        broken: what is wrong with a row that breaks it, in words.
        next_step: what to do about it.
        other: the earlier date of a `date_order`, or the name of a truth column.
        values, above, minimum, maximum, pattern: as in the contract's column.
    """

    kind: RuleKind
    column: str
    broken: str
    next_step: str
    other: str | None = None
    values: tuple[str, ...] = ()
    above: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None


def rules_of(table: Table) -> tuple[Rule, ...]:
    """All rules of a table that go beyond types, in the order of its columns."""
    rules = [
        Rule(kind="unique", column=table.key, broken="occurs more than once",
             next_step="A key names one row; remove the copies or correct the key.")
    ]  # fmt: skip
    for column in table.columns:
        rules += _of_column(column)
    for order in table.date_orders:
        rules.append(
            Rule(kind="date_order", column=order.later, other=order.earlier,
                 broken=f"is before {order.earlier}", next_step="Correct one of the two dates.")
        )  # fmt: skip
    rules += [_holds(check) for check in _conditions(table)]
    return tuple(rules)


def truth_columns(tables: Mapping[str, pa.Table], name: str) -> dict[str, pa.ChunkedArray]:
    """The boolean columns that a table's `holds` rules look at; never null.

    Args:
        tables: all canonical tables; references look into the others.
        name: of the table.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table, contract, truths = tables[name], TABLES[name], {}
    for column in contract.columns:
        if column.references is not None:
            target = tables[column.references][TABLES[column.references].key]
            keys = target.combine_chunks()
            keys = keys if isinstance(keys, pa.Array) else pa.concat_arrays(keys.chunks)
            values = table[column.name]
            truths[_reference(column)] = pc.or_(
                pc.is_in(values, value_set=keys), pc.is_null(values)
            )
    for check in _conditions(contract):
        is_value = pc.fill_null(pc.equal(table[check.where], check.value), False)
        present = pc.is_valid(table[check.column])
        if check.required:
            truths[check.truth] = pc.or_(pc.invert(is_value), present)
        else:
            truths[check.truth] = pc.or_(is_value, pc.invert(present))
    return truths


def columns_checked(table: Table) -> tuple[str, ...]:
    """The table's own columns that its rules look at, key first."""
    rules = rules_of(table)
    names = {r.column for r in rules if r.kind != "holds"}
    names |= {r.other for r in rules if r.kind == "date_order" and r.other is not None}
    return tuple(c.name for c in table.columns if c.name in names)


def _of_column(column: Column) -> list[Rule]:
    rules = []
    name = column.name
    if not column.nullable:
        rules.append(Rule(kind="not_null", column=name, broken="is null",
                          next_step="The contract asks a value in every row."))  # fmt: skip
    if column.references is not None:
        rules.append(
            Rule(kind="holds", column=name, other=_reference(column),
                 broken=f"refers to no row of {column.references}",
                 next_step=f"Add the row to {column.references} or correct the key.")
        )  # fmt: skip
    if column.allowed is not None:
        listed = ", ".join(column.allowed)
        rules.append(Rule(kind="in_set", column=name, values=column.allowed,
                          broken=f"is not one of {listed}",
                          next_step="Translate the value to one of these."))  # fmt: skip
    if any(bound is not None for bound in (column.minimum, column.above, column.maximum)):
        rules.append(
            Rule(kind="between", column=name, minimum=column.minimum, above=column.above,
                 maximum=column.maximum, broken=f"is not {_range(column)}",
                 next_step="Correct the value, or write null for unknown.")
        )  # fmt: skip
    if column.pattern is not None:
        rules.append(Rule(kind="pattern", column=name, pattern=column.pattern,
                          broken=f"does not look like {column.pattern} ({column.meaning})",
                          next_step="Correct the value, or write null for unknown."))  # fmt: skip
    return rules


@dataclass(frozen=True)
class _Condition:
    """`column` is required where, or may only be present where, `where` equals `value`."""

    column: str
    where: str
    value: str
    required: bool

    @property
    def truth(self) -> str:
        if self.required:
            return f"{self.column} is known where {self.where} is {self.value}"
        return f"{self.column} is null where {self.where} is not {self.value}"


def _conditions(table: Table) -> list[_Condition]:
    required = [_Condition(r.column, r.where, r.value, True) for r in table.required_where]
    return required + [_Condition(o.column, o.where, o.value, False) for o in table.only_where]


def _holds(check: _Condition) -> Rule:
    if check.required:
        broken = f"is null where {check.where} is {check.value}"
        step = f"Fill in {check.column}, or correct {check.where}."
    else:
        broken = f"is given where {check.where} is not {check.value}"
        step = f"Write null there, or correct {check.where}."
    return Rule(kind="holds", column=check.column, other=check.truth, broken=broken, next_step=step)


def _reference(column: Column) -> str:
    return f"{column.name} refers to {column.references}"


def _range(column: Column) -> str:
    parts = []
    if column.above is not None:
        parts.append(f"above {column.above:g}")
    if column.minimum is not None:
        parts.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        parts.append(f"at most {column.maximum:g}")
    return " and ".join(parts)
