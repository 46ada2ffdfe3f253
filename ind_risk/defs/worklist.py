"""Stage 6: the worklist for inspectors, by the model in use, or at random while there is none."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.home import written_beside
from ind_risk.adapters.intake import parse_date
from ind_risk.adapters.progress import stopwatch
from ind_risk.core.errors import IndRiskError, IntegrityError
from ind_risk.defs.features import FEATURE_SOURCES
from ind_risk.defs.resources import Platform

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.worklist import Worklist

GROUP = "use"
REASON_COLUMNS = ("reason_1", "reason_2", "reason_3")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Issued:
    """A worklist that was written and entered in the ledger."""

    file: Path
    frame: pd.DataFrame
    basis: str
    model_version: str | None


class WorklistConfig(dg.Config):
    """What is asked; the defaults come from the landing tables and the policy."""

    as_of: str = ""
    size: int = 0


@dg.asset(group_name=GROUP, owners=["team:supervision"], kinds={"csv"}, deps=["released_model"])
def worklist(platform: Platform, config: WorklistConfig) -> dg.MaterializeResult[Any]:
    """Sponsors to inspect, with band, rank and the three strongest reasons."""
    issued = issue_worklist(platform, as_of=config.as_of or None, size=config.size or None)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(issued.frame),
            "basis": issued.basis,
            "model_version": issued.model_version or "none",
            "file": dg.MetadataValue.path(str(issued.file)),
        }
    )


def issue_worklist(
    platform: Platform, *, as_of: str | None, size: int | None, out: Path | None = None
) -> Issued:
    """Draw a worklist, write it, and enter it in the ledger.

    Raises:
        NotFound: if no tables were accepted yet.
        IndRiskError: if the as-of date is no date or lies after the data.
        IntegrityError: if the model in use is not the one that was released.
    """
    facts, policy = platform.tables.landing_facts(), platform.policy
    when = parse_date(as_of or facts.as_of)
    if when > date.fromisoformat(facts.as_of):
        raise IndRiskError(
            f"The tables end at {facts.as_of}; a worklist as of {when} would rest on facts nobody "
            "has yet. Ask for an earlier date or take in newer tables."
        )
    version = platform.heal().in_use
    drawn = _draw(platform, version, when, size or policy.capacity.worklist_size)
    listed = _presented(platform, drawn.rows, version, when)
    file = out or platform.home.worklists / f"worklist-{when}.csv"
    with stopwatch.stage("writing"), written_beside(file.resolve()) as draft:
        listed.to_csv(draft, index=False)
    platform.ledger.append("worklist", _entry(file, drawn, version, when))
    return Issued(file, listed, drawn.basis, version)


def _population(platform: Platform, when: date) -> pd.DataFrame:
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.features.expressions import feature_table

    with stopwatch.stage("features"), Engine() as engine:
        tables = engine.tables(platform.tables.landing(FEATURE_SOURCES))
        made = feature_table(tables, as_of_dates=[when], register=platform.register)
        frame: pd.DataFrame = engine.to_arrow(made).to_pandas(date_as_object=False)
        return frame


def _draw(platform: Platform, version: str | None, when: date, size: int) -> Worklist:
    from ind_risk.core.bands import score
    from ind_risk.core.worklist import draw_worklist, random_worklist

    population, policy = _population(platform, when), platform.policy
    seed = int(hashlib.sha256(f"{when}:{version}".encode()).hexdigest()[:8], 16)
    if version is None:
        return random_worklist(sponsor_ids=population["sponsor_id"], size=size, seed=seed)
    with stopwatch.stage("scoring"):
        scores = score(_model(platform, version), population, policy)
    return draw_worklist(
        scores=scores, size=size, random_share=policy.capacity.worklist_random_share, seed=seed
    )


def _model(platform: Platform, version: str) -> Any:
    """The model in use, only if ledger, MLflow and the bytes on disk agree on its digest."""
    from ind_risk.adapters.model_file import load_model

    released = platform.ledger.state().in_use
    if released is None or released.model_version != version:
        raise IntegrityError(f"The ledger does not say that model version {version} is in use.")
    return load_model(platform.models.model_path(version), expected_digest=released.model_digest)


def _presented(
    platform: Platform, rows: pd.DataFrame, version: str | None, when: date
) -> pd.DataFrame:
    """The rows as inspectors see them: no route, no score; reasons in words."""
    names = platform.tables.landing(("sponsors",))["sponsors"].to_pandas()
    shown = rows.merge(names[["sponsor_id", "legal_name"]], on="sponsor_id", how="left")
    shown = shown[["sponsor_id", "legal_name", "band", "rank"]].copy()
    shown = shown.merge(_reasons(platform, rows, version, when), on="sponsor_id")
    shown["as_of"] = when.isoformat()
    shown["basis"] = "model " + version if version else "random sample, no model in use"
    for column in ("sponsor_id", "legal_name"):
        shown[column] = shown[column].map(_no_formula, na_action="ignore")
    return shown


def _reasons(
    platform: Platform, rows: pd.DataFrame, version: str | None, when: date
) -> pd.DataFrame:
    """Columns reason_1 … reason_3 per sponsor_id, in words; empty without a model."""
    import pandas as pd

    empty = pd.DataFrame(index=pd.Index(rows["sponsor_id"]), columns=list(REASON_COLUMNS), data="")
    if version is None:
        return empty
    from ind_risk.core.training.reasons import reasons

    with stopwatch.stage("reasons"):
        found = reasons(
            _model(platform, version),
            features=_population(platform, when),
            listed=rows["sponsor_id"].tolist(),
            specs=platform.register.features,
        )
    found["text"] = found["definition"] + ": " + found["value"].fillna("unknown")
    wide = found.pivot(index="sponsor_id", columns="reason", values="text")
    wide.columns = [f"reason_{place}" for place in wide.columns]
    return wide.reindex(index=empty.index, columns=empty.columns).fillna("")


def _no_formula(text: str) -> str:
    """A spreadsheet must show a cell, not run it (OWASP: CSV injection)."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _entry(file: Path, drawn: Worklist, version: str | None, when: date) -> dict[str, Any]:
    routes = drawn.rows["route"].value_counts()
    content = drawn.rows.to_json(orient="records", double_precision=15)
    return {
        "file": file.name,
        "digest": hashlib.sha256(file.read_bytes()).hexdigest(),
        "rows_digest": hashlib.sha256(content.encode()).hexdigest(),
        "routes": {str(k): int(v) for k, v in routes.items()},
        "model_version": version,
        "as_of": when.isoformat(),
        "random_arm": json.loads(
            drawn.rows.loc[
                drawn.rows["route"] == "random", ["sponsor_id", "inclusion_probability"]
            ].to_json(orient="values", double_precision=15)
        ),
    }
