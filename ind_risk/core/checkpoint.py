"""A checkpoint: somebody's signed word on how long the ledger was, to be kept elsewhere.

Whoever holds the home can rewrite ledger, registry and Dagster together. Not what an auditor signed
and took along: after Crosby and Wallach (2009), "Efficient Data Structures for Tamper-Evident
Logging", section 2, an untrusted log is held to the commitments that others keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ind_risk.core.statements import STATEMENT

if TYPE_CHECKING:
    from datetime import datetime

PREDICATE = "https://ind-risk.example/checkpoint/v1"
SUBJECT = "ledger"
_HEX = 64


def checkpoint(*, length: int, head: str, made_at: datetime) -> dict[str, Any]:
    """The in-toto statement to be signed.

    Args:
        length: entries of the ledger, at least 1.
        head: digest of the last one, hex.
        made_at: moment with a time zone.

    Raises:
        ValueError: if there is no entry yet.
    """
    if length < 1:
        raise ValueError("The ledger is empty; there is nothing to sign yet.")
    return {
        "_type": STATEMENT,
        "subject": [{"name": SUBJECT, "digest": {"sha256": head}}],
        "predicateType": PREDICATE,
        "predicate": {"length": length, "made_at": made_at.isoformat(timespec="seconds")},
    }


def read_checkpoint(raw: object) -> tuple[int, str]:
    """Length and head of a signed checkpoint.

    Raises:
        ValueError: saying what is not as `checkpoint` makes it.
    """
    if not isinstance(raw, dict) or raw.get("_type") != STATEMENT:
        raise ValueError("it is no in-toto statement")
    if raw.get("predicateType") != PREDICATE:
        raise ValueError("it is no checkpoint of a ledger")
    try:
        (subject,) = raw["subject"]
        head, length = subject["digest"]["sha256"], raw["predicate"]["length"]
    except (KeyError, TypeError, ValueError):
        raise ValueError("it does not name the ledger's length and head") from None
    if type(length) is not int or length < 1 or not isinstance(head, str) or len(head) != _HEX:
        raise ValueError("its length or head cannot be")
    return length, head
