"""The counts that parity compares: groups of sponsors, and everybody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Group:
    """Sponsors that are compared with all others of the same whole.

    Args:
        subject: as in the finding.
        label: completes "Sponsors …" ("with a majority from IND").
        n, selected: sponsors, and how many of them are in band high.
        members: what was pooled into the group; one entry if nothing was.
        assessable: whether the group reaches the policy's minimum.
        migrants: migrants of the group's sponsors; None where that is no measure.
    """

    subject: str
    label: str
    n: int
    selected: int
    members: tuple[str, ...]
    assessable: bool
    migrants: int | None = None


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All sponsors of one comparison.

    Args:
        n, selected: sponsors, and how many of them are in band high.
        migrants: their migrants; None where that is no measure.
        label: who they are ("sponsors with migrants").
    """

    n: int
    selected: int
    migrants: int | None
    label: str
