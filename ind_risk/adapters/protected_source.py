"""Where protected attributes are read from, if not from where the other tables are.

The address comes from the environment and is written down nowhere: neither in a home nor in the
configuration of a Dagster run, as the other one is.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ind_risk.core.contracts import PROTECTED_TABLE
from ind_risk.core.errors import IndRiskError

if TYPE_CHECKING:
    from ind_risk.adapters.settings import RunSettings

PROTECTED_VARIABLE = "IND_RISK_PROTECTED_SOURCE"


def set_protected_source(source: str) -> None:
    """Let this process and what it starts read protected attributes there."""
    os.environ[PROTECTED_VARIABLE] = source


def protected_source() -> str | None:
    """Folder or address with a credential of its own; None if there is one source of all tables."""
    return os.environ.get(PROTECTED_VARIABLE) or None


def protected_source_of(settings: RunSettings) -> str | None:
    """The same for one request.

    Raises:
        IndRiskError: if the request was made with two credentials and the second is not given now.
    """
    if settings.world is not None:
        return None
    source = protected_source()
    if source is None and settings.protected_apart:
        raise IndRiskError(
            f"{PROTECTED_TABLE} was read with a credential of its own, which is kept nowhere. Give "
            f"it again in {PROTECTED_VARIABLE}, or with --protected-data."
        )
    return source
