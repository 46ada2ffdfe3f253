"""One digest over everything the checks found: what a person's statement is about.

It rests on what each required check reported and on the digest of its findings, and not on when or
in which run it did so: the very same evidence made again is the same evidence.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ind_risk.core.ledger import canonical

if TYPE_CHECKING:
    from ind_risk.core.gate_evidence import CheckRecord


def findings_digest(findings: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256, hex, over findings in their JSON form, as a check reports them.

    >>> findings_digest([]) == findings_digest(())
    True
    """
    return hashlib.sha256(canonical(_plain(list(findings)))).hexdigest()


def evidence_digest(checks: Mapping[str, CheckRecord | None]) -> str:
    """SHA-256, hex, over what all checks reported; a check without a record counts as such.

    Args:
        checks: deciding record per `asset:check`, of every check the policy requires.
    """
    said = {key: None if record is None else _said(record) for key, record in checks.items()}
    return hashlib.sha256(canonical(_plain(said))).hexdigest()


def _said(record: CheckRecord) -> dict[str, Any]:
    return {
        "status": record.status, "names": dict(record.names),
        "findings_green": record.findings_green, "findings_total": record.findings_total,
        "numbers": dict(record.numbers), "description": record.description,
        "findings_digest": record.findings_digest,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """JSON without NaN: a number that is none is written as text, so that it still counts."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)
