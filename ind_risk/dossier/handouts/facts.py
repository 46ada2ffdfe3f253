"""What a handout is made of: a list of cases, blind to what chose them, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["worklist", "sample"]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What stands out about a sponsor.

    Args:
        feature: its name in the register of features.
        definition: in English, as the register has it.
        value: as text; None if there is none on record.
    """

    feature: str
    definition: str
    value: str | None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One sponsor on a list. There is no place here for a score, a band, a rank or a route.

    Args:
        number: of the case, as on the sheet; its place on a worklist.
        sponsor_id, legal_name: as in the landing tables.
        reasons: strongest first; a sample has none.
    """

    number: str
    sponsor_id: str
    legal_name: str | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Handout:
    """A list as people get it.

    Args:
        kind: a worklist, or the sheet of an audit sample.
        name: of the sample; empty for a worklist.
        cases: in an order that tells nothing.
        as_of: day of the register.
        until: last day on which a case of a sample may be opened and count.
        issued_on, issued_by: when, and under which account.
        model_version: that a worklist rests on, or that a sample is to judge; None if none is used.
        synthetic: whether the tables are a synthetic world.
        digest: SHA-256 of the CSV that lies beside it.
        inspectors: pseudonyms that are known.
    """

    kind: Kind
    name: str
    cases: Sequence[Case]
    as_of: date
    until: date | None
    issued_on: date
    issued_by: str
    model_version: str | None
    synthetic: bool
    digest: str
    inspectors: Sequence[str] = ()
