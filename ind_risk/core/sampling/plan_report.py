"""A plan in figures that people read: what is to be drawn, what it decides, what it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ind_risk.core.sampling.claims_coverage import COVERAGE
from ind_risk.core.sampling.price_list import decided_from, price_list

if TYPE_CHECKING:
    from ind_risk.core.sampling.plan import SamplePlan


GREEN, LACKING = ("equivalent", "established"), "insufficient_data"
SHOWN_FALSE = ("disparity", "refuted")


@dataclass(frozen=True, kw_only=True)
class ClaimLine:
    """One claim: what is known of it now, and what the sample makes of it.

    Args:
        check, claim, subject: names of the finding.
        now: its verdict; "not judged" if there is no such finding yet.
        seen, asked: estimate and bound or margin of that finding; None if there is none.
        power: with the planned sample, if the assumption is true.
        decided_from: fewest draws of the price list that decide it; None if none of it does.
        reason: why no sample of this frame decides it; empty if one does.
    """

    check: str
    claim: str
    subject: str
    now: str
    power: float
    decided_from: int | None
    reason: str = ""
    seen: float | None = None
    asked: float | None = None


@dataclass(frozen=True, kw_only=True)
class PlanReport:
    """What `ind-risk sample plan` says.

    Args:
        judging: sponsors to be drawn to judge.
        calibrating: sponsors to be drawn besides, to set the level of the scores.
        outcomes: known outcomes to be expected of those that judge.
        population: sponsors of the frame.
        assumption: completes "…, if".
        claims: all of them.
        by_band, by_group: draws to judge; groups as selection parity pools them.
        prices: draws → claims decided.
        not_asked: groups that are not judged, with the reason.
        elsewhere: claims shown to be false that no random sample decides, with their verdict.
        besides: claims that lack data, and are judged by the same sample without being planned for.
        outstanding: what of samples of this day is still out; empty if nothing is.
        all_green: whether every required finding is green already.
        looks_left: judgements that the policy still allows of outcomes of this day.
    """

    judging: int
    calibrating: int
    outcomes: int
    population: int
    assumption: str
    claims: tuple[ClaimLine, ...]
    by_band: Mapping[str, int]
    by_group: Mapping[str, int]
    prices: Mapping[int, int]
    not_asked: Mapping[str, str]
    elsewhere: Mapping[str, str]
    besides: tuple[str, ...] = ()
    outstanding: str = ""
    all_green: bool = False
    looks_left: int | None = None

    @property
    def needed(self) -> bool:
        """Whether drawing as planned would decide anything that is not decided."""
        undecided = [c for c in self.claims if c.now not in GREEN and not c.reason]
        drawn = self.judging + self.calibrating
        some = drawn > 0 and self.looks_left != 0
        return some and bool(undecided) and not self.all_green

    @property
    def sentence(self) -> str:
        """What opens the gate, in one sentence."""
        drawn = self.judging + self.calibrating
        if self.outstanding:
            return self.outstanding
        if self.looks_left == 0:
            return (
                "All looks that the policy declares at the outcomes of this day are used: a "
                "further sample of it could not judge. Take a later day with `ind-risk run "
                "--as-of`, and plan a sample of its sponsors."
            )
        if not self.needed:
            return (
                f"No further random sample of these {self.population:,} sponsors is needed: all "
                "that one can decide is decided, or enough is drawn for it."
            )
        text = f"A random sample of {drawn:,} of {self.population:,} sponsors"
        if self.calibrating:
            text += f" ({self.calibrating:,} of them to set the level of the scores)"
        sure = [c for c in self.claims if not c.reason]
        text += (
            f", about {self.outcomes:,} outcomes to judge by, decides {len(sure)} of "
            f"{len(self.claims)} claims {self.assumption}."
        )
        if self.besides:
            text += f" It also judges {len(self.besides)} claims that it was not planned for."
        if n := self.stays_false:
            what = "a claim that is shown to be false stays so"
            text += " It cannot open the gate: "
            text += f"{what}." if n == 1 else f"{n} claims that are shown to be false stay so."
        return text

    @property
    def stays_false(self) -> int:
        """Claims that no sample of these sponsors makes true, whatever else it decides."""
        planned = [c for c in self.claims if stays_false(c.check, c.subject, c.now)]
        return len(self.elsewhere) + len(planned)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        made = asdict(self)
        made["prices"] = {str(k): v for k, v in self.prices.items()}
        return {
            **made, "claims": [asdict(c) for c in self.claims], "sentence": self.sentence,
            "needed": self.needed,
        }  # fmt: skip


def stays_false(check: str, subject: str, verdict: str) -> bool:
    """Whether a claim is shown to be false and no further inspection undoes it.

    How much error parity covers is no such claim: more inspections make more groups large enough.
    """
    counted = (check, subject) == (COVERAGE.check, COVERAGE.subject)
    return verdict in SHOWN_FALSE and not counted


def plan_report(
    plan: SamplePlan,
    *,
    calibrating: int,
    findings: Sequence[Mapping[str, Any]],
    outstanding: str = "",
    looks_left: int | None = None,
) -> PlanReport:
    """The report of a plan.

    Args:
        plan: as made.
        calibrating: sponsors drawn besides.
        findings: required findings of now, as JSON.
        outstanding, looks_left: as in `PlanReport`.
    """
    now = {(f["check"], f["claim"], f["subject"]): f for f in findings}
    prices, power = price_list(plan), plan.power()
    first = decided_from(prices)
    lines = []
    for c in plan.claims:
        found = now.get((c.check, c.name, c.subject), {})
        lines.append(
            ClaimLine(
                check=c.check, claim=c.name, subject=c.subject, power=round(power[c], 4),
                now=str(found.get("verdict", "not judged")), seen=found.get("estimate"),
                asked=found.get("margin"), decided_from=first.get(c),
                reason=plan.unattainable.get(c, ""),
            )
        )  # fmt: skip
    strata = plan.truth.strata
    planned = {c.check for c in plan.claims} - {COVERAGE.check}
    others = {
        f"{f['claim'].replace('_', ' ')}, {f['subject']}": str(f["verdict"])
        for f in findings
        if f["check"] not in planned
        and f["verdict"] not in GREEN
        # Of coverage a sample decides one claim; the others are facts of the register.
        and (f["check"], f["subject"]) != (COVERAGE.check, COVERAGE.subject)
    }
    return PlanReport(
        judging=int(plan.drawn.sum()), calibrating=calibrating,
        outcomes=round(float(plan.outcomes(plan.total).sum())), population=int(strata.size.sum()),
        assumption=plan.assumption, claims=tuple(lines),
        by_band=_by(plan, strata.columns, "band"), by_group=_by(plan, strata.columns, "group"),
        prices={p.drawn: len(p.decided) for p in prices}, not_asked=dict(plan.groups.left),
        elsewhere={k: v for k, v in others.items() if v != LACKING},
        besides=tuple(k for k, v in others.items() if v == LACKING), outstanding=outstanding,
        looks_left=looks_left,
        all_green=bool(findings) and all(f["verdict"] in GREEN for f in findings),
    )  # fmt: skip


def _by(plan: SamplePlan, columns: Sequence[str], name: str) -> dict[str, int]:
    if name not in columns:
        return {}
    place, sums = list(columns).index(name), dict[str, int]()
    for key, n in plan.allocation.items():
        sums[key[place]] = sums.get(key[place], 0) + n
    return sums
