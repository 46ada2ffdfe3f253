"""Stage 4: the evidence on this very candidate: its scores, drift, bias and accuracy."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from ind_risk.adapters.progress import stopwatch
from ind_risk.defs.features import KEY_COLUMNS
from ind_risk.defs.resources import CANDIDATE, Platform, check_result, column_schema, image

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.findings import Finding

GROUP = "evidence"
OWNERS = ["team:assurance"]


SCORE_SCHEMA = column_schema(
    KEY_COLUMNS
    | {
        "score": ("number", "calibrated probability of non-compliance"),
        "rank": ("integer", "1 is the highest score"),
        "band": ("string", "high, middle or low, by capacity"),
    }
)


def _checks(asset: str, **descriptions: str) -> list[dg.AssetCheckSpec]:
    return [dg.AssetCheckSpec(n, asset=asset, description=d) for n, d in descriptions.items()]


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"scikitlearn"},
    deps=["candidate_model", "features", "labels"],
    check_specs=_checks(
        "candidate_scores", drift="Use resembles training: scores, features and outcomes."
    ),
)
def candidate_scores(platform: Platform) -> dg.MaterializeResult:
    """The candidate's scores and bands, now and at the judging date, by the model as stored."""
    with stopwatch.stage("scoring"):
        frames, features = _score(platform)
        for name, frame in frames.items():
            platform.tables.write(f"scores_{name}", frame)
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
            **platform.candidate().metadata(),
        },
        check_results=[
            check_result(platform, "drift", "candidate_scores", findings, plots={"scores": plot})
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


def _judged(platform: Platform, scores: pd.DataFrame) -> pd.DataFrame:
    """Scores at the judging date beside what the random arm saw of each sponsor after it."""
    labels = platform.tables.read("labels")
    columns = ["sponsor_id", *[c for c in labels.columns if c.startswith("audit_")]]
    return scores.merge(
        labels[["as_of", *columns]], on=["sponsor_id", "as_of"], how="left", validate="one_to_one"
    )


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
        judged=_judged(platform, scores["judged"]),
        policy=platform.policy,
        seed=platform.tables.landing_facts().seed,
    )


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"scipy"},
    deps=["candidate_scores", "sponsors", "permits", "protected_attributes"],
    check_specs=_checks(
        "bias_evidence",
        bias_independence="H1: scores and nationality composition are unrelated.",
        bias_selection_parity="H2: each nationality's sponsors are selected as often as others.",
    ),
)
def bias_evidence(platform: Platform) -> dg.MaterializeResult:
    """Bias hypotheses 1 and 2 on every sponsor to be scored; the only reader of nationality."""
    with stopwatch.stage("bias"):
        from ind_risk.core.bias.evidence import bias_findings

        landing = platform.tables.landing(("sponsors",))
        findings = bias_findings(
            scores=platform.tables.read("scores_use"),
            composition=_composition(platform),
            sponsors=landing["sponsors"].to_pandas(),
            policy=platform.policy,
            seed=platform.tables.landing_facts().seed,
        )
    checks = ("bias_independence", "bias_selection_parity")
    minimum = platform.policy.disclosure.minimum_count
    results, plots = [], {}
    for name in checks:
        mine = [f for f in findings if f.check == name]
        with stopwatch.stage("plots"):
            from ind_risk.dossier.plots import forest

            plot = forest(mine, title=name.replace("_", " "), minimum=minimum)
        plots[name] = image(plot.png, plot.alt)
        results.append(check_result(platform, name, "bias_evidence", mine, plots={name: plot}))
    return dg.MaterializeResult(
        metadata={**plots, **platform.candidate().metadata()}, check_results=results
    )


def _composition(platform: Platform) -> pd.DataFrame:
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.bias.composition import composition_table

    as_of = date.fromisoformat(platform.tables.landing_facts().as_of)
    landing = platform.tables.landing(("permits", "protected_attributes"))
    with Engine() as engine:
        tables = engine.tables(landing)
        made = composition_table(tables["permits"], tables["protected_attributes"], as_of=as_of)
        frame: pd.DataFrame = engine.to_arrow(made).to_pandas()
        return frame


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"scipy"},
    deps=["candidate_scores", "labels"],
    check_specs=_checks(
        "accuracy_evidence",
        accuracy_established="Ranking and precision at capacity, on random inspections only.",
        band_order="Non-compliance rises from low over middle to high.",
    ),
)
def accuracy_evidence(platform: Platform) -> dg.MaterializeResult:
    """Accuracy on the random arm after the judging date, weighted by inclusion probability."""
    with stopwatch.stage("accuracy"):
        from ind_risk.core.accuracy.evidence import accuracy_findings, band_order_findings

        judged = _judged(platform, platform.tables.read("scores_judged"))
        found = {
            "accuracy_established": accuracy_findings(judged=judged, policy=platform.policy),
            "band_order": band_order_findings(judged=judged, policy=platform.policy),
        }
    minimum = platform.policy.disclosure.minimum_count
    with stopwatch.stage("plots"):
        from ind_risk.dossier.plots import band_order, reliability

        plots = {
            "band_order": band_order(found["band_order"], minimum=minimum),
            "reliability": reliability(judged, minimum=minimum),
        }
    shown_with = {
        "accuracy_established": {"reliability": plots["reliability"]},
        "band_order": {"band_order": plots["band_order"]},
    }
    return dg.MaterializeResult(
        metadata={
            **{n: image(p.png, p.alt) for n, p in plots.items()},
            **platform.candidate().metadata(),
        },
        check_results=[
            check_result(platform, n, "accuracy_evidence", f, plots=shown_with[n])
            for n, f in found.items()
        ],
    )
