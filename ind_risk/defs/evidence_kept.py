"""The findings that checks kept beside the tables, of one candidate."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ind_risk.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.defs.resources import Platform

REPORTED_CHECKS = ("sensitivity",)  # that the gate does not ask for


def kept_findings(platform: Platform, checks: Sequence[str]) -> list[dict[str, Any]]:
    """Those of the candidate trained last; a check that was not made for it has none.

    Args:
        platform: of the home.
        checks: by name, in the order wanted.
    """
    identity, found = platform.candidate().metadata(), list[dict[str, Any]]()
    for check in dict.fromkeys(checks):
        with suppress(NotFound):
            stored = platform.tables.read_json(f"evidence/{check}")
            if stored["identity"] == identity:
                found += stored["findings"]
    return found
