"""The planned sample of a home, drawn once, on record before anybody sees it, and blind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.ledger_mark import tell
from ind_risk.adapters.progress import stopwatch
from ind_risk.adapters.samples import SampleStore, names_digest
from ind_risk.adapters.sheets import safe_sheet
from ind_risk.core.dates import months_before
from ind_risk.core.errors import IndRiskError, NotFound
from ind_risk.defs.audit_frame import (
    Frame,
    answered_of,
    calibrating_size,
    counted,
    drawn_so_far,
    enough_back,
    frame_of,
)
from ind_risk.defs.audit_looks import looks_at_samples
from ind_risk.defs.audit_plan import PLAN, plan_audit
from ind_risk.defs.handouts import Files, issued_today, issuing, known_inspectors
from ind_risk.defs.resources import Platform
from ind_risk.dossier.handouts.facts import Case, Handout

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ind_risk.core.policy import Policy
    from ind_risk.core.sampling.plan import SamplePlan
    from ind_risk.dossier.page.words import Language

_ROUTES = ("random", "calibrating", "profile", "signal")


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
    frame, policy = frame_of(platform), platform.policy
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
    refuse_other_day(store, frame, until)
    refuse_again(store, frame, policy, again, first_phase)
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


def refuse_other_day(store: SampleStore, frame: Frame, until: date) -> None:
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


def refuse_again(
    store: SampleStore,
    frame: Frame,
    policy: Policy,
    again: str | None,
    first_phase: float | None,
) -> None:
    """Nobody draws until a sample pleases.

    Args:
        store: of the home.
        frame: of the day.
        policy: which says how many are expected to come back.
        again: why another sample is drawn; None if nobody said.
        first_phase: share asked for as a first phase; None for a whole sample.

    Raises:
        IndRiskError: if a sample of the day was purged, is waited for, or needs a reason to be
            drawn again.
    """
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
    back, drawn = answered_of(store, frame.as_of)
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


def _rows(
    platform: Platform, frame: Frame, plan: SamplePlan, seed: int, visits: int | None
) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Everybody drawn (case, sponsor_id, route, inclusion_probability), and everybody's chance."""
    import numpy as np
    import pandas as pd

    from ind_risk.core.sampling.draw import draw_sample
    from ind_risk.core.sampling.frame import calibrating_sample

    strata, columns = plan.truth.strata, platform.policy.sampling.strata
    judges, sets = drawn_so_far(platform, frame)
    ids = [i for i in frame.rows["sponsor_id"] if i not in judges]
    setting = calibrating_sample(ids, size=calibrating_size(platform, frame), seed=seed)
    wanted = plan.drawn if plan.first_phase is None else strata.counts(plan.first_phase)
    already = {*setting, *sets, *judges}
    number = np.minimum(wanted, strata.size - counted(strata, already))
    judging = draw_sample(
        frame=frame.rows, columns=columns, seed=seed, already=already,
        allocation=dict(zip(strata.keys, number.tolist(), strict=True)),
    )  # fmt: skip
    # By design n_h of the N_h not drawn before, whoever sets the level (see `calibrating_sample`).
    chance = number / np.maximum(strata.size - counted(strata, judges), 1)
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
