"""The sentences of the error-parity findings: what was compared, the numbers, what follows."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ind_risk.core.bias.difference_sentences import ROUNDED, judgement
from ind_risk.core.bias.wording import (
    VERDICT_WORDS,
    codes,
    margin_points,
    per_cent,
    points,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.bias.error_parity_power import Plan
    from ind_risk.core.bias.error_rates import ErrorRate
    from ind_risk.core.findings import Verdict

_NAMED = 12  # nationalities in a sentence; all of them stand in the details


def judged_sentence(
    rate: ErrorRate,
    *,
    label: str,
    rates: Sequence[float],
    estimate: float,
    interval: Sequence[float],
    wide: Sequence[float],
    alpha: float,
    margin: float,
    verdict: Verdict,
    rounded: bool,
) -> str:
    """The sentence of a group that is judged, without what would be needed.

    Args:
        rate: which error rate.
        label: completes "sponsors …".
        rates: of the group and of the others.
        estimate: their difference.
        interval: at confidence 1 - 2 alpha.
        wide: at confidence 1 - alpha.
        alpha: level.
        margin: of equivalence.
        verdict: the judgement.
        rounded: whether the numbers are coarse, so that no small count can be told from them.
    """
    start = (
        f"By random inspections, {per_cent(rates[0])} of {rate.who} sponsors {label} are "
        f"{rate.event}, {per_cent(rates[1])} of the other {rate.who} ones: difference "
        f"{points(estimate, margin=margin)} points, "
    )
    end = judgement(narrow=interval, wide=wide, level=alpha, margin=margin, verdict=verdict)
    return f"{start}{end} {ROUNDED}" if rounded else f"{start}{end}"


def wanted_sentence(required: float, as_seen: float, opened: int) -> str:
    """How many random inspections it takes, and how many more than there are."""
    if not isfinite(required):
        return " No number of random inspections would be enough while the others are so few."
    text = (
        f" In all {_inspections(required, opened)} would give 80 % power if there is no difference"
    )
    if not isfinite(as_seen):
        return f"{text}; no number would if it is as observed."
    return f"{text}, {_inspections(as_seen, opened)} if it is as observed."


def _inspections(number: float, opened: int) -> str:
    more = max(number - opened, 0)
    return f"about {number:,.0f} random inspections ({more:,.0f} more than now)"


def tipping_sentence(gamma: float, verdict: Verdict) -> str:
    """At which difference between sponsors with and without an outcome the verdict falls."""
    if not isfinite(gamma):
        return f"Whatever the missing outcomes are, it stays {VERDICT_WORDS[verdict]}."
    if gamma <= 1:
        return (
            f"Were response taken as random only within bands, it would not be "
            f"{VERDICT_WORDS[verdict]}."
        )
    return (
        f"It would no longer be {VERDICT_WORDS[verdict]} if, within a group and band, the odds of "
        "non-compliance of sponsors without a known outcome were more than "
        f"{_floored(gamma)} times higher or lower than those of the others."
    )


def _floored(gamma: float) -> str:
    return f"{int(gamma * 100) / 100:.2f}" if gamma < 100 else f"{int(gamma):,}"


def small_sentence(
    rate: ErrorRate,
    *,
    label: str,
    members: Sequence[str],
    inspections: int | None,
    sponsors: tuple[float, float],
    minimum: int,
    fewest: int,
    required: float | None,
) -> str:
    """The sentence of a group with too few random inspections, by name and share.

    Args:
        rate: which error rate.
        label, members: completes "sponsors …", and its nationalities.
        inspections: random ones with the outcome in question; None if that may not be told.
        sponsors: of the group, and of all with migrants.
        minimum: smallest count that may be shown.
        fewest: inspections with the outcome that a group needs.
        required: random inspections of all sponsors that would find so many; None likewise.
    """
    found = "too few to be shown" if inspections is None else f"{inspections:,}"
    takes = "" if required is None else f", in about {required:,.0f} random inspections of all"
    return (
        f"Sponsors {label} ({_named(members)}), {share(*sponsors, minimum)} of the sponsors with "
        f"migrants: {found} of the random inspections found one {rate.who}. Too few to be judged: "
        f"at least {fewest:,} would be needed{takes}. Insufficient data."
    )


def void_sentence(rate: ErrorRate, *, label: str, reason: str | None) -> str:
    """The sentence of a group with enough inspections but nobody to compare it with."""
    why = reason or "Too few of the others with migrants were randomly inspected to compare with."
    return (
        f"Sponsors {label}: their {rate.name} cannot be judged. {why} Insufficient data; more "
        "random inspections of others would help."
    )


def unseen_sentence(
    rate: ErrorRate, *, members: Sequence[str], sponsors: tuple[float, float], minimum: int
) -> str:
    """The sentence on nationalities of which no random inspection says anything."""
    return (
        f"Sponsors with a majority from any of {len(members)} further nationalities "
        f"({_named(members)}), {share(*sponsors, minimum)} of the sponsors with migrants: no "
        f"random inspection found one {rate.who}, so nothing can be said of them. Insufficient "
        "data; more random inspections would help."
    )


def none_sentence(
    rate: ErrorRate, *, reason: str, planned: Plan | None, margin: float, opened: int
) -> str:
    """The sentence where no group can be judged, and what would change that."""
    if planned is None:
        return (
            f"{reason} Insufficient data; random inspections of sponsors with a majority of one "
            "nationality would help."
        )
    who = f"for sponsors with a majority from {planned.code}, the most frequent one,"
    if not isfinite(planned.inspections):
        return (
            f"{reason} Insufficient data; {who} no number of random inspections would do, because "
            "there are hardly any others to compare with."
        )
    more = f" ({planned.inspections - opened:,.0f} more than now)" if opened else ""
    return (
        f"{reason} Insufficient data; {who} about {planned.inspections:,.0f} random inspections "
        f"with a known outcome{more} would show in 80 % of cases that {rate.name}s differ by less "
        f"than {margin_points(margin)}, if they do not differ and {planned.basis}."
    )


def _named(members: Sequence[str]) -> str:
    """The first nationalities of a list, and how many more there are."""
    if len(members) <= _NAMED:
        return codes(members)
    return f"{', '.join(members[:_NAMED])} and {len(members) - _NAMED:,} more"
