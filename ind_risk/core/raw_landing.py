"""What a reader hands over, and which of a table's columns it may read at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ind_risk.core.contracts import TABLES
from ind_risk.core.errors import Problem
from ind_risk.core.origin import refused_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

_LONGEST_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class RawLanding:
    """The six tables as found: right columns, no types yet.

    Args:
        tables: by contract name; columns in contract order, then declared extra ones.
        description: where they come from, without passwords.
        extra_sponsor_columns: the columns of `sponsors` beyond the contract, as declared.
        warnings: what was left out, in words.
    """

    tables: Mapping[str, pa.Table]
    description: str
    extra_sponsor_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """Columns to read, in order, or the problems that forbid reading."""

    keep: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = field(default_factory=tuple)


def plan_columns(table: str, found: Sequence[str], extra: tuple[str, ...] = ()) -> ColumnPlan:
    """Compare a table's column names with the contract.

    Args:
        table: name of the table.
        found: its column names, in order, duplicates included.
        extra: columns beyond the contract that the feature register declares (sponsors only).
    """
    wanted = (*TABLES[table].column_names, *(extra if table == "sponsors" else ()))
    problems = [_origin(table, name) for name in refused_columns(table, dict.fromkeys(found))]
    problems += [
        Problem(table, name, "column occurs more than once", found.count(name),
                next_step="Keep one column of this name.")
        for name in wanted if found.count(name) > 1
    ]  # fmt: skip
    problems += [_missing(table, name, found) for name in wanted if name not in found]
    dropped = [n for n in dict.fromkeys(found) if n not in wanted]
    return ColumnPlan(
        keep=wanted,
        problems=tuple(problems),
        warnings=tuple(
            f"{table}.{shown(name)}: not in the contract; the column was left out."
            for name in dropped
        ),
    )


def shown(value: object) -> str:
    """A value as text that is safe to print: cut short, control characters escaped."""
    text = str(value)
    text = text if text.isprintable() and text.strip() == text != "" else repr(text)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _origin(table: str, name: str) -> Problem:
    return Problem(
        table,
        shown(name),
        "the column's name speaks of origin, which no risk model may know",
        next_step="Remove the column from the table; the nationality of migrants belongs in "
        "protected_attributes, the origin of directors nowhere.",
    )


def _missing(table: str, name: str, found: Sequence[str]) -> Problem:
    near = [f for f in found if _plain(f) == _plain(name)]
    if near:
        hint = f"Found {shown(near[0])}: rename it to exactly {name}."
    elif len(found) == 1 and any(mark in found[0] for mark in ";\t|"):
        hint = "The header is one single field: separate fields with commas."
    else:
        hint = "Add the column; it may be left empty only where the contract allows null."
    return Problem(table, name, "column is missing", next_step=hint)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
