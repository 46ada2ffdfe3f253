"""Planned power: promises of the plan itself, every claim at two sizes, and a wrong one noticed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ind_risk.core.bias.certificate_probability import Effort
from ind_risk.core.sampling import certificate_power
from ind_risk.core.sampling.certificate_power import (
    PARTS,
    PLANNED_POWER,
    planned_power_blocks,
    small_frame,
    small_plan,
)
from ind_risk.core.sampling.certificate_trials import established
from ind_risk_tests.core.sampling.example import SHIPPED

TRIALS = 20


def test_the_frame_has_the_bands_of_the_policy() -> None:
    frame = small_frame(SHIPPED, rng=np.random.default_rng(0))
    shares = frame["band"].value_counts(normalize=True)
    assert shares["high"] == pytest.approx(SHIPPED.capacity.high_share, abs=0.001)
    assert shares["middle"] == pytest.approx(SHIPPED.capacity.middle_share, abs=0.001)
    low, high = (frame.loc[frame["band"] == b, "score"] for b in ("low", "high"))
    assert low.max() < high.min()


def test_every_claim_at_two_sizes_and_progress_to_the_end() -> None:
    steps: list[tuple[str, int, int]] = []
    effort = Effort(worlds=TRIALS, sums=1, seed=0, say=lambda *step: steps.append(step))
    (block,) = planned_power_blocks(policy=SHIPPED, effort=effort)
    plan = small_plan(SHIPPED, rng=np.random.default_rng((0, 7)))
    assert len(block.rows) == len(PARTS) * len(plan.claims)
    promised = [p for part in PARTS for p in plan.power(round(part * plan.total)).values()]
    assert [r.of.target for r in block.rows] == promised
    assert {r.facts["check"] for r in block.rows} == {c.check for c in plan.claims}
    for row in block.rows:
        assert row.of.lowest <= row.of.target <= row.of.highest
        assert row.of.highest - row.of.lowest <= 0.04 + 1e-12
    assert block.holds
    assert steps == [(PLANNED_POWER, k + 1, 2 * TRIALS) for k in range(2 * TRIALS)]


def test_power_that_is_not_there_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that promises for all of it what is done with half of it."""

    def half(plan: Any, *, total: int, **more: Any) -> dict[tuple[str, str], int]:
        return established(plan, total=total // 2, **more)

    monkeypatch.setattr(certificate_power, "established", half)
    effort = Effort(worlds=40, sums=1, seed=0, say=lambda *_step: None)
    (block,) = planned_power_blocks(policy=SHIPPED, effort=effort)
    assert not block.holds
