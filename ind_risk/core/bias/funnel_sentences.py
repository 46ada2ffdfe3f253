"""The sentences of the funnel: at which stage, who passes it how often, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ind_risk.core.bias.difference_sentences import ROUNDED, judgement, wanted
from ind_risk.core.bias.wording import per_cent, points

if TYPE_CHECKING:
    from ind_risk.core.bias.parity_counts import Group, Whole
    from ind_risk.core.findings import Finding
    from ind_risk.core.policy import Policy


@dataclass(frozen=True)
class Stage:
    """A stage a case passes.

    Args:
        column: of the table of stages; empty for the band.
        claim: of its findings.
        passes: completes "Sponsors …" ("are in band high").
        place: as in "the difference grows …" ("in band high").
        whose: completes "sponsors …" for those at risk.
        conditional: whether only those who passed the stage before are at risk.
    """

    column: str
    claim: str
    passes: str
    place: str
    whose: str = "with migrants"
    conditional: bool = False

    @property
    def ratio_claim(self) -> str:
        """Of its findings on the ratio of two rates."""
        return self.claim.replace("_difference", "_ratio")


STAGES = (
    Stage("", "band_rate_difference", "are in band high", "in band high"),
    Stage(
        "worklist", "worklist_rate_difference", "are put on the worklist", "on the worklist"
    ),
    Stage(
        "inspected", "inspection_rate_difference", "are inspected by choice",
        "at the inspection by choice",
    ),
    Stage(
        "intervened", "intervention_rate_difference", "are intervened against",
        "at the intervention", "inspected by choice", conditional=True,
    ),
)  # fmt: skip


def stage_sentence(
    stage: Stage, finding: Finding, group: Group, whole: Whole, policy: Policy
) -> str:
    """The sentence of a finding of selection parity, for the outcome of a stage.

    Args:
        stage: the stage.
        finding: made by `parity_findings` with the stage's outcome as selection.
        group, whole: what was compared.
        policy: level and margin.
    """
    facts = finding.details
    once = "Once inspected by choice, sponsors" if stage.conditional else "Sponsors"
    if "rate" not in facts:
        return (
            _void(stage, group, whole)
            if finding.verdict != "disparity"
            else f"{once} {group.label} are too few to be judged on their own, but they "
            f"{stage.passes} {_direction(group, whole)} often than others beyond chance (exact "
            "test, adjusted for all small groups): a disparity."
        )
    level, margin = policy.bias.level, policy.bias.selection_rate_margin
    estimate, low, high = (float(v or 0.0) for v in (finding.estimate, finding.low, finding.high))
    end = judgement(
        narrow=(low, high), wide=facts["wide_interval"], level=level, margin=margin,
        verdict=finding.verdict,
    )  # fmt: skip
    sentence = (
        f"{once} {group.label} {stage.passes} in {per_cent(facts['rate'])} of cases, others in "
        f"{per_cent(facts['rate_of_others'])}: difference {points(estimate, margin=margin)} "
        f"points, {end}"
    )
    if facts.get("rounded"):
        sentence += f" {ROUNDED}"
    if finding.verdict == "insufficient_data":
        sentence += f" {_wanted(stage, finding)}"
    return sentence


def ratio_sentence(stage: Stage, finding: Finding) -> str:
    """The sentence of a finding on the ratio, for the outcome of a stage."""
    text = finding.sentence.replace("are selected", stage.passes, 1)
    return f"Once inspected by choice, {text[:1].lower()}{text[1:]}" if stage.conditional else text


def _wanted(stage: Stage, finding: Finding) -> str:
    required, as_seen = (
        float("inf") if (v := finding.details.get(key)) is None else float(v)
        for key in ("required_sponsors", "required_sponsors_as_seen")
    )
    whose = f", among sponsors {stage.whose}," if stage.conditional else ""
    return wanted(required=required, as_seen=as_seen, whose=whose)


def _void(stage: Stage, group: Group, whole: Whole) -> str:
    if 0 < whole.selected < whole.n:
        return (
            f"All or nearly all sponsors {stage.whose} are sponsors {group.label}: there are no "
            f"others, or too few, to compare {stage.place}. Insufficient data; more sponsors of "
            "other groups would help."
        )
    who = "No sponsors" if whole.selected == 0 else "All sponsors"
    return (
        f"{who} {stage.whose} {stage.passes}, so nothing can be said of sponsors {group.label} "
        f"against others {stage.place}. Insufficient data; a stage that some and not all pass "
        "would help."
    )


def _direction(group: Group, whole: Whole) -> str:
    return "more" if group.selected * whole.n > whole.selected * group.n else "less"
