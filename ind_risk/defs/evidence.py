"""Stage 4: the evidence on this very candidate: its scores, drift, bias and accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from ind_risk.adapters.progress import stopwatch
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.features import KEY_COLUMNS
from ind_risk.defs.resources import CANDIDATE, Platform, check_result, column_schema, image

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Finding

OWNERS = ["team:assurance"]


SCORE_SCHEMA = column_schema(
    KEY_COLUMNS
    | {
        "score": ("number", "calibrated probability of non-compliance"),
        "rank": ("integer", "1 is the highest score"),
        "band": ("string", "high, middle or low, by capacity"),
    }
)


def check_specs(asset: str, **descriptions: str) -> list[dg.AssetCheckSpec]:
    """Check specifications of one asset: name and what it means."""
    return [dg.AssetCheckSpec(n, asset=asset, description=d) for n, d in descriptions.items()]


@dg.asset(
    description=described("candidate_scores"),
    group_name=groups.EVIDENCE,
    owners=OWNERS,
    kinds={"scikitlearn"},
    deps=["candidate_model", "features", "labels"],
    check_specs=check_specs(
        "candidate_scores",
        drift="Use resembles training: scores, features and outcomes.",
        policy_preregistered="The policy was in the ledger before the first look at the outcomes "
        "it judges, and a look is left.",
    ),
)
def candidate_scores(platform: Platform) -> dg.MaterializeResult:
    """The candidate's scores and bands, now and at the judging date, by the model as stored."""
    with stopwatch.stage("scoring"):
        frames, features = _score(platform)
        for name, frame in frames.items():
            platform.tables.write(f"scores_{name}", frame)
    looks = _look(platform, frames["judged"])
    with stopwatch.stage("drift"):
        findings = _drift(platform, frames, features)
    minimum = platform.policy.disclosure.minimum_count
    with stopwatch.stage("plots"):
        from ind_risk.dossier.plots import score_distribution

        plot = score_distribution(
            frames["training"]["score"], frames["use"]["score"], minimum=minimum
        )
    bands = frames["use"]["band"].value_counts()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(frames["use"]),
            "dagster/column_schema": SCORE_SCHEMA,
            **{f"band_{b}": int(bands.get(b, 0)) for b in ("high", "middle", "low")},
            "scores": image(plot.png, plot.alt),
            **platform.ledger_mark(),
            **platform.links(),
            **platform.candidate().metadata(),
        },
        check_results=[
            check_result(platform, "policy_preregistered", "candidate_scores", looks),
            check_result(platform, "drift", "candidate_scores", findings, plots={"scores": plot}),
        ],
    )


def _score(platform: Platform) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    import pandas as pd

    from ind_risk.adapters.model_file import load_model
    from ind_risk.core.bands import score

    identity, kept = platform.candidate(), platform.tables.read_json(CANDIDATE)
    model = load_model(
        platform.models.model_path(identity.model_version), expected_digest=identity.model_digest
    )
    frame, when = platform.tables.read("features"), kept["dates"]
    dates = {
        "training": when["training"][0],
        "judged": when["judge_as_of"],
        "use": when["as_of"],
    }
    features = {n: frame[frame["as_of"] == pd.Timestamp(d)] for n, d in dates.items()}
    return {n: score(model, f, platform.policy) for n, f in features.items()}, features


def _look(platform: Platform, scores: pd.DataFrame) -> list[Finding]:
    """Enter this look at outcomes in the ledger, before anything is judged by them."""
    from ind_risk.adapters.looks import record_look
    from ind_risk.core.looks import look_at, samples_among

    outcomes = judged(platform, scores)
    look, allowed = look_at(outcomes, platform.candidate()), platform.policy.bias.looks
    theirs = samples_among(outcomes, platform.audit.samples)
    return record_look(platform.ledger, look, allowed=allowed, samples=theirs)


def judged(platform: Platform, scores: pd.DataFrame) -> pd.DataFrame:
    """Scores at the judging date beside what was seen of each sponsor after it."""
    labels = platform.tables.read("labels")
    return scores.merge(labels, on=["sponsor_id", "as_of"], how="left", validate="one_to_one")


def _drift(
    platform: Platform, scores: dict[str, pd.DataFrame], features: dict[str, pd.DataFrame]
) -> list[Finding]:
    from ind_risk.core.drift import drift_findings

    return drift_findings(
        training_scores=scores["training"]["score"],
        use_scores=scores["use"]["score"],
        training_features=features["training"],
        use_features=features["use"],
        feature_kinds={f.name: f.kind for f in platform.register.features},
        important=platform.tables.read_json(CANDIDATE)["important"],
        judged=judged(platform, scores["judged"]),
        policy=platform.policy,
        seed=platform.tables.landing_facts().seed,
    )


@dg.asset(
    description=described("accuracy_evidence"),
    group_name=groups.EVIDENCE,
    owners=OWNERS,
    kinds={"scipy"},
    deps=["candidate_scores", "labels"],
    check_specs=check_specs(
        "accuracy_evidence",
        accuracy_established="Ranking and precision at capacity, on random inspections only.",
        band_order="Non-compliance rises from low over middle to high.",
    ),
)
def accuracy_evidence(platform: Platform) -> dg.MaterializeResult:
    """Accuracy on the random arm after the judging date, weighted by inclusion probability."""
    with stopwatch.stage("accuracy"):
        from ind_risk.core.accuracy.evidence import accuracy_findings, band_order_findings

        outcomes = judged(platform, platform.tables.read("scores_judged"))
        found = {
            "accuracy_established": accuracy_findings(
                judged=outcomes, policy=platform.policy, absent=platform.audit.absent
            ),
            "band_order": band_order_findings(judged=outcomes, policy=platform.policy),
        }
    minimum = platform.policy.disclosure.minimum_count
    with stopwatch.stage("plots"):
        from ind_risk.dossier.plots import band_order, reliability

        plots = {
            "band_order": band_order(found["band_order"], minimum=minimum),
            "reliability": reliability(outcomes, minimum=minimum),
        }
    shown_with = {
        "accuracy_established": {"reliability": plots["reliability"]},
        "band_order": {"band_order": plots["band_order"]},
    }
    return dg.MaterializeResult(
        metadata={
            **{n: image(p.png, p.alt) for n, p in plots.items()},
            **platform.links(),
            **platform.candidate().metadata(),
        },
        check_results=[
            check_result(platform, n, "accuracy_evidence", f, plots=shown_with[n])
            for n, f in found.items()
        ],
    )
