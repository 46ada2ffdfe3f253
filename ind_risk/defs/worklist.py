"""Stage 6: the worklist for inspectors, by the model in use, or at random while there is none."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ind_risk.adapters.home import write_text
from ind_risk.adapters.intake import parse_date
from ind_risk.adapters.ledger_mark import tell
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.sheets import no_formula
from ind_risk.core.errors import IndRiskError, IntegrityError
from ind_risk.defs import groups
from ind_risk.defs.descriptions import described
from ind_risk.defs.features import FEATURE_SOURCES
from ind_risk.defs.handouts import Files, issued_today, issuing, known_inspectors
from ind_risk.defs.resources import Platform
from ind_risk.dossier.handouts.facts import Case, Handout, Reason
from ind_risk.dossier.page.words import language_of

if TYPE_CHECKING:
    import pandas as pd

    from ind_risk.core.worklist import Worklist
    from ind_risk.dossier.page.words import Language

REASON_COLUMNS = ("reason_1", "reason_2", "reason_3")


@dataclass(frozen=True)
class Issued:
    """A worklist that was written and entered in the ledger."""

    files: Files
    frame: "pd.DataFrame"
    basis: str
    model_version: str | None


class WorklistConfig(dg.Config):
    """What is asked; the defaults come from the landing tables and the policy."""

    as_of: str = ""
    size: int = 0
    lang: str = "nl"


SPEC = dg.AssetSpec(
    "worklist",
    deps=["released_model"],
    group_name=groups.USE,
    owners=["team:supervision"],
    kinds={"csv"},
    description=described("worklist"),
)


# The step has a name of its own: Dagster lets no step share its name with a job.
@dg.multi_asset(specs=[SPEC], name="draw_worklist")
def worklist(platform: Platform, config: WorklistConfig) -> dg.MaterializeResult:
    """Sponsors to inspect, with band, rank and the three strongest reasons."""
    issued = issue_worklist(
        platform,
        as_of=config.as_of or None,
        size=config.size or None,
        language=language_of(config.lang),
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(issued.frame),
            "basis": issued.basis,
            "model_version": issued.model_version or "none",
            "file": dg.MetadataValue.path(str(issued.files.csv)),
            "page": dg.MetadataValue.path(str(issued.files.page)),
            "workbook": dg.MetadataValue.path(str(issued.files.workbook)),
        }
    )


def issue_worklist(
    platform: Platform,
    *,
    as_of: str | None,
    size: int | None,
    out: Path | None = None,
    language: "Language" = "nl",
) -> Issued:
    """Draw a worklist, write it with a page and a workbook beside it, and enter it in the ledger.

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
    files = Files.at(out or platform.home.worklists / f"worklist-{when}.csv")
    version = _usable(platform, platform.heal().in_use)
    basis = _Basis(platform, version, when)
    drawn = basis.draw(size or policy.capacity.worklist_size)
    found = _reasons(basis, drawn.rows)
    listed = _presented(basis, drawn.rows, found)
    safe = _safe(listed)
    handout = _handout(basis, listed["sponsor_id"].tolist(), found)
    with (
        stopwatch.stage("writing"),
        issuing(files, safe, handout, language) as digests,
    ):
        # On record before anybody can read it: a list that cannot be recorded is not issued.
        entry = _entry(files, digests, drawn, version, when)
        write_text(platform.home.issued / f"{entry['rows_digest']}.json", _content(drawn))
        platform.ledger.append("worklist", entry)
    tell(platform.models, platform.ledger)
    return Issued(files, safe, drawn.basis, version)


def _usable(platform: Platform, version: str | None) -> str | None:
    """The version in use, unless it was released under another policy than these tables have.

    A model that a demonstration released for a synthetic world ranks no real sponsors.
    """
    released = platform.ledger.state().in_use
    if released is None or released.identity.policy_digest != platform.policy.digest:
        return None
    return version


@dataclass(frozen=True)
class _Basis:
    """What a worklist rests on: the sponsors of a day, and the model in use, if there is one."""

    platform: Platform
    version: str | None
    when: date

    @cached_property
    def population(self) -> "pd.DataFrame":
        """Every registered feature of every sponsor recognised on the day."""
        from ind_risk.adapters.engine import Engine
        from ind_risk.core.features.expressions import feature_table

        with stopwatch.stage("features"), Engine() as engine:
            tables = engine.tables(self.platform.tables.landing(FEATURE_SOURCES))
            made = feature_table(tables, as_of_dates=[self.when], register=self.platform.register)
            frame: pd.DataFrame = engine.to_arrow(made).to_pandas(date_as_object=False)
            return frame

    @cached_property
    def names(self) -> "pd.DataFrame":
        """sponsor_id and legal_name of everybody."""
        sponsors = self.platform.tables.landing(("sponsors",))["sponsors"]
        frame: pd.DataFrame = sponsors.select(["sponsor_id", "legal_name"]).to_pandas()
        return frame

    @cached_property
    def model(self) -> Any:
        """The model in use, only if ledger, MLflow and the bytes on disk agree on its digest."""
        from ind_risk.adapters.model_file import load_model

        released = self.platform.ledger.state().in_use
        if released is None or released.model_version != self.version:
            raise IntegrityError(f"By the ledger model version {self.version} is not in use.")
        path = self.platform.models.model_path(released.model_version)
        return load_model(path, expected_digest=released.model_digest)

    def draw(self, size: int) -> "Worklist":
        """By the model with a random share, or at random."""
        from ind_risk.core.bands import score
        from ind_risk.core.worklist import draw_worklist, random_worklist

        policy = self.platform.policy
        seed = int(hashlib.sha256(f"{self.when}:{self.version}".encode()).hexdigest()[:8], 16)
        if self.version is None:
            return random_worklist(sponsor_ids=self.population["sponsor_id"], size=size, seed=seed)
        with stopwatch.stage("scoring"):
            scores = score(self.model, self.population, policy)
        share = policy.capacity.worklist_random_share
        return draw_worklist(scores=scores, size=size, random_share=share, seed=seed)


def _presented(basis: _Basis, rows: "pd.DataFrame", found: "pd.DataFrame") -> "pd.DataFrame":
    """The rows as planners see them: no route, no score; reasons in words."""
    shown = rows.merge(basis.names, on="sponsor_id", how="left")
    shown = shown[["sponsor_id", "legal_name", "band", "rank"]].copy()
    shown = shown.merge(_reasons_in_columns(rows, found), on="sponsor_id")
    shown["as_of"] = basis.when.isoformat()
    what = f"model {basis.version}" if basis.version else "random sample, no model in use"
    synthetic = basis.platform.policy.synthetic_only
    shown["basis"] = f"{what}; DEMONSTRATION, synthetic world" if synthetic else what
    return shown


def _safe(listed: "pd.DataFrame") -> "pd.DataFrame":
    """The same with no text that a spreadsheet would run."""
    shown = listed.copy()
    for column in ("sponsor_id", "legal_name"):
        shown[column] = shown[column].map(no_formula, na_action="ignore")
    return shown


def _reasons(basis: _Basis, rows: "pd.DataFrame") -> "pd.DataFrame":
    """As `core.training.reasons.reasons` gives them; no rows without a model."""
    import pandas as pd

    if basis.version is None:
        columns = ("sponsor_id", "reason", "feature", "value", "definition", "effect")
        return pd.DataFrame({name: [] for name in columns})
    from ind_risk.core.training.reasons import reasons

    with stopwatch.stage("reasons"):
        return reasons(
            basis.model,
            features=basis.population,
            listed=rows["sponsor_id"].tolist(),
            specs=basis.platform.register.features,
        )


def _reasons_in_columns(rows: "pd.DataFrame", found: "pd.DataFrame") -> "pd.DataFrame":
    """Columns reason_1 … reason_3 per sponsor_id, in words; empty without a model."""
    import pandas as pd

    empty = pd.DataFrame(index=pd.Index(rows["sponsor_id"]), columns=list(REASON_COLUMNS), data="")
    if not len(found):
        return empty
    text = found["definition"] + ": " + found["value"].fillna("none on record")
    wide = found.assign(text=text).pivot(index="sponsor_id", columns="reason", values="text")
    wide.columns = [f"reason_{place}" for place in wide.columns]
    return wide.reindex(index=empty.index, columns=empty.columns).fillna("")


def _handout(basis: _Basis, listed: "list[str]", found: "pd.DataFrame") -> Handout:
    """The same list for inspectors: in the order of sponsor_id, with neither band nor rank.

    Whoever was drawn at random would be known by a low rank.
    """
    names = basis.names.set_index("sponsor_id")["legal_name"].to_dict()
    why: dict[str, list[Reason]] = {}
    for row in found.sort_values(["sponsor_id", "reason"]).to_dict("records"):
        value = row["value"] if isinstance(row["value"], str) else None
        why.setdefault(str(row["sponsor_id"]), []).append(
            Reason(feature=str(row["feature"]), definition=str(row["definition"]), value=value)
        )
    issued_on, issued_by = issued_today()
    return Handout(
        kind="worklist", name="", as_of=basis.when, until=None, issued_on=issued_on,
        issued_by=issued_by, model_version=basis.version, digest="",
        synthetic=basis.platform.policy.synthetic_only, inspectors=known_inspectors(basis.platform),
        cases=[
            Case(
                number=str(place), sponsor_id=sponsor, reasons=tuple(why.get(sponsor, ())),
                legal_name=names[sponsor] if isinstance(names.get(sponsor), str) else None,
            )
            for place, sponsor in enumerate(sorted(listed), start=1)
        ],
    )  # fmt: skip


def _content(drawn: "Worklist") -> str:
    """The rows as they are kept, each with its route, and as the ledger has their digest."""
    return str(drawn.rows.to_json(orient="records", double_precision=15))


def _entry(
    files: Files, digests: Mapping[str, str], drawn: "Worklist", version: str | None, when: date
) -> dict[str, Any]:
    routes = drawn.rows["route"].value_counts()
    return {
        "file": files.csv.name,
        "digest": digests["csv"],
        "files": dict(digests),
        "rows_digest": hashlib.sha256(_content(drawn).encode()).hexdigest(),
        "routes": {str(k): int(v) for k, v in routes.items()},
        "model_version": version,
        "as_of": when.isoformat(),
        "random_arm": json.loads(
            drawn.rows.loc[
                drawn.rows["route"] == "random", ["sponsor_id", "inclusion_probability"]
            ].to_json(orient="values", double_precision=15)
        ),
    }
