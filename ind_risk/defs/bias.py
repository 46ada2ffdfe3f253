"""Stage 4, bias: every hypothesis on one candidate; the only reader of protected attributes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.progress import stopwatch
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.evidence import OWNERS, check_specs, judged
from ind_risk.defs.resources import CANDIDATE, Platform, check_result, image

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Finding
    from ind_risk.dossier.plots import Plot

CHECKS = check_specs(
    "bias_evidence",
    bias_independence="H1: scores and nationality composition are unrelated.",
    bias_selection_parity="H2: each nationality's sponsors are selected as often as others.",
    bias_error_parity="H3: compliant sponsors of each nationality are selected as often, and "
    "non-compliant ones missed as often, as others; on random inspections only.",
    bias_funnel="People treat each nationality's sponsors alike at every stage a case passes.",
    bias_coverage="Enough migrants are of nationalities about which something can be said.",
    bias_alternatives="No model nearly as good treats the nationalities clearly more alike.",
)
SOURCES = ("sponsors", "permits", "protected_attributes", "inspections", "interventions")


@dg.asset(
    description=described("bias_evidence"),
    group_name=groups.EVIDENCE,
    owners=OWNERS,
    kinds={"scipy"},
    deps=["candidate_scores", "alternatives", "features", "labels", *SOURCES],
    check_specs=CHECKS,
)
def bias_evidence(platform: Platform) -> dg.MaterializeResult:
    """The bias hypotheses on every sponsor to be scored; the only reader of nationality."""
    with stopwatch.stage("bias"):
        findings = _findings(platform)
    results, plots = [], {}
    for spec in CHECKS:
        mine = [f for f in findings if f.check == spec.name]
        with stopwatch.stage("plots"):
            plot = _plot(platform, spec.name, mine)
        plots[spec.name] = image(plot.png, plot.alt)
        results.append(
            check_result(platform, spec.name, "bias_evidence", mine, plots={spec.name: plot})
        )
    return dg.MaterializeResult(
        metadata={**plots, **platform.links(), **platform.candidate().metadata()},
        check_results=results,
    )


def _plot(platform: Platform, check: str, findings: list[Finding]) -> Plot:
    """What is asked for, and of what is only reported what shows a disparity or nothing."""
    from ind_risk.dossier.plots import forest

    minimum = platform.policy.disclosure.minimum_count
    telling = ("disparity", "refuted")
    drawn = [
        f
        for f in findings
        if not f.claim.endswith("_ratio")
        and (f.required or f.verdict in telling or f.estimate is None)
    ]
    return forest(drawn, title=check.replace("_", " "), minimum=minimum)


def _findings(platform: Platform) -> list[Finding]:
    from ind_risk.core.bias.evidence import bias_findings
    from ind_risk.core.bias.outcome_evidence import outcome_findings

    policy, seed = platform.policy, platform.tables.landing_facts().seed
    sponsors = platform.tables.landing(("sponsors",))["sponsors"].to_pandas()
    then = judged(platform, platform.tables.read("scores_judged"))
    tables = _read(platform, policy.bias.migrant_attributes)
    scores = platform.tables.read("scores_use")
    return [
        *bias_findings(
            scores=scores,
            composition=tables["nationality"],
            sponsors=sponsors,
            policy=policy,
            seed=seed,
            others={a: tables[a] for a in policy.bias.migrant_attributes},
        ),
        *outcome_findings(
            judged=then,
            composition=tables["judged"],
            stages=_with_worklist(platform, tables["stages"]),
            policy=policy,
        ),
        *_alternatives(platform, scores, tables["nationality"]),
    ]


def _dates(platform: Platform) -> tuple[date, date, date]:
    """The judging date, a horizon before the cut-off, and the cut-off."""
    when = platform.tables.read_json(CANDIDATE)["dates"]
    judged_on, before, until = (
        date.fromisoformat(when[key]) for key in ("judge_as_of", "year_before", "as_of")
    )
    return judged_on, before, until


def _read(platform: Platform, attributes: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Compositions now and at the judging date, and the stages since then; one engine."""
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.bias.composition import composition_table
    from ind_risk.core.bias.funnel_table import funnel_table

    judged_on, since, until = _dates(platform)
    with Engine() as engine:
        t = engine.tables(platform.tables.landing(SOURCES))
        permits, protected = t["permits"], t["protected_attributes"]
        made: dict[str, Any] = {
            a: composition_table(permits, protected, as_of=until, attribute=a)
            for a in ("nationality", *attributes)
        }
        made["judged"] = composition_table(permits, protected, as_of=judged_on)
        made["stages"] = funnel_table(
            t["sponsors"], t["inspections"], t["interventions"], since=since, until=until,
            population_on=judged_on,
        )  # fmt: skip
        return {name: engine.to_arrow(table).to_pandas() for name, table in made.items()}


def _with_worklist(platform: Platform, stages: pd.DataFrame) -> pd.DataFrame:
    """The stages, with whom a model's worklist named, if one was issued since the judging date."""
    from ind_risk.adapters.issued import listed_by_model

    _, since, until = _dates(platform)
    listed = listed_by_model(platform.home, platform.ledger, since=since, until=until)
    if listed is None:
        return stages
    return stages.assign(worklist=stages["sponsor_id"].isin(listed))


def _alternatives(
    platform: Platform, scores: pd.DataFrame, composition: pd.DataFrame
) -> list[Finding]:
    """Whether another model does as well and treats groups more alike, and what gives them away."""
    from ind_risk.core.bias.choice_evidence import choice_findings
    from ind_risk.defs.alternatives import kept_alternatives

    return choice_findings(
        scores=scores,
        composition=composition,
        features=_features_now(platform, _dates(platform)[-1]),
        specs=platform.register.features,
        found=kept_alternatives(platform),
        policy=platform.policy,
        seed=platform.tables.landing_facts().seed,
    )


def _features_now(platform: Platform, as_of: date) -> pd.DataFrame:
    import pandas as pd

    frame = platform.tables.read("features")
    return frame[frame["as_of"] == pd.Timestamp(as_of)]
