"""Numbers and counts as an official would read them, with small counts left out."""

from __future__ import annotations

from math import ceil, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VERDICT_WORDS = {
    "equivalent": "equivalent",
    "disparity": "a disparity",
    "risk_signalled": "a risk is signalled",
    "insufficient_data": "insufficient data",
}


def shown(count: float, minimum: int) -> int | str:
    """A count for the details, or words where it is too small to be shown.

    >>> shown(12, 10), shown(3, 10)
    (12, 'fewer than 10')
    """
    return int(count) if count >= minimum else f"fewer than {minimum}"


def sponsors(count: float, minimum: int) -> str:
    """A number of sponsors in words: "1,234 sponsors", "fewer than 10 sponsors"."""
    return f"{count:,.0f} sponsors" if count >= minimum else f"fewer than {minimum} sponsors"


def share(count: float, total: float, minimum: int) -> str:
    """A share in per cent, rounded up to what `minimum` of them would be where it is less.

    >>> share(450, 9000, 10), share(3, 9000, 10)
    ('5.0 %', 'less than 0.2 %')
    """
    if total <= 0:
        return "0 %"
    if count >= minimum:
        return per_cent(count / total)
    return f"less than {min(ceil(1000 * minimum / total) / 10, 100):.1f} %"


def per_cent(rate: float) -> str:
    """A rate as "10.2 %"."""
    return f"{100 * rate:.1f} %"


def signed(value: float, *, digits: int, marks: Sequence[float] = ()) -> str:
    """A signed number with at least so many digits, and never rounded onto a mark it is not on.

    >>> signed(4.97, digits=1, marks=(0, 5)), signed(-0.004, digits=1, marks=(0, 5))
    ('+4.97', '-0.004')
    """
    for places in range(digits, digits + 6):
        text = f"{value:+.{places}f}"
        if all(float(text) != mark or value == mark for mark in marks):
            break
    return text


def points(difference: float, *, margin: float) -> str:
    """A difference of rates in points, such that it shows on which side of 0 and margin it is."""
    marks = (0.0, round(100 * margin, 9), -round(100 * margin, 9))
    return signed(100 * difference, digits=1, marks=marks)


def correlation(value: float, *, margin: float) -> str:
    """A correlation, such that it shows on which side of 0 and of the margin it is."""
    return signed(value, digits=3, marks=(0.0, margin, -margin))


def margin_points(margin: float) -> str:
    """A margin as "5 points"."""
    return f"{100 * margin:g} points"


def confidence(level: float) -> str:
    """A confidence as "90 %"."""
    return f"{100 * level:g} %"


def codes(members: Sequence[str]) -> str:
    """Nationalities in a sentence: "GHA, NGA and SEN"."""
    if len(members) < 2:
        return "".join(members)
    return f"{', '.join(members[:-1])} and {members[-1]}"


def needed(number: float) -> str:
    """Sponsors needed as a sentence's end, where there is such a number."""
    return f"about {number:,.0f} sponsors" if isfinite(number) else "no number of sponsors"
