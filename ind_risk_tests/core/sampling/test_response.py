"""Non-response weights: totals are kept, nobody is dropped, and selective response is undone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.response import probability_cells, response_weights

row = st.tuples(st.floats(1e-6, 1), st.sampled_from(["a", "b", "c"]), st.booleans())


@settings(deadline=None)
@given(st.lists(row, min_size=1, max_size=40))
def test_answers_stand_for_their_cell_and_silent_cells_are_reported(
    rows: list[tuple[float, str, bool]],
) -> None:
    probability = np.array([r[0] for r in rows])
    cell = np.array([r[1] for r in rows], dtype=object)
    responded = np.array([r[2] for r in rows])
    made = response_weights(probability=probability, cell=cell, responded=responded)
    design, total = 1 / probability, float((1 / probability).sum())
    assert np.isfinite(made.weight).all()
    assert ((made.weight > 0) == responded).all()
    assert (made.weight[responded] >= design[responded] * (1 - 1e-12)).all()
    assert sum(c.drawn for c in made.cells) == len(rows)
    assert sum(c.responded for c in made.cells) == responded.sum()
    assert sum(c.share for c in made.cells) == pytest.approx(1)
    assert made.unseen == pytest.approx(sum(c.share for c in made.silent_cells))
    # What answers stand for and what nobody stands for are everybody.
    assert made.weight.sum() / total + made.unseen == pytest.approx(1)
    for c in made.cells:
        inside = cell == c.cell
        assert made.silent[inside].all() == made.silent[inside].any() == (c.responded == 0)
        assert (c.factor is None) == (c.responded == 0)
        if c.responded:
            assert made.weight[inside].sum() == pytest.approx(design[inside].sum())


def test_full_response_changes_no_digit() -> None:
    probability = np.array([0.1, 0.3, 0.7, 1 / 3])
    made = response_weights(
        probability=probability, cell=np.zeros(4), responded=np.ones(4, dtype=bool)
    )
    assert (made.weight == 1 / probability).all()
    assert (made.unseen, made.silent_cells) == (0.0, ())


def test_equal_probabilities_grow_by_drawn_over_answered() -> None:
    made = response_weights(
        probability=np.full(10, 0.2),
        cell=np.array(["a"] * 8 + ["b"] * 2),
        responded=np.array([True] * 5 + [False] * 3 + [True, False]),
    )
    assert [c.factor for c in made.cells] == pytest.approx([8 / 5, 2.0])
    assert made.weight[:5].tolist() == pytest.approx([8.0] * 5)
    assert len(set(made.weight[:5])) == 1


def test_nobody_drawn_and_nobody_answering() -> None:
    nobody = response_weights(
        probability=np.zeros(0), cell=np.zeros(0), responded=np.zeros(0, dtype=bool)
    )
    assert (nobody.unseen, nobody.cells) == (0.0, ())
    silent = response_weights(
        probability=np.full(3, 0.5), cell=np.zeros(3), responded=np.zeros(3, dtype=bool)
    )
    assert silent.unseen == 1
    assert silent.silent.all()
    assert (silent.weight == 0).all()


@pytest.mark.parametrize("value", [0.0, -0.1, 1.1, np.nan, np.inf])
def test_an_impossible_probability_is_refused(value: float) -> None:
    with pytest.raises(IndRiskError, match="inclusion probability"):
        response_weights(
            probability=np.array([0.5, value]), cell=np.zeros(2), responded=np.ones(2, dtype=bool)
        )


def test_response_that_differs_between_cells_no_longer_biases() -> None:
    """Cell b fails more and answers less: without the cells the rate would be 0.18, it is 0.25."""
    rng, rates = np.random.default_rng(0), []
    cell = np.repeat(["a", "b"], 5000)
    for _ in range(40):
        y = rng.random(10_000) < np.where(cell == "a", 0.1, 0.4)
        responded = rng.random(10_000) < np.where(cell == "a", 0.9, 0.3)
        w = response_weights(probability=np.full(10_000, 0.2), cell=cell, responded=responded)
        rates.append((w.weight * y).sum() / w.weight.sum())
    assert np.mean(rates) == pytest.approx(0.25, abs=0.004)


def test_cells_of_equal_probability_whatever_rounding_did() -> None:
    probability = np.array([0.1 * 3, 0.3, 150 / 1000, 0.15, 0.3 + 1e-6])
    assert probability_cells(probability).tolist() == [1, 1, 0, 0, 2]
    assert probability_cells(np.zeros(0)).tolist() == []
