"""How often two rates are called equivalent: at the margin, and where there is no difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ind_risk.core.bias.certificate_configurations import (
    at_the_margin,
    with_promise,
    without_difference,
)
from ind_risk.core.bias.certificate_probability import Block, Probability, Row, with_sums
from ind_risk.core.bias.certificate_tables import drawn, equivalent, every

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ind_risk.core.bias.certificate_configurations import Configuration
    from ind_risk.core.bias.certificate_probability import Effort

EQUIVALENCE, POWER = "false equivalence", "power"
TOLERANCE = 0.02  # of a promised power


def highest(alpha: float) -> float:
    """The largest rate of false equivalence allowed: alpha and two errors of 20,000 worlds.

    >>> round(highest(0.05), 4), round(highest(0.0125), 4)
    (0.0531, 0.0141)
    """
    return alpha + 2 * float(np.sqrt(alpha * (1 - alpha) / 20_000))


def equivalence_blocks(*, alphas: Sequence[float], effort: Effort) -> list[Block]:
    """How often a difference exactly at the margin is called equivalent, one block a level."""
    configurations = at_the_margin()
    happened = _equivalent(configurations, alphas, (effort.seed, 1), EQUIVALENCE, effort)
    return [
        _block(
            EQUIVALENCE, alpha, f"at most {100 * highest(alpha):.3g} %", effort, configurations,
            [Probability(happened=int(k), worlds=effort.worlds, lowest=0.0, highest=highest(alpha),
                         target=alpha) for k in column],
        )
        for alpha, column in zip(alphas, happened.T, strict=True)
    ]  # fmt: skip


def power_blocks(*, alphas: Sequence[float], effort: Effort) -> list[Block]:
    """How often no difference is called equivalent, against what `power.py` promises."""
    everything = without_difference()
    promises = [with_promise(everything, alpha=alpha) for alpha in alphas]
    places = sorted(set().union(*promises))
    happened = _equivalent([everything[k] for k in places], alphas, (effort.seed, 2), POWER, effort)
    blocks = []
    for alpha, promised, column in zip(alphas, promises, happened.T, strict=True):
        count = dict(zip(places, column, strict=True))
        blocks.append(_block(
            POWER, alpha, f"within {100 * TOLERANCE:g} points of the promise", effort,
            [everything[k] for k in promised],
            [Probability(happened=int(count[k]), worlds=effort.worlds, target=power,
                         lowest=power - TOLERANCE, highest=power + TOLERANCE)
             for k, power in promised.items()],
        ))  # fmt: skip
    return blocks


def _equivalent(
    configurations: Sequence[Configuration],
    alphas: Sequence[float],
    seed: tuple[int, int],
    name: str,
    effort: Effort,
) -> NDArray[np.int64]:
    """Worlds called equivalent, shape (configurations, levels)."""
    found = np.zeros((len(configurations), len(alphas)), dtype=np.int64)
    for k, configuration in enumerate(configurations):
        rng = np.random.default_rng((*seed, k))
        tables = drawn(configuration, worlds=effort.worlds, rng=rng)
        called = [equivalent(configuration, tables, alpha=alpha) for alpha in alphas]
        found[k] = [round(float(tables.weight[c].sum())) for c in called]
        effort.say(name, k + 1, len(configurations))
    return found


def _block(
    name: str,
    alpha: float,
    asked: str,
    effort: Effort,
    configurations: Sequence[Configuration],
    probabilities: Sequence[Probability],
) -> Block:
    """A block with exact sums for its worst configurations."""
    rows = tuple(
        Row(label=f"{c.label}, margin {100 * c.margin:g} points", facts=c.facts, of=p)
        for c, p in zip(configurations, probabilities, strict=True)
    )

    def exact(k: int) -> float:
        tables = every(configurations[k])
        called = equivalent(configurations[k], tables, alpha=alpha)
        return float(tables.weight[called].sum())

    block = Block(name=name, alpha=alpha, asked=asked, rows=rows)
    return with_sums(block, exact, effort)
