"""H3: the unweighted case to the last digit, weights by simulation, findings on odd worlds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ind_risk.core.accuracy.rates import weighted_rate
from ind_risk.core.bias.error_parity import (
    CHECK,
    FALSE_POSITIVES,
    MISSES,
    error_parity_findings,
)
from ind_risk.core.bias.error_parity_power import required_inspections
from ind_risk.core.bias.outcome_cells import (
    FALSE_POSITIVE_RATE,
    Cells,
    Rates,
    completed_rates,
    constant,
    tables,
)
from ind_risk.core.bias.population import Population, population
from ind_risk.core.bias.power import equivalence_power
from ind_risk.core.bias.score_test import equivalence_interval
from ind_risk.core.findings import Finding
from ind_risk_tests.core.bias.stratified_world import POLICY

LEVEL = POLICY.bias.level
NATIONS = ["IND", "TUR", "CHN", "NGA", "GHA"]
SHARES = [0.4, 0.3, 0.2, 0.06, 0.04]


def world(
    *,
    n: int = 9_000,
    arm: int = 3_000,
    seed: int = 1,
    tilt: float = 0.0,
    silent: float = 0.0,
    ratio: float = 1.0,
    bad: float = 0.1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judged sponsors and their migrants.

    Args:
        tilt: added to Turkish scores.
        silent: share of random inspections without an outcome.
        ratio: of the largest inclusion probability to the smallest, which has the highest score.
        bad: share of non-compliant sponsors.
    """
    rng = np.random.default_rng(seed)
    nation = rng.choice(NATIONS, n, p=SHARES)
    truth = np.where(rng.random(n) < bad, "non_compliant", "compliant").astype(object)
    score = rng.normal(size=n) + (truth == "non_compliant") + tilt * (nation == "TUR")
    rank = (-score).argsort().argsort()
    band = np.where(rank < 0.1 * n, "high", np.where(rank < 0.3 * n, "middle", "low"))
    chance = ratio ** (rank / max(n, 1))
    chance = np.minimum(chance / max(chance.sum(), 1e-9) * arm, 1.0)
    drawn = rng.random(n) < chance
    seen = np.where(rng.random(n) < silent, "unobserved", truth)
    inspected = seen.astype(object)
    inspected[~drawn] = None
    by_choice = (band == "high") & (rng.random(n) < 0.3)
    ids = np.array([f"S{i:06d}" for i in range(n)])
    judged = pd.DataFrame(
        {
            "sponsor_id": ids, "score": score, "band": band,
            "audit_label": inspected,
            "audit_inclusion_probability": np.where(drawn, chance, np.nan),
            "label": np.where(drawn, seen, np.where(by_choice, truth, "unobserved")),
        }
    )  # fmt: skip
    migrants = pd.DataFrame({"sponsor_id": ids, "nationality": nation, "migrants": 3})
    return judged, migrants


def people_of(judged: pd.DataFrame, migrants: pd.DataFrame) -> Population:
    return population(scores=judged, composition=migrants)


def findings(judged: pd.DataFrame, migrants: pd.DataFrame, policy: Any = POLICY) -> list[Finding]:
    found = error_parity_findings(people=people_of(judged, migrants), judged=judged, policy=policy)
    for f in found:
        assert f.check == CHECK
        assert f.sentence
        assert "nan" not in f.sentence
        assert f.verdict != "equivalent" or f.green
        assert "inf" not in f.sentence.replace("inform", "")
        f.to_dict()
    assert len({(f.claim, f.subject) for f in found}) == len(found)
    for claim in (FALSE_POSITIVES, MISSES):
        assert any(f.claim == claim for f in found)
    return found


def of(found: list[Finding], claim: str, subject: str) -> Finding:
    return next(f for f in found if (f.claim, f.subject) == (claim, subject))


def test_equal_weights_are_the_unweighted_score_interval() -> None:
    judged, migrants = world(seed=2, tilt=0.3)
    all_found = findings(judged, migrants)
    for subject in ("IND", "TUR"):
        found = of(all_found, FALSE_POSITIVES, subject)
        good = judged["audit_label"] == "compliant"
        own = good & (migrants["nationality"] == subject)
        high = judged["band"] == "high"
        counts = {
            "x1": (own & high).sum(), "n1": own.sum(),
            "x2": (good & ~own & high).sum(), "n2": (good & ~own).sum(),
        }  # fmt: skip
        low, top = equivalence_interval(**counts, alpha=LEVEL)
        assert (found.low, found.high) == pytest.approx((float(low), float(top)), abs=1e-9)
        wide = equivalence_interval(**counts, alpha=LEVEL / 2)
        ends = [float(wide[0]), float(wide[1])]
        assert found.details["wide_interval"] == pytest.approx(ends, abs=1e-9)
        assert found.estimate == counts["x1"] / counts["n1"] - counts["x2"] / counts["n2"]
        assert found.n == counts["n1"]
        assert found.details["design_effect"] == 1.0


def test_estimates_are_weighted_by_inverse_inclusion_probability() -> None:
    judged, migrants = world(seed=3, ratio=5.0, bad=0.4)
    found = findings(judged, migrants)
    weight = 1 / judged["audit_inclusion_probability"]
    for claim, outcome, band in (
        (FALSE_POSITIVES, "compliant", ("high",)), (MISSES, "non_compliant", ("middle", "low"))
    ):  # fmt: skip
        mine = judged["audit_label"] == outcome
        event = judged["band"].isin(band)
        rates = []
        for group in (migrants["nationality"] == "IND", migrants["nationality"] != "IND"):
            at = mine & group
            rates.append((weight * event)[at].sum() / weight[at].sum())
            happened = event[at].to_numpy().astype(np.float64)
            plain = weighted_rate(happened, weight[at].to_numpy(dtype=float))
            assert plain is not None
            assert rates[-1] == pytest.approx(plain.value)
            if len(rates) == 1:
                size = of(found, claim, "IND").details["effective_size"]
                assert 0.7 * plain.effective < size <= plain.effective + 1e-9
        assert of(found, claim, "IND").estimate == pytest.approx(rates[0] - rates[1])


BINS = 20  # of the score; the last two are band high among sponsors of the group


def arm_cells(
    rate: float, n: int, ratio: float, kind: str, rng: np.random.Generator, worlds: int
) -> Cells:
    """Cells of `worlds` arms of n compliant sponsors, `rate` of all such being selected."""
    place = np.arange(BINS) / (BINS - 1)
    weight = {
        "heavy at the top": ratio**place,
        "heavy at the bottom": ratio ** (1 - place),
        "heavy above the cut": np.where(np.arange(BINS) < BINS - 2, 1, ratio),
        "heavy around the cut": np.where(
            (np.arange(BINS) >= 12) & (np.arange(BINS) < 19), ratio, 1
        ),
    }[kind]
    share = np.where(np.arange(BINS) < BINS - 2, (1 - rate) / (BINS - 2), rate / 2) / weight
    drawn = rng.multinomial(n, share / share.sum(), worlds).astype(float)
    made = np.zeros((4, worlds, 2, 3))
    for k, power in enumerate((1, 2, 4, 0)):
        made[k, :, 0, 0] = drawn[:, :-2] @ weight[:-2] ** power
        made[k, :, 1, 0] = drawn[:, -2:] @ weight[-2:] ** power
    return Cells(*made)


def rates_of(first: Cells, second: Cells, level: float) -> list[Rates]:
    arm = first.plus(second)
    return [
        completed_rates(
            c, FALSE_POSITIVE_RATE, filled=constant(np.zeros(2), c), arm=arm, level=level / 2
        )
        for c in (first, second)
    ]


WORLDS = 4_000
KINDS = (
    "heavy at the top",
    "heavy at the bottom",
    "heavy above the cut",
    "heavy around the cut",
)


@pytest.mark.parametrize(
    ("ratio", "kind"), [(1.0, KINDS[0]), *((r, k) for r in (4.0, 10.0) for k in KINDS)]
)
def test_a_difference_at_the_margin_is_rarely_called_equivalent(ratio: float, kind: str) -> None:
    """Weights 1:1, 1:4 and 1:10 that go with the score: at most alpha and 2 Monte Carlo errors."""
    rng = np.random.default_rng(int(ratio))
    for level in (LEVEL, 0.05):
        limit = level + 2 * np.sqrt(level * (1 - level) / WORLDS)
        for n, base, margin in ((150, 0.02, 0.1), (400, 0.08, 0.1), (150, 0.2, -0.2)):
            cells = [
                arm_cells(base + margin, n, ratio, kind, rng, WORLDS),
                arm_cells(base, 1_300, ratio, kind, rng, WORLDS),
            ]
            low, high = equivalence_interval(
                **tables(*rates_of(cells[0], cells[1], level)), alpha=level
            )
            wrong = ((low > -abs(margin)) & (high < abs(margin))).mean()
            assert wrong <= limit, (n, base, margin, level, wrong)


def test_a_group_without_selected_sponsors_does_not_know_how_heavy_they_are() -> None:
    """Selected sponsors weigh ten times as much: 150 not selected are worth about 15."""
    group, others = np.zeros((2, 1, 2, 3))
    group[0, 0, 0], others[0, 0, 0], others[0, 1, 0] = 150, 1_000, 10
    heavy = np.array([[1.0], [10.0]])
    made = [Cells(*(t * heavy**p for p in (1, 2, 4, 0))) for t in (group, others)]
    own, _ = rates_of(made[0], made[1], 0.05)
    assert float(own.value[0]) == 0.0
    assert 10 < float(own.size[0]) <= 15.0 + 1e-9


def test_a_group_knows_its_own_weights_best() -> None:
    """Five selected sponsors weigh ten times as much as those of all other groups."""
    group, others = np.zeros((2, 4, 1, 2, 3))
    for k, power in enumerate((1, 2, 4, 0)):
        group[k, 0, :, 0] = 100, 5 * 10.0**power
        others[k, 0, :, 0] = 1_000, 100
    own, _ = rates_of(Cells(*group), Cells(*others), 0.05)
    outcome, weight = np.repeat([0.0, 1.0], (100, 5)), np.repeat([1.0, 10.0], (100, 5))
    plain = weighted_rate(outcome, weight)
    assert plain is not None
    assert float(own.value[0]) == pytest.approx(plain.value)
    assert float(own.size[0]) < plain.effective


def test_required_inspections_keep_their_promise() -> None:
    given: dict[str, Any] = {"base": 0.08, "alpha": LEVEL, "margin": 0.1, "difference": 0.01}
    total = float(required_inspections(n1=0.1, n2=0.7, **given))
    for n, enough in ((total, True), (0.98 * total, False)):
        power = float(equivalence_power(n1=0.1 * n, n2=0.7 * n, **given))
        assert (power >= 0.8) == enough
    assert required_inspections(n1=0.0, n2=0.7, **given) == np.inf


def test_a_fair_model_is_equivalent_and_an_unfair_one_is_named() -> None:
    fair = findings(*world(seed=4))
    assert {f.verdict for f in fair if f.claim == FALSE_POSITIVES and f.estimate is not None} == {
        "equivalent"
    }
    unfair = of(findings(*world(seed=4, tilt=1.0)), FALSE_POSITIVES, "TUR")
    assert unfair.verdict == "disparity"
    assert "TUR" in unfair.sentence
    assert unfair.required


def test_what_is_asked_for() -> None:
    found = findings(*world(seed=5))
    for f in found:
        asked = f.claim == FALSE_POSITIVES and (f.estimate is not None or f.subject == "all")
        assert f.required == asked, f.subject
    without = findings(*world(seed=5, arm=0))
    nobody = of(without, FALSE_POSITIVES, "all")
    assert nobody.required
    assert "No random inspection was opened after the judging date" in nobody.sentence
    assert nobody.details["required_random_inspections"] > 100
    assert not of(without, MISSES, "all").required


def test_too_few_inspections_say_how_many_more() -> None:
    found = of(findings(*world(seed=6, arm=300)), MISSES, "all")
    needed = found.details["required_random_inspections"]
    assert f"{needed:,} random inspections" in found.sentence
    assert "more than now" in found.sentence
    assert needed > 300


def test_missing_outcomes_are_bounded_and_tip_verdicts() -> None:
    judged, migrants = world(seed=7, silent=0.35, bad=0.4)
    found = findings(judged, migrants)
    missed = of(found, MISSES, "IND")
    assert missed.verdict == "equivalent"
    assert missed.details["tipping_gamma"] > 1
    assert "times higher or lower" in missed.sentence
    bounds = of(found, "error_rate_bounds", "IND, miss rate, random arm")
    assert bounds.low is not None
    assert missed.low is not None
    assert bounds.low < missed.low
    assert not bounds.required
    ends = bounds.details["difference"]
    assert bounds.low < ends["low"] < bounds.estimate < ends["high"] < bounds.high
    alone = [f for f in found if f.subject.endswith("labels alone")]
    assert len(alone) == 2
    assert all("By the labels alone" in f.sentence and not f.green for f in alone)


def test_nothing_missing_leaves_nothing_open() -> None:
    found = findings(*world(seed=8))
    assert not [f for f in found if f.subject.endswith("random arm")]
    assert all(f.details.get("tipping") is None for f in found)


def test_small_counts_are_not_said() -> None:
    judged, migrants = world(seed=9)
    migrants["nationality"] = migrants["nationality"].replace("GHA", "IND")
    migrants.loc[:20, "nationality"] = "FJI"
    other = of(findings(judged, migrants), FALSE_POSITIVES, "other")
    assert other.details["members"] == ["FJI"]
    assert other.n is None
    assert "too few to be shown" in other.sentence
    assert other.details["required_random_inspections"] is None


NONSENSE: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "nobody": lambda j, m: (j[:0], m[:0]),
    "no migrants": lambda j, m: (j, m[:0]),
    "one group only": lambda j, m: (j, m.assign(nationality="IND")),
    "unknown nationality only": lambda j, m: (j, m.assign(nationality=None)),
    "all selected": lambda j, m: (j.assign(band="high"), m),
    "none selected": lambda j, m: (j.assign(band="low"), m),
    "no compliant": lambda j, m: (
        j.assign(audit_label=j["audit_label"].where(j["audit_label"].isna(), "non_compliant")), m
    ),
    "no outcome": lambda j, m: (
        j.assign(audit_label=j["audit_label"].where(j["audit_label"].isna(), "unobserved")), m
    ),
    "no probability": lambda j, m: (j.assign(audit_inclusion_probability=np.nan), m),
    "probability 0": lambda j, m: (j.assign(audit_inclusion_probability=0.0), m),
    "no label": lambda j, m: (j.assign(label=None), m),
    "only the selected inspected": lambda j, m: (
        j.assign(audit_label=j["audit_label"].where(j["band"] == "high", None)), m
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NONSENSE)
@pytest.mark.parametrize("ratio", [1.0, 10.0])
def test_nonsense_gets_findings_and_never_an_exception(case: str, ratio: float) -> None:
    judged, migrants = NONSENSE[case](*world(seed=10, ratio=ratio, silent=0.05))
    found = findings(judged, migrants)
    asked = [f for f in found if f.claim == FALSE_POSITIVES and f.required]
    assert asked
    if case != "no label":
        assert {f.verdict for f in asked} == {"insufficient_data"}


@pytest.mark.parametrize("seed", range(16))
def test_tiny_arms_with_wild_weights_get_a_verdict(seed: int) -> None:
    policy = replace(
        POLICY,
        bias=replace(POLICY.bias, minimum_group_audited=2, minimum_group_sponsors=2),
        disclosure=replace(POLICY.disclosure, minimum_count=1 + seed % 3),
    )
    findings(
        *world(n=5 + 4 * seed, arm=4 + 2 * seed, seed=seed, ratio=100.0, silent=0.3, bad=0.5),
        policy,
    )


def test_another_order_of_sponsors_is_noticed() -> None:
    judged, migrants = world(seed=11)
    people = people_of(judged, migrants)
    for wrong in (judged[:-1], judged[::-1], judged.drop(columns="label")):
        found = error_parity_findings(people=people, judged=wrong, policy=POLICY)
        assert [f.verdict for f in found] == ["insufficient_data"] * 2
        assert found[0].required


def few_in_one_group(
    x: int, *, weights: str, silent: int = 0, events: int = 19
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of 320 inspected NGA sponsors x have the event, of 340 TUR ones `events` - x, all else alike.

    Args:
        weights: of the inspections: "equal", "by band", or "wild": also within a band.
        silent: inspected NGA sponsors without an outcome.
        events: of both together; within the same block of ten for every x from 0 to 9.
    """
    nation = np.repeat(["NGA", "TUR", "IND", "CHN"], [320, 340, 1_000, 900])
    n, rng = len(nation), np.random.default_rng(5)
    high = np.zeros(n, dtype=bool)
    high[:x] = True
    high[320 : 320 + events - x] = True
    high[660::13] = True
    label = np.full(n, "compliant", dtype=object)
    label[320 - silent : 320] = "unobserved"
    chance = np.full(n, 0.2)
    if weights == "by band":
        chance[high] = 0.8
    if weights == "wild":
        chance = np.where(rng.random(n) < 0.5, 0.1, 0.5)
        chance[:20], chance[320:360] = 0.1, 0.1  # so that the sum over band high stays the same
    ids = np.array([f"S{i:06d}" for i in range(n)])
    judged = pd.DataFrame(
        {
            "sponsor_id": ids, "score": np.linspace(0, 1, n),
            "band": np.where(high, "high", "low"), "audit_label": label,
            "audit_inclusion_probability": chance, "label": label,
        }
    )  # fmt: skip
    return judged, pd.DataFrame({"sponsor_id": ids, "nationality": nation, "migrants": 5})


def to_nine_digits(value: Any) -> Any:
    """Without what the order of a sum does."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, dict):
        return {k: to_nine_digits(v) for k, v in value.items()}
    return [to_nine_digits(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("weights", ["equal", "by band", "wild"])
@pytest.mark.parametrize("silent", [0, 20, 5])
@pytest.mark.parametrize("flipped", [False, True])
def test_no_figure_tells_small_numerators_apart(weights: str, silent: int, flipped: bool) -> None:
    """0 to 9 selected, or 0 to 9 not selected: all that is found is the same."""
    told = []
    for x in range(10):
        judged, migrants = few_in_one_group(x, weights=weights, silent=silent)
        if flipped:
            judged["band"] = np.where(judged["band"] == "high", "low", "high")
        told.append([to_nine_digits(f.to_dict()) for f in findings(judged, migrants)])
    for other in told[1:]:
        assert other == told[0]


@pytest.mark.parametrize("weights", ["equal", "by band", "wild"])
def test_a_row_never_contradicts_itself(weights: str) -> None:
    for x in range(0, 20, 3):
        for f in findings(*few_in_one_group(x, weights=weights)):
            if f.claim != FALSE_POSITIVES or f.estimate is None or f.margin is None:
                continue
            inside = f.low is not None and f.high is not None
            inside = inside and -f.margin <= f.low and f.high <= f.margin  # type: ignore[operator]
            assert (f.verdict == "equivalent") == inside, f.sentence
            assert f.low <= f.estimate <= f.high  # type: ignore[operator]
            if f.details["rounded"] and weights != "equal":
                hidden = ("rate", "rate_of_others", "effective_size", "design_effect")
                assert all(f.details[name] is None for name in hidden)
                assert f.power is None
                assert "Figures are not shown" in f.sentence


def holds(coarse: Finding, exact: Finding) -> bool:
    ends = (coarse.low, exact.low, exact.high, coarse.high)
    low, inner_low, inner_high, high = (float(v) for v in ends if v is not None)
    return low <= inner_low + 1e-7 and inner_high <= high + 1e-7


def test_a_coarse_interval_holds_the_exact_one() -> None:
    """With equal weights that of every numerator of the block, else that of the far end."""
    plain = replace(POLICY, disclosure=replace(POLICY.disclosure, minimum_count=1))
    for x, weights in ((0, "equal"), (1, "equal"), (9, "equal"), (9, "by band"), (9, "wild")):
        worlds = few_in_one_group(x, weights=weights)
        coarse, exact = (of(findings(*worlds, p), FALSE_POSITIVES, "NGA") for p in (POLICY, plain))
        assert holds(coarse, exact)
        assert coarse.verdict in (exact.verdict, "insufficient_data")
