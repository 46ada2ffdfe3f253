"""The ledger's length and head, told to others: whoever cuts the ledger off is found by them.

A chain proves that nothing in it was changed; it cannot prove that nothing was cut off its end. The
model registry, Dagster and people's signed checkpoints each know how long it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ind_risk.core.errors import IntegrityError

if TYPE_CHECKING:
    from ind_risk.adapters.ledger_file import LedgerFile
    from ind_risk.core.ledger import Entry


@dataclass(frozen=True)
class Mark:
    """How long the ledger was, and the digest of its last entry then.

    Args:
        length: number of entries, at least 1.
        head: digest, hex.
    """

    length: int
    head: str


class Keeper(Protocol):
    """Who remembers a mark: the model registry."""

    def ledger_mark(self) -> Mark | None:
        """The mark told last; None if none ever was."""

    def set_ledger_mark(self, mark: Mark) -> None:
        """Remember this one."""


def hold(mark: Mark | None, entries: Sequence[Entry], *, whom: str) -> None:
    """Hold the ledger to a mark.

    Args:
        mark: told at some time; None says nothing.
        entries: the ledger of now.
        whom: who was told, as the subject of a sentence.

    Raises:
        IntegrityError: if the entry of that number has another digest or is gone.
    """
    if mark is None:
        return
    if mark.length > len(entries) or entries[mark.length - 1].digest != mark.head:
        raise IntegrityError(
            f"{whom} was told of ledger entry {mark.length} with digest {mark.head[:12]}, and the "
            "ledger does not have it any more: it was cut off or written anew. Put it back from "
            "a copy."
        )


def tell(keeper: Keeper, ledger: LedgerFile) -> None:
    """Tell the ledger's head; a keeper that cannot be told now is told at the next start."""
    entries = ledger.read()
    if not entries:
        return
    mark = Mark(len(entries), entries[-1].digest)
    with suppress(Exception):  # the ledger has it, and what was told before still holds
        if keeper.ledger_mark() != mark:
            keeper.set_ledger_mark(mark)
