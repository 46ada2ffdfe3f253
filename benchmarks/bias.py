"""What the bias evidence costs, at 10,000 and 1,000,000 sponsors and against fairlearn's bootstrap.

python benchmarks/bias.py [--repeats N] [--without-fairlearn] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import pandas as pd

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias import certificate_populations, evidence
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy, parse_policy


@dataclass(frozen=True)
class Tables:
    """What the evidence is made from."""

    scores: pd.DataFrame
    composition: pd.DataFrame
    sponsors: pd.DataFrame


def whole_evidence(tables: Tables, policy: Policy) -> list[Finding]:
    """The complete bias evidence: every further part of it is added here."""
    return evidence.bias_findings(
        scores=tables.scores, composition=tables.composition, sponsors=tables.sponsors,
        policy=policy, seed=0,
    )  # fmt: skip


# Functions of `evidence` that make arrays from frames: the reading, which grows with the data.
READING = ("faults", "population", "sponsor_factors")

SIZES = (10_000, 1_000_000)
MOST_RATIO, LEAST_RATIO = 3.0, 1_000.0  # the bars
GROUPS, RESAMPLES = 20, 1_000
NATIONALITIES = np.array(certificate_populations.NATIONALITIES[:GROUPS])
SECTORS = np.array(["ICT", "Education", "Industry", "Care", "Trade", "Culture"])
Rates = np.ndarray


def tables_of(n: int) -> Tables:
    """A population of n sponsors with migrants, 20 majorities, one tenth selected by score."""
    rng = np.random.default_rng(n)
    ids = np.char.add("S", np.arange(n).astype(str))
    share = 0.9 ** np.arange(GROUPS)
    main = NATIONALITIES[rng.choice(GROUPS, n, p=share / share.sum())]
    composition = pd.DataFrame({
        "sponsor_id": np.concatenate([ids, ids]),
        "nationality": np.concatenate([main, rng.choice(NATIONALITIES, n)]),
        "migrants": np.repeat([2, 1], n),
    })  # fmt: skip
    composition = composition.groupby(["sponsor_id", "nationality"], as_index=False).sum()
    score = rng.random(n)
    edges = np.quantile(score, [0.7, 0.9])
    band = np.array(["low", "middle", "high"])[np.searchsorted(edges, score)]
    scores = pd.DataFrame({"sponsor_id": ids, "score": score, "band": band})
    return Tables(
        scores, composition, pd.DataFrame({"sponsor_id": ids, "sector": rng.choice(SECTORS, n)})
    )


@contextmanager
def reading() -> Iterator[list[float]]:
    """Seconds of each call of a function that reads, while this is open."""
    taken: list[float] = []
    kept = {name: getattr(evidence, name) for name in READING}

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                taken.append(time.perf_counter() - begun)

        return call

    for name, function in kept.items():
        setattr(evidence, name, timed(function))
    try:
        yield taken
    finally:
        for name, function in kept.items():
            setattr(evidence, name, function)


def evidence_seconds(n: int, policy: Policy, *, repeats: int, profile: bool) -> float:
    """Median seconds beyond reading, with both parts printed; one run before them is not timed."""
    tables = tables_of(n)
    findings = whole_evidence(tables, policy)
    inside, beyond = [], []
    for _ in range(repeats):
        with reading() as parts:
            begun = time.perf_counter()
            whole_evidence(tables, policy)
            total = time.perf_counter() - begun
        inside.append(sum(parts))
        beyond.append(total - sum(parts))
    spread = f"{min(beyond):.2f} to {max(beyond):.2f}"
    print(
        f"{n:>9,} sponsors, {len(findings)} findings: reading {median(inside):6.2f} s, beyond it "
        f"{median(beyond):6.2f} s ({spread} in {repeats} runs)",
        flush=True,
    )
    if profile:
        profiler = cProfile.Profile()
        profiler.runcall(whole_evidence, tables, policy)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats("ind_risk", 30)
    return median(beyond)


def rates_by_counts(
    group: np.ndarray, outcome: np.ndarray, selected: np.ndarray, *, seed: int
) -> dict[str, Rates]:
    """95 % bootstrap intervals of three rates by group, as `MetricFrame` gives them.

    To resample rows is to draw the cells group x outcome x selected from a multinomial
    distribution; so 1,000 resamples cost the same at any number of rows.

    Returns:
        By rate: shape (2, groups), lower and upper ends.
    """
    code, _ = pd.factorize(group, sort=True)
    cells = np.bincount(4 * code + 2 * outcome + selected, minlength=4 * (code.max() + 1))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(group), cells / len(group), size=RESAMPLES)
    drawn = drawn.reshape(RESAMPLES, -1, 2, 2)  # resample, group, outcome, selected
    with np.errstate(invalid="ignore"):
        found = {
            "selection rate": drawn[..., 1].sum(axis=2) / drawn.sum(axis=(2, 3)),
            "false-positive rate": drawn[:, :, 0, 1] / drawn[:, :, 0].sum(axis=2),
            "false-negative rate": drawn[:, :, 1, 0] / drawn[:, :, 1].sum(axis=2),
        }
    return {name: np.nanquantile(rate, [0.025, 0.975], axis=0) for name, rate in found.items()}


def rates_by_fairlearn(
    group: np.ndarray, outcome: np.ndarray, selected: np.ndarray, *, seed: int
) -> dict[str, Rates]:
    """The same by fairlearn, which resamples rows."""
    from fairlearn.metrics import (
        MetricFrame,
        false_negative_rate,
        false_positive_rate,
        selection_rate,
    )

    metrics = {
        "selection rate": selection_rate, "false-positive rate": false_positive_rate,
        "false-negative rate": false_negative_rate,
    }  # fmt: skip
    frame = MetricFrame(
        metrics=metrics, y_true=outcome, y_pred=selected, sensitive_features=group,
        n_boot=RESAMPLES, ci_quantiles=[0.025, 0.975], random_state=seed,
    )  # fmt: skip
    low, high = frame.by_group_ci
    return {name: np.array([low[name], high[name]]) for name in metrics}


def against_fairlearn(rows: int = 10_000) -> bool:
    """Seconds of both and their ratio; whether it is enough."""
    try:
        import fairlearn
    except ImportError:
        print(
            "fairlearn is not installed, so there is nothing to compare with: `make env` brings "
            "it, or pip install 'ind-risk[test]'. --without-fairlearn leaves this part out."
        )
        return False
    rng = np.random.default_rng(rows)
    group = NATIONALITIES[rng.integers(0, GROUPS, rows)]
    outcome = (rng.random(rows) < 0.2).astype(int)
    selected = (rng.random(rows) < 0.1 + 0.3 * outcome).astype(int)
    ours, own = timed(rates_by_counts, group, outcome, selected, repeats=7)
    theirs, other = timed(rates_by_fairlearn, group, outcome, selected, repeats=1)
    apart = max(float(np.abs(own[k] - other[k]).max()) for k in own)
    print(
        f"three rates by {GROUPS} groups, {rows:,} rows, {RESAMPLES:,} resamples: fairlearn "
        f"{fairlearn.__version__} {theirs:.1f} s, counts {1000 * ours:.1f} ms (median of 7): "
        f"{theirs / ours:,.0f} times less (at least {LEAST_RATIO:,.0f} asked).\n"
        f"Ends of the intervals differ by at most {100 * apart:.1f} points, which is their noise."
    )
    return theirs / ours >= LEAST_RATIO


def timed(
    rates: Callable[..., dict[str, Rates]], *arrays: np.ndarray, repeats: int
) -> tuple[float, dict[str, Rates]]:
    """Median seconds, and the result."""
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        found = rates(*arrays, seed=0)
        seconds.append(time.perf_counter() - begun)
    return median(seconds), found


def main() -> None:
    """Print both comparisons; status 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--without-fairlearn", action="store_true")
    parser.add_argument("--profile", action="store_true", help="what the time goes to")
    given = parser.parse_args()
    policy = parse_policy(shipped_policy_text(), source="policy.toml")
    small, large = (
        evidence_seconds(n, policy, repeats=given.repeats, profile=given.profile) for n in SIZES
    )
    print(f"beyond reading: {large / small:.1f} times the time (at most {MOST_RATIO:g} asked).")
    good = large / small <= MOST_RATIO
    if not given.without_fairlearn:
        good &= against_fairlearn()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
