"""The sentences of the independence findings: what was related, the numbers, what follows."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ind_risk.core.bias.groups import OTHER
from ind_risk.core.bias.regions import UNKNOWN
from ind_risk.core.bias.wording import (
    VERDICT_WORDS,
    codes,
    confidence,
    correlation,
    needed,
    share,
    sponsors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.findings import Verdict


def strength_sentence(
    subject: str,
    *,
    rho: float,
    ends: Sequence[float],
    alpha: float,
    margin: float,
    verdict: Verdict,
    required: float,
    n: int,
) -> str:
    """The sentence of a judged group.

    Args:
        subject: as in the finding.
        rho: rank correlation.
        ends: of the (1 - 2 alpha) interval, then of the (1 - alpha) interval.
        alpha: level.
        margin: of equivalence.
        verdict: the judgement.
        required: sponsors with migrants needed if the correlation is as observed.
        n: sponsors with migrants.
    """
    low, high, wide_low, wide_high = (correlation(e, margin=margin) for e in ends)
    narrow = f"{confidence(1 - 2 * alpha)} interval {low} to {high}"
    wide = f"{confidence(1 - alpha)} interval {wide_low} to {wide_high}"
    edge = f"the margin of {margin:.2f}"
    end = {
        "equivalent": f"{narrow}, inside {edge}",
        "disparity": f"{narrow}, not inside {edge}; {wide}, without 0",
        "risk_signalled": f"{narrow}; it reaches {edge}, though the {wide} includes 0",
    }.get(verdict, f"{narrow}, not inside {edge}")
    sentence = (
        f"Rank correlation of score and share of migrants {_whose(subject)}: "
        f"{correlation(rho, margin=margin)}, {end}: {VERDICT_WORDS[verdict]}."
    )
    if verdict == "insufficient_data":
        sentence += (
            f" With migrants (now {n:,}) {needed(required)} would be needed for 80 % power"
            if isfinite(required)
            else f" No number of sponsors with migrants (now {n:,}) would do"
        ) + " if it is as observed."
    return sentence


def small_sentence(
    subject: str, *, members: Sequence[str], size: int, n: int, required: float, minimum: int
) -> str:
    """The sentence of a group that too few sponsors have any migrant of, by name and share."""
    return (
        f"Migrants {_whose(subject)} ({codes(members)}): {sponsors(size, minimum)} have any, "
        f"{share(size, n, minimum)} of the sponsors with migrants. Too few to be judged: at least "
        f"{required:,.0f} sponsors with such migrants would be needed. Insufficient data."
    )


def void_sentence(subject: str, *, attainable: float, margin: float) -> str:
    """The sentence where a rank correlation says nothing."""
    if attainable < 2 * margin:
        return (
            f"The shares of migrants {_whose(subject)} hardly differ between sponsors: no score "
            f"could have a rank correlation above {attainable:.2f} with them, so one inside the "
            f"margin of {margin:.2f} shows nothing. Insufficient data; sponsors of more varied "
            "composition would help."
        )
    return (
        f"All scores are equal, so nothing can be said of scores and the share of migrants "
        f"{_whose(subject)}. Insufficient data; a model that tells sponsors apart would help."
    )


def overall_sentence(
    strongest: str | None,
    *,
    estimate: float | None,
    high: float | None,
    alpha: float,
    margin: float,
    verdict: Verdict,
    groups: int,
    unjudged: int,
    p_value: float,
    tested: bool,
) -> str:
    """The sentence on all nationalities together.

    Args:
        strongest: subject with the largest |rho|; None if none could be judged.
        estimate: that |rho|.
        high: its upper (1 - alpha) bound.
        alpha: level.
        margin: of equivalence.
        verdict: the judgement.
        groups: groups judged.
        unjudged: groups that could not be.
        p_value: of the permutation test.
        tested: whether that test could be made.
    """
    if strongest is None or estimate is None or high is None:
        return (
            "For no nationality can the relation of scores and composition be judged; the findings "
            "on each say why and what would help: insufficient data."
        )
    text = (
        f"Strongest rank correlation of score and any of {groups} nationality shares: "
        f"{correlation(estimate, margin=margin)[1:]} ({strongest}), at {confidence(1 - alpha)} "
        f"confidence none above {correlation(high, margin=margin)[1:]}; margin {margin:.2f}"
    )
    if tested:
        text += f"; permutation test of all at once p {p_text(p_value)}"
    if unjudged:
        text += f"; {unjudged} could not be judged"
    return f"{text}: {VERDICT_WORDS[verdict]}."


def p_text(p_value: float) -> str:
    """A p-value in a sentence: "= 0.43", "< 0.001"."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"


def _whose(subject: str) -> str:
    if subject == OTHER:
        return "from the remaining nationalities"
    if subject == UNKNOWN:
        return "of unknown nationality"
    if subject.startswith("region:"):
        return f"from the less frequent nationalities of {subject.removeprefix('region:')}"
    return f"from {subject}"
