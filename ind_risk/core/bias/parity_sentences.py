"""The sentences of the selection-parity findings: what was compared, the numbers, what follows."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from ind_risk.core.bias.wording import (
    VERDICT_WORDS,
    codes,
    confidence,
    margin_points,
    needed,
    per_cent,
    points,
    share,
    sponsors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ind_risk.core.bias.parity_counts import Group, Whole
    from ind_risk.core.findings import Verdict
    from ind_risk.core.policy import Policy


def judged_sentence(
    *,
    label: str,
    rates: tuple[float, float],
    estimate: float,
    interval: tuple[float, float],
    wide: Sequence[float],
    alpha: float,
    margin: float,
    verdict: Verdict,
    required: float,
    as_seen: float,
    n: int,
    rounded: bool = False,
) -> str:
    """The sentence of a group that reaches the minimum.

    Args:
        label: completes "Sponsors …".
        rates: selection rates of the group and of the others.
        estimate: their difference.
        interval: at confidence 1 - 2 alpha.
        wide: at confidence 1 - alpha.
        alpha: level.
        margin: of equivalence.
        verdict: the judgement.
        required: sponsors needed if there is no difference.
        as_seen: sponsors needed if the difference is as observed.
        n: sponsors in the group.
        rounded: whether the numbers are coarse, so that no small count can be told from them.
    """
    start = (
        f"Sponsors {label} are selected in {per_cent(rates[0])} of cases, others in "
        f"{per_cent(rates[1])}: difference {points(estimate, margin=margin)} points, "
    )
    narrow_text = f"{confidence(1 - 2 * alpha)} interval {_span(interval, margin)}"
    wide_text = f"{confidence(1 - alpha)} interval {_span(wide, margin)}"
    edge = f"the margin of {margin_points(margin)}"
    apart = wide[0] > 0 or wide[1] < 0
    end = {
        "equivalent": f"{narrow_text}, inside {edge}"
        + (f"; a difference, though, for the {wide_text} is without 0" if apart else ""),
        "disparity": f"{narrow_text}, not inside {edge}; {wide_text}, without 0",
        "risk_signalled": f"{narrow_text}; the difference reaches {edge}, though the {wide_text} "
        "includes 0",
    }.get(verdict, f"{narrow_text}, not inside {edge}")
    sentence = f"{start}{end}: {VERDICT_WORDS[verdict]}."
    if rounded:
        sentence += " Figures are rounded, because few sponsors are behind them."
    if verdict == "insufficient_data":
        sentence += f" {_wanted(required, as_seen, n)}"
    return sentence


def _wanted(required: float, as_seen: float, n: int) -> str:
    if not isfinite(required):
        return (
            f"No number of sponsors in the group (now {n:,}) would be enough while the others are "
            "so few."
        )
    return (
        f"In the group (now {n:,}) {needed(required)} would be needed for 80 % power if there is "
        f"no difference, {needed(as_seen)} "
        + ("if it is as observed." if isfinite(as_seen) else "would do if it is as observed.")
    )


def small_sentence(
    group: Group,
    whole: Whole,
    policy: Policy,
    *,
    verdict: Verdict,
    required: float,
    tells_size: bool = True,
) -> str:
    """The sentence of a group below the minimum, by name and share."""
    minimum = policy.disclosure.minimum_count
    named = f" ({codes(group.members)})" if group.members else ""
    size = group.n if tells_size else 0  # "fewer than" or a share of at most so many
    parts = [f"{share(size, whole.n, minimum)} of the {whole.label}"]
    if group.migrants is not None and whole.migrants:
        migrants = group.migrants if tells_size else 0
        parts.append(f"{share(migrants, whole.migrants, minimum)} of their migrants")
    who = f"Sponsors {group.label}{named}: {sponsors(size, minimum)}, {' and '.join(parts)}."
    if not tells_size and group.n >= minimum:
        who = f"Sponsors {group.label}{named}: not shown, to protect a smaller group."
    if verdict == "disparity":
        return (
            f"{who} Too few to be judged on their own, but they are selected "
            f"{_direction(group, whole)} often than others beyond chance (exact test, adjusted "
            "for all small groups): a disparity."
        )
    wanted = (
        f"at least {required:,.0f} sponsors in the group would be needed"
        if isfinite(required)
        else "no number of sponsors in the group would be enough while the others are so few"
    )
    return f"{who} Too few to be judged: {wanted}. Insufficient data."


def _direction(group: Group, whole: Whole) -> str:
    return "more" if group.selected * whole.n > whole.selected * group.n else "less"


def void_sentence(group: Group, whole: Whole) -> str:
    """The sentence where there is nothing to compare."""
    if 0 < whole.selected < whole.n:
        return (
            f"All or nearly all {whole.label} are sponsors {group.label}: there are no others, or "
            "too few, to compare with. Insufficient data; more sponsors of other groups would help."
        )
    who = "Nobody" if whole.selected == 0 else "Everybody"
    return (
        f"{who} of the {whole.label} is selected, so nothing can be said of sponsors "
        f"{group.label} against others. Insufficient data; bands that select some and not all "
        "would help."
    )


def _span(interval: Sequence[float], margin: float) -> str:
    return f"{points(interval[0], margin=margin)} to {points(interval[1], margin=margin)}"
