"""Stability: shares counted by hand, verdicts at their bounds, and no small count given back."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ind_risk.core.policy import Policy
from ind_risk.core.robustness.retraining import Retrained
from ind_risk.core.robustness.stability import stability_findings
from ind_risk.core.robustness.stability_claims import decided
from ind_risk.core.robustness.stability_transitions import (
    hidden_cells,
    transition_counts,
    transition_shares,
)
from ind_risk_tests.core.training.example import shipped_policy

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = (100, 200, 700)  # high, middle, low


def bands() -> NDArray[np.int8]:
    return np.repeat(np.arange(3, dtype=np.int8), SIZES)


def swapped(*pairs: tuple[int, int]) -> NDArray[np.int8]:
    """The bands after sponsors at these places have changed them with each other."""
    made = bands()
    for a, b in pairs:
        made[[a, b]] = made[[b, a]]
    return made


def made(*refits: NDArray[np.int8], reason: str = "") -> Retrained:
    n = sum(SIZES)
    return Retrained(
        kind="logistic", sponsor_ids=np.array([f"S{k}" for k in range(n)], dtype=object),
        candidate=bands(), refits=np.array(refits), labels=900, sponsors=400, reason=reason,
    )  # fmt: skip


def policy(**changed: Any) -> Policy:
    shipped = shipped_policy()
    return replace(shipped, robustness=replace(shipped.robustness, **changed))


def test_overlap_and_flips_are_those_counted_by_hand() -> None:
    # One refit swaps 20 pairs of high and middle, the other 10 of middle and low.
    refits = (
        swapped(*((k, 100 + k) for k in range(20))),
        swapped(*((100 + k, 300 + k) for k in range(10))),
    )

    overlap, flips = stability_findings(retrained=made(*refits), policy=policy())

    assert (overlap.claim, flips.claim) == ("band_high_overlap", "band_flips")
    assert overlap.estimate == pytest.approx((0.80 + 1.0) / 2)
    assert flips.estimate == pytest.approx((40 + 20) / 2 / 1000)
    assert (flips.details["lowest"], flips.details["highest"]) == (0.02, 0.04)
    assert overlap.n == 1000
    assert "90.0 %" in overlap.sentence


def test_verdicts_follow_the_interval() -> None:
    refits = (
        swapped(*((k, 100 + k) for k in range(20))),
        swapped(*((k, 100 + k) for k in range(24))),
    )
    data = made(*refits * 100)  # overlap 0.78, and 4.4 % flip

    def verdicts(overlap: float, flips: float) -> list[str]:
        bounds = policy(stability_overlap_at_least=overlap, stability_flips_at_most=flips)
        return [f.verdict for f in stability_findings(retrained=data, policy=bounds)]

    assert verdicts(0.60, 0.30) == ["established", "established"]
    assert verdicts(0.95, 0.01) == ["refuted", "refuted"]
    assert verdicts(0.78, 0.044) == ["insufficient_data", "insufficient_data"]


def test_nothing_trained_again_is_never_green() -> None:
    for data in (made(reason="Nothing was learned."), made(bands())):
        findings = stability_findings(retrained=data, policy=policy())
        assert [f.verdict for f in findings] == ["insufficient_data"] * 2
        assert all(f.required and not f.green for f in findings)


def test_transitions_are_mean_counts() -> None:
    refits = np.array([swapped((0, 100)), swapped((0, 300), (1, 301))])

    counts = transition_counts(bands(), refits)

    expected = np.array([[98.5, 0.5, 1.0], [0.5, 199.5, 0.0], [1.0, 0.0, 699.0]])
    assert counts.tolist() == expected.tolist()


def test_large_cells_are_shown_and_small_ones_not() -> None:
    large = np.array([[60.0, 25, 15], [25, 150, 25], [15, 25, 660]])
    shares = transition_shares(large, minimum=10)
    assert shares["high"] == {"high": 0.6, "middle": 0.25, "low": 0.15}

    small = np.array([[70.0, 25, 5], [25, 150, 25], [5, 25, 670]])
    shares = transition_shares(small, minimum=10)
    assert shares["high"]["low"] is None
    assert shares["low"]["high"] is None
    assert shares["high"]["high"] == 0.7


@pytest.mark.parametrize("seed", range(20))
def test_hidden_small_cells_cannot_be_computed(seed: int) -> None:
    """Brute force: other tables with all the same sums and shown cells differ in each small one."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 60, size=(3, 3)).astype(float) + np.diag([60.0, 100, 500])
    hide = hidden_cells(counts, minimum=10)

    sums = [np.isin(np.arange(9), line) for line in _lines()]
    known = np.array([*sums, np.arange(9) == 0, *np.eye(9, dtype=bool)[~hide.ravel()]], dtype=float)
    for cell in np.flatnonzero(counts.ravel() < 10):
        assert hide.ravel()[cell]
        # Unless all is hidden, and no more can be done, the cell is free to move.
        free = np.linalg.matrix_rank(np.vstack([known, np.eye(9)[cell]]))
        assert free > np.linalg.matrix_rank(known) or hide.all()


def _lines() -> list[list[int]]:
    rows = [[3 * r + c for c in range(3)] for r in range(3)]
    return [*rows, *map(list, zip(*rows, strict=True)), [0, 4, 8]]


def test_a_tiny_register_shows_no_transition() -> None:
    counts = np.array([[1.0, 1, 0], [1, 2, 1], [0, 1, 13]])
    shown = transition_shares(counts, minimum=10).values()
    assert {v for row in shown for v in row.values()} <= {None, 0.93}
    empty = transition_shares(np.zeros((3, 3)), minimum=10)
    assert all(v is None for row in empty.values() for v in row.values())


def test_all_permutations_of_bands_keep_counts() -> None:
    for order in itertools.permutations(range(3)):
        moved = np.array(order, dtype=np.int8)[bands()]
        assert transition_counts(bands(), moved[None]).sum() == sum(SIZES)


def test_more_refits_decide_what_few_leave_open() -> None:
    few = [swapped(*((k, 100 + k) for k in range(n))) for n in (10, 60)]
    bounds = policy(stability_overlap_at_least=0.5)
    assert not decided(bands(), np.array(few), bounds)
    assert not decided(bands(), np.array(few[:1]), bounds)
    assert decided(bands(), np.array(few * 50), bounds)
