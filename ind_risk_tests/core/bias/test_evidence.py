"""Both hypotheses: fair is equivalent, unfair is named, nonsense is a verdict and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from ind_risk.adapters.settings import shipped_policy_text
from ind_risk.core.bias.evidence import bias_findings
from ind_risk.core.bias.evidence_counts import evidence_counts
from ind_risk.core.bias.groups import pool
from ind_risk.core.bias.independence import independence_findings
from ind_risk.core.bias.population import population
from ind_risk.core.findings import Finding
from ind_risk.core.policy import Policy, parse_policy

SHIPPED = parse_policy(shipped_policy_text(), source="policy.toml")
POLICY = replace(SHIPPED, bias=replace(SHIPPED.bias, minimum_group_sponsors=400))
SMALL = replace(POLICY, bias=replace(POLICY.bias, minimum_group_sponsors=20))
NATIONS = np.array(["IND", "TUR", "CHN", "BRA", "NGA"])


def world(
    n: int, *, seed: int, tilt: float = 0.0, nations: np.ndarray = NATIONS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sponsors with three migrants each, two of one nation; `tilt` is added to Turkish scores."""
    rng = np.random.default_rng(seed)
    main, other = rng.choice(nations, n), rng.choice(nations, n)
    score = rng.normal(size=n) + tilt * (main == "TUR")
    rank = (-score).argsort().argsort() + 1
    band = np.where(rank <= np.ceil(0.1 * n), "high", np.where(rank <= 0.3 * n, "middle", "low"))
    ids = np.array([f"S{i:06d}" for i in range(n)])
    scores = pd.DataFrame({"sponsor_id": ids, "score": score, "rank": rank, "band": band})
    composition = pd.DataFrame(
        {"sponsor_id": np.r_[ids, ids], "nationality": np.r_[main, other],
         "migrants": np.r_[np.full(n, 2), np.ones(n, dtype=int)]}
    )  # fmt: skip
    return scores, composition


def judged(
    scores: pd.DataFrame, composition: pd.DataFrame, policy: Policy = POLICY
) -> list[Finding]:
    sponsors = pd.DataFrame({"sponsor_id": scores["sponsor_id"], "province": "Utrecht"})
    found = bias_findings(
        scores=scores, composition=composition, sponsors=sponsors, policy=policy, seed=1
    )
    assert {f.check for f in found} == {
        "bias_independence", "bias_selection_parity", "bias_coverage",
    }  # fmt: skip
    for finding in found:
        assert finding.sentence
        if finding.verdict == "equivalent":
            assert finding.green
    return found


def test_a_fair_model_is_equivalent_for_everybody() -> None:
    found = judged(*world(10_000, seed=1))
    asked = [f for f in found if f.required]
    assert all(f.green for f in asked), [f.sentence for f in found]
    assert all(f.verdict == "equivalent" for f in asked if f.check != "bias_coverage")
    assert {f.subject for f in found} >= set(NATIONS)


def test_an_unfair_model_is_named() -> None:
    found = judged(*world(10_000, seed=2, tilt=0.8))
    red = {(f.check, f.subject) for f in found if f.verdict == "disparity"}
    assert ("bias_selection_parity", "TUR") in red
    assert ("bias_independence", "TUR") in red
    parity = next(f for f in found if (f.check, f.subject) == ("bias_selection_parity", "TUR"))
    assert "TUR" in parity.sentence
    assert parity.estimate is not None
    assert parity.estimate > 0.05


def test_the_estimates_are_the_plain_ones() -> None:
    scores, composition = world(3_000, seed=3, tilt=0.3)
    found = judged(scores, composition)
    total = composition.groupby("sponsor_id")["migrants"].sum()
    own = composition[composition["nationality"] == "TUR"].groupby("sponsor_id")["migrants"].sum()
    share = (own.reindex(total.index).fillna(0) / total).reindex(scores["sponsor_id"])
    selected = (scores["band"] == "high").to_numpy()
    majority = (share > 0.5).to_numpy()
    claims = ("rank_correlation", "selection_rate_difference")
    by_check = {f.check: f for f in found if f.subject == "TUR" and f.claim in claims}
    expected = selected[majority].mean() - selected[~majority].mean()
    assert by_check["bias_selection_parity"].estimate == pytest.approx(expected, abs=1e-12)
    rho = spearmanr(scores["score"], share).statistic
    assert by_check["bias_independence"].estimate == pytest.approx(rho, abs=1e-9)


@pytest.mark.parametrize("n", [60, 400])
def test_intervals_of_the_rank_correlation_cover(n: int) -> None:
    """No association: 0 lies in the 90 % interval in about 90 % of worlds, a rare nation too."""
    nations = np.array(["IND"] * 9 + ["TUR"])
    inside, total = 0, 0
    for seed in range(300):
        scores, composition = world(n, seed=seed, nations=nations)
        people = population(scores=scores, composition=composition)
        ranked = evidence_counts(people, {}, SMALL).ranked
        for f in independence_findings(ranked, policy=SMALL, seed=1):
            if f.claim == "rank_correlation" and f.low is not None and f.high is not None:
                inside += f.low <= 0 <= f.high
                total += 1
    assert total > 200
    assert inside / total >= 0.88


def test_pooling_is_by_region_and_blind_to_scores() -> None:
    codes = ("DEU", "GHA", "NGA", "SEN")
    sizes = np.array([500, 150, 150, 150])

    def size(group: np.ndarray) -> np.ndarray:
        kept = group >= 0
        return np.bincount(group[kept], sizes[kept], group.max() + 1).astype(np.int64)

    made = pool(codes, size=size, minimum=400)
    assert made.names == ("DEU", "region:Western Africa")
    assert made.members == (("DEU",), ("GHA", "NGA", "SEN"))


def test_a_group_too_small_is_listed_not_dropped() -> None:
    scores, composition = world(3_000, seed=5)
    composition.loc[:30, "nationality"] = "FJI"
    found = judged(scores, composition)
    small = [f for f in found if "FJI" in f.sentence and f.check != "bias_coverage"]
    assert any("FJI" in f.sentence for f in found if f.check == "bias_coverage")
    assert small
    assert all(f.verdict in ("insufficient_data", "disparity") for f in small)
    assert any("needed" in f.sentence for f in small)


def test_small_counts_are_not_said() -> None:
    scores, composition = world(3_000, seed=5)
    composition.loc[:3, "nationality"] = "FJI"
    for f in judged(scores, composition):
        if "FJI" in f.sentence and f.check != "bias_coverage":
            assert "fewer than 10" in f.sentence
            assert f.estimate is None


NONSENSE: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "nobody": lambda s, c: (s[:0], c[:0]),
    "no migrants": lambda s, c: (s, c[:0]),
    "one nationality": lambda s, c: (s, c.assign(nationality="IND")),
    "unknown nationality": lambda s, c: (s, c.assign(nationality=None)),
    "codes of nowhere": lambda s, c: (s, c.assign(nationality="ÄÖ☂")),
    "all selected": lambda s, c: (s.assign(band="high"), c),
    "none selected": lambda s, c: (s.assign(band="low"), c),
    "constant scores": lambda s, c: (s.assign(score=0.5, band="low"), c),
    "no scores": lambda s, c: (s.assign(score=np.nan), c),
    "scored twice": lambda s, c: (pd.concat([s, s]), c),
    "no band": lambda s, c: (s.assign(band=None), c),
    "no column": lambda s, c: (s.drop(columns="band"), c),
    "counts below zero": lambda s, c: (s, c.assign(migrants=-1)),
    "strangers": lambda s, c: (s, c.assign(sponsor_id="X")),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_never_equivalent_of_everybody(case: str) -> None:
    scores, composition = NONSENSE[case](*world(2_500, seed=7))
    found = judged(scores, composition)
    assert any(not f.green for f in found)
    for f in found:
        if f.check == "bias_selection_parity":
            assert f.verdict == "insufficient_data", (case, f.sentence)


@settings(deadline=None, max_examples=60)
@given(
    n=st.integers(0, 60),
    seed=st.integers(0, 1000),
    codes=st.lists(
        st.sampled_from(["IND", "TUR", "XXX", "", "ind", "unknown", None]), min_size=1, max_size=5
    ),
)
def test_whatever_comes_there_is_a_verdict(n: int, seed: int, codes: list[str | None]) -> None:
    scores, composition = world(n, seed=seed)
    composition["nationality"] = pd.Series(
        [codes[i % len(codes)] for i in range(len(composition))], dtype=object
    )
    judged(scores, composition, SMALL)
