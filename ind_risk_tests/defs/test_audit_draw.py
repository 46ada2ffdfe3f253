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
from ind_risk.core.dates import months_before
from ind_risk.core.errors import IndRiskError
from ind_risk.core.policy import parse_policy
from ind_risk.defs.audit_draw import refuse_again, refuse_other_day
from ind_risk_tests.adapters.test_samples import AS_OF, FACTS, chances, drawn, store_of

POLICY = parse_policy(shipped_policy_text(), source="policy.toml")


def _asked(store: Any, day: date, again: str | None) -> None:
    frame: Any = SimpleNamespace(as_of=day)
    refuse_again(store, frame, POLICY, again, None)


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


@pytest.mark.parametrize("purged", [False, True])
def test_two_days_do_not_judge_in_the_same_months(tmp_path: Path, purged: bool) -> None:
    """Each would weigh by the chances of its own frame, which hold for neither together."""
    home, ledger, store = store_of(tmp_path)
    store.add(drawn("S1"), chances(drawn("S1")), FACTS)
    if purged:
        purge(home, TableStore(home), ledger, before=date(2027, 7, 1))

    def asked(day: date, *, here: bool = True, synthetic: bool = False) -> None:
        frame: Any = SimpleNamespace(as_of=day, synthetic=synthetic, holds=lambda _: here)
        refuse_other_day(store, frame, months_before(day, -12))

    for day in (date(2025, 1, 1), date(2025, 12, 30), date(2026, 12, 30)):
        with pytest.raises(IndRiskError, match="Sample A1 of the sponsors of 2025-12-31 judges"):
            asked(day)
    for day in (AS_OF, date(2026, 12, 31), date(2024, 12, 31)):
        asked(day)
    asked(date(2025, 12, 30), here=False, synthetic=True)  # another world, of the same names
