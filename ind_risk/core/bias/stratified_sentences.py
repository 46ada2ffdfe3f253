"""The sentences of the stratified view: what remains among the like, and what that explains."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ind_risk.core.bias.difference_sentences import judgement, wanted
from ind_risk.core.bias.wording import (
    VERDICT_WORDS,
    codes,
    margin_points,
    needed,
    points,
    share,
    sponsors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.findings import Verdict


def remaining_sentence(
    *,
    label: str,
    factors: Sequence[str],
    crude: float,
    estimate: float,
    narrow: Sequence[float],
    wide: Sequence[float],
    level: float,
    margin: float,
    verdict: Verdict,
) -> str:
    """What of the difference remains.

    Args:
        label: completes "Sponsors …".
        factors: names of what is held equal.
        crude: difference of selection rates, group minus others.
        estimate: the same among sponsors of equal factors.
        narrow, wide: its intervals at confidence 1 - 2 level and 1 - level.
        level: of each look.
        margin: of equivalence.
        verdict: the judgement.
    """
    end = judgement(narrow=narrow, wide=wide, level=level, margin=margin, verdict=verdict)
    return (
        f"Sponsors {label}: of a difference of {points(crude, margin=margin)} points in being "
        f"selected, {points(estimate, margin=margin)} remain among sponsors of {same(factors)}, "
        f"{end}"
    )


def hidden_sentence(*, label: str, factors: Sequence[str], margin: float, verdict: Verdict) -> str:
    """The verdict without figures, where a small count could be told from them."""
    return (
        f"Sponsors {label}, among sponsors of {same(factors)}, against the margin of "
        f"{margin_points(margin)} in being selected: {VERDICT_WORDS[verdict]}. Figures are not "
        "shown, because few sponsors are behind them."
    )


def explained_sentence(
    factors: Sequence[str],
    *,
    crude: float,
    estimate: float,
    beyond_chance: tuple[bool, bool],
    all_compared: bool,
) -> str:
    """What the factors explain of the difference.

    Args:
        factors: names.
        crude, estimate: differences without and with the factors held equal.
        beyond_chance: whether each of them is.
        all_compared: whether next to nobody of the group is left out.
    """
    who = f"the {_named(factors)}" + (" together" if len(factors) > 1 else "")
    verb = "explain" if len(factors) > 1 else "explains"
    if not beyond_chance[0] or crude == 0:
        return f"How much of it {who} {verb} cannot be said: it is not beyond chance itself."
    if not all_compared:
        return f"How much of it {who} {verb} cannot be said: too many of the group are left out."
    part, who = 1 - estimate / crude, who[0].upper() + who[1:]
    if part >= 1 and not beyond_chance[1]:
        return f"{who} {verb} all of it: what remains is not beyond chance."
    if part > 1:
        return f"{who} {verb} more than all of it: what remains points the other way."
    if part < 0.005:
        return f"{who} {verb} none of it: among the like the difference is no smaller."
    return f"{who} {verb} {100 * part:.0f} % of it."


def left_out_sentence(factors: Sequence[str], *, left_out: float, n: float, minimum: int) -> str:
    """Which share of the group has nobody to be compared with; empty if none has."""
    if left_out == 0:
        return ""
    return (
        f" {share(left_out, n, minimum)} of the group's sponsors are left out: there are no others "
        f"of {same(factors)}."
    )


def open_sentence(*, required: float, as_seen: float | None, verdict: Verdict) -> str:
    """What would be needed where data is insufficient; empty otherwise.

    Args:
        required: sponsors needed if there is no difference.
        as_seen: sponsors needed if it is as observed; None if that may not be told.
        verdict: the judgement.
    """
    if verdict != "insufficient_data":
        return ""
    whose = ", each with others to compare with,"
    if as_seen is None and isfinite(required):
        return (
            f" In the group{whose} {needed(required)} would be needed for 80 % power if there is "
            "no difference."
        )
    return f" {wanted(required=required, as_seen=as_seen or required, whose=whose)}"


def void_sentence(
    *,
    label: str,
    factors: Sequence[str],
    n: int,
    tells_size: bool,
    others: float,
    selected: float,
    minimum: int,
    hidden_below: int,
) -> str:
    """The sentence where there is nothing, or too little, to compare.

    Args:
        label: completes "Sponsors …".
        factors: names.
        n: the group's sponsors that have others of equal factors.
        tells_size: whether n may be told.
        others: those others.
        selected: how many of both are selected.
        minimum: sponsors a group needs.
        hidden_below: smallest count that may be shown.
    """
    start = f"Sponsors {label}, among sponsors of {same(factors)}: "
    if n == 0:
        why = "there are no others to compare them with"
    elif n < minimum:
        few = sponsors(n, hidden_below) if tells_size or n < hidden_below else "so many"
        why = f"only {few} of the group have others to be compared with"
    elif others < hidden_below:
        why = "there are hardly any others to compare them with"
    else:
        why = f"{'nobody' if selected == 0 else 'everybody'} is selected, so parity is empty"
    return (
        f"{start}{why}. Insufficient data; at least {minimum:,} sponsors of the group in strata "
        "with others, some but not all of them selected, would be needed."
    )


def same(factors: Sequence[str]) -> str:
    """What is held equal, as "the same sector and legal form"."""
    return f"the same {_named(factors)}"


def _named(factors: Sequence[str]) -> str:
    return codes([name.replace("_", " ") for name in factors])
