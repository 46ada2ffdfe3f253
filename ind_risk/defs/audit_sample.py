"""The audit sample of a home: planned from what is insufficient, drawn blind, and taken back in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.ledger_mark import tell
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.samples import NAMES, SampleStore, names_digest, of_these
from ind_risk.adapters.sheets import read_sheet, safe_sheet
from ind_risk.core.dates import months_before
from ind_risk.core.errors import IndRiskError, InputRefused, NotFound, Problem
from ind_risk.defs.audit_looks import looks_at_samples
from ind_risk.defs.handouts import Files, issued_today, issuing, known_inspectors
from ind_risk.defs.resources import CANDIDATE, Platform
from ind_risk.dossier.handouts.facts import Case, Handout

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ind_risk.adapters.samples import Sample
    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.plan import SamplePlan
    from ind_risk.core.sampling.plan_report import PlanReport
    from ind_risk.core.sampling.strata import Key, Strata
    from ind_risk.defs.audit_looks import Looks
    from ind_risk.dossier.page.words import Language

PLAN = "sample_plan"
NEARLY = 0.95  # of the responses that are expected: then hardly anything is still to come
SOURCES = ("sponsors", "permits", "protected_attributes", "interventions", "signals")


@dataclass(frozen=True)
class Frame:
    """The frame of a day and what belongs to it."""

    rows: pd.DataFrame
    migrants: Mapping[str, float]
    digest: str
    as_of: date
    synthetic: bool
    names: Mapping[str, str]

    def holds(self, sample: Sample) -> bool:
        """Whether a sample is of these sponsors."""
        return of_these(sample, self.names, synthetic=self.synthetic)


@dataclass(frozen=True)
class Drawn:
    """A sample that was drawn, entered in the ledger and written as a sheet."""

    name: str
    files: Files
    judging: int
    calibrating: int
    profile: int
    signal: int
    until: date
    first_phase: bool

    @property
    def cases(self) -> int:
        """Sponsors on the sheet."""
        return self.judging + self.calibrating + self.profile + self.signal


@dataclass(frozen=True)
class Ingested:
    """What a sheet brought; `to_judge` unless more is to come, with the reason in `why_not`.

    `nothing` if all of it was known: then nothing was entered, and there is nothing to judge anew.
    """

    sample: str
    new: int
    known: int
    drawn: int
    late: int
    to_judge: bool
    why_not: str
    looks: Looks
    ahead: tuple[str, ...]
    nameless: tuple[str, ...]
    nothing: bool = False


def plan_audit(
    platform: Platform,
    *,
    prevalence: float | None = None,
    auc: float | None = None,
    first_phase: float | None = None,
) -> tuple[SamplePlan, PlanReport]:
    """Plan the sample for the candidate trained last, and keep the plan.

    Where samples of the same day have outcomes already, the plan is of what is still to be drawn.

    Args:
        platform: of the home.
        prevalence: share of sponsors taken to be non-compliant; the planner's default if None.
        auc: what the model is taken to do; the same.
        first_phase: share of the sample to be drawn first; None for all at once.

    Raises:
        NotFound: if no lifecycle was run yet.
    """
    from ind_risk.core.accuracy.planning import AUC, PREVALENCE
    from ind_risk.core.sampling.phases import observed_by_stratum
    from ind_risk.core.sampling.plan import plan_sample
    from ind_risk.core.sampling.plan_report import plan_report
    from ind_risk.core.sampling.required import CHECKS
    from ind_risk.core.sampling.second_phase import second_phase

    frame, policy = _frame(platform), platform.policy
    required = {c.check for c in policy.required_checks}
    assumed = {"prevalence": prevalence or PREVALENCE, "auc": auc or AUC}
    with stopwatch.stage("planning"):
        plan = plan_sample(
            frame=frame.rows,
            policy=policy,
            checks=[c for c in CHECKS if c in required],
            migrants=frame.migrants,
            inspections_for_inspectors=_for_inspectors(platform),
            prevalence=assumed["prevalence"],
            auc=assumed["auc"],
            first_phase=first_phase,
            spent=_to_calibrate(platform, frame),
        )
        if len(before := _drawn_before(platform, frame)):
            strata = plan.truth.strata
            sets = _counted(strata, _drawn_so_far(platform, frame)[1])
            plan = second_phase(
                plan, observed_by_stratum(strata, before),
                spent=dict(zip(strata.keys, sets.tolist(), strict=True)),
            )  # fmt: skip
        report = plan_report(
            plan,
            calibrating=_calibrating_size(platform, frame),
            findings=_findings(platform),
            outstanding=_outstanding(platform, frame),
            looks_left=looks_at_samples(platform, frame.as_of).left,
        )
    platform.tables.write_json(
        PLAN,
        {
            "identity": platform.candidate().metadata(), "frame_digest": frame.digest,
            "as_of": frame.as_of.isoformat(), "assumed": assumed, "report": report.to_dict(),
        },
    )  # fmt: skip
    return plan, report


def plan_for(platform: Platform) -> dict[str, Any] | None:
    """The report of the plan made for this very candidate; None if there is none."""
    try:
        kept = platform.tables.read_json(PLAN)
        same = kept["identity"] == platform.candidate().metadata()
    except (IndRiskError, KeyError, TypeError):
        return None
    return dict(kept["report"]) if same else None


def draw_audit(
    platform: Platform,
    *,
    out: Path | None,
    seed: int | None,
    visits: int | None,
    again: str | None,
    first_phase: float | None = None,
    language: Language = "nl",
) -> Drawn:
    """Draw the planned sample, enter it in the ledger, and write the blind sheet.

    Beside the sheet go a page and a workbook; the ledger has the digests of all three.

    Args:
        platform: of the home.
        out: CSV to write; in the home if None.
        seed: of the draw; from the head of the ledger if None, which nobody chose.
        visits: cases on the sheet in all; what the sample leaves is shared by the other routes.
        again: why another sample of the same day is drawn, if one was drawn before that was no
            first phase.
        first_phase: share of the sample that is drawn now; the rest is planned anew once the
            outcomes of this phase came back. None for all at once.
        language: of the page and the workbook.

    Raises:
        NotFound: without a plan.
        IndRiskError: if the plan is another frame's, the frame was drawn from before, or the
            visits do not hold the sample.
    """
    frame, policy = _frame(platform), platform.policy
    files = Files.at(out or platform.home.worklists / f"audit-sample-{frame.as_of}.csv")
    kept = _kept_plan(platform, frame)
    store = SampleStore(platform.home, platform.ledger)
    until = months_before(frame.as_of, -policy.horizon_months)
    looks = looks_at_samples(platform, frame.as_of)
    if not looks.left:
        raise IndRiskError(
            f"All {looks.allowed} looks that the policy declares at the outcomes of {frame.as_of} "
            "are used, so that no further sample of that day can judge. Take a day from "
            f"{until} on with `ind-risk run --as-of`, and plan a sample of its sponsors."
        )
    _refuse_other_day(store, frame, until)
    _refuse_again(store, frame, policy, again, first_phase)
    plan, report = plan_audit(platform, **kept["assumed"], first_phase=first_phase)
    if not report.needed:
        raise IndRiskError(f"{report.sentence} `ind-risk run` judges by what came back.")
    chosen = int(platform.ledger.head[:8], 16) if seed is None else seed
    with stopwatch.stage("drawing"):
        rows, chances = _rows(platform, frame, plan, chosen, visits)
    counts = {r: int((rows["route"] == r).sum()) for r in _ROUTES}
    from ind_risk.core.sampling.outcomes import blank_sheet

    who = platform.tables.landing(("sponsors",))["sponsors"].to_pandas()
    sheet = blank_sheet(rows, who, sample=store.next_name())
    handout = _handout(platform, sheet, name=store.next_name(), as_of=frame.as_of, until=until)
    with stopwatch.stage("writing"), issuing(files, safe_sheet(sheet), handout, language) as made:
        # On record before anybody can see it.
        name = store.add(
            rows,
            chances,
            {
                "as_of": frame.as_of.isoformat(), "until": until.isoformat(), "seed": chosen,
                "seed_by_hand": seed is not None,
                "names_digest": names_digest(rows["sponsor_id"], frame.names),
                "frame_digest": frame.digest, "routes": counts, "again": again or "",
                "plan_total": plan.total, "first_phase": first_phase, "files": dict(made),
                **platform.candidate().metadata(),
            },
        )  # fmt: skip
    tell(platform.models, platform.ledger)
    return Drawn(
        name=name, files=files, until=until, judging=counts["random"],
        calibrating=counts["calibrating"], profile=counts["profile"], signal=counts["signal"],
        first_phase=first_phase is not None,
    )  # fmt: skip


def ingest_audit(platform: Platform, file: Path, *, sample: str | None) -> Ingested:
    """Take in a sheet that came back; nothing is kept of one that does not fit.

    Args:
        platform: of the home.
        file: the sheet, filled in whole or in part: the workbook, or CSV.
        sample: its name; if None the one that the sheet names, else the one drawn last.

    Raises:
        InputRefused: naming what does not fit.
        NotFound: if no sample was drawn.
    """
    from ind_risk.core.sampling.outcomes import returned, sample_named

    store = SampleStore(platform.home, platform.ledger)
    names, sheet = store.names(), _read(file)
    if not names:
        raise NotFound("No sample was drawn in this home. Begin with `ind-risk sample plan`.")
    _refuse_missing_columns(sheet)
    said = sample_named(sheet, names)
    if sample is not None and said not in (None, sample):
        raise IndRiskError(f"The sheet is of sample {said}, not of {sample}. Name that one.")
    name = sample or said or names[-1]
    drawn = store.read(name)
    before = store.returned(name)
    came = returned(
        sheet, drawn=drawn.drawn, before=before, since=drawn.as_of,
        until=drawn.until, today=date.today(),
    )  # fmt: skip
    known = int(came.rows["outcome"].isin(["compliant", "non_compliant"]).sum())
    if nothing := _is_known(came.rows, before):
        looks = looks_at_samples(platform, drawn.as_of)
        return Ingested(
            name, 0, known, len(drawn.drawn), len(came.late), to_judge=False, why_not="",
            looks=looks, ahead=came.ahead, nameless=came.nameless, nothing=nothing,
        )  # fmt: skip
    store.take_in(
        name, came.rows,
        {
            "file": file.name, "file_digest": hashlib.sha256(file.read_bytes()).hexdigest(),
            "cases": len(came.rows), "known": known, "late": len(came.late),
            "policy_digest": platform.policy.digest,
        },
    )  # fmt: skip
    tell(platform.models, platform.ledger)
    back, out = _answered(store, drawn.as_of)
    looks, why_not = looks_at_samples(platform, drawn.as_of), ""
    if not looks.left:
        why_not = f"All {looks.allowed} looks at these outcomes are used"
    elif store.read(names[-1]).first_phase:
        why_not = "A first phase is not judged"
    elif not enough_back(back, out, platform.policy):
        why_not = f"{back:,} of {out:,} cases came back, too few to be judged"
    return Ingested(
        name, came.new, known, len(drawn.drawn), len(came.late), to_judge=not why_not,
        why_not=why_not, looks=looks, ahead=came.ahead, nameless=came.nameless,
    )  # fmt: skip


def _is_known(rows: pd.DataFrame, before: pd.DataFrame | None) -> bool:
    """Whether a sheet leaves what is on record as it is: empty, or handed in once more."""
    if before is None:
        return not len(rows)
    if set(rows["case"]) != set(before["case"]):
        return False
    one, other = (f.set_index("case").sort_index().astype(object) for f in (rows, before))
    other = other[one.columns]
    return bool(((one == other) | (one.isna() & other.isna())).fillna(False).to_numpy().all())


def _refuse_missing_columns(sheet: pd.DataFrame) -> None:
    from ind_risk.core.sampling.outcomes import COLUMNS, NOT_NEEDED, TABLE

    if missing := [c for c in COLUMNS if c not in NOT_NEEDED and c not in sheet.columns]:
        step = "Hand in the sheet that `ind-risk sample draw` wrote, filled in."
        rule = "is missing" if len(missing) == 1 else "and others are missing"
        raise InputRefused(
            [Problem(TABLE, missing[0], rule, len(missing), tuple(missing), step, of="column")]
        )


def _read(file: Path) -> pd.DataFrame:
    """The sheet as texts, whatever it came in."""
    from ind_risk.adapters.workbooks import is_workbook
    from ind_risk.dossier.handouts.handed_back import read_form

    return read_form(file) if file.is_file() and is_workbook(file) else read_sheet(file)


def _handout(
    platform: Platform, sheet: pd.DataFrame, *, name: str, as_of: date, until: date
) -> Handout:
    """The blind sheet as inspectors get it: in order of case numbers, which tell nothing."""
    issued_on, issued_by = issued_today()
    return Handout(
        kind="sample", name=name, as_of=as_of, until=until, issued_on=issued_on,
        issued_by=issued_by, model_version=platform.candidate().model_version, digest="",
        synthetic=platform.tables.landing_facts().synthetic, inspectors=known_inspectors(platform),
        cases=[
            Case(
                number=str(row["case"]), sponsor_id=str(row["sponsor_id"]),
                legal_name=row["legal_name"] if isinstance(row["legal_name"], str) else None,
            )
            for row in sheet.to_dict("records")
        ],
    )  # fmt: skip


_ROUTES = ("random", "calibrating", "profile", "signal")


def _frame(platform: Platform) -> Frame:
    """Everybody who is scored for use, with the group of its majority."""
    from ind_risk.adapters.engine import Engine
    from ind_risk.core.bias.composition import composition_table
    from ind_risk.core.sampling.draw import frame_digest
    from ind_risk.core.sampling.frame import sampling_frame

    with stopwatch.stage("frame"):
        as_of = date.fromisoformat(platform.tables.read_json(CANDIDATE)["dates"]["as_of"])
        landing = platform.tables.landing(SOURCES)
        with Engine() as engine:
            t = engine.tables(landing)
            made = composition_table(
                t["permits"], t["protected_attributes"], as_of=as_of, attribute="nationality"
            )
            composition = engine.to_arrow(made).to_pandas()
        imposed = landing["interventions"].to_pandas()
        rows, migrants = sampling_frame(
            scores=platform.tables.read("scores_use"),
            composition=composition,
            sponsors=landing["sponsors"].to_pandas(),
            intervened=set(imposed.loc[imposed["imposed_on"] <= as_of, "sponsor_id"]),
            policy=platform.policy,
        )
        synthetic = platform.tables.landing_facts().synthetic
        names = dict(zip(*landing["sponsors"].select(NAMES).to_pydict().values(), strict=True))
        return Frame(rows, migrants, frame_digest(rows), as_of, synthetic, names)


def _kept_plan(platform: Platform, frame: Frame) -> Any:
    try:
        kept = platform.tables.read_json(PLAN)
    except NotFound:
        raise NotFound("No sample was planned yet. Begin with `ind-risk sample plan`.") from None
    if kept["frame_digest"] != frame.digest:
        raise IndRiskError(
            "The plan was made for another frame: scores, bands or groups have changed since. Run "
            "`ind-risk sample plan` again."
        )
    return kept


def _refuse_other_day(store: SampleStore, frame: Frame, until: date) -> None:
    """Two days' samples in one window would judge with chances that hold for neither together."""
    there = set(store.there())
    for name, day, last in store.days():
        apart = day == frame.as_of or day >= until or frame.as_of >= last
        if apart or (frame.synthetic and (name not in there or not frame.holds(store.read(name)))):
            continue
        raise IndRiskError(
            f"Sample {name} of the sponsors of {day} judges until {last}, and one of "
            f"{frame.as_of} would judge in the same months: the chances to be drawn would be right "
            f"for neither. Draw from that day once more (`ind-risk run --as-of {day}`, then "
            f"`ind-risk sample draw --again`), or take a day from {last} on."
        )


def _refuse_again(
    store: SampleStore,
    frame: Frame,
    policy: Policy,
    again: str | None,
    first_phase: float | None,
) -> None:
    if gone := store.purged_of(frame.as_of):
        raise IndRiskError(
            f"Sample {', '.join(gone)} of the sponsors of {frame.as_of} was purged: what it said "
            "cannot be judged with another any more. Take in newer tables and draw from them."
        )
    before = [s for s in map(store.read, store.there()) if s.as_of == frame.as_of]
    if not before:
        return
    last = before[-1]
    named = f"Sample {last.name} was drawn from the frame of {frame.as_of}"
    if last.first_phase and first_phase is not None:
        raise IndRiskError(f"{named} as the first phase; what is drawn next is the last one.")
    if last.first_phase and store.returned(last.name) is None and not again:
        raise IndRiskError(
            f"{named} as the first phase. Hand in its outcomes with `ind-risk sample ingest`: the "
            "second is planned by them. Or say with --again why it is given up; its cases then "
            "count as not answered."
        )
    back, drawn = _answered(store, frame.as_of)
    if last.first_phase and not enough_back(back, drawn, policy) and not again:
        raise IndRiskError(
            f"{named} as the first phase, and {back:,} of its {drawn:,} cases came back so far. "
            "Wait for the others, or say with --again why not; what is out counts as not answered."
        )
    if not last.first_phase and not again:
        raise IndRiskError(
            f"{named} (ledger entry {last.entry.seq}): who draws until a sample pleases proves "
            "nothing. Hand in its outcomes, or say why another is needed with --again; both will "
            "judge together."
        )


def _drawn_before(platform: Platform, frame: Frame) -> pd.DataFrame:
    """Who was drawn to judge from the sponsors of this day, with the outcome that came back.

    Only samples of which something came back: the others are waited for or given up.
    """
    import pandas as pd

    store = SampleStore(platform.home, platform.ledger)
    parts = [pd.DataFrame({"sponsor_id": [], "outcome": []})]
    for name in store.there():
        sample, rows = store.read(name), store.returned(name)
        if rows is None or sample.as_of != frame.as_of or not frame.holds(sample):
            continue
        judging = sample.drawn[sample.drawn["route"] == "random"]
        parts.append(
            judging[["case", "sponsor_id"]]
            .merge(rows[["case", "outcome"]], on="case", how="left")
            .drop(columns="case")
        )
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _rows(
    platform: Platform, frame: Frame, plan: SamplePlan, seed: int, visits: int | None
) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Everybody drawn (case, sponsor_id, route, inclusion_probability), and everybody's chance."""
    import numpy as np
    import pandas as pd

    from ind_risk.core.sampling.draw import draw_sample
    from ind_risk.core.sampling.frame import calibrating_sample

    strata, columns = plan.truth.strata, platform.policy.sampling.strata
    judges, sets = _drawn_so_far(platform, frame)
    ids = [i for i in frame.rows["sponsor_id"] if i not in judges]
    setting = calibrating_sample(ids, size=_calibrating_size(platform, frame), seed=seed)
    wanted = plan.drawn if plan.first_phase is None else strata.counts(plan.first_phase)
    already = {*setting, *sets, *judges}
    number = np.minimum(wanted, strata.size - _counted(strata, already))
    judging = draw_sample(
        frame=frame.rows, columns=columns, seed=seed, already=already,
        allocation=dict(zip(strata.keys, number.tolist(), strict=True)),
    )  # fmt: skip
    # By design n_h of the N_h not drawn before, whoever sets the level (see `calibrating_sample`).
    chance = number / np.maximum(strata.size - _counted(strata, judges), 1)
    chances = pd.Series(chance[strata.of], index=strata.sponsor_id)
    judging["inclusion_probability"] = judging["sponsor_id"].map(chances).astype(float)
    parts = [
        judging[["sponsor_id", "route", "inclusion_probability"]],
        pd.DataFrame({
            "sponsor_id": setting, "route": "calibrating",
            "inclusion_probability": len(setting) / max(len(ids), 1),
        }),
        _by_choice(platform, frame, {*judging["sponsor_id"], *setting}, already, visits),
    ]  # fmt: skip
    rows = pd.concat([p for p in parts if len(p)], ignore_index=True)
    rows = rows.sort_values("sponsor_id", ignore_index=True)
    order = np.random.default_rng([seed, 2]).permutation(len(rows))
    rows["case"] = [f"{k + 1:05d}" for k in order]
    return rows[["case", "sponsor_id", "route", "inclusion_probability"]], chances


def _counted(strata: Strata, ids: Collection[str]) -> NDArray[np.int64]:
    """How many of these are in each stratum, shape (H,)."""
    import numpy as np

    there = np.isin(strata.sponsor_id, list(ids))
    return np.bincount(strata.of[there], minlength=len(strata))


def _drawn_so_far(platform: Platform, frame: Frame) -> tuple[set[str], set[str]]:
    """Who was drawn from this frame before: to judge, and to set the level of the scores."""
    store = SampleStore(platform.home, platform.ledger)
    judges, sets = set[str](), set[str]()
    for sample in map(store.read, store.there()):
        if sample.as_of == frame.as_of and frame.holds(sample):
            drawn = sample.drawn
            judges |= set(drawn.loc[drawn["route"] == "random", "sponsor_id"])
            sets |= set(drawn.loc[drawn["route"] == "calibrating", "sponsor_id"])
    return judges, sets


def _by_choice(
    platform: Platform, frame: Frame, drawn: set[str], before: set[str], visits: int | None
) -> pd.DataFrame:
    """Cases of the other routes, if visits are left: the highest ranks, and the most signals.

    A profile is only used where a model is in use; its visits go to signals otherwise.
    """
    import numpy as np
    import pandas as pd

    left, gone = 0 if visits is None else visits - len(drawn), drawn | before
    if left < 0:
        raise IndRiskError(
            f"{visits:,} visits do not hold the {len(drawn):,} of the sample. Give more, or a "
            "policy that asks for less."
        )
    rule = platform.policy.sampling
    usable = platform.ledger.state().in_use is not None
    chosen = rule.profile_share + rule.signal_share
    profile = round(left * rule.profile_share / chosen) if usable and chosen else 0
    rest = frame.rows[~frame.rows["sponsor_id"].isin(gone)]
    first = rest.nlargest(profile, "score")["sponsor_id"].tolist()
    signals = platform.tables.landing(("signals",))["signals"].to_pandas()
    year = pd.Timestamp(months_before(frame.as_of, 12))
    received = pd.to_datetime(signals["received_on"])
    recent = signals[(received > year) & (received <= pd.Timestamp(frame.as_of))]
    counted = recent.loc[
        recent["sponsor_id"].isin(set(rest["sponsor_id"]) - set(first)), "sponsor_id"
    ].value_counts()
    second = sorted(counted.index, key=lambda s: (-int(counted[s]), s))[: left - len(first)]
    return pd.DataFrame({
        "sponsor_id": [*first, *second],
        "route": ["profile"] * len(first) + ["signal"] * len(second),
        "inclusion_probability": np.nan,
    })  # fmt: skip


def _to_calibrate(platform: Platform, frame: Frame) -> dict[Key, int]:
    """How many of each stratum those who are to set the level are likely to take, rounded up."""
    import numpy as np

    from ind_risk.core.sampling.strata import strata_of

    strata = strata_of(frame.rows, platform.policy.sampling.strata)
    share = _calibrating_size(platform, frame) / max(len(frame.rows), 1)
    number = np.ceil(np.minimum(share, 1.0) * strata.size).astype(int)
    return dict(zip(strata.keys, number.tolist(), strict=True))


def _outstanding(platform: Platform, frame: Frame) -> str:
    """A sentence on the samples of this day that are still out; empty if enough came back."""
    back, drawn = _answered(SampleStore(platform.home, platform.ledger), frame.as_of)
    if not drawn or enough_back(back, drawn, platform.policy):
        return ""
    return (
        f"Of {drawn:,} cases drawn from the sponsors of {frame.as_of}, {back:,} came back so far; "
        "wait for the others before more are drawn."
    )


def _answered(store: SampleStore, as_of: date) -> tuple[int, int]:
    """Cases of the samples of a day that came back, and cases drawn."""
    back = drawn = 0
    for sample in map(store.read, store.there()):
        if sample.as_of == as_of:
            rows = store.returned(sample.name)
            back, drawn = back + (0 if rows is None else len(rows)), drawn + len(sample.drawn)
    return back, drawn


def enough_back(back: int, drawn: int, policy: Policy) -> bool:
    """Whether about as many cases came back as the policy expects ever to come back."""
    return back >= NEARLY * policy.sampling.response_rate * drawn


def _calibrating_size(platform: Platform, frame: Frame) -> int:
    """None where random inspections set the level of the scores, or were drawn to set it."""
    if platform.tables.read_json(CANDIDATE).get("random_level", False):
        return 0
    if _drawn_so_far(platform, frame)[1]:
        return 0
    return platform.policy.sampling.calibrating


def _findings(platform: Platform) -> list[dict[str, Any]]:
    """Required findings of this candidate, by every required check."""
    identity = platform.candidate().metadata()
    found: list[dict[str, Any]] = []
    for check in dict.fromkeys(c.check for c in platform.policy.required_checks):
        try:
            stored = platform.tables.read_json(f"evidence/{check}")
        except NotFound:
            continue
        if stored["identity"] == identity:
            found += [f for f in stored["findings"] if f["required"]]
    return found


def _for_inspectors(platform: Platform) -> int | None:
    """Inspections that the inspector effect says it needs, where it is insufficient."""
    for finding in _findings(platform):
        if finding["check"] == "inspector_effect" and finding["verdict"] == "insufficient_data":
            needed = finding["details"].get("inspections_needed")
            return None if needed is None else int(needed)
    return None
