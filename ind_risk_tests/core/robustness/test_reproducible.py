"""Two trainings give one model, or the finding says what differs."""

from __future__ import annotations

import math

import pytest

from ind_risk.core.findings import Finding
from ind_risk.core.robustness.reproducible import reproducible_findings

A, B = "a" * 64, "b" * 64


def found(first: str = A, second: str = A, gap: float = 0.0, n: int = 500) -> Finding:
    (finding,) = reproducible_findings(first=first, second=second, largest_difference=gap, n=n)
    return finding


def test_the_same_file_and_the_same_scores_are_green() -> None:
    finding = found()

    assert finding.green
    assert finding.required
    assert (finding.check, finding.claim) == ("reproducible", "same_model_again")
    assert "byte for byte" in finding.sentence


@pytest.mark.parametrize(
    ("first", "second", "gap", "said"),
    [
        (A, B, 0.0, "the scores are the same"),
        (A, B, 0.25, "differ by up to 0.25"),
        (A, A, 1e-15, "does not repeat"),
    ],
)
def test_any_difference_is_refuted(first: str, second: str, gap: float, said: str) -> None:
    finding = found(first, second, gap)

    assert finding.verdict == "refuted"
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("first", "second", "gap", "n"),
    [("", A, 0.0, 5), (A, "", 0.0, 5), (A, A, math.nan, 5), (A, A, 0.0, 0)],
)
def test_nothing_compared_is_never_green(first: str, second: str, gap: float, n: int) -> None:
    finding = found(first, second, gap, n)

    assert finding.verdict == "insufficient_data"
    assert not finding.green
