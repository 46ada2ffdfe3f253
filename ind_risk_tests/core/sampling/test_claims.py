"""The powers of claims: against published sizes, other calculators, and bounds."""

from __future__ import annotations

import numpy as np
import pytest

from ind_risk.core.accuracy.auc import hanley_mcneil
from ind_risk.core.accuracy.planning import AUC, auc_power
from ind_risk.core.accuracy.planning_shares import bound_power
from ind_risk.core.bias.power import equivalence_power
from ind_risk.core.sampling.assumption import planned_rates
from ind_risk.core.sampling.claims import Claim, Question, Truth
from ind_risk.core.sampling.claims_accuracy import auc_claim, lift_claim, order_claim
from ind_risk.core.sampling.claims_count import CountQuestion
from ind_risk.core.sampling.claims_parity import parity_question
from ind_risk.core.sampling.claims_share import ceiling_claim, recall_claim
from ind_risk.core.sampling.strata import strata_of
from ind_risk_tests.core.sampling.example import SHIPPED, frame

FRAME = frame()


def truth(*, response: float = 1.0, columns: tuple[str, ...] = ("band", "majority")) -> Truth:
    strata = strata_of(FRAME, columns)
    return Truth(strata=strata, rate=planned_rates(strata.score), response=response)


@pytest.mark.parametrize(
    ("auc", "prevalence", "width", "error"),
    [
        (0.70, 0.1, 0.10, 0.025499272860464176),
        (0.80, 0.018, 0.10, 0.02550829593912359),
        (0.75, 0.25, 0.06, 0.015304365045076047),
    ],
)
def test_the_smallest_sample_for_an_auc_is_that_of_pmvalsampsize(
    auc: float, prevalence: float, width: float, error: float
) -> None:
    """`se_cstat` of pmvalsampsize 0.2.1 (Riley and others, 2021, Stat. Med. 40:4230), at its n."""

    def standard_error(n: int) -> float:
        return float(np.sqrt(hanley_mcneil(auc, n * prevalence, n * (1 - prevalence))))

    n = next(n for n in range(50, 10_000) if 2 * 1.96 * standard_error(n) <= width)
    assert standard_error(n) == pytest.approx(error, rel=1e-12)


def test_an_equal_sample_has_the_power_of_the_accuracy_planner() -> None:
    made, n = truth(columns=()), np.array([700.0])
    claim = auc_claim(made, SHIPPED)
    known = auc_power(AUC, bound=0.60, positives=70.0, negatives=630.0, alpha=0.025)
    assert float(claim.power(n)[0]) == pytest.approx(known, abs=0.03)
    assert float(claim.design_effect(n)[0]) == pytest.approx(1.0)


@pytest.mark.parametrize("n", [300, 600, 900])
def test_a_ceiling_has_the_exact_power_for_equal_weights(n: int) -> None:
    """But for the saw teeth of whole numbers, which are 5 points at n = 150."""
    made = truth(columns=())
    everybody = np.ones(len(made.rate), dtype=bool)
    claim = ceiling_claim(
        made, everybody, claim=Claim("c", "rate"), bound=0.15, alpha=0.05, who="of all"
    )
    exact = bound_power(float(made.rate.mean()), n=n, bound=0.15, alpha=0.05)
    assert float(claim.power(np.array([float(n)]))[0]) == pytest.approx(exact, abs=0.04)


def test_parity_has_the_power_of_the_bias_planner_for_an_equal_sample() -> None:
    """Strata by majority: the numbers of both groups are fixed, as that planner supposes."""
    made = truth(columns=("majority",))
    question = parity_question(made, ("TUR",), SHIPPED)
    n = np.full(len(made.strata), 400.0)
    n[[key == ("TUR",) for key in made.strata.keys].index(True)] = 420.0
    own, others = (v[0] for v in (question.rates[0], question.rates[1]))
    first, second = question._judged(n)
    known = equivalence_power(
        n1=first.size, n2=second.size, base=others, difference=own - others, margin=0.10,
        alpha=SHIPPED.bias.level,
    )  # fmt: skip
    assert float(question.power(n)[0]) == pytest.approx(float(known[0]), abs=0.02)


def test_no_group_below_the_minimum_is_judged() -> None:
    made = truth()
    question = parity_question(made, ("IND", "CHN"), SHIPPED)
    few = np.minimum(made.strata.size, 60).astype(float)
    assert question.power(few)[1] < 0.01
    assert parity_question(made, (), SHIPPED).power(few).shape == (0,)


def test_a_count_is_a_count() -> None:
    exact = CountQuestion(claim=Claim("c", "count"), minimum=50, response=1.0)
    assert exact.power(np.array([20.0, 30.0]))[0] == 1.0
    assert exact.power(np.array([20.0, 29.0]))[0] == 0.0
    loose = CountQuestion(claim=Claim("c", "count"), minimum=50, response=0.5)
    assert 0.4 < loose.power(np.array([50.0]))[0] < 0.6


def test_more_inspections_never_lower_a_power_that_counts() -> None:
    made = truth(response=0.9)
    questions: list[Question] = [
        auc_claim(made, SHIPPED), lift_claim(made, SHIPPED), recall_claim(made, SHIPPED),
        order_claim(made, SHIPPED, "high", "middle"), parity_question(made, ("IND",), SHIPPED),
    ]  # fmt: skip
    rng, size = np.random.default_rng(4), made.strata.size
    for _ in range(4):
        n = size * rng.uniform(0.15, 0.5, len(size))
        more = np.minimum(n * rng.uniform(1.0, 1.5, len(size)), size)
        for question in questions:
            before, after = question.power(n), question.power(more)
            assert (after >= np.minimum(before, 0.999) - 1e-3).all() or before.max() < 0.5


def test_shares_of_what_holds_back_add_up() -> None:
    made = truth(response=0.9)
    n = made.strata.size.astype(np.float64) * 0.3
    questions: list[Question] = [
        lift_claim(made, SHIPPED), parity_question(made, ("IND", "CHN"), SHIPPED)
    ]  # fmt: skip
    for question in questions:
        pull = question.pull(n, target=0.95)
        assert pull.share.sum(axis=1) == pytest.approx(1.0)
        assert (pull.share >= 0).all()
        exact = question.pull(n, target=0.95, power=question.power(n))
        assert ((exact.scale <= 1) == (question.power(n) >= 0.95)).all()
