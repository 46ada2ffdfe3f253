"""What a sentence on a difference of rates ends with: interval, margin, verdict, what is needed."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ind_risk.core.bias.wording import (
    VERDICT_WORDS,
    codes,
    confidence,
    margin_points,
    needed,
    points,
    sponsors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.findings import Verdict

ROUNDED = "Figures are rounded, because few sponsors are behind them."


def judgement(
    *,
    narrow: Sequence[float],
    wide: Sequence[float],
    level: float,
    margin: float,
    verdict: Verdict,
) -> str:
    """Interval, margin and verdict, to follow the numbers of a difference.

    Args:
        narrow: at confidence 1 - 2 level.
        wide: at confidence 1 - level.
        level: of each look.
        margin: of equivalence.
        verdict: the judgement.
    """
    narrow_text = f"{confidence(1 - 2 * level)} interval {_span(narrow, margin)}"
    wide_text = f"{confidence(1 - level)} interval {_span(wide, margin)}"
    edge = f"the margin of {margin_points(margin)}"
    text = {
        "equivalent": f"{narrow_text}, inside {edge}",
        "disparity": f"{narrow_text}, not inside {edge}; {wide_text}, without 0",
        "risk_signalled": f"{narrow_text}; the difference reaches {edge}, though the {wide_text} "
        "includes 0",
    }.get(verdict, f"{narrow_text}, not inside {edge}")
    return f"{text}: {VERDICT_WORDS[verdict]}."


def wanted(*, required: float, as_seen: float, whose: str) -> str:
    """How many sponsors a group would need.

    Args:
        required: if there is no difference.
        as_seen: if the difference is as observed.
        whose: completes "In the group … would be needed" (" of inspected sponsors"), or empty.
    """
    if not isfinite(required):
        return f"No number of sponsors in the group{whose} would be enough with so few others."
    more = (
        f"{needed(as_seen)} if it is as observed."
        if isfinite(as_seen)
        else "no number would do if it is as observed."
    )
    return (
        f"In the group{whose} {needed(required)} would be needed for 80 % power if there is no "
        f"difference, {more}"
    )


def too_few(
    *,
    named: Sequence[str],
    n: int | None,
    hidden_below: int,
    minimum: int,
    whose: str,
    attribute: str = "nationality",
    place: str = "",
) -> str:
    """The sentence on groups that are too small to be judged, by name.

    Args:
        named: values of the attribute in them; empty if there are no groups at all.
        n: sponsors in them; None if that may not be told.
        hidden_below: smallest count that may be shown.
        minimum: sponsors a group needs.
        whose: completes "sponsors …": "with migrants".
        attribute: whose values make the groups.
        place: where in a funnel ("at the intervention"), or empty.
    """
    kind = attribute.replace("_", " ")
    region = ", or of one region," if kind == "nationality" else ""
    help_text = (
        f"Insufficient data; at least {minimum:,} sponsors {whose} with a majority of one "
        f"{kind}{region} would be needed."
    )
    if not named:
        return f"No sponsor {whose} has a majority of migrants of one {kind}. {help_text}"
    size = f"{sponsors(n, hidden_below)} {whose}" if n is not None else f"sponsors {whose}"
    where = f" {place}" if place else ""
    return (
        f"Too few to be judged{where} are {size} whose majority is of {kind} {codes(named)}. "
        f"{help_text}"
    )


def _span(interval: Sequence[float], margin: float) -> str:
    return f"{points(interval[0], margin=margin)} to {points(interval[1], margin=margin)}"
