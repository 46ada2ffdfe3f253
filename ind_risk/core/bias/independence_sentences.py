"""The sentences of the independence findings: what was related, the numbers, what follows."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ind_risk.core.bias.groups import OTHER
from ind_risk.core.bias.membership import NATIONALITY
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

    from ind_risk.core.bias.association_verdicts import Judged
    from ind_risk.core.findings import Verdict


def strength_sentence(
    name: str,
    *,
    row: Judged,
    level: float,
    margin: float,
    required: float,
    n: int,
    attribute: str = NATIONALITY,
) -> str:
    """The sentence of a judged group.

    Args:
        name: of the group.
        row: correlation, intervals, verdict.
        level: of one look.
        margin: of equivalence.
        required: sponsors with migrants needed if the correlation is as observed.
        n: sponsors with migrants.
        attribute: what the groups are values of.
    """
    sentence = (
        f"Rank correlation of score and share of migrants {whose(name, attribute)}: "
        f"{judgement(row, level=level, margin=margin)}"
    )
    return sentence + open_end(required=required, n=n, verdict=row.verdict)


def judgement(row: Judged, *, level: float, margin: float) -> str:
    """A correlation, its interval against the margin, and the verdict."""
    low, high = (correlation(e, margin=margin) for e in row.narrow)
    wide_low, wide_high = (correlation(e, margin=margin) for e in row.wide)
    narrow = f"{confidence(1 - 2 * level)} interval {low} to {high}"
    wide = f"{confidence(1 - level)} interval {wide_low} to {wide_high}"
    edge = f"the margin of {margin:.2f}"
    end = {
        "equivalent": f"{narrow}, inside {edge}",
        "disparity": f"{narrow}, not inside {edge}; {wide}, without 0",
        "risk_signalled": f"{narrow}; it reaches {edge}, though the {wide} includes 0",
    }.get(row.verdict, f"{narrow}, not inside {edge}")
    return f"{correlation(row.rho, margin=margin)}, {end}: {VERDICT_WORDS[row.verdict]}."


def open_end(*, required: float, n: int, verdict: Verdict) -> str:
    """What would be needed where data is insufficient; empty otherwise."""
    if verdict != "insufficient_data":
        return ""
    if not isfinite(required):
        return f" No number of sponsors with migrants (now {n:,}) would do if it is as observed."
    return (
        f" With migrants (now {n:,}) {needed(required)} would be needed for 80 % power if it is as "
        "observed."
    )


def small_sentence(
    name: str,
    *,
    members: Sequence[str],
    size: int,
    n: int,
    required: float,
    minimum: int,
    attribute: str = NATIONALITY,
) -> str:
    """The sentence of a group that too few sponsors have any migrant of, by name and share."""
    some = share(size, n, minimum)
    have = f"{sponsors(size, minimum)} have any, {some} of the sponsors with migrants"
    if size >= minimum and 0 < n - size < minimum:
        have = "nearly all of the few sponsors with migrants have any"
    return (
        f"Migrants {whose(name, attribute)} ({codes(members)}): {have}. Too few to be "
        f"judged: at least {required:,.0f} sponsors with such migrants would be needed. "
        "Insufficient data."
    )


def void_sentence(
    name: str, *, attainable: float, margin: float, attribute: str = NATIONALITY
) -> str:
    """The sentence where a rank correlation says nothing."""
    if attainable < 2 * margin:
        return (
            f"The shares of migrants {whose(name, attribute)} hardly differ between sponsors: no "
            f"score could have a rank correlation above {attainable:.2f} with them, so one inside "
            f"the margin of {margin:.2f} shows nothing. Insufficient data; sponsors of more varied "
            "composition would help."
        )
    return (
        f"All scores are equal, or nearly all, so nothing can be said of scores and the share of "
        f"migrants {whose(name, attribute)}. Insufficient data; a model that tells sponsors apart "
        "would help."
    )


def overall_sentence(
    strongest: str | None,
    *,
    estimate: float | None,
    high: float | None,
    level: float,
    margin: float,
    verdict: Verdict,
    groups: int,
    unjudged: int,
    p_value: float | None,
    named: Sequence[str],
    attribute: str = NATIONALITY,
    among: str = "",
) -> str:
    """The sentence on all nationalities together.

    Args:
        strongest: group with the largest |rho|; None if none could be judged.
        estimate: that |rho|.
        high: its upper (1 - level) bound.
        level: of one look.
        margin: of equivalence.
        verdict: the judgement.
        groups: groups judged.
        unjudged: groups that could not be.
        p_value: of the permutation test; None if it could not be made.
        named: groups whose p-value, adjusted for looking at all, is at most the level.
        attribute: what the groups are values of.
        among: starts the sentence ("Among sponsors of the same sector"), or empty.
    """
    kind = attribute.replace("_", " ")
    if strongest is None or estimate is None or high is None:
        start = f"{among}, for" if among else "For"
        return (
            f"{start} no {kind} can the relation of scores and composition be judged; the "
            "findings on each say why and what would help: insufficient data."
        )
    what = "strongest" if among else "Strongest"
    text = (
        f"{among}{', ' if among else ''}{what} rank correlation of score and any of {groups} "
        f"{kind} shares: {correlation(estimate, margin=margin)[1:]} ({strongest}), at "
        f"{confidence(1 - level)} confidence none above {correlation(high, margin=margin)[1:]}; "
        f"margin {margin:.2f}"
    )
    if p_value is not None:
        text += f"; permutation test of all at once p {p_text(p_value)}"
        if named:
            text += f"; adjusted for looking at all, beyond chance: {codes(named)}"
    if unjudged:
        text += f"; {unjudged} could not be judged"
    return f"{text}: {VERDICT_WORDS[verdict]}."


def p_text(p_value: float) -> str:
    """A p-value in a sentence: "= 0.43", "< 0.001"."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"


def whose(name: str, attribute: str = NATIONALITY) -> str:
    """Completes "migrants …" for a group.

    >>> whose("IND"), whose("F", "gender")
    ('from IND', 'of gender F')
    """
    if attribute != NATIONALITY:
        kind = attribute.replace("_", " ")
        return f"of one of the remaining values of {kind}" if name == OTHER else f"of {kind} {name}"
    if name == OTHER:
        return "from the remaining nationalities"
    if name == UNKNOWN:
        return "of unknown nationality"
    if name.startswith("region:"):
        return f"from nationalities of {name.removeprefix('region:')} too few to be judged alone"
    return f"from {name}"
