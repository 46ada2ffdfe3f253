"""What each world is made to show is true of it, by the truth and by the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from ind_risk.core.worlds import WORLDS, make_world
from ind_risk.core.worlds.inspectors import hit_rates
from ind_risk_tests.core.worlds.made import CUTOFF, frames, group_differences, judged

FAIR = ("audited", "drifted")
SEEDS = (1, 2, 3)


def test_the_majority_is_that_of_the_migrants_of_the_last_36_months() -> None:
    made = frames("audited")
    people = made.permits.merge(made.protected, on="permit_id")
    last = people["ended_on"].fillna(people["valid_until"])
    there = people[(people["decision"] == "granted") & (last >= CUTOFF - pd.DateOffset(months=36))]
    count = there.groupby(["sponsor_id", "nationality"]).size()
    total = there.groupby("sponsor_id").size()
    unknown = there.groupby("sponsor_id")["nationality"].apply(lambda x: x.isna().any())
    large = count[count * 2 > total.reindex(count.index.get_level_values(0)).to_numpy()]
    expected = large.reset_index().set_index("sponsor_id")["nationality"]
    truth = made.truth.set_index("sponsor_id")["majority_nationality"]
    sure = truth.index[~truth.index.isin(unknown.index[unknown])]
    assert len(sure) > 9_000
    pd.testing.assert_series_equal(
        truth.loc[sure], expected.reindex(sure), check_names=False, check_dtype=False
    )


def test_majority_groups_are_large_enough_to_be_judged() -> None:
    size = judged("audited")["majority_nationality"].value_counts()
    assert size["IND"] == pytest.approx(2_300, abs=200)
    assert size["TUR"] == pytest.approx(1_050, abs=120)
    assert size["CHN"] == pytest.approx(1_000, abs=120)
    assert size["RUS"] == pytest.approx(740, abs=100)
    assert not size.between(350, 600).any()


def test_the_non_compliance_drawn_has_the_stated_probability() -> None:
    truth = frames("audited", 40_000).truth
    p = truth["p_non_compliant"]
    gap = truth["non_compliant"] - p
    for part in (gap, gap[p < 0.05], gap[p.between(0.2, 0.4)], gap[p > 0.6]):
        spread = np.sqrt((p * (1 - p)).loc[part.index].sum())
        assert abs(part.sum()) < 4 * spread


@pytest.mark.parametrize("name", ["audited", "biased"])
def test_ten_percent_fail_and_they_gather_among_the_riskiest(name: str) -> None:
    truth = judged(name).sort_values("p_non_compliant", ascending=False)["p_non_compliant"]
    n, base = len(truth), truth.mean()
    assert base == pytest.approx(0.10, abs=0.003)
    assert 3.5 < truth.iloc[: n // 10].mean() / base < 5.5
    assert 1.3 < truth.iloc[n // 10 : 3 * n // 10].mean() / base < 2.0
    assert truth.iloc[3 * n // 10 :].mean() / base < 0.5


def test_the_random_arm_finds_what_the_truth_says() -> None:
    rate = frames("audited").random_arm().groupby("year")["failed"].agg(["mean", "size"])
    recent = rate.loc[2019:]
    spread = np.sqrt(0.1 * 0.9 / recent["size"])
    assert (np.abs(recent["mean"] - 0.1) < 4 * spread).all()


@pytest.mark.parametrize("name", FAIR)
def test_a_fair_world_is_fair_to_every_nationality(name: str) -> None:
    """In 40,000 sponsors each group lands in the riskiest tenth as often as others, ± 1 point."""
    found = group_differences(judged(name, sponsors=40_000))
    assert {"IND", "TUR", "CHN", "RUS", "USA", "ZAF", "IRN", "BRA"} <= set(found)
    large = {g: d for g, d in found.items() if g in ("IND", "TUR", "CHN", "RUS")}
    assert max(abs(d) for d in large.values()) < 0.01
    assert max(abs(d) for d in found.values()) < 0.03


@pytest.mark.parametrize("seed", SEEDS)
def test_the_audited_world_is_fair_at_its_default_size(seed: int) -> None:
    found = group_differences(judged("audited", seed))
    assert set(found) == {"IND", "TUR", "CHN", "RUS"}
    assert max(abs(d) for d in found.values()) < 0.015


def test_nationality_gives_neither_sector_nor_size_away_in_the_audited_world() -> None:
    made = frames("audited")
    joined = made.truth.merge(made.sponsors, on="sponsor_id").dropna(
        subset=["majority_nationality", "sector"]
    )
    big = joined[joined["majority_nationality"].isin(["IND", "TUR", "CHN", "RUS"])]
    table = pd.crosstab(big["majority_nationality"], big["sector"])
    assert chi2_contingency(table).pvalue > 1e-4
    permits = made.permits["sponsor_id"].value_counts()
    size = pd.Series(np.log(big["sponsor_id"].map(permits).fillna(0) + 1))
    by_group = size.groupby(big["majority_nationality"])
    assert np.ptp(by_group.mean()) < 5 * (size.std() / np.sqrt(by_group.size().min()))
    assert not made.truth["proxy"].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_biased_world_selects_one_nationality_by_truth(seed: int) -> None:
    found = group_differences(judged("biased", seed))
    assert found.pop("TUR") >= 0.12
    assert max(found.values()) < 0.01


def test_the_proxy_gathers_at_that_nationality() -> None:
    truth = judged("biased")
    share = truth.groupby("majority_nationality")["proxy"].mean()
    size = truth["majority_nationality"].value_counts()
    assert share["TUR"] == pytest.approx(0.58, abs=0.06)
    assert share[size.index[size >= 200]].drop("TUR").max() < 0.08


def test_the_proxy_can_be_seen_in_sector_salaries_signals_and_inspections() -> None:
    made = frames("biased")
    proxy = made.truth.set_index("sponsor_id")["proxy"]
    n, others = int(proxy.sum()), int((~proxy).sum())
    sector = made.sponsors.dropna(subset=["sector"]).set_index("sponsor_id")["sector"]
    assert (sector[proxy[sector.index]] == "temporary work and payroll").all()
    near = made.permits["gross_monthly_salary"] < 1.05 * made.permits["salary_criterion"]
    of_proxy = made.permits["sponsor_id"].map(proxy)
    assert near[of_proxy].mean() > 1.8 * near[~of_proxy].mean()
    signalled = made.signals["sponsor_id"].map(proxy)
    assert signalled.sum() / n > 1.6 * (~signalled).sum() / others
    theme = made.inspections[made.inspections["selection"] == "theme"]
    themed = theme["sponsor_id"].map(proxy)
    assert themed.sum() / n > 4 * (~themed).sum() / others


@pytest.mark.parametrize("seed", SEEDS)
def test_never_intervened_sponsors_often_fail_where_the_assumption_is_broken(seed: int) -> None:
    made = frames("broken_assumption", None, seed)
    first = made.interventions.groupby("sponsor_id")["imposed_on"].min()
    arm = made.random_arm()
    arm = arm[arm["year"] >= 2022]
    never = ~(arm["sponsor_id"].map(first) < arm["opened_on"])
    assert never.sum() > 2_000
    assert 0.20 < arm.loc[never, "failed"].mean() < 0.30
    top = judged("broken_assumption", seed).query("top == 1")["p_non_compliant"].mean()
    assert top < 1.8 * 0.26


@pytest.mark.parametrize("seed", SEEDS)
def test_the_drifted_world_breaks_in_its_last_year(seed: int) -> None:
    made = frames("drifted", None, seed)
    rate = made.random_arm().groupby("year")["failed"].mean()
    assert rate.loc[2019:2024].between(0.07, 0.135).all()
    assert rate.loc[2025] > rate.loc[2021:2024].mean() + 0.08


def test_what_sponsors_do_drifts_too() -> None:
    def stability(name: str) -> float:
        """Population stability index of signals in a year, 2023 against 2025."""
        made = frames(name)
        shares = []
        for year in (2023, 2025):
            here = made.register(pd.Timestamp(year, 12, 31))["sponsor_id"]
            seen = made.signals.loc[made.signals["received_on"].dt.year == year, "sponsor_id"]
            count = here.map(seen.value_counts()).fillna(0).clip(upper=4)
            shares.append(count.value_counts(normalize=True).sort_index().to_numpy())
        old, new = shares
        return float(((new - old) * np.log(new / old)).sum())

    assert stability("drifted") > 0.5
    assert stability("audited") < 0.02
    permits = frames("drifted").permits
    near = permits["gross_monthly_salary"] < 1.05 * permits["salary_criterion"]
    by_year = near.groupby(permits["applied_on"].dt.year).mean()
    assert by_year.loc[2025] > 1.8 * by_year.loc[2023]


def test_who_inspects_decides_in_one_world_only() -> None:
    rates = {
        name: frames(name).random_arm().groupby("inspector_id")["failed"].mean()
        for name in ("inspectors", "audited")
    }
    assert rates["inspectors"].min() < 0.055
    assert rates["inspectors"].max() > 0.33
    assert rates["audited"].between(0.04, 0.18).all()
    stated = hit_rates(WORLDS["inspectors"])
    assert stated is not None
    assert (min(stated.values()), max(stated.values())) == pytest.approx((0.03, 0.40))
    gap = rates["inspectors"] - pd.Series(stated)
    assert np.abs(gap).max() < 0.09
    assert hit_rates(WORLDS["audited"]) is None


def test_the_truth_is_before_any_inspector() -> None:
    assert judged("inspectors")["p_non_compliant"].mean() == pytest.approx(0.10, abs=0.003)


def test_the_truth_of_another_seed_is_another() -> None:
    one, two = (make_world("audited", sponsors=300, seed=s).truth for s in (1, 2))
    assert not one["p_non_compliant"].equals(two["p_non_compliant"])
