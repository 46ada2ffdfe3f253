"""How often the intervals that are reported hold the true difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.certificate_configurations import to_be_covered, to_be_covered_small
from ind_risk.core.bias.certificate_probability import Block, Probability, Row, with_sums
from ind_risk.core.bias.certificate_tables import drawn, every
from ind_risk.core.bias.score_test import equivalence_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.certificate_configurations import Configuration
    from ind_risk.core.bias.certificate_probability import Effort
    from ind_risk.core.bias.certificate_tables import Tables

    Floats = NDArray[np.float64]

COVERAGE, COVERAGE_SMALL = "coverage", "coverage below 20 sponsors"
SHORTFALL = 0.005  # of a nominal confidence, in groups of at least 20
_MOST_TABLES = 25_000  # of an exact sum: every table costs a bisection


def coverage_blocks(*, alphas: Sequence[float], effort: Effort) -> list[Block]:
    """Both reported intervals, (1 - 2 alpha) and (1 - alpha), of larger and of small groups."""
    return [
        *_blocks(COVERAGE, to_be_covered(), SHORTFALL, alphas, (effort.seed, 3), effort),
        *_blocks(COVERAGE_SMALL, to_be_covered_small(), 0.0, alphas, (effort.seed, 4), effort),
    ]


def _blocks(
    name: str,
    configurations: Sequence[Configuration],
    shortfall: float,
    alphas: Sequence[float],
    seed: tuple[int, int],
    effort: Effort,
) -> list[Block]:
    each = [a / k for a in alphas for k in (1, 2)]  # what `equivalence_interval` is asked for
    held = np.empty((len(configurations), len(each)), dtype=np.int64)
    done = 0
    for places in _by_size(configurations):
        some = [configurations[k] for k in places]
        worlds = [
            drawn(c, worlds=effort.worlds, rng=np.random.default_rng((*seed, k)))
            for c, k in zip(some, places, strict=True)
        ]
        held[places] = np.rint(_weight_covered(some, worlds, each)).astype(np.int64)
        done += len(places)
        effort.say(name, done, len(configurations))
    asked = f"nominal less {100 * shortfall:g} points" if shortfall else "nominal"
    return [
        _block(
            Block(name=name, alpha=alpha, asked=f"at least {asked}", rows=()), configurations,
            each[2 * place : 2 * place + 2], held[:, 2 * place : 2 * place + 2], shortfall, effort,
        )
        for place, alpha in enumerate(alphas)
    ]  # fmt: skip


def _by_size(configurations: Sequence[Configuration]) -> Iterator[list[int]]:
    """Places of configurations of the same sizes, which share their tables."""

    def size(k: int) -> tuple[int, int]:
        return configurations[k].n1, configurations[k].n2

    for _, places in groupby(sorted(range(len(configurations)), key=size), key=size):
        yield list(places)


def _weight_covered(
    configurations: Sequence[Configuration], worlds: Sequence[Tables], each: Sequence[float]
) -> Floats:
    """Weight of the tables whose interval holds the difference, shape (configurations, intervals).

    The configurations have the same sizes; a table that several of them hold is computed once.
    """
    n1, n2 = configurations[0].n1, configurations[0].n2
    keys = [t.x1 * (n2 + 1) + t.x2 for t in worlds]
    distinct = np.unique(np.concatenate(keys))
    x1, x2 = distinct // (n2 + 1), distinct % (n2 + 1)
    found = np.empty((len(configurations), len(each)))
    for column, alpha in enumerate(each):
        low, high = equivalence_interval(x1=x1, n1=n1, x2=x2, n2=n2, alpha=alpha)
        for k, (c, key, tables) in enumerate(zip(configurations, keys, worlds, strict=True)):
            at = np.searchsorted(distinct, key)
            inside = (low[at] <= c.difference) & (c.difference <= high[at])
            found[k, column] = tables.weight[inside].sum()
    return found


def _block(
    empty: Block,
    configurations: Sequence[Configuration],
    each: Sequence[float],
    held: NDArray[np.int64],
    shortfall: float,
    effort: Effort,
) -> Block:
    """The block of one level, with exact sums for its worst configurations."""
    rows, given = [], []
    for c, counts in zip(configurations, held, strict=True):
        for alpha, count in zip(each, counts, strict=True):
            confidence = 1 - 2 * alpha
            rows.append(Row(
                label=f"{c.label}, {100 * confidence:.4g} % interval",
                facts={**c.facts, "confidence": confidence},
                of=Probability(
                    happened=int(count), worlds=effort.worlds, lowest=confidence - shortfall,
                    highest=1.0, target=confidence,
                ),
            ))  # fmt: skip
            given.append((c, alpha))

    def exact(k: int) -> float | None:
        configuration, alpha = given[k]
        tables = every(configuration)
        if len(tables.x1) > _MOST_TABLES:
            return None
        # What is left out counts as not held.
        return float(_weight_covered([configuration], [tables], [alpha])[0, 0])

    block = Block(name=empty.name, alpha=empty.alpha, asked=empty.asked, rows=tuple(rows))
    return with_sums(block, exact, effort)
