"""A probability measured in simulated worlds, and whether it lies where it is asked to lie."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

# Probability of calling a sound block unsound by chance, over all its configurations together.
FALSE_ALARM = 0.01
_ROUNDING = 1e-6  # of an exact sum, with the tables it leaves out

Say = Callable[[str, int, int], None]  # (what is measured, steps done, of so many)


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is done.

    Args:
        worlds: for each configuration.
        sums: how many of the worst configurations of a block are summed over all tables as well.
        seed: of all draws.
        say: told of progress.
    """

    worlds: int
    sums: int
    seed: int
    say: Say


@dataclass(frozen=True, kw_only=True)
class Probability:
    """One measured probability.

    Args:
        happened: worlds in which the event happened.
        worlds: all of them.
        lowest, highest: between which the true probability is asked to lie.
        target: what it is compared with: a level, a promise, a nominal confidence.
        exact: sum over all tables, without simulation; None if not computed.
    """

    happened: int
    worlds: int
    lowest: float
    highest: float
    target: float
    exact: float | None = None

    @property
    def measured(self) -> float:
        """Share of the worlds."""
        return self.happened / self.worlds

    @property
    def error(self) -> float:
        """Monte Carlo standard error; never 0, half a world being added on either side."""
        p = (self.happened + 0.5) / (self.worlds + 1)
        return math.sqrt(p * (1 - p) / self.worlds)

    @property
    def best(self) -> float:
        """The exact probability where it is known, else the measured one."""
        return self.measured if self.exact is None else self.exact

    @property
    def beyond(self) -> float:
        """How far `best` lies outside what is asked; negative inside.

        An end at 0 or 1 asks nothing, so that being close to it is no news.
        """
        above = self.best - self.highest if self.highest < 1 else -1.0
        below = self.lowest - self.best if self.lowest > 0 else -1.0
        return max(above, below)

    def contradicted(self, *, tests: int) -> bool:
        """Whether the probability lies outside what is asked, as far as is known.

        An exact one decides by itself. Else so many worlds must be no chance, looking at so many
        probabilities at once: exact binomial tests against both ends, Bonferroni-adjusted.
        """
        from scipy.stats import binom

        if self.exact is not None:
            return self.beyond > _ROUNDING
        level = FALSE_ALARM / max(tests, 1)
        above = binom.sf(self.happened - 1, self.worlds, min(self.highest, 1.0))
        below = binom.cdf(self.happened, self.worlds, max(self.lowest, 0.0))
        return bool(above < level or below < level)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A probability and of what it is one.

    Args:
        label: the configuration in words.
        facts: the same as numbers, JSON-able.
        of: the probability.
    """

    label: str
    facts: dict[str, Any]
    of: Probability

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        p = self.of
        return {
            **self.facts, "measured": p.measured, "standard_error": p.error, "worlds": p.worlds,
            "target": p.target, "exact": p.exact,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Block:
    """Probabilities of which the same is asked.

    Args:
        name: short name ("false equivalence").
        alpha: level of one look.
        asked: completes "must be …".
        rows: at least one.
        judged: False for what is measured and of which nothing is asked.
    """

    name: str
    alpha: float
    asked: str
    rows: tuple[Row, ...]
    judged: bool = True

    @property
    def worlds(self) -> int:
        """Simulated for each configuration."""
        return self.rows[0].of.worlds

    @property
    def title(self) -> str:
        """Name and level."""
        return f"{self.name}, level {100 * self.alpha:g} %"

    @property
    def failing(self) -> tuple[Row, ...]:
        """Rows that contradict what is asked, the worst first."""
        if not self.judged:
            return ()
        tests = len(self.rows)
        bad = [r for r in self.rows if r.of.contradicted(tests=tests)]
        return tuple(sorted(bad, key=lambda r: -r.of.beyond))

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts what is asked."""
        return not self.failing

    def worst(self, number: int) -> list[Row]:
        """The rows closest to the edge of what is asked, or furthest beyond it."""
        return sorted(self.rows, key=lambda r: -r.of.beyond)[:number]

    @property
    def told(self) -> Row:
        """The row to show for the whole: the worst that contradicts, else the worst measured."""
        return (self.failing or self.worst(1))[0]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form, configurations included."""
        return {
            "name": self.name, "level": self.alpha, "asked": self.asked, "judged": self.judged,
            "holds": self.holds if self.judged else None, "worlds": self.worlds,
            "failing": [r.label for r in self.failing], "worst": self.told.to_dict(),
            "configurations": [r.to_dict() for r in self.rows],
        }  # fmt: skip


def with_sums(block: Block, exact: Callable[[int], float | None], effort: Effort) -> Block:
    """The block with the exact probabilities of its worst rows.

    Args:
        block: as measured.
        exact: of the row of this number; None where that would take too long.
        effort: for how many.
    """
    rows = list(block.rows)
    order = sorted(range(len(rows)), key=lambda k: -rows[k].of.beyond)[: effort.sums]
    for done, k in enumerate(order):
        rows[k] = replace(rows[k], of=replace(rows[k].of, exact=exact(k)))
        effort.say(f"{block.title}: exact sums", done + 1, len(order))
    return replace(block, rows=tuple(rows))
