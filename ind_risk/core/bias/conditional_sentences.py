"""The sentences of H1 given risk factors: what remains among the like, and what that explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ind_risk.core.bias.independence_sentences import judgement, whose
from ind_risk.core.bias.wording import codes, correlation, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.bias.association_verdicts import Judged
    from ind_risk.core.findings import Finding


def same(factors: Sequence[str]) -> str:
    """Who is compared: "sponsors of the same sector and legal form"."""
    return f"sponsors of the same {_named(factors)}"


def remaining_sentence(
    name: str, *, factors: Sequence[str], row: Judged, level: float, margin: float
) -> str:
    """The partial correlation and its judgement.

    Args:
        name: of the group.
        factors: names of what is held equal.
        row: correlation, intervals, verdict.
        level: of one look.
        margin: of equivalence.
    """
    return (
        f"Among {same(factors)}, rank correlation of score and share of migrants {whose(name)}: "
        f"{judgement(row, level=level, margin=margin)}"
    )


def explained_sentence(
    factors: Sequence[str],
    *,
    plain: Finding | None,
    within: float,
    beyond_chance: bool,
    level: float,
    margin: float,
) -> str:
    """What the factors explain of the correlation without regard to them; empty if it is unknown.

    Args:
        factors: names.
        plain: finding without factors.
        within: part of its estimate that stems from sponsors of equal factors.
        beyond_chance: whether the partial correlation is.
        level: of one look.
        margin: of equivalence.
    """
    if plain is None or plain.estimate is None:
        return ""
    seen = correlation(plain.estimate, margin=margin)
    start = f" Without regard to {_named(factors)} it is {seen}"
    if plain.p_value is None or plain.p_value >= level or plain.estimate == 0:
        return f"{start}, which is not beyond chance, so there is nothing to explain."
    part = 1 - within / plain.estimate
    if part >= 1 and beyond_chance:
        what = "more than all of that: among the like the relation is the reverse"
    elif part >= 1:
        what = "all of that: what remains is not beyond chance"
    elif part <= 0:
        what = "none of that"
    else:
        what = f"{100 * part:.0f} % of that"
    return f"{start}; differences of {_named(factors)} explain {what}."


def absorbed_sentence(
    name: str, *, factors: Sequence[str], attainable: float, margin: float, scores_vary: bool
) -> str:
    """The sentence where the factors leave nothing, or too little, to be correlated."""
    if not scores_vary:
        return (
            f"All {same(factors)} have equal scores, or nearly all sponsors have the same: nothing "
            f"can be said of scores and the share of migrants {whose(name)} among them. "
            "Insufficient data; a model that tells sponsors apart, or fewer or coarser factors, "
            "would help."
        )
    return (
        f"Among {same(factors)} the share of migrants {whose(name)} hardly differs: no dealing of "
        f"the scores among them could give a rank correlation above {attainable:.2f}, so one "
        f"inside the margin of {margin:.2f} shows nothing. Insufficient data; sponsors of more "
        f"varied composition, or coarser factors, would help."
    )


def without_like_sentence(factors: Sequence[str], *, alone: int, n: int, minimum: int) -> str:
    """Which share of the sponsors has nobody to be compared with; empty if none has."""
    if alone == 0:
        return ""
    return (
        f" {share(alone, n, minimum)} of the sponsors with migrants have no others of the same "
        f"{_named(factors)}."
    )


def _named(factors: Sequence[str]) -> str:
    return codes([name.replace("_", " ") for name in factors])
