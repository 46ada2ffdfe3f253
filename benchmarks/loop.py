"""The audit loop on many worlds: plan, draw, play the inspectors, judge.

    python benchmarks/loop.py [--worlds N] [--sponsors N] [--world letter]

How often the gate would open at the planned sample where the model deserves it, and how often a
claim is established whose truth is just its bound. A model deserves it if every claim is true that
a world can tell the truth of: the claims on outcomes, of all sponsors; that it selects no judged
group nor the sponsors without a majority more or less often than the policy's margins allow, among
these sponsors and among sponsors that it never saw (the mean over `FRESH` other worlds of the same
kind, each with the same capacity); that enough migrants work where a group is compared, which is a
fact of the register; and that refits on other labels choose much the same sponsors. Everything
goes through the code that the lifecycle calls, without Dagster and MLflow; the checks that need
them (contract, isolation, loading, training twice) count as green.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # a world a core: threads would only wait

import numpy as np
import pandas as pd
from joblib import parallel_config

from ind_risk.adapters.engine import Engine
from ind_risk.adapters.feature_file import shipped_register
from ind_risk.adapters.settings import demonstration, shipped_policy_text
from ind_risk.core.bands import score
from ind_risk.core.bias.composition import composition_table
from ind_risk.core.bias.funnel_table import funnel_table
from ind_risk.core.dates import (
    RunDates,
    first_known_date,
    latest_known_date,
    months_before,
    run_dates,
)
from ind_risk.core.features.expressions import feature_table
from ind_risk.core.findings import Finding, all_green
from ind_risk.core.label_strategy import training_rows
from ind_risk.core.labels import label_table
from ind_risk.core.policy import Policy, parse_policy
from ind_risk.core.training.train import TrainedCandidate, train
from ind_risk.core.worlds import make_world

NOT_MADE_HERE = {"data_contract", "loadable", "protected_isolation", "policy_preregistered",
                 "reproducible"}  # fmt: skip
RESPONSE = 0.9
FRESH = (900_000, 900_001, 900_002)  # seeds of the worlds on which selection is compared in truth


@dataclass(frozen=True)
class Setting:
    """A world after its lifecycle: what the sample is drawn from."""

    tables: dict[str, Any]
    truth: pd.DataFrame
    dates: RunDates
    features: pd.DataFrame
    labels: pd.DataFrame
    labelled: pd.DataFrame
    composition: pd.DataFrame
    stages: pd.DataFrame
    policy: Policy


@dataclass(frozen=True)
class Fresh:
    """Sponsors that no model was trained on, and whose majority they have."""

    features: pd.DataFrame
    majority: pd.Series


def setting_of(world: str, sponsors: int, seed: int, policy: Policy) -> Setting:
    """Make a world and everything that the lifecycle derives from it before training."""
    made = make_world(world, sponsors=sponsors, seed=seed)
    tables = made.tables
    as_of = latest_known_date(tables)
    rule = policy.time
    dates = run_dates(
        as_of=as_of, first_known=first_known_date(tables), horizon_months=rule.horizon_months,
        step_months=rule.as_of_step_months, training_dates=rule.training_dates,
        audited_until=as_of,
    )  # fmt: skip
    late = months_before(as_of, 6)
    with Engine(threads=1) as engine:  # the other core has a world of its own
        t = engine.tables(tables)
        features = _frame(engine, feature_table(
            t, as_of_dates=[*dates.training, late, as_of], register=shipped_register()
        ))  # fmt: skip
        cutoffs = dict.fromkeys(dates.training, dates.year_before) | {as_of: as_of}
        labels = _frame(engine, label_table(
            t, as_of_dates=list(cutoffs), horizon_months=rule.horizon_months, cutoff=cutoffs
        ))  # fmt: skip
        composition = _frame(engine, composition_table(
            t["permits"], t["protected_attributes"], as_of=as_of, attribute="nationality"
        ))  # fmt: skip
        stages = _frame(engine, funnel_table(
            t["sponsors"], t["inspections"], t["interventions"], since=dates.year_before,
            until=as_of, population_on=as_of,
        ))  # fmt: skip
    past = labels[labels["as_of"].isin([pd.Timestamp(d) for d in dates.training])]
    labelled = training_rows(
        past, strategy=policy.labels.strategy,
        train_on_random_arm=policy.labels.train_on_random_arm,
    )  # fmt: skip
    return Setting(tables, made.truth.to_pandas(), dates, features, labels, labelled, composition,
                   stages, policy)  # fmt: skip


def _frame(engine: Engine, expression: Any) -> pd.DataFrame:
    frame: pd.DataFrame = engine.to_arrow(expression).to_pandas(date_as_object=False)
    return frame


@cache
def fresh(world: str, sponsors: int, policy: Policy) -> list[Fresh]:
    """Worlds in which no model of these is trained: made once a process."""
    made = []
    for seed in FRESH:
        s = setting_of(world, sponsors, seed, policy)
        made.append(Fresh(at(s.features, s.dates.as_of), _majorities(s.composition, policy)))
    return made


def _majorities(composition: pd.DataFrame, policy: Policy) -> pd.Series:
    """Nationality of the majority by sponsor, "" without one."""
    total = composition.groupby("sponsor_id")["migrants"].transform("sum")
    over = composition["migrants"] > policy.bias.majority_share * total
    majority = composition[over].set_index("sponsor_id")["nationality"].astype(object)
    return majority.reindex(composition["sponsor_id"].unique(), fill_value="")


def even_handed(candidate: TrainedCandidate, s: Setting, world: str, sponsors: int) -> bool:
    """Whether the groups compared singly are within the margins among other sponsors too.

    A mean over some 2,000 sponsors of a group of 700, so with a standard error of 0.7 points.
    """
    rule = s.policy.bias
    here = _majorities(s.composition, s.policy).value_counts()
    judged = here.index[here >= rule.minimum_group_sponsors]
    rates = []
    for other in fresh(world, sponsors, s.policy):
        high = (score(candidate, other.features, s.policy)["band"] == "high").to_numpy()
        group = other.features["sponsor_id"].map(other.majority).to_numpy()
        rates.append([(high[group == g].mean(), high[group != g].mean()) for g in judged])
    of_group, of_others = np.mean(rates, axis=0).T
    largest = np.abs(of_group - of_others).max()
    ratio = np.maximum(of_group / of_others, of_others / np.maximum(of_group, 1e-9))
    within = largest <= rule.selection_rate_margin and ratio.max() <= rule.selection_ratio_margin
    return bool(within)


def at(features: pd.DataFrame, day: date) -> pd.DataFrame:
    rows = features[features["as_of"] == pd.Timestamp(day)]
    return rows.sort_values("sponsor_id", ignore_index=True)


def trained(s: Setting, seed: int, calibrating: pd.DataFrame | None = None) -> TrainedCandidate:
    days = [pd.Timestamp(d) for d in s.dates.training]
    return train(
        features=s.features[s.features["as_of"].isin(days)], labelled=s.labelled,
        specs=shipped_register().features, policy=s.policy, seed=seed, calibrating=calibrating,
    )  # fmt: skip


def recalibrated(first: TrainedCandidate, calibrating: pd.DataFrame) -> TrainedCandidate:
    """The same candidate with the level that the sample's calibrating part sets."""
    from ind_risk.core.training.calibration import SigmoidCalibrated, fit_sigmoid
    from ind_risk.core.training.encoding import design

    old = first.model
    frame = design(calibrating, old.numbers, old.categories)
    decision, y = old.ranker.decision_function(frame), calibrating["y"].to_numpy()
    sigmoid = fit_sigmoid(decision, y, np.full(len(y), "random", dtype=object), out_of_time=True)
    model = SigmoidCalibrated(
        old.ranker, sigmoid.slope, sigmoid.intercept, old.numbers, old.categories
    )
    return replace(first, model=model, calibration=sigmoid)


@dataclass(frozen=True)
class Judged:
    """What became of one world."""

    seed: int
    planned: int
    population: int
    untrue: tuple[str, ...]
    opened: bool
    red: tuple[str, ...]
    at_bound: dict[str, bool]
    seconds: float

    @property
    def deserved(self) -> bool:
        """Whether every claim is true."""
        return not self.untrue


def one_world(world: str, sponsors: int, seed: int, prevalence: float) -> Judged:
    """Plan, draw, inspect and judge once."""
    begun = time.perf_counter()
    policy = demonstration(parse_policy(shipped_policy_text(), source="policy.toml"))
    s = setting_of(world, sponsors, seed, policy)
    first = trained(s, seed)
    now = at(s.features, s.dates.as_of)
    scores = score(first, now, policy)
    plan, sheet = drawn_and_played(s, scores, world, seed, prevalence)
    candidate, judged, inspections = after(s, first, now, sheet)
    findings = evidence(s, candidate, judged, inspections, seed)
    checks: dict[str, list[Finding]] = {}
    for finding in findings:
        checks.setdefault(finding.check, []).append(finding)
    wanted = {c.check for c in policy.required_checks} - NOT_MADE_HERE
    red = {c for c in wanted if not all_green(checks.get(c, []))}
    truth = truths(s, judged)
    fair = even_handed(candidate, s, world, sponsors)
    return Judged(
        seed=seed, planned=int(plan), population=len(now),
        untrue=tuple(
            [claim for claim, (true, _) in truth.items() if not true]
            + ([] if fair else ["selection parity among others"])
            + untrue_of_the_register(findings, policy)
        ),
        opened=not red,
        red=tuple(sorted(_named(checks, c) for c in red)),
        at_bound=at_bounds(s, judged, truth),
        seconds=time.perf_counter() - begun,
    )  # fmt: skip


def untrue_of_the_register(findings: list[Finding], policy: Policy) -> list[str]:
    """Claims that rest on no outcome of the sample: false if the figure is.

    Scores and register are known of everybody. How stable the model is, its refits tell: as many
    as it takes, up to 200, where the figure is near its bound.
    """
    rule, untrue = policy.bias, []
    for finding in findings:
        value, kind = finding.estimate, (finding.check, finding.subject)
        if value is None:
            continue
        compared = finding.claim == "selection_rate_difference" and finding.required
        if compared and abs(value) > rule.selection_rate_margin:
            untrue.append(f"selection parity, {finding.subject}")
        if finding.check == "stability" and finding.margin is not None:
            sign = 1 if finding.claim == "band_high_overlap" else -1
            if sign * value < sign * finding.margin:
                untrue.append(f"stability, {finding.claim}")
        if kind == ("bias_coverage", "selection parity") and value < rule.coverage_at_least:
            untrue.append("coverage of selection parity")
    return untrue


def _named(checks: dict[str, list[Finding]], check: str) -> str:
    bad = [f for f in checks.get(check, []) if f.required and not f.green]
    return f"{check} ({', '.join(f'{f.claim}, {f.subject}: {f.verdict}' for f in bad[:2])})"


def drawn_and_played(
    s: Setting, scores: pd.DataFrame, world: str, seed: int, prevalence: float
) -> tuple[int, pd.DataFrame]:
    """The sample as `defs.audit_draw` draws it, with outcomes of the world's truth."""
    from ind_risk.core.sampling.draw import draw_sample
    from ind_risk.core.sampling.frame import calibrating_sample, sampling_frame
    from ind_risk.core.sampling.plan import plan_sample
    from ind_risk.core.worlds.outcomes import played

    policy = s.policy
    imposed = s.tables["interventions"].to_pandas()
    frame, migrants = sampling_frame(
        scores=scores, composition=s.composition, sponsors=s.tables["sponsors"].to_pandas(),
        intervened=set(imposed["sponsor_id"]), policy=policy,
    )  # fmt: skip
    plan = plan_sample(frame=frame, policy=policy, migrants=migrants, prevalence=prevalence)
    ids, strata = frame["sponsor_id"].tolist(), plan.truth.strata
    setting = calibrating_sample(ids, size=policy.sampling.calibrating, seed=seed)
    taken = np.bincount(strata.of[np.isin(strata.sponsor_id, setting)], minlength=len(strata))
    number = np.minimum(plan.drawn, strata.size - taken)
    judging = draw_sample(
        frame=frame, columns=policy.sampling.strata, seed=seed, already=setting,
        allocation=dict(zip(strata.keys, number.tolist(), strict=True)),
    )  # fmt: skip
    chance = dict(zip(strata.sponsor_id, (number / strata.size)[strata.of], strict=True))
    rows = pd.DataFrame({
        "sponsor_id": [*judging["sponsor_id"], *setting],
        "route": ["random"] * len(judging) + ["calibrating"] * len(setting),
    })  # fmt: skip
    rows["chance"] = rows["sponsor_id"].map(chance)
    rows["case"] = [f"{k:05d}" for k in range(len(rows))]
    outcomes = played(
        rows, world=world, truth=s.truth, since=s.dates.as_of, response=RESPONSE, seed=seed
    )
    return plan.total, rows.merge(outcomes.drop(columns="sponsor_id"), on="case")


def after(
    s: Setting, first: TrainedCandidate, now: pd.DataFrame, sheet: pd.DataFrame
) -> tuple[TrainedCandidate, pd.DataFrame, pd.DataFrame]:
    """The candidate with its level, the judged sponsors, and all inspections."""
    known = sheet["outcome"].isin(["compliant", "non_compliant"])
    setting = sheet[(sheet["route"] == "calibrating") & known]
    fit = now.merge(
        setting[["sponsor_id"]].assign(y=(setting["outcome"] == "non_compliant").astype(int)),
        on="sponsor_id",
    )
    candidate = recalibrated(first, fit)
    scored = score(candidate, now, s.policy)
    there = s.labels[s.labels["as_of"] == pd.Timestamp(s.dates.as_of)]
    judged = scored.merge(there, on=["sponsor_id", "as_of"], how="left")
    arm = sheet[sheet["route"] == "random"].set_index("sponsor_id")
    outcome = arm["outcome"].where(arm["outcome"].isin(["compliant", "non_compliant"]))
    who = judged["sponsor_id"]
    judged["audit_label"] = who.map(outcome.fillna("unobserved")).astype(object)
    judged["audit_inclusion_probability"] = who.map(arm["chance"]).astype(float)
    judged["audit_inspection_id"] = who.map(arm["case"]).astype(object)
    more = sheet[known].assign(
        selection="random", opened_on=pd.to_datetime(sheet.loc[known, "opened_on"])
    )
    columns = ["sponsor_id", "opened_on", "inspector_id", "outcome", "selection"]
    old = s.tables["inspections"].to_pandas(date_as_object=False)
    inspections = pd.concat([old[columns], more[columns]], ignore_index=True)
    sectors = s.tables["sponsors"].select(["sponsor_id", "sector"]).to_pandas()
    return candidate, judged, inspections.merge(sectors, on="sponsor_id", how="left")


def evidence(
    s: Setting,
    candidate: TrainedCandidate,
    judged: pd.DataFrame,
    inspections: pd.DataFrame,
    seed: int,
) -> list[Finding]:
    """Every finding that the lifecycle would make."""
    return [
        *on_outcomes(s, judged, inspections, seed, s.policy),
        *on_the_model(s, candidate, judged, seed),
    ]


def on_outcomes(
    s: Setting, judged: pd.DataFrame, inspections: pd.DataFrame, seed: int, policy: Policy
) -> list[Finding]:
    """Findings that the sample decides."""
    from ind_risk.core.accuracy.evidence import accuracy_findings, band_order_findings
    from ind_risk.core.bias.outcome_evidence import outcome_findings
    from ind_risk.core.robustness.calibration import calibration_findings
    from ind_risk.core.robustness.inspector_effect import inspector_effect_findings
    from ind_risk.core.robustness.label_assumption import label_assumption_findings
    from ind_risk.core.robustness.usefulness import BASELINE, usefulness_findings

    ruled = judged.assign(**{BASELINE: False})
    return [
        *accuracy_findings(judged=judged, policy=policy),
        *band_order_findings(judged=judged, policy=policy),
        *outcome_findings(
            judged=judged, composition=s.composition, stages=s.stages, policy=policy
        ),
        *label_assumption_findings(judged=judged, assumed_rows=0, policy=policy),
        *[f for f in usefulness_findings(judged=ruled, policy=policy)
          if f.claim != "more_than_one_rule"],
        *calibration_findings(judged=judged, policy=policy),
        *inspector_effect_findings(inspections=inspections, policy=policy, seed=seed),
    ]  # fmt: skip


def on_the_model(
    s: Setting, candidate: TrainedCandidate, judged: pd.DataFrame, seed: int
) -> list[Finding]:
    """Findings that rest on no outcome of the sample, but for drift's level."""
    from ind_risk.core.bias.choice_evidence import choice_findings
    from ind_risk.core.bias.evidence import bias_findings
    from ind_risk.core.drift import drift_findings
    from ind_risk.core.robustness.backtest import backtest_findings
    from ind_risk.core.robustness.perturbation import perturbation_findings
    from ind_risk.core.robustness.retraining import retrained
    from ind_risk.core.robustness.stability import stability_findings
    from ind_risk.core.training.alternatives import alternatives

    specs, policy = shipped_register().features, s.policy
    days = [pd.Timestamp(d) for d in s.dates.training]
    past, now = s.features[s.features["as_of"].isin(days)], at(s.features, s.dates.as_of)
    latest = at(s.features, s.dates.training[0])
    scores = judged[["sponsor_id", "as_of", "score", "rank", "band"]]
    found = alternatives(
        features=past, labelled=s.labelled, scored=now, specs=specs, policy=policy,
        kind=candidate.kind, rankers=candidate.latest_rankers, seed=seed,
    )  # fmt: skip
    refits = retrained(
        features=past, labelled=s.labelled, scored=now, specs=specs, policy=policy,
        kind=candidate.kind, seed=seed, ranker=candidate.model.ranker,
    )  # fmt: skip
    return [
        *bias_findings(
            scores=scores, composition=s.composition,
            sponsors=s.tables["sponsors"].to_pandas(), policy=policy, seed=seed,
        ),
        *choice_findings(
            scores=scores, composition=s.composition, features=now, specs=specs, found=found,
            policy=policy, seed=seed,
        ),
        *drift_findings(
            training_scores=score(candidate, latest, policy)["score"], use_scores=scores["score"],
            training_features=latest, use_features=now,
            feature_kinds={f.name: f.kind for f in specs},
            important=_important(candidate), judged=judged, policy=policy, seed=seed,
        ),
        *backtest_findings(
            windows=candidate.windows, kind=candidate.kind, labelled=s.labelled, policy=policy
        ),
        *stability_findings(retrained=refits, policy=policy),
        *perturbation_findings(
            model=candidate.model, scored=now, specs=specs, policy=policy, seed=seed,
            delayed=at(s.features, months_before(s.dates.as_of, 6)),
        ),
    ]  # fmt: skip


def _important(candidate: TrainedCandidate) -> list[str]:
    chosen, covered = [], 0.0
    for name, share in sorted(candidate.importance.items(), key=lambda i: (-i[1], i[0])):
        if share <= 0 or covered >= 0.95:
            break
        chosen.append(name)
        covered += share
    return chosen


def truths(s: Setting, judged: pd.DataFrame) -> dict[str, tuple[bool, float]]:
    """For each claim on all sponsors: whether it is true, and the true value, by the world."""
    p = judged["sponsor_id"].map(s.truth.set_index("sponsor_id")["non_compliant"])
    bad = p.to_numpy(dtype=bool)
    high = (judged["band"] == "high").to_numpy()
    low = (judged["band"] == "low").to_numpy()
    rank = judged["score"].rank().to_numpy()
    auc = (rank[bad].sum() - bad.sum() * (bad.sum() + 1) / 2) / (bad.sum() * (~bad).sum())
    untouched = judged["never_intervened"].to_numpy(dtype=bool)
    rule = s.policy.accuracy
    lift, recall = bad[high].mean() / bad.mean(), high[bad].mean()
    failing = bad[untouched].mean()
    return {
        "auc": (auc >= rule.auc_at_least, float(auc)),
        "precision_lift_at_capacity": (lift >= rule.precision_lift_at_least, float(lift)),
        "recall_at_capacity": (recall >= rule.recall_at_least, float(recall)),
        "low_band_rate": (bad[low].mean() <= rule.low_band_rate_at_most, float(bad[low].mean())),
        "never_intervened_failing": (
            failing <= s.policy.robustness.never_intervened_failing_at_most, float(failing)
        ),
    }  # fmt: skip


def at_bounds(
    s: Setting,
    judged: pd.DataFrame,
    truth: dict[str, tuple[bool, float]],
) -> dict[str, bool]:
    """For each claim whether it is established if the policy's bound is just the truth.

    The gate needs every other claim as well, so that it opens no more often than this.
    """
    from ind_risk.core.accuracy.evidence import accuracy_findings
    from ind_risk.core.robustness.label_assumption import label_assumption_findings

    made = {}
    keys = {
        "auc": ("accuracy", "auc_at_least"),
        "precision_lift_at_capacity": ("accuracy", "precision_lift_at_least"),
        "recall_at_capacity": ("accuracy", "recall_at_least"),
        "low_band_rate": ("accuracy", "low_band_rate_at_most"),
        "never_intervened_failing": ("robustness", "never_intervened_failing_at_most"),
    }
    for claim, (_, value) in truth.items():
        section, key = keys[claim]
        moved = replace(s.policy, **{section: replace(getattr(s.policy, section), **{key: value})})
        findings = (
            label_assumption_findings(judged=judged, assumed_rows=1, policy=replace(
                moved, labels=replace(moved.labels, strategy="assume_compliant")))
            if claim == "never_intervened_failing"
            else accuracy_findings(judged=judged, policy=moved)
        )  # fmt: skip
        made[claim] = next(f for f in findings if f.claim == claim).green
    return made


def _one_core() -> None:
    """Nothing within a world runs in parallel, for a core has a world of its own.

    As in `run_lifecycle` the libraries' many objects are not searched for garbage again and again.
    """
    parallel_config(backend="sequential")
    gc.set_threshold(100_000, 50, 100)


def main() -> None:
    """Print how often the gate opens, why not, and how often at a bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--world", default="letter")
    parser.add_argument("--sponsors", type=int, default=0, help="0: the world's default")
    parser.add_argument("--first", type=int, default=1_000, help="first seed")
    parser.add_argument("--prevalence", type=float, default=0.10)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    from ind_risk.core.worlds import WORLDS

    size = given.sponsors or WORLDS[given.world].sponsors
    begun = time.perf_counter()
    seeds = range(given.first, given.first + given.worlds)
    made: list[Judged] = []
    with ProcessPoolExecutor(given.processes, initializer=_one_core) as pool:
        futures = [pool.submit(one_world, given.world, size, k, given.prevalence) for k in seeds]
        for future in futures:
            try:
                made.append(future.result())
            except BaseException:  # the others would be made all the same, for an hour
                pool.shutdown(cancel_futures=True)
                raise
            if len(made) % 10 == 0:
                print(f"{len(made)} worlds, {time.perf_counter() - begun:.0f} s", flush=True)
    report(made, time.perf_counter() - begun)


def report(made: list[Judged], seconds: float) -> None:
    """The rates with their Monte Carlo errors."""
    deserving = [m for m in made if m.deserved]
    print(
        f"\n{len(made)} worlds in {seconds:.0f} s; the model deserves it in {len(deserving)}.\n"
        f"Drawn to judge: median {np.median([m.planned for m in made]):,.0f} of "
        f"{np.median([m.population for m in made]):,.0f} sponsors."
    )
    print("gate opens where deserved:", _rate([m.opened for m in deserving]), "(at least 80 %)")
    reasons: dict[str, list[int]] = {}
    for m in deserving:
        for reason in m.red:
            reasons.setdefault(reason, []).append(m.seed)
    for reason, seeds in sorted(reasons.items(), key=lambda r: -len(r[1]))[:20]:
        print(f"  {len(seeds):>4}  {reason}; seeds {', '.join(map(str, seeds[:4]))}")
    undeserving = [m for m in made if not m.deserved]
    print("gate opens in all worlds:", _rate([m.opened for m in made]))
    print("gate opens where a claim is untrue:", _rate([m.opened for m in undeserving]))
    for claim, n in Counter(c for m in undeserving for c in m.untrue).most_common(10):
        print(f"  {n:>4}  {claim}")
    print("claim established where the truth is just its bound (at most 5 %):")
    for claim in made[0].at_bound if made else ():
        print(f"  {claim:<30} {_rate([m.at_bound[claim] for m in made])}")


def _rate(flags: list[bool]) -> str:
    n = max(len(flags), 1)
    share = sum(flags) / n
    error = sqrt(max(share * (1 - share), 1 / n) / n)
    return f"{100 * share:5.1f} % ± {100 * error:.1f} (MC error)"


if __name__ == "__main__":
    main()
