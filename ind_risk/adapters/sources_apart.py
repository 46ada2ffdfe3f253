"""Two sources of one landing: protected attributes from where the other tables are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.contracts import PROTECTED_TABLE, TABLES
from ind_risk.core.errors import InputRefused, Problem
from ind_risk.core.raw_landing import RawLanding

if TYPE_CHECKING:
    from collections.abc import Callable

GENERAL = tuple(n for n in TABLES if n != PROTECTED_TABLE)


def both(general: Callable[[], RawLanding], apart: Callable[[], RawLanding]) -> RawLanding:
    """One landing of two parts, tables in the contract's order.

    Raises:
        InputRefused: with the problems of both parts together.
    """
    read: list[RawLanding] = []
    problems: list[Problem] = []
    for part in (general, apart):
        try:
            read.append(part())
        except InputRefused as refusal:
            problems += refusal.problems
    if problems:
        raise InputRefused(problems)
    one, two = read
    tables = {**one.tables, **two.tables}
    return RawLanding(
        tables={name: tables[name] for name in TABLES},
        description=f"{one.description}; {PROTECTED_TABLE} from {two.description}",
        extra_sponsor_columns=one.extra_sponsor_columns,
        warnings=(*one.warnings, *two.warnings),
    )


def not_apart(
    how: str, next_step: str = "Remove it from there, or name one source for all six tables."
) -> InputRefused:
    """A refusal: protected attributes are not kept apart although a source of their own is named.

    Args:
        how: they can be read all the same.
        next_step: what to do about it.
    """
    rule = f"has a source of its own, and {how}"
    return InputRefused([Problem(PROTECTED_TABLE, None, rule, next_step=next_step)])
