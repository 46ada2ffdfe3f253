"""Survey estimates against samplics, textbook formulas, and coverage by simulation."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, chi2, hypergeom, t

from ind_risk.core.errors import IndRiskError
from ind_risk.core.sampling.estimates import Proportion, korn_graubard, survey_proportion
from ind_risk.core.sampling.response import response_weights

Y = np.array([1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0], dtype=float)
W = np.array([10, 10, 12, 10, 15, 10, 10, 50, 40, 50, 60, 100, 200, 150, 100, 120], dtype=float)
H = np.repeat(["a", "b", "c"], [7, 4, 5])


def _made(outcome: np.ndarray, weight: np.ndarray, **more: object) -> Proportion:
    found = survey_proportion(outcome=outcome, weight=weight, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def _variance(found: Proportion) -> float:
    """The variance behind the effective size."""
    p, n = found.value, found.n
    return n * p * (1 - p) / ((n - 1) * found.effective)


def test_estimate_and_variance_are_those_of_samplics() -> None:
    """TaylorEstimator(PopParam.mean) of samplics 0.6.0 with these columns, psu = row number."""
    plain, strata = _made(Y, W), _made(Y, W, stratum=H)
    assert plain.value == pytest.approx(0.3801478352692714, rel=1e-12)
    assert _variance(plain) == pytest.approx(0.033326505940295896, rel=1e-12)
    assert _variance(strata) == pytest.approx(0.03814043112437481, rel=1e-12)
    assert (plain.freedom, strata.freedom) == (15, 13)


def test_frame_gives_cochrans_stratified_share_and_variance() -> None:
    """Cochran (1977), section 5.10: Σ W_h p_h and Σ W_h² (1 - f_h) p_h q_h / (n_h - 1)."""
    n, x, size = np.array([20, 30, 25]), np.array([9, 4, 1]), np.array([100, 400, 1500])
    y = np.concatenate([np.r_[np.ones(a), np.zeros(b - a)] for a, b in zip(x, n, strict=True)])
    h = np.repeat([0, 1, 2], n)
    frame = {i: float(m) for i, m in enumerate(size)}
    share, p = size / size.sum(), x / n
    for weight in ((size / n)[h], np.ones(len(y))):  # a frame makes up for missing weights
        found = _made(y, weight, stratum=h, frame=frame)
        assert found.value == pytest.approx((share * p).sum())
        expected = (share**2 * p * (1 - p) / (n - 1)).sum()
        assert _variance(found) == pytest.approx(expected)
    finite = _made(y, weight, stratum=h, frame=frame, finite=True)
    shrunk = (share**2 * (1 - n / size) * p * (1 - p) / (n - 1)).sum()
    alone = (share**2 * (1 - n / size) / n).sum() / (share**2 / n).sum()
    assert finite.remaining == pytest.approx(max(shrunk / expected, alone))


def test_interval_is_korn_and_graubards() -> None:
    """Their formulas, with beta quantiles, where one heavy finding more matters less."""
    rng = np.random.default_rng(4)
    y, h = (rng.random(600) < 0.3).astype(float), np.repeat(np.arange(30), 20)
    w = np.repeat(rng.uniform(1, 1.3, 30), 20)
    found = _made(y, w, stratum=h)
    size = found.effective * (t.ppf(0.975, 599) / t.ppf(0.975, 570)) ** 2
    assert size < 600
    limits = korn_graubard(found, alpha=0.025)
    x = found.value * size
    assert limits.low == pytest.approx(beta.ppf(0.025, x, size - x + 1))
    assert limits.high == pytest.approx(beta.ppf(0.975, x + 1, size - x))


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_equal_weights_give_clopper_and_pearsons_interval(pair: tuple[int, int]) -> None:
    x, n = pair
    found = korn_graubard(_made(np.arange(n) < x, np.full(n, 7.3)), alpha=0.05)
    assert found.estimate == x / n
    assert found.low == pytest.approx(beta.ppf(0.05, x, n - x + 1) if x else 0, abs=1e-9)
    assert found.high == pytest.approx(beta.ppf(0.95, x + 1, n - x) if x < n else 1, abs=1e-9)


def test_upper_limit_nears_fay_and_feuers_for_rare_findings() -> None:
    """Their gamma limit (1997, eq. 5): here Σw = 10⁵, 5 light findings, heaviest weight 20."""
    y = np.r_[np.ones(5), np.zeros(54_995)]
    w = np.r_[np.ones(52_631), np.full(2369, 20.0)]
    made, whole = _made(y, w), w.sum()
    v, mean, top = 5 / whole**2, 5 / whole, 20 / whole
    gamma = (v + top**2) / (2 * (mean + top)) * chi2.ppf(0.95, 2 * (mean + top) ** 2 / (v + top**2))
    assert korn_graubard(made, alpha=0.05).high == pytest.approx(gamma, rel=0.005)


def test_nothing_found_is_bounded_as_if_all_were_in_the_heaviest_stratum() -> None:
    """One heavy stratum of 10 answers holds 90 % of sponsors; Kish's size would be 12."""
    y, w, h = (
        np.zeros(210),
        np.r_[np.full(10, 90.0), np.full(200, 0.5)],
        np.repeat([0, 1], [10, 200]),
    )
    found = korn_graubard(_made(y, w, stratum=h), alpha=0.05)
    heavy_only = 0.9 * (1 - 0.05 ** (1 / 10))  # the largest share that finds nothing in 5 %
    assert found.low == found.estimate == 0
    assert heavy_only < found.high < heavy_only * 1.05
    assert found.high < -log(0.05) * 0.09
    everybody = korn_graubard(_made(1 - y, w, stratum=h), alpha=0.05)
    assert (everybody.estimate, everybody.high) == (1, 1)
    assert everybody.low == pytest.approx(1 - found.high)


def test_a_light_finding_does_not_make_the_limit_fall() -> None:
    w, h = np.r_[np.full(20, 50.0), np.ones(400)], np.repeat([0, 1], [20, 400])
    limits = [
        korn_graubard(_made(np.r_[np.zeros(20), np.arange(400) < k], w, stratum=h), alpha=0.05).high
        for k in range(40)
    ]
    assert (np.diff(limits) > -1e-4).all()


def test_a_stratum_of_the_frame_without_answers_may_be_anything() -> None:
    frame = {"a": 100.0, "b": 300.0, "c": 600.0, "gone": 0.0}
    two = H != "c"
    found = _made(Y[two], W[two], stratum=H[two], frame=frame)
    seen = _made(Y[two], W[two], stratum=H[two], frame={"a": 100.0, "b": 300.0})
    assert found.value == seen.value
    assert found.unseen == pytest.approx(0.6)
    wide, narrow = korn_graubard(found, alpha=0.05), korn_graubard(seen, alpha=0.05)
    assert wide.low == pytest.approx(0.4 * narrow.low)
    assert wide.high == pytest.approx(0.4 * narrow.high + 0.6)
    with pytest.raises(IndRiskError, match="stratum 'c'"):
        _made(Y, W, stratum=H, frame={"a": 1.0, "b": 1.0})


def test_strata_with_one_answer_are_not_taken_as_certain() -> None:
    alone = np.arange(16)
    found = _made(Y, W, stratum=alone)
    assert found.freedom == 1
    p = found.value
    assert _variance(found) == pytest.approx(((W * (Y - p)) ** 2).sum() / W.sum() ** 2)
    framed = _made(Y, W, stratum=alone, frame=dict(enumerate(W.tolist())))
    assert _variance(framed) == pytest.approx(_variance(found))
    limits = korn_graubard(found, alpha=0.05)
    assert limits.low < 0.05
    assert limits.high > 0.95


def test_pure_strata_are_not_taken_as_certain() -> None:
    y, h = np.repeat([1.0, 0.0], 10), np.repeat([0, 1], 10)
    limits = korn_graubard(_made(y, np.ones(20), stratum=h), alpha=0.05)
    assert limits.low < 0.35
    assert limits.high > 0.65


def test_nobody_gives_nothing_and_nonsense_is_refused() -> None:
    assert survey_proportion(outcome=np.zeros(0), weight=np.zeros(0)) is None
    assert survey_proportion(outcome=np.zeros(0), weight=np.zeros(0), frame={"a": 5.0}) is None
    for outcome in (0.5, np.nan, 2.0):
        with pytest.raises(IndRiskError, match="outcome"):
            survey_proportion(outcome=np.array([0.0, outcome]), weight=np.ones(2))
    for weight in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(IndRiskError, match="weight"):
            survey_proportion(outcome=np.zeros(2), weight=np.array([1.0, weight]))


@pytest.mark.parametrize(("whole", "n"), [(60, 20), (100, 50), (100, 90), (400, 300)])
def test_finite_population_by_exact_enumeration(whole: int, n: int) -> None:
    limits = []
    for x in range(n + 1):
        y = (np.arange(n) < x).astype(float)
        found = korn_graubard(_made(y, np.full(n, whole / n), finite=True), alpha=0.05)
        limits.append((found.low, found.high))
    low, high = np.array(limits).T
    for k in range(whole + 1):
        chance = hypergeom.pmf(np.arange(n + 1), whole, k, n)
        assert chance[low > k / whole + 1e-12].sum() <= 0.059
        assert chance[high < k / whole - 1e-12].sum() <= 0.059


def test_a_census_is_certain() -> None:
    found = korn_graubard(_made(Y, np.ones(16), frame={0: 16.0}, finite=True), alpha=0.05)
    assert found.low == found.estimate == found.high == 5 / 16


answer = st.tuples(
    st.booleans(),
    st.one_of(st.floats(1, 1000), st.floats(1e-300, 1e300)),
    st.sampled_from(["a", "b", "c", "d", None]),
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(answer, max_size=30),
    st.sampled_from(["none", "exact", "with an empty stratum"]),
    st.booleans(),
    st.sampled_from([0.001, 0.025, 0.05, 0.2]),
)
def test_limits_always_enclose_the_estimate(
    rows: list[tuple[bool, float, str | None]], frame: str, finite: bool, alpha: float
) -> None:
    y, w = (np.array([r[i] for r in rows], dtype=float) for i in (0, 1))
    h = np.array([r[2] for r in rows], dtype=object)
    labels = {k: 10.0 + i for i, k in enumerate(("a", "b", "c", "d", None)) if k in list(h)}
    sizes = {"none": None, "exact": labels, "with an empty stratum": labels | {"z": 12.0}}[frame]
    found = survey_proportion(outcome=y, weight=w, stratum=h, frame=sizes, finite=finite)
    if not rows:
        assert found is None
        return
    assert found is not None
    limits = korn_graubard(found, alpha=alpha)
    assert np.isfinite([limits.low, limits.estimate, limits.high]).all()
    assert 0 <= limits.low <= limits.estimate <= limits.high <= 1
    assert 0 < found.effective <= len(rows)
    assert found.freedom >= 1
    if not finite:
        assert limits.high > limits.low


DESIGNS = {
    # sponsors, drawn and relative rate of each stratum
    "one stratum": ([8000], [300], [1.0]),
    "high band drawn more": ([1000, 2000, 7000], [150, 100, 150], [3.0, 1.5, 0.6]),
    "low band drawn more": ([1000, 2000, 7000], [30, 60, 300], [3.0, 1.5, 0.6]),
    "heavy weights fail more": ([1000, 2000, 7000], [150, 100, 60], [0.5, 0.8, 1.2]),
    "weights 1:1000": ([9000, 900, 100], [9, 90, 100], [1.0, 1.0, 1.0]),
    "many small strata": ([100] * 40, [3] * 20 + [8] * 20, [1.5] * 20 + [0.5] * 20),
}
DRAWS = 300  # misses of 5 % have a Monte Carlo error of 1.3 points, coverage of 90 % of 1.7


@pytest.mark.parametrize("prevalence", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("design", DESIGNS)
def test_coverage_with_a_tenth_not_answering(design: str, prevalence: float) -> None:
    """Each limit misses at most 5 %, but for chance; 1,500 draws found 4.2 % at most."""
    size, drawn, relative = (np.array(v) for v in DESIGNS[design])
    failing = np.round(prevalence * relative * size * size.sum() / (size @ relative)).astype(int)
    truth = failing.sum() / size.sum()
    rng, h = np.random.default_rng(11), np.repeat(np.arange(len(size)), drawn)
    frame = {i: float(m) for i, m in enumerate(size)}
    probability, misses = (drawn / size)[h], np.zeros(2)
    for _ in range(DRAWS):
        found = rng.hypergeometric(failing, size - failing, drawn)
        y = np.concatenate([np.arange(m) < k for m, k in zip(drawn, found, strict=True)])
        answers = rng.random(len(h)) < 0.9
        made = response_weights(probability=probability, cell=h, responded=answers)
        share = survey_proportion(
            outcome=y[answers].astype(float), weight=made.weight[answers], stratum=h[answers],
            frame=frame,
        )  # fmt: skip
        assert share is not None
        limits = korn_graubard(share, alpha=0.05)
        misses += (limits.low > truth + 1e-12, limits.high < truth - 1e-12)
    error = (0.05 * 0.95 / DRAWS) ** 0.5
    assert (misses / DRAWS <= 0.05 + 2 * error).all()
    assert 1 - misses.sum() / DRAWS >= 0.9 - 0.01 - 2 * (0.09 / DRAWS) ** 0.5
