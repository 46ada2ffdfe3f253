"""The rule of selection on numbers one can check by hand."""

from __future__ import annotations

import doctest
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ind_risk.core.training import selection
from ind_risk.core.training.selection import (
    WindowResult,
    area_under_curve,
    choose,
    few_labels,
    precision_at_capacity,
)
from ind_risk_tests.core.training.example import shipped_policy

KINDS = ("dummy", "one_rule", "logistic", "additive_booster", "booster")


def _results(*precisions: float, windows: int = 1) -> list[WindowResult]:
    return [
        WindowResult(
            candidate=kind, as_of=date(2021 + w, 1, 1), n=100, positives=20, trained_on=100,
            capacity=10, precision_at_capacity=p, auc=0.5,
        )
        for w in range(windows)
        for kind, p in zip(KINDS, precisions, strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("precisions", "margin", "expected"),
    [
        ((0.1, 0.30, 0.40, 0.50, 0.60), 0.02, "booster"),
        ((0.1, 0.30, 0.40, 0.58, 0.60), 0.02, "additive_booster"),  # exactly the margin
        ((0.1, 0.30, 0.40, 0.579, 0.60), 0.02, "booster"),
        ((0.1, 0.55, 0.60, 0.50, 0.50), 0.05, "one_rule"),
        ((0.1, 0.30, 0.30, 0.30, 0.30), 0.02, "one_rule"),
        ((0.9, 0.30, 0.31, 0.35, 0.35), 0.02, "additive_booster"),  # the dummy never wins
    ],
)
def test_the_simplest_within_the_margin(
    precisions: tuple[float, ...], margin: float, expected: str
) -> None:
    choice = choose(_results(*precisions, windows=2), margin=margin)
    assert choice.kind == expected
    assert expected in choice.rule
    assert "2 past windows" in choice.rule


def test_without_windows_the_simplest_ranker() -> None:
    choice = choose([], margin=0.02)
    assert choice.kind == "one_rule"
    assert "cannot be compared" in choice.rule


@pytest.mark.parametrize(
    ("n", "positives", "kind", "words"),
    [
        (0, 0, "dummy", "none of the 0 training labels is non-compliant"),
        (500, 0, "dummy", "non-compliant"),
        (500, 500, "dummy", "is compliant"),
        (99, 50, "one_rule", "99 training labels"),
        (500, 19, "one_rule", "19 non-compliant"),
    ],
)
def test_too_few_labels_say_so(n: int, positives: int, kind: str, words: str) -> None:
    choice = few_labels(n=n, positives=positives, minima=shipped_policy().training)
    assert choice is not None
    assert choice.kind == kind
    assert words in choice.rule


def test_enough_labels_compete() -> None:
    assert few_labels(n=100, positives=20, minima=shipped_policy().training) is None


def test_precision_by_hand() -> None:
    y = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 1])
    score = np.array([0.9, 0.8, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    ties = np.array([0, 0, 3, 1, 2, 0, 0, 0, 0, 0], dtype=np.uint64)
    assert precision_at_capacity(y, score, ties, share=0.25) == (1 / 3, 3)
    assert precision_at_capacity(y, score, ties, share=0.5) == (2 / 5, 5)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=40))
def test_auc_agrees_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    y, score = np.array([p[0] for p in pairs]), np.array([float(p[1]) for p in pairs])
    if 0 < y.sum() < len(y):
        assert area_under_curve(y, score) == pytest.approx(roc_auc_score(y, score))


def test_docstring_examples() -> None:
    assert doctest.testmod(selection).failed == 0
