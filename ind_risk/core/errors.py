"""The one root of every error a user can cause or meet, and the shape of a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_EXAMPLE_KEYS = 5


class IndRiskError(Exception):
    """Root of all errors raised on purpose; its text says what is wrong and what to do next."""


class PolicyError(IndRiskError):
    """The policy or the feature register cannot be read or contradicts itself."""


class GateClosed(IndRiskError):
    """A release was asked for while the gate is closed."""


class IntegrityError(IndRiskError):
    """Something stored does not have the digest that was recorded for it."""


class NotFound(IndRiskError):
    """Something named by the user or the trail does not exist."""


class NothingInUse(NotFound):
    """Something was asked of the model in use, and there is none."""


class UnusableFile(IndRiskError):
    """A file that the user named is not there, or is not what it was given for."""


@dataclass(frozen=True)
class Problem:
    """One way in which input breaks the contract.

    Args:
        table: name of the table, as in the contract.
        column: name of the column, or None where the whole table is at fault.
        rule: what the contract asks, in words ("is not a date", "refers to no sponsor").
        count: number of rows (or files, or columns) at fault.
        keys: up to five example keys of rows at fault (row numbers where the key is unusable).
        next_step: what the user can do about it.
        of: what is counted, in the singular: "case", "column".
    """

    table: str
    column: str | None
    rule: str
    count: int = 1
    keys: tuple[str, ...] = ()
    next_step: str = ""
    of: str = "case"

    def __str__(self) -> str:
        place = self.table if self.column is None else f"{self.table}.{self.column}"
        text = f"{place}: {self.rule} ({self.count:,} {self.of}{'s' * (self.count != 1)})"
        if self.keys:
            text += "; for example " + ", ".join(self.keys[:MAX_EXAMPLE_KEYS])
        return f"{text}. {self.next_step}" if self.next_step else text


class InputRefused(IndRiskError):
    """The landing tables break the contract; nothing of them was taken in."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("a refusal needs at least one problem")
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))
