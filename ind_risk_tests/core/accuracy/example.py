"""Invented registers with a random arm, for the tests of accuracy and drift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from ind_risk_tests.core.training.example import shipped_policy

POLICY = shipped_policy()


@dataclass(frozen=True)
class Population:
    """Sponsors with scores and outcomes, and how likely each is to be drawn, up to a factor."""

    score: np.ndarray
    outcome: np.ndarray
    chance: np.ndarray
    high: np.ndarray

    @property
    def lift(self) -> float:
        return float(self.outcome[self.high].mean() / self.outcome.mean())

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """score, outcome, weight, high of n independent draws."""
        edges = np.cumsum(self.chance / self.chance.sum())
        i = np.minimum(np.searchsorted(edges, rng.random(n)), len(edges) - 1)
        return self.score[i], self.outcome[i], 1 / self.chance[i], self.high[i]


def population(
    *,
    auc: float,
    weights: str = "equal",
    spread: float = 1.0,
    ties: bool = False,
    prevalence: float = 0.1,
    size: int = 50_000,
    seed: int = 0,
) -> Population:
    """Normal scores in both classes; weights 1:20 unless equal, "up": high scores drawn more."""
    rng = np.random.default_rng(seed)
    outcome = np.zeros(size)
    outcome[: int(prevalence * size)] = 1
    shift = np.sqrt(1 + spread**2) * norm.ppf(auc)
    score = rng.normal(size=size) * np.where(outcome > 0, spread, 1) + shift * outcome
    high = np.argsort(np.argsort(-score)) < size // 10
    place = rng.random(size)
    if weights in ("up", "down"):
        place = np.argsort(np.argsort(score + 0.3 * rng.normal(size=size))) / size
        place = place if weights == "up" else 1 - place
    if weights == "outcome":
        place = 1 - np.argsort(np.argsort(outcome + rng.normal(size=size))) / size
    chance = np.ones(size) if weights == "equal" else 20**place
    return Population(np.digitize(score, [0.5, 1.5]) if ties else score, outcome, chance, high)


def true_auc(made: Population) -> float:
    """Of the whole population, by ranks."""
    ranks = pd.Series(made.score).rank().to_numpy()
    m = made.outcome.sum()
    n = len(ranks) - m
    return float((ranks[made.outcome > 0].sum() - m * (m + 1) / 2) / (m * n))


def misses(
    interval: Callable[[np.random.Generator], tuple[float, float] | None],
    truth: float,
    *,
    draws: int,
    seed: int = 1,
) -> tuple[float, float]:
    """Shares of draws whose lower limit is above the truth and whose upper limit is below it."""
    rng = np.random.default_rng(seed)
    low, high, used = 0, 0, 0
    for _ in range(draws):
        found = interval(rng)
        if found is None:
            continue
        used += 1
        low += found[0] > truth + 1e-12
        high += found[1] < truth - 1e-12
    return low / used, high / used


def judged(
    *, sponsors: int = 10_000, inspected: int = 1_500, auc: float = 0.75, seed: int = 3
) -> pd.DataFrame:
    """A judging table as the evidence assets make it, every sponsor equally likely to be drawn."""
    rng = np.random.default_rng(seed)
    y = rng.random(sponsors) < 0.1
    odds = np.log(0.1 / 0.9) - norm.ppf(auc) ** 2
    score = 1 / (1 + np.exp(-(odds + np.sqrt(2) * norm.ppf(auc) * (
        rng.normal(size=sponsors) + np.sqrt(2) * norm.ppf(auc) * y))))  # fmt: skip
    rank = np.argsort(np.argsort(-score)) + 1
    label = np.full(sponsors, None, dtype=object)
    probability = np.full(sponsors, np.nan)
    drawn = rng.choice(sponsors, inspected, replace=False)
    label[drawn] = np.where(y[drawn], "non_compliant", "compliant")
    probability[drawn] = inspected / sponsors if sponsors else np.nan
    band = np.where(
        rank <= 0.1 * sponsors, "high", np.where(rank <= 0.3 * sponsors, "middle", "low")
    )
    columns: dict[str, Any] = {
        "sponsor_id": [f"S{i:05d}" for i in range(sponsors)], "as_of": pd.Timestamp("2024-01-01"),
        "score": score, "rank": rank, "band": band, "audit_label": label,
        "audit_inclusion_probability": probability, "audit_inspection_id": None,
        "audit_closed_on": None,
    }  # fmt: skip
    return pd.DataFrame(columns)
