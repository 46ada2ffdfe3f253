"""Drawing: what was drawn, or purged, before stands in the way of another draw."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ind_risk.adapters.purge import purge
from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.adapters.table_store import TableStore
from ind_risk.core.errors import IndRiskError
from ind_risk.core.policy import parse_policy
from ind_risk.defs.audit_sample import _refuse_again
from ind_risk_tests.adapters.test_samples import AS_OF, FACTS, chances, drawn, store_of

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")


def _asked(store: Any, day: date, again: str | None) -> None:
    frame: Any = SimpleNamespace(as_of=day)
    _refuse_again(store, frame, POLICY, again, None)


@pytest.mark.parametrize("again", [None, "the first one was purged"])
def test_nobody_draws_again_from_a_day_whose_sample_was_purged(
    tmp_path: Path, again: str | None
) -> None:
    """Else the outcomes that displease could be purged, and others drawn in their stead."""
    home, ledger, store = store_of(tmp_path)
    store.add(drawn("S1"), chances(drawn("S1")), FACTS)
    with pytest.raises(IndRiskError, match="proves nothing"):
        _asked(store, AS_OF, None)
    purge(home, TableStore(home), ledger, before=date(2027, 7, 1))
    with pytest.raises(IndRiskError, match="Sample A1 of the sponsors of 2025-12-31 was purged"):
        _asked(store, AS_OF, again)
    _asked(store, date(2026, 12, 31), again)
