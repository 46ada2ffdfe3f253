"""Which features make up most of what moves the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

IMPORTANT_SHARE = 0.95


def most_important(importance: Mapping[str, float]) -> list[str]:
    """The fewest features whose shares add up to `IMPORTANT_SHARE`, largest first.

    Args:
        importance: share of each feature, adding up to 1; a feature without any is left out.

    >>> most_important({"a": 0.2, "b": 0.79, "c": 0.01, "d": 0.0})
    ['b', 'a']
    """
    ordered = sorted(importance.items(), key=lambda item: (-item[1], item[0]))
    chosen, covered = [], 0.0
    for name, share in ordered:
        if share <= 0 or covered >= IMPORTANT_SHARE:
            break
        chosen.append(name)
        covered += share
    return chosen
