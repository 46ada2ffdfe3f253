"""Stage 4, robustness: does the model hold up, and do the labels under it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.trainer import TrainingAgain, TrainingData, sample_to_score, training_data
from ind_risk.core.dates import months_before
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.evidence import OWNERS, check_specs, judged
from ind_risk.defs.features import DELAY_MONTHS
from ind_risk.defs.resources import CANDIDATE, Platform, check_result, image

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.adapters.clean_process import CleanProcess
    from ind_risk.core.findings import Finding
    from ind_risk.dossier.plots import Plot

ASSET = "robustness_evidence"
CHECKS = check_specs(
    ASSET,
    label_assumption="What the labels take for granted is shown on random inspections.",
    usefulness="Visits by the model find more than random checks and than one rule would.",
    calibration="Scores mean what they say: level and slope, on random inspections.",
    backtest="It would have done well enough in every past window, labels matured.",
    stability="Other sponsors' labels would have sent inspectors to the same sponsors.",
    perturbation="Missing, noisy, late and unseen inputs change few bands and crash nothing.",
    inspector_effect="What is found depends on the sponsor, and not on who inspects.",
    sensitivity="How wrong what is not known may be before conclusions turn.",
    reproducible="Trained again from the same tables, it is the same model.",
)
AGAIN_SECONDS = 300.0
# The second training of the candidate trained last in this process, by its digest.
_AGAIN: dict[str, TrainingAgain] = {}


def train_again(platform: Platform, model_digest: str, process: CleanProcess) -> None:
    """Begin the second training beside everything else, of one candidate at a time.

    Args:
        platform: whose home it reads.
        model_digest: of the first training.
        process: that does it, and is ended with it.
    """
    for other in _AGAIN.values():
        other.close()
    _AGAIN.clear()
    _AGAIN[model_digest] = TrainingAgain(platform.home, process)


@dg.asset(
    description=described("robustness_evidence"),
    group_name=groups.EVIDENCE,
    owners=OWNERS,
    kinds={"scikitlearn"},
    deps=["candidate_scores", "features", "labels", "sponsors", "inspections"],
    check_specs=CHECKS,
)
def robustness_evidence(platform: Platform) -> dg.MaterializeResult:
    """Everything that could make the model or its labels other than they seem."""
    findings = _findings(platform)
    results, plots = [], {}
    for spec in CHECKS:
        mine = [f for f in findings if f.check == spec.name]
        with stopwatch.stage("plots"):
            plot = _plot(platform, spec.name, mine)
        plots[spec.name] = image(plot.png, plot.alt)
        results.append(check_result(platform, spec.name, ASSET, mine, plots={spec.name: plot}))
    return dg.MaterializeResult(
        metadata={**plots, **platform.links(), **platform.candidate().metadata()},
        check_results=results,
    )


def _plot(platform: Platform, check: str, findings: list[Finding]) -> Plot:
    from ind_risk.dossier.plots import forest

    minimum = platform.policy.disclosure.minimum_count
    return forest(findings, title=check.replace("_", " "), minimum=minimum)


def _findings(platform: Platform) -> list[Finding]:
    """Findings of every check, each in a stage of its own."""
    from ind_risk.adapters.model_file import load_model
    from ind_risk.core.robustness.inspector_effect import inspector_effect_findings
    from ind_risk.core.robustness.perturbation import perturbation_findings

    data, policy, identity = training_data(platform.home), platform.policy, platform.candidate()
    with stopwatch.stage("robustness"):
        made = _on_outcomes(platform, data)
    with stopwatch.stage("inspectors"):
        made += inspector_effect_findings(
            inspections=_inspections(platform), policy=policy, seed=data.seed
        )
    model = load_model(
        platform.models.model_path(identity.model_version), expected_digest=identity.model_digest
    )
    with stopwatch.stage("stability"):
        made += _refits(platform, data, model)
    with stopwatch.stage("perturbation"):
        made += perturbation_findings(
            model=model, scored=data.at(data.dates.as_of), specs=data.register.features,
            policy=policy, seed=data.seed,
            delayed=data.at(months_before(data.dates.as_of, DELAY_MONTHS)),
        )  # fmt: skip
    with stopwatch.stage("training again"):
        made += _again(platform, data, model)
    return made


def _on_outcomes(platform: Platform, data: TrainingData) -> list[Finding]:
    """What outcomes tell: of labels, use, level, past windows, and what is not known."""
    from ind_risk.core.label_strategy import ASSUMED
    from ind_risk.core.robustness.backtest import backtest_findings
    from ind_risk.core.robustness.calibration import calibration_findings
    from ind_risk.core.robustness.class_priors import class_prior_findings
    from ind_risk.core.robustness.label_assumption import label_assumption_findings
    from ind_risk.core.robustness.sensitivity import sensitivity_findings
    from ind_risk.core.robustness.usefulness import BASELINE, usefulness_findings
    from ind_risk.core.training.selection import WindowResult

    policy = data.policy
    outcomes = judged(platform, platform.tables.read("scores_judged"))
    outcomes[BASELINE] = _by_one_rule(data, outcomes)
    kept = platform.tables.read_json(CANDIDATE)
    windows = [WindowResult.from_dict(w) for w in kept["windows"]]
    return [
        *label_assumption_findings(
            judged=outcomes, policy=policy,
            assumed_rows=int((data.labelled["source"] == ASSUMED).sum()),
        ),
        *usefulness_findings(judged=outcomes, policy=policy),
        *calibration_findings(judged=outcomes, policy=policy),
        *backtest_findings(
            windows=windows, kind=kept["kind"], labelled=data.labelled, policy=policy
        ),
        *sensitivity_findings(judged=outcomes, policy=policy),
        *class_prior_findings(judged=outcomes, policy=policy),
    ]  # fmt: skip


def _by_one_rule(data: TrainingData, outcomes: pd.DataFrame) -> Any:
    """Whom the one-rule baseline, trained on the same rows, would visit at the same capacity."""
    import numpy as np
    import pandas as pd

    from ind_risk.core.bands import bands_of, capacity_order, tie_break
    from ind_risk.core.training.candidates import ONE_RULE, fit_ranker
    from ind_risk.core.training.encoding import categories_of, design, numbers_of
    from ind_risk.core.training.rows import join_rows

    specs = data.register.features
    rows = join_rows(
        features=data.past, labelled=data.labelled, specs=specs,
        random_arm=data.policy.labels.train_on_random_arm,
    )  # fmt: skip
    if not rows.has_both:
        return np.zeros(len(outcomes), dtype=bool)
    ranker = fit_ranker(ONE_RULE, rows.frame, rows.y, specs, seed=data.seed)
    there = data.at(data.dates.judge_as_of)
    decision = ranker.decision_function(design(there, numbers_of(specs), categories_of(specs)))
    order = capacity_order(decision, tie_break(there["sponsor_id"], there["as_of"]))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    chosen = pd.Series(bands_of(rank, data.policy.capacity) == "high", index=there["sponsor_id"])
    return chosen.reindex(outcomes["sponsor_id"]).fillna(False).to_numpy(dtype=bool)


def _inspections(platform: Platform) -> pd.DataFrame:
    """Every inspection known by the end of what judges, with the sponsor's sector."""
    import pandas as pd

    until = pd.Timestamp(platform.tables.read_json(CANDIDATE)["dates"]["outcomes_until"])
    landing = platform.tables.landing(("sponsors", "inspections"))
    sectors = landing["sponsors"].select(["sponsor_id", "sector"]).to_pandas()
    frame = landing["inspections"].to_pandas(date_as_object=False)
    frame = frame[frame["closed_on"] <= until]
    joined: pd.DataFrame = frame.merge(sectors, on="sponsor_id", how="left")
    return joined


def _refits(platform: Platform, data: TrainingData, model: Any) -> list[Finding]:
    from ind_risk.core.robustness.retraining import retrained
    from ind_risk.core.robustness.stability import stability_findings

    found = retrained(
        features=data.past, labelled=data.labelled, scored=data.at(data.dates.as_of),
        specs=data.register.features, policy=data.policy, seed=data.seed,
        kind=platform.tables.read_json(CANDIDATE)["kind"], ranker=model.ranker,
    )  # fmt: skip
    return stability_findings(retrained=found, policy=data.policy)


def _again(platform: Platform, data: TrainingData, model: Any) -> list[Finding]:
    from ind_risk.core.robustness.reproducible import reproducible_findings

    digest = platform.candidate().model_digest
    process = _AGAIN.pop(digest, None) or TrainingAgain(platform.home)
    again = process.finish(AGAIN_SECONDS)
    first = model.predict_proba(sample_to_score(data))[:, 1].tolist()
    gaps = [abs(a - b) for a, b in zip(first, again.scores, strict=False)]
    return reproducible_findings(
        first=digest, second=again.digest, n=len(gaps),
        largest_difference=max(gaps, default=float("nan")),
    )  # fmt: skip
