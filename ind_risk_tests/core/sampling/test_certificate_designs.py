"""Coverage under designs: populations as described, misses counted on both sides and noticed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ind_risk.core.accuracy.rates import Interval
from ind_risk.core.bias.certificate_probability import Effort
from ind_risk.core.sampling import certificate_designs
from ind_risk.core.sampling.certificate_designs import (
    DESIGNS,
    PREVALENCES,
    Design,
    covered,
    design_blocks,
)
from ind_risk.core.sampling.estimates import survey_proportion


def quiet(_name: str, _done: int, _total: int) -> None:
    """Nobody listens."""


EFFORT = Effort(worlds=20, sums=1, seed=0, say=quiet)


def test_designs_are_unequal_and_populations_possible() -> None:
    assert len(DESIGNS) >= 4
    for design in DESIGNS:
        size, drawn = np.array(design.size), np.array(design.drawn)
        assert len(set((drawn / size).tolist())) > 1
        assert (drawn <= size).all()
        for prevalence in PREVALENCES:
            failing = design.failing(prevalence)
            assert ((failing >= 0) & (failing <= size)).all()
            assert failing.sum() == pytest.approx(prevalence * size.sum(), abs=len(size))


def test_one_row_a_design_and_prevalence_and_the_same_again() -> None:
    (block,) = design_blocks(effort=EFFORT)
    assert len(block.rows) == len(DESIGNS) * len(PREVALENCES)
    assert block.holds
    assert {(r.of.lowest, r.of.target) for r in block.rows} == {(0.94, 0.95)}
    assert design_blocks(effort=EFFORT) == [block]


@pytest.mark.parametrize(("low", "high", "held"), [(0.0, 0.29, 0), (0.31, 1.0, 0), (0.3, 0.3, 5)])
def test_a_miss_on_either_side_counts(
    monkeypatch: pytest.MonkeyPatch, low: float, high: float, held: int
) -> None:
    def fixed(_found: Any, *, alpha: float) -> Interval:
        assert alpha == 0.025
        return Interval((low + high) / 2, low, high)

    monkeypatch.setattr(certificate_designs, "korn_graubard", fixed)
    design = Design(name="two", size=(100, 900), drawn=(40, 40), relative=(1.0, 1.0))
    assert covered(design, 0.3, samples=5, rng=np.random.default_rng(0)) == held


def test_intervals_that_are_too_narrow_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of equal weights, as if every answer told as much as any other."""

    def careless(*, outcome: Any, weight: Any, **_more: Any) -> Any:
        found = survey_proportion(outcome=outcome, weight=np.ones(len(weight)))
        share = float(outcome @ weight / weight.sum())
        return found.at(min(share, 1.0)) if found else None

    monkeypatch.setattr(certificate_designs, "survey_proportion", careless)
    (block,) = design_blocks(effort=Effort(worlds=60, sums=1, seed=0, say=quiet))
    assert not block.holds
    assert any("1 to 1,000" in r.label for r in block.failing)
